"""What was measured of the SoundFonts that Debian ships: programs out of tune, silent or clipped, and samples to retune.

The figures are in ``font_facts.json``, which ``python -m benchmarks.soundfonts --write`` makes. A font is recognized by
its table of samples, so that it may have any name. Of a font that is not among them nothing is known.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import plural
from core.music.midi import note_name, program_name
from core.music.spelling import show_accidentals
from core.synth.note_events import Part

FACTS_PATH = Path(__file__).with_suffix(".json")

PLAIN_CENTS = 20
"""From which on the page says that an instrument is out of tune."""

FaultKind = Literal["silent", "tuning", "clipped"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Notes of an instrument that do not sound as they should with this SoundFont.

    Attributes
    ----------
    kind : {"silent", "tuning", "clipped"}
    sentence : str
        For the visitor.
    is_plain : bool
        Whether it is told on the page too; what is slightly out of tune is told in the report alone, since a bowed or
        blown note's own vibrato reads as up to 18 cents.
    """

    kind: FaultKind
    sentence: str
    is_plain: bool = True


def font_id(headers: NDArray[np.void]) -> str:
    """What a font is recognized by: a hash of its table of samples as it stands in the file."""
    return hashlib.sha256(headers.tobytes()).hexdigest()[:16]


def retuned(headers: NDArray[np.void]) -> NDArray[np.void]:
    """The table of samples with those corrected that were measured to be out of tune.

    Both engines read the corrected table: FluidSynth in the excerpt that is written for it.
    """
    corrections: dict[str, int] = _facts().get(font_id(headers), {}).get("corrections", {})
    if not corrections:
        return headers
    headers = headers.copy()
    for number, cents in corrections.items():
        headers["correction"][int(number)] = np.clip(int(headers["correction"][int(number)]) + cents, -99, 99)
    return headers


def faults(parts: list[Part], font: str) -> tuple[Fault, ...]:
    """What sounds wrong in a piece, at most one sentence for an instrument and kind of fault.

    Parameters
    ----------
    parts : list of Part
    font : str
        Its `font_id`.
    """
    programs: dict[str, dict[str, Any]] = _facts().get(font, {}).get("programs", {})
    found: dict[tuple[str, int], Fault] = {}
    for part in parts:
        facts = programs.get(str(part.program), {})
        if part.is_drum or not facts:
            continue
        name = program_name(part.program)
        for kind, rows in facts.items():
            hit = [row for row in rows if ((part.pitches >= row[0]) & (part.pitches <= row[1])).any()]
            if hit:
                fault = _FAULTS[kind](name, part, hit)
                found.setdefault((kind, part.program), fault)
    return tuple(found.values())


def _count(part: Part, rows: list[list[int]]) -> int:
    """Notes of a part within any of the ranges of keys."""
    return int(sum(((part.pitches >= low) & (part.pitches <= high)).sum() for low, high, *_ in rows))


def _tell_silent(name: str, part: Part, rows: list[list[int]]) -> Fault:
    low, high = rows[0][0], rows[-1][1]
    sentence = (
        f"{plural(_count(part, rows), 'note')} of {name} cannot be heard: with this SoundFont it is silent between "
        f"{show_accidentals(note_name(low))} and {show_accidentals(note_name(high))}."
    )
    return Fault(kind="silent", sentence=sentence)


def _tell_tuning(name: str, part: Part, rows: list[list[int]]) -> Fault:
    low, high, cents = max(rows, key=lambda row: abs(row[2]))
    where = _name_range(low, high)
    sentence = (
        f"{plural(_count(part, rows), 'note')} of {name} may sound out of tune: this SoundFont is up to "
        f"{abs(cents)} cents {'sharp' if cents > 0 else 'flat'} there ({where})."
    )
    return Fault(kind="tuning", sentence=sentence, is_plain=abs(cents) >= PLAIN_CENTS)


def _name_range(low: int, high: int) -> str:
    """The notes of a range of keys.

    Examples
    --------
    >>> _name_range(83, 85)
    'B5 to C♯6'
    """
    ends = [show_accidentals(note_name(low)), show_accidentals(note_name(high))]
    return " to ".join(dict.fromkeys(ends))


def _tell_clipped(name: str, part: Part, rows: list[list[int]]) -> Fault:
    sentence = f"{name} sounds distorted at {plural(_count(part, rows), 'note')}: this SoundFont's recording is clipped."
    return Fault(kind="clipped", sentence=sentence)


_FAULTS = {"silent": _tell_silent, "tuning": _tell_tuning, "clipped": _tell_clipped}


@cache
def _facts() -> dict[str, Any]:
    """Of every measured font by its id; none where the file is not there."""
    try:
        facts: dict[str, Any] = json.loads(FACTS_PATH.read_text(encoding="utf-8"))
    except OSError:
        return {}
    return facts
