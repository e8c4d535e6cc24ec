"""The file of a SoundFont: its chunks, and its tables as arrays, checked before anything is looked up in them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError

# Rows are numbered by 16 bits; a file has two dozen chunks.
MAX_ROWS = 65_537
MAX_CHUNKS = 1_000
_NO_MODULATORS = bytes(10)  # only the last row, which ends the table

# Record layouts of the specification, section 7.
_PRESET = np.dtype(
    [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("unused", "<u4", 3)]
)
_INSTRUMENT = np.dtype([("name", "S20"), ("bag", "<u2")])
_BAG = np.dtype([("gen", "<u2"), ("mod", "<u2")])
_GENERATOR = np.dtype([("oper", "<u2"), ("amount", "<i2")])
MODULATOR = np.dtype([("src", "<u2"), ("dest", "<u2"), ("amount", "<i2"), ("amt_src", "<u2"), ("op", "<u2")])
SAMPLE = np.dtype(
    [
        ("name", "S20"),
        *((name, "<u4") for name in ("start", "end", "loop_start", "loop_end", "sr")),
        *(("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2")),
    ]
)
LAYOUTS = {
    b"phdr": _PRESET,
    b"pbag": _BAG,
    b"pmod": MODULATOR,
    b"pgen": _GENERATOR,
    b"inst": _INSTRUMENT,
    b"ibag": _BAG,
    b"igen": _GENERATOR,
    b"imod": MODULATOR,
    b"shdr": SAMPLE,
}


def read_headers(path: Path) -> NDArray[np.void]:
    """The table of samples as it stands in a file, without corrections."""
    with path.open("rb") as file:
        file.seek(0, 2)
        return read_table(file, find_chunks(file, file.tell()), b"shdr", SAMPLE)


def find_chunks(file: BinaryIO, stop: int) -> dict[bytes, tuple[int, int]]:
    """Begin and end of the data of each chunk inside the lists of a RIFF file."""
    found: dict[bytes, tuple[int, int]] = {}
    at = 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > stop:
            return found
        file.seek(at)
        name, size = struct.unpack("<4sI", file.read(8))
        if name == b"LIST":
            at += 12  # Its chunks follow, which is all that the nesting means here.
            continue
        if at + 8 + size > stop:
            raise InputError("The SoundFont is cut off or damaged. Download it again.")
        found.setdefault(name, (at + 8, at + 8 + size))
        at += 8 + size
        if size % 2:
            # A byte of 0 fills up to an even place; writers of SF3 leave it out.
            file.seek(at)
            at += file.read(1) == b"\0"
    raise InputError(f"The SoundFont has more than {MAX_CHUNKS:,} chunks. Choose another one.")


def read_table(
    file: BinaryIO, chunks: dict[bytes, tuple[int, int]], name: bytes, dtype: np.dtype[np.void]
) -> NDArray[np.void]:
    if name == b"pmod" and name not in chunks:
        return np.frombuffer(_NO_MODULATORS, dtype=dtype)
    begin, end = chunks.get(name, (0, 0))
    n_rows, rest = divmod(end - begin, dtype.itemsize)
    if rest or n_rows < 1:
        raise InputError("The SoundFont is damaged: one of its tables is missing or cut off.")
    if n_rows > MAX_ROWS:
        raise InputError(f"The SoundFont has a table of more than {MAX_ROWS:,} rows. Choose another one.")
    file.seek(begin)
    return np.frombuffer(file.read(end - begin), dtype=dtype)


def check_indices(indices: NDArray[np.int64], n_rows: int) -> None:
    """Rows of an outer table name where their part of the inner table begins; the next row, where it ends."""
    if np.any(np.diff(indices) < 0) or np.any(indices >= n_rows):
        raise InputError("The SoundFont is damaged: its tables contradict each other.")
