"""File type detection by magic numbers, never by the name of a file.

One table serves every upload: each reader takes its own kinds and names all others in its refusal.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from core import limits
from core.errors import InputError
from core.files.reading import check_file_size

WORKS = "WAV, MP3, FLAC, OGG, Opus, M4A, AAC, AIFF, AU and WebM files work"

_HEAD_BYTES = 4096
_DIRECTORY_BYTES = 256 * 1024  # at the end of a ZIP archive, where the names of its parts stand in clear


_SEARCHED_BYTES = 512 * 1024  # for frames behind what is no sound
_FRAMES_IN_A_ROW = 4
_ZEROS = re.compile(rb"[\0\r\n]+")
_MPEG_SYNC = re.compile(rb"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd]")
# kbit/s by layer; "low" is of MPEG-2 and 2.5 (ISO 13818-3).
_BIT_RATES = {
    "II": (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    "III": (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    "low": (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


class Kind(NamedTuple):
    """A kind of file, and what reads it."""

    what: str  # with its article, for the messages
    family: Literal["sound", "picture", "table", "archive", "page", "other"]
    reader: str = ""  # FFmpeg's demuxer, Pillow's format, or the format that core.tables reads; "" for none
    by_soundfile: bool = False  # whether libsndfile reads it, too
    declares_length: bool = True  # False where FFmpeg would guess from the bit rate, wrongly by minutes


GZIP = Kind("a gzip archive", "archive")
TEXT = Kind("a text file", "table", "text")
_PDF = Kind("a PDF document", "other")
_MP3 = Kind("an MP3 file", "sound", "mp3", by_soundfile=True, declares_length=False)
_AAC = Kind("an AAC file", "sound", "aac", declares_length=False)
_FLAC = Kind("a FLAC file", "sound", "flac", by_soundfile=True)
_TRANSPORT_STREAM = Kind("an MPEG transport stream", "sound", "mpegts", declares_length=False)
_MIDI = Kind("a MIDI file of notes", "other", "midi")
_ZIP = Kind("a ZIP archive", "archive")
_PAGE = Kind("a web page", "page", "HTML")

# Text: by what stands behind a byte order mark and blanks. The first that fits decides.
_TEXTS = [
    (rb"(?i)#extm3u", Kind("a playlist of names", "other")),
    (rb"(?i)%pdf", _PDF),
    (rb"\{\\rtf", Kind("an RTF document", "other")),
    (rb"(?i)(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|table)[\s>]", _PAGE),
    (rb"(?i)<\?xml[^>]{0,300}>\s*(<!doctype\s+html|<html)[\s>]", _PAGE),
    # A piece of a page that was copied with its table.
    (rb"(?i)<[a-z][a-z0-9]{0,10}[\s>][^\x00]*?<(table|tr)[\s>]", _PAGE),
    (rb"(?i)<(\?xml.{0,1000}?<)?svg[\s>]", Kind("an SVG picture", "picture")),
    (rb"(?i)<(\?xml|kml|gpx|rss)[\s>]", Kind("an XML file", "other")),
    # A bracket followed by what only JSON puts there; a CSV may well begin with "[unit]".
    (
        rb'\{\s*["}]|\[\s*([\[{"\]\d.-]|null\b|true\b|false\b|NaN\b|Infinity\b)',
        Kind("a JSON file", "table", "json"),
    ),
]

# Everything else: by its first bytes. The first that fits decides.
_SIGNATURES = [
    (rb"(RIF[FX]|RF64|BW64|FFIR).{4}WAVE", Kind("a WAV file", "sound", "wav", by_soundfile=True)),
    (rb"RIFF.{4}AVI ", Kind("an AVI file", "sound", "avi")),
    (rb"RIFF.{4}WEBP", Kind("a WebP picture", "picture", "WEBP")),
    (rb"RIFF.{4}sfbk", Kind("a SoundFont", "other")),
    (rb"RIFF.{4}RMID", _MIDI),
    (rb"RIFF", Kind("a RIFF file of an unknown kind", "other")),
    (rb"riff\x2e\x91\xcf\x11", Kind("a Wave64 file", "sound", "w64", by_soundfile=True)),
    (rb"fLaC", _FLAC),
    (rb"OggS", Kind("an Ogg file", "sound", "ogg", by_soundfile=True)),
    (rb"\.snd", Kind("an AU file", "sound", "au", by_soundfile=True)),
    (rb"caff", Kind("a CAF file", "sound", "caf", by_soundfile=True)),
    (rb"FORM.{4}AIF[FC]", Kind("an AIFF file", "sound", "aiff", by_soundfile=True)),
    (rb"\x1a\x45\xdf\xa3", Kind("a WebM or Matroska file", "sound", "matroska")),
    (rb".{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1)", Kind("a HEIC picture", "picture")),
    (rb".{4}ftypavi[fs]", Kind("an AVIF picture", "picture")),
    (rb".{4}ftyp", Kind("an MP4 or M4A file", "sound", "mov")),
    (rb".{4}(moov|mdat)|\0.{3}(free|skip|wide|pnot)", Kind("a QuickTime file", "sound", "mov")),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("a Windows Media file", "sound", "asf")),
    (rb"FLV\x01", Kind("a Flash file", "sound", "flv")),
    (rb"\x00\x00\x01\xba", Kind("an MPEG file", "sound", "mpeg", declares_length=False)),
    (rb"#!AMR", Kind("an AMR recording", "sound", "amr", declares_length=False)),
    (rb"ID3", _MP3),
    (rb"\x89PNG", Kind("a PNG picture", "picture", "PNG")),
    (rb"\xff\xd8\xff", Kind("a JPEG picture", "picture", "JPEG")),
    (rb"GIF8", Kind("a GIF picture", "picture", "GIF")),
    (rb"BM.{4}\x00{4}", Kind("a BMP picture", "picture", "BMP")),
    (rb"II\*\x00|MM\x00\*", Kind("a TIFF picture", "picture")),
    (rb"8BPS", Kind("a Photoshop picture", "picture")),
    (rb"PAR1", Kind("a Parquet table", "table", "Parquet")),
    (rb"PARE", Kind("an encrypted Parquet file", "other")),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an old Office document", "table", "XLS")),
    (rb"PK(\x03\x04|\x05\x06)", _ZIP),
    (rb"\x1f\x8b", GZIP),
    (rb"BZh", Kind("a bzip2 archive", "archive")),
    (rb"\xfd7zXZ", Kind("an XZ archive", "archive")),
    (rb"\x28\xb5\x2f\xfd", Kind("a Zstandard archive", "archive")),
    (rb"7z\xbc\xaf", Kind("a 7-Zip archive", "archive")),
    (rb"Rar!", Kind("a RAR archive", "archive")),
    (rb"MThd", _MIDI),
    (rb"SQLite format 3", Kind("an SQLite database", "other")),
    (rb"\x89HDF", Kind("an HDF5 file", "other")),
    (rb"ARROW1", Kind("an Arrow (Feather) file", "other")),
    (rb"\x93NUMPY", Kind("a NumPy array", "other")),
    (rb"\x80[\x04\x05]\x95", Kind("a Python pickle", "other")),
    (rb"MZ\x90|\x7fELF", Kind("a program", "other")),
]

# ZIP archives: by the names of their parts.
_PARTS = [
    (rb"xl/workbook\.bin", Kind("a workbook", "table", "XLSB")),
    (rb"xl/workbook\.xml|xl/worksheets", Kind("a workbook", "table", "XLSX")),
    (rb"opendocument\.spreadsheet", Kind("a workbook", "table", "ODS")),
    (rb"opendocument|content\.xml", Kind("an OpenDocument file", "other")),
]


def recognize_file(data: bytes) -> Kind | None:
    """The kind of a file; None where nothing is known by its first bytes, as of text in an old encoding.

    Parameters
    ----------
    data : bytes
        The whole file, or its beginning; archives need the whole to tell what is inside.

    Examples
    --------
    >>> recognize_file(b"fLaC" + bytes(4)).what
    'a FLAC file'
    >>> recognize_file(b"BMW,1").what
    'a text file'
    """
    head = data[:_HEAD_BYTES]
    kind = _first_match(_TEXTS, head.removeprefix(b"\xef\xbb\xbf").lstrip())
    # Text before signatures: "ID3" and "Rar!" begin sounds and archives, but also tables.
    if kind is None and _is_text(head):
        return TEXT
    kind = kind or _first_match(_SIGNATURES, head)
    if kind is _ZIP:
        return _first_part(data) or _ZIP
    return kind


def recognize_sound(data: bytes, shown: str) -> Kind:
    """The kind of a sound file.

    Parameters
    ----------
    data : bytes
    shown : str
        What the messages call it.

    Raises
    ------
    InputError
        If it is empty, too large or no sound; the message names what came instead.

    Examples
    --------
    >>> recognize_sound(b"fLaC" + bytes(100), "song.flac").reader
    'flac'
    >>> recognize_sound(b"%PDF-1.7", "song.mp3")
    Traceback (most recent call last):
    core.errors.InputError: song.mp3 is a PDF document, not sound. WAV, MP3, FLAC, OGG, Opus, M4A, AAC, AIFF, AU and WebM files work; choose one of those.
    """
    return locate_sound(data, shown)[0]


def locate_sound(data: bytes, shown: str) -> tuple[Kind, int]:
    """The kind of a sound file, and where in it the sound begins: behind zeros or what else precedes it.

    Raises
    ------
    InputError
        As of :func:`recognize_sound`.

    Examples
    --------
    >>> locate_sound(bytes(9) + b"fLaC" + bytes(100), "song.flac")[1]
    9
    """
    if not data:
        raise InputError(f"{shown} is empty (0 bytes). Record or export it again; {WORKS}.")
    check_file_size(len(data), limits.MAX_AUDIO_BYTES, shown, advice="Export it as MP3, or cut it.")
    kind = recognize_file(data)
    start = 0
    if kind is None or kind is _MP3:
        start = _tag_bytes(data)
        kind = _first_match(_SIGNATURES, data[start : start + _HEAD_BYTES]) if start else None
        # FLAC's decoder knows such tags; MPEG's need what they say.
        if kind is None or kind.family != "sound" or kind in (_MP3, _FLAC):
            kind, start = _recognize_frames(data), 0
    if kind is None:
        kind, start = _look_behind_other_bytes(data)
    if kind is None:
        raise InputError(f"{shown} was not recognized as sound. {WORKS}; export it as one of those.")
    if kind.family != "sound":
        raise InputError(f"{shown} is {kind.what}, not sound. {WORKS}; choose one of those.")
    return kind, start


def _first_match(table: list[tuple[bytes, Kind]], data: bytes) -> Kind | None:
    return next((kind for pattern, kind in table if re.match(pattern, data, re.DOTALL)), None)


def _first_part(data: bytes) -> Kind | None:
    names = data[:256] + data[-_DIRECTORY_BYTES:]
    return next((kind for pattern, kind in _PARTS if re.search(pattern, names)), None)


def _is_text(head: bytes) -> bool:
    """Whether the beginning is UTF-8 without control characters, or has UTF-16's byte order mark."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < _HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return False
    return not any(ord(char) < 32 and char not in "\t\r\n\f" for char in text)


def _tag_bytes(data: bytes) -> int:
    """Length of the ID3 tag with which a file begins; 0 where it begins with none."""
    if not data.startswith(b"ID3") or len(data) <= 10:
        return 0
    # The size is "syncsafe", four times seven bits, and leaves out the ten bytes of the header.
    sevens = [byte & 0x7F for byte in data[6:10]]
    return 10 + (sevens[0] << 21 | sevens[1] << 14 | sevens[2] << 7 | sevens[3])


def _recognize_frames(data: bytes) -> Kind | None:
    """MP3, AAC or FLAC behind an ID3 tag, or from a bare frame on: patterns of bits, too weak for other files."""
    start = _tag_bytes(data)
    if start >= len(data):
        return None  # the size is wrong
    if start and data.startswith(b"fLaC", start):
        return _FLAC
    if data[:377:188] == b"GGG":  # MPEG-TS has no magic; each packet of 188 bytes begins with this byte
        return _TRANSPORT_STREAM
    if re.compile(rb"\xff[\xf0\xf1\xf8\xf9]").match(data, start):
        return _AAC
    # Layers II and III. Layer I is no longer made, and its pattern is also the byte-order mark of UTF-16.
    is_mpeg = re.compile(rb"\xff[\xe2-\xe5\xea-\xed\xf2-\xf5\xfa-\xfd]").match(data, start)
    return _MP3 if start or is_mpeg else None


def _look_behind_other_bytes(data: bytes) -> tuple[Kind | None, int]:
    """A sound behind zeros, or frames of MPEG behind anything: cut streams and damaged tags begin like that."""
    zeros = _ZEROS.match(data)
    start = zeros.end() if zeros else 0
    # The zeros may be the first bytes of the sound, as of MP4.
    for begin in range(start, max(0, start - 4), -1):
        rest = data[begin : begin + _SEARCHED_BYTES]
        kind = recognize_file(rest)
        kind = _recognize_frames(rest) if kind is None or kind is _MP3 else kind
        if kind is not None and kind.family == "sound":
            return kind, begin
    # Where only the head of a file is looked at, its tag may be longer.
    otherwise = _MP3 if data.startswith(b"ID3") and not _is_text(data[:_HEAD_BYTES]) else None
    for found in _MPEG_SYNC.finditer(data, 0, _SEARCHED_BYTES):
        if _frames_follow(data, found.start()):
            return _MP3, found.start()
    return otherwise, 0


def _frames_follow(data: bytes, at: int) -> bool:
    """Whether several frames of MPEG follow each other from a place on: a single sync word is found anywhere."""
    for n_frames in range(_FRAMES_IN_A_ROW):
        if at >= len(data):
            return n_frames > 1
        n_bytes = mpeg_frame_bytes(data[at : at + 4])
        if n_bytes == 0:
            return False
        at += n_bytes
    return True


def count_mpeg_frames(data: bytes, at: int, most: int = 10_000_000) -> int:
    """How many frames of MPEG audio, up to a number, follow each other from a place on.

    Examples
    --------
    >>> count_mpeg_frames((b"\\xff\\xfb\\x90\\xc4" + bytes(413)) * 3, 0)
    3
    """
    n_frames = 0
    while n_frames < most and (n_bytes := mpeg_frame_bytes(data[at : at + 4])):
        at += n_bytes
        n_frames += 1
    return n_frames


def mpeg_frame_bytes(header: bytes) -> int:
    """Length of a frame of MPEG audio, layer II or III, by its first four bytes; 0 of what is none.

    Examples
    --------
    >>> mpeg_frame_bytes(b"\\xff\\xfb\\x90\\xc4"), mpeg_frame_bytes(b"RIFF")
    (417, 0)
    """
    if len(header) < 4 or _MPEG_SYNC.match(header) is None:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate, sr = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer not in (1, 2) or rate in (0, 15) or sr == 3:
        return 0
    table = _BIT_RATES["II" if layer == 2 else "III"] if version == 3 else _BIT_RATES["low"]
    hz = (44_100, 48_000, 32_000)[sr] >> {3: 0, 2: 1, 0: 2}[version]
    factor = 72 if layer == 1 and version != 3 else 144
    return factor * 1000 * table[rate - 1] // hz + (header[2] >> 1 & 1)
