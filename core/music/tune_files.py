"""Melody files: kern, ABC, MIDI and MusicXML to a tune and back, by file extension."""

from __future__ import annotations

from core.errors import InputError, keep_printable
from core.files.reading import check_file_size
from core.music import midi
from core.music.abc_notation import read_abc, to_abc
from core.music.kern import read_kern_score, to_kern
from core.music.musicxml import read_musicxml, to_musicxml
from core.music.musicxml_files import MAX_XML_BYTES
from core.music.tune import Tune
from core.music.tune_midi import read_midi, to_midi

__all__ = ["READABLE", "read_tune", "to_abc", "to_kern", "to_midi", "to_musicxml"]

READABLE = ("krn", "abc", "mid", "midi", "musicxml", "xml", "mxl")
"""Endings of the files that :func:`read_tune` reads."""


def check_ending(name: str) -> str:
    """The ending of a file's name, without the dot and in lower case.

    Raises
    ------
    InputError
        If it is none of `READABLE`.
    """
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending not in READABLE:
        shown = keep_printable(ending)[:20]
        came = f"A file that ends in .{shown}" if shown else "A file whose name has no ending"
        raise InputError(f"{came} cannot be read. Use {', '.join('.' + known for known in READABLE)}.")
    return ending


def read_tune(data: bytes, name: str) -> tuple[Tune, list[str]]:
    """Read a melody from a file's bytes.

    Parameters
    ----------
    data : bytes
    name : str
        What the visitor calls the file; its ending says what it is.

    Returns
    -------
    Tune
    list of str
        Sentences for the visitor about what was chosen or left out; empty if the file was one plain melody.

    Raises
    ------
    InputError
        If the ending is none of ``READABLE``, or the file is empty, too large, damaged, hostile or without a
        melody.

    Examples
    --------
    >>> tune, notes = read_tune(b"X:1\\nM:4/4\\nL:1/4\\nK:G\\nG A B c |", "beginning.abc")
    >>> tune.pitches, notes
    ([67, 69, 71, 72], [])
    """
    ending = check_ending(name)
    if not data.strip(b"\0 \t\r\n"):
        raise InputError("This file is empty. Use one with a melody.")
    check_file_size(len(data), MAX_XML_BYTES, "This file", advice="Use a single tune.")
    if ending in ("mid", "midi"):
        pm, repaired = midi.read_notes(data, name=name)
        tune, said = read_midi(pm)
        return tune, [*repaired, *said]
    if ending in ("musicxml", "xml", "mxl"):
        return read_musicxml(data)
    return read_abc(data) if ending == "abc" else read_kern_score(data)
