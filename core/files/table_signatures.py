"""What a file is, by its first bytes; and unpacking gzip without trusting it."""

from __future__ import annotations

import re
import zlib
from typing import Literal

from core import limits
from core.errors import InputError
from core.tables.read_options import WHAT_WORKS

Format = Literal["text", "json", "xlsx", "parquet"]

_GZIP = b"\x1f\x8b"
_CHUNK = 1024 * 1024

# First bytes that say what a file is, and how a visitor would call it.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"RIFF", "a sound or a film"),
    (b"ID3", "an MP3 sound"),
    (b"fLaC", "a FLAC sound"),
    (b"OggS", "an Ogg sound"),
    (b"MThd", "a MIDI file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an XZ archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PARE", "an encrypted Parquet file"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|table)[\s>]", re.I | re.S)
_XML = re.compile(rb"\s*<(\?xml|svg|kml|gpx|rss)[\s>]", re.IGNORECASE)
# A bracket followed by what only JSON puts there; a CSV may well begin with "[unit]".
_JSON = re.compile(rb'\s*(\{\s*["}]|\[\s*([\[{"\]\d.-]|null\b|true\b|false\b|NaN\b|Infinity\b))')


def check_bytes(data: bytes) -> None:
    """Refuse nothing and too much.

    Raises
    ------
    InputError
        When there are no bytes, or more than ``limits.MAX_TABLE_BYTES``.
    """
    if not data:
        raise InputError(f"This file is empty. {WHAT_WORKS}")
    if len(data) > limits.MAX_TABLE_BYTES:
        raise InputError(
            f"This file has {len(data) // limits.MEGABYTE} MB; tables up to {_most()} are read. "
            "Keep fewer columns or a shorter stretch."
        )


def unpack(data: bytes) -> tuple[bytes, dict[str, str]]:
    """Take off one layer of gzip, if there is one.

    Returns
    -------
    data : bytes
        The content, at most ``limits.MAX_TABLE_BYTES``: a bomb ends with a sentence before it is unpacked.
    notes : dict
        ``{"compression": "gzip"}`` or nothing.
    """
    if not data.startswith(_GZIP):
        return data, {}
    content = _gunzip(data)
    if content.startswith(_GZIP):
        raise InputError("This file was compressed with gzip twice. Unpack it once and upload that.")
    if not content:
        raise InputError(f"This gzip file holds an empty file. {WHAT_WORKS}")
    return content, {"compression": "gzip"}


def recognise_format(data: bytes) -> Format:
    """Tell text, JSON, XLSX and Parquet apart by content.

    Raises
    ------
    InputError
        When the bytes are something else that is known: a picture, a web page, an old workbook.
    """
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _recognise_zip(data)
    if data.startswith(_OLD_EXCEL):
        raise InputError(
            "This looks like an old Excel workbook (.xls) or a protected one. "
            "Save it as .xlsx without a password, or as CSV."
        )
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise InputError(f"This file looks like {what}, not a table. {WHAT_WORKS}")
    head = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(head):
        raise InputError(f"This is a web page (HTML), not a table. Download the data itself: {WHAT_WORKS}")
    if _XML.match(head):
        raise InputError(f"This is an XML file, not a table. {WHAT_WORKS}")
    return "json" if _JSON.match(head) else "text"


def _recognise_zip(data: bytes) -> Format:
    # The names stand in clear in a zip's directory at its end; the workbook reader checks the rest.
    directory = data[-256 * 1024 :]
    if b"xl/workbook.xml" in directory or (
        b"[Content_Types].xml" in directory and b"xl/worksheets" in directory
    ):
        return "xlsx"
    if b"opendocument" in data[:256] or b"content.xml" in directory:
        raise InputError("This looks like an OpenDocument file. Save it as .xlsx or CSV.")
    if b"xl/workbook.bin" in directory:
        raise InputError("This looks like a binary workbook (.xlsb). Save it as .xlsx.")
    raise InputError(f"This is a zip archive without a workbook in it. Unpack it first; {WHAT_WORKS}")


def _gunzip(data: bytes) -> bytes:
    """All members of a gzip file, a bounded piece at a time."""
    pieces: list[bytes] = []
    size = 0
    rest = data
    while rest.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        pending = rest
        while not member.eof:
            try:
                piece = member.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise InputError(
                    "This gzip file is damaged. Compress it again or upload it as it is."
                ) from error
            pending = member.unconsumed_tail
            size += len(piece)
            if size > limits.MAX_TABLE_BYTES:
                raise InputError(f"This gzip file unpacks to more than {_most()}, the most that is read.")
            if not piece and not pending and not member.eof:
                raise InputError("This gzip file ends too early. Upload it again, whole.")
            pieces.append(piece)
        rest = member.unused_data
    return b"".join(pieces)


def _most() -> str:
    return f"{limits.MAX_TABLE_BYTES // limits.MEGABYTE} MB"
