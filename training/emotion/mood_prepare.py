"""Read EMOPIA and VGMIDI: pieces with valence and arousal from a ``labels.csv`` beside MIDI files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import IntArray
from core.errors import InputError
from core.music.midi import from_bytes
from core.music.performance import Performance
from training.splits import BY_FAMILY, families, split_by_key

SETS = ("emopia", "vgmidi")
SPLIT = f"by song: clips of one song stay together; {BY_FAMILY}"


@dataclass(frozen=True, kw_only=True)
class LabeledPiece:
    """A clip with its listeners' ratings.

    Attributes
    ----------
    source : str
        ``"emopia"`` where the table has quadrants, else ``"vgmidi"``.
    key : str
        What the split is drawn from, one a song.
    name : str
        The file's name.
    performance : Performance
    high_valence, high_arousal : bool
    """

    source: str
    key: str
    name: str
    performance: Performance
    high_valence: bool
    high_arousal: bool

    @property
    def labels(self) -> tuple[int, int]:
        """1 for high and 0 for low: valence, arousal."""
        return int(self.high_valence), int(self.high_arousal)


def read_labeled(folder: Path) -> tuple[list[LabeledPiece], dict[str, str]]:
    """Read every labeled piece at any depth.

    Parameters
    ----------
    folder : Path
        A set's folder, its parent, or the root of all data. ``labels.csv`` has the columns ``file``, ``valence``
        and ``arousal``; the MIDI files lie anywhere below it.

    Returns
    -------
    pieces : list of LabeledPiece
        By table and row.
    unusable : dict of str
        Name of a file to why it could not be used.

    Raises
    ------
    InputError
        If no piece can be used.
    """
    pieces: list[LabeledPiece] = []
    unusable: dict[str, str] = {}
    for table in sorted(folder.rglob("labels.csv")):
        with table.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.DictReader(text))
        if not rows or not {"file", "valence", "arousal"} <= rows[0].keys():
            continue
        where = {path.name: path for path in table.parent.rglob("*.mid*")}
        for row in rows:
            try:
                pieces.append(_read_piece(row, where))
            except (InputError, KeyError, ValueError) as error:
                unusable[row["file"]] = str(error)
    if not pieces:
        raise InputError(
            f"No labels.csv with MIDI files lies in {folder.name}. Give a folder such as EMOPIA's or VGMIDI's."
        )
    return pieces, unusable


def _read_piece(row: dict[str, str], where: dict[str, Path]) -> LabeledPiece:
    name = row["file"]
    if name not in where:
        raise InputError("There is no such file.")
    source = "emopia" if "quadrant" in row else "vgmidi"
    song = row["song"] if "song" in row else Path(name).stem.rpartition("_")[0]
    return LabeledPiece(
        source=source,
        key=f"{source}/{song}",
        name=name,
        performance=Performance.from_midi(from_bytes(where[name].read_bytes(), name=name)),
        high_valence=float(row["valence"]) > 0,
        high_arousal=float(row["arousal"]) > 0,
    )


def family_names(pieces: Sequence[LabeledPiece]) -> list[str]:
    """The name of the song, or of the group of songs with nearly the same notes, of each piece."""
    return families([piece.performance.pitch.tolist() for piece in pieces], [piece.key for piece in pieces])


def split(pieces: Sequence[LabeledPiece]) -> dict[str, list[LabeledPiece]]:
    """Split pieces by family into ``train``, ``validation`` and ``test``."""
    return split_by_key(pieces, family_names(pieces))


def labels(pieces: Sequence[LabeledPiece]) -> IntArray:
    """1 for high and 0 for low, shape=(n, 2): valence, arousal."""
    return np.array([piece.labels for piece in pieces], dtype=np.int64).reshape(-1, 2)
