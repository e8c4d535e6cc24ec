"""What a sound file is, recognised from its first bytes and never from its name."""

from __future__ import annotations

from typing import NamedTuple

from core import limits
from core.errors import InputError

WORKS = "WAV, MP3, FLAC, OGG, Opus, M4A, AAC, AIFF, AU and WebM files work"


class Kind(NamedTuple):
    """A container, and what reads it."""

    what: str  # with its article, for the messages
    demuxer: str  # FFmpeg's name for it
    by_soundfile: bool = False
    declares_length: bool = True  # False where FFmpeg would guess from the bit rate, wrongly by minutes


_WAV = Kind("a WAV file", "wav", by_soundfile=True)
_MP3 = Kind("an MP3 file", "mp3", by_soundfile=True, declares_length=False)
_AAC = Kind("an AAC file", "aac", declares_length=False)
_FLAC = Kind("a FLAC file", "flac", by_soundfile=True)

# (offset, magic): the first that fits decides.
_SOUND: list[tuple[int, bytes, Kind]] = [
    (8, b"WAVE", _WAV),
    (0, b"riff\x2e\x91\xcf\x11", Kind("a Wave64 file", "w64", by_soundfile=True)),
    (0, b"fLaC", _FLAC),
    (0, b"OggS", Kind("an Ogg file", "ogg", by_soundfile=True)),
    (0, b".snd", Kind("an AU file", "au", by_soundfile=True)),
    (0, b"caff", Kind("a CAF file", "caf", by_soundfile=True)),
    (8, b"AIFF", Kind("an AIFF file", "aiff", by_soundfile=True)),
    (8, b"AIFC", Kind("an AIFF file", "aiff", by_soundfile=True)),
    (8, b"AVI ", Kind("an AVI file", "avi")),
    (0, b"\x1a\x45\xdf\xa3", Kind("a WebM or Matroska file", "matroska")),
    (4, b"ftyp", Kind("an MP4 or M4A file", "mov")),
    (4, b"moov", Kind("a QuickTime file", "mov")),
    (4, b"mdat", Kind("a QuickTime file", "mov")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("a Windows Media file", "asf")),
    (0, b"FLV\x01", Kind("a Flash file", "flv")),
    (0, b"\x00\x00\x01\xba", Kind("an MPEG file", "mpeg", declares_length=False)),
    (0, b"#!AMR", Kind("an AMR recording", "amr", declares_length=False)),
]

_OTHER: list[tuple[int, bytes, str]] = [
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIC picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"MThd", "a MIDI file of notes"),
    (0, b"SQLite format 3", "an SQLite database"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\xd0\xcf\x11\xe0", "an old Office document"),
    (0, b"MZ", "a Windows program"),
    (0, b"\x7fELF", "a Linux program"),
    (8, b"sfbk", "a SoundFont"),
]


def kind_of(data: bytes, shown: str) -> Kind:
    """Recognise a sound file, or say what came instead."""
    if not data:
        raise InputError(f"{shown} is empty (0 bytes). Record or export it again; {WORKS}.")
    if len(data) > limits.MAX_AUDIO_BYTES:
        raise InputError(
            f"{shown} has {len(data) / limits.MEGABYTE:.0f} MB; up to "
            f"{limits.MAX_AUDIO_BYTES / limits.MEGABYTE:.0f} MB works. Export it as MP3, or cut it."
        )
    # Text first: "BM" and "MZ" are pictures and programs, but also the first letters of a table.
    other = _text_kind(data[:4096]) or next(
        (what for at, magic, what in _OTHER if data.startswith(magic, at)), None
    )
    if other is not None:
        raise InputError(f"{shown} is {other}, not sound. {WORKS}; choose one of those.")
    kind = next((kind for at, magic, kind in _SOUND if data.startswith(magic, at)), None) or _mpeg_kind(data)
    if kind is None:
        raise InputError(f"{shown} was not recognised as sound. {WORKS}; export it as one of those.")
    return kind


def _mpeg_kind(data: bytes) -> Kind | None:
    """MP3, AAC or a FLAC behind a tag: the kinds that begin with an ID3 tag or with a bare frame."""
    start = 0
    if data.startswith(b"ID3") and len(data) > 10:
        # The size is "syncsafe", four times seven bits, and leaves out the ten bytes of the header.
        sevens = [byte & 0x7F for byte in data[6:10]]
        start = 10 + (sevens[0] << 21 | sevens[1] << 14 | sevens[2] << 7 | sevens[3])
        if data.startswith(b"fLaC", start):
            return _FLAC
    if data[:377:188] == b"GGG":  # MPEG-TS has no magic; each packet of 188 bytes begins with this byte
        return Kind("an MPEG transport stream", "mpegts", declares_length=False)
    if len(data) < start + 4 or data[start] != 0xFF or data[start + 1] & 0xE0 != 0xE0:
        return _MP3 if start else None
    layer = data[start + 1] & 0x06
    if layer == 0:
        return _AAC if data[start + 1] & 0xF0 == 0xF0 else None
    # Layer I is no longer made, and its pattern is also the byte-order mark of UTF-16.
    return _MP3 if layer != 0x06 else None


def _text_kind(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "a text file"
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < 4096 else "ignore")
    except UnicodeDecodeError:
        return None
    if sum(ord(char) < 32 and char not in "\t\r\n\f" for char in text):
        return None
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith("#extm3u"):
        return "a playlist of names"
    if start.startswith("%pdf"):
        return "a PDF document"
    if start.startswith(("<!doctype html", "<html")):
        return "a web page"
    return "a text file"
