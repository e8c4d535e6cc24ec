"""ABC notation (standard 2.1): writer of tunes; :mod:`core.music.abc_notation` reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from core.errors import InputError, keep_printable
from core.music.note_values import Bar, Sign, beat_places, beat_ticks, notate_bars
from core.music.repeat_folding import fold_repeats
from core.music.repeats import Mark
from core.music.spelling import LETTERS, shown_key, signature
from core.music.tune import FREE, TICKS, Event, Key, Meter, Tune

_UNIT = TICKS // 2  # L:1/8
SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
"""Accidentals, in semitones."""
_MARKS = {alter: mark for mark, alter in SIGNS.items()}
# Written where breath marks alone do not say where phrases begin.
PHRASE_BEGINS = "phrase begins"
PHRASES_MARKED = "beginnings of phrases are marked"
# The same, and the last note ends no phrase.
PHRASES_OPEN = "beginnings of phrases are marked, the last is open"


def to_abc(tune: Tune, *, title: str = "", tempo_qpm: float | None = None) -> str:
    """Write a tune as ABC text, four bars a line, notes of a beat together.

    Parameters
    ----------
    tune : Tune
    title : str
        The T: field; "Tune" where empty, since every ABC tune has one.
    tempo_qpm : float or None
        Quarters a minute, for the Q: field.

    Returns
    -------
    str
        Read back by :func:`read_abc`, it is the same tune. A phrase but the last ends with ``!breath!``; chord symbols stand before their
        notes, and repeated sections once, with their endings.

    Raises
    ------
    InputError
        If the tune has no event.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc("M:3/4\\nL:1/4\\nK:G\\nG A B | d3 |]")
    >>> print(to_abc(tune, title="Three steps up"))
    X:1
    T:Three steps up
    M:3/4
    L:1/8
    K:G
    G2 A2 B2 | d6 |]
    <BLANKLINE>
    """
    if not tune.events:
        raise InputError("This tune has no notes, so there is nothing to write.")
    written = fold_repeats(tune)
    explicit = _needs_beginnings(written.tune.events)
    unmarked_tick = _find_implied_end(written.tune.events)
    lines = ["X:1", f"T:{_line(title) or 'Tune'}", f"M:{_meter_name(tune.meters[0])}", "L:1/8"]
    if tempo_qpm is not None:
        lines.append(f"Q:1/4={round(tempo_qpm)}")
    if explicit:
        lines.append(f"r:{PHRASES_OPEN if _ends_open(written.tune.events) else PHRASES_MARKED}")
    lines.append(f"K:{_key_name(tune.keys[0])}")
    bars = notate_bars(written.tune)
    writer = _Writer(written.tune, explicit, unmarked_tick)
    row = ""
    for bar in bars:
        if bar.new_line and row:
            lines.append(_join_bar_lines(row))
            row = ""
        row += _open_bar(written.marks_at(bar.onset_tick))
        # Without this line the first bar, being short, would be taken for a pickup.
        full = bar.meter.bar_tick
        if bar is bars[0] and bar.number > 0 and (full == 0 or bar.duration_tick < full):
            row += "| "
        end = bar.onset_tick + bar.duration_tick
        row += writer.bar(bar) + _close_bar(written.marks_at(end), is_last=bar is bars[-1])
    return "\n".join([*lines, _join_bar_lines(row), ""])


def _join_bar_lines(row: str) -> str:
    """A line of music with the bar lines that meet written as one, such as ``::`` and ``:|2``."""
    row = row.strip().replace(":| |:", "::").replace(" | |:", " |:")
    return re.sub(r"\| \[(?=[0-9])", "|", row)


def _open_bar(mark: Mark) -> str:
    return ("|: " if mark.opens else "") + "".join(f"[{time} " for time in mark.ending)


def _close_bar(mark: Mark, *, is_last: bool) -> str:
    if mark.closes:
        return " :| "
    if is_last:
        return " |] "
    return " || " if mark.ends_ending and not mark.opens else " | "


def _line(text: str) -> str:
    return keep_printable(text).replace("%", r"\%").strip()


def _meter_name(meter: Meter) -> str:
    if meter.groups:
        return "({})/{}".format(*meter.name.split("/"))
    return "none" if meter.meter == FREE else meter.meter


def _key_name(key: Key) -> str:
    shown = shown_key(key)
    return shown.tonic + {"major": "", "minor": "m"}.get(shown.mode, shown.mode[:3])


def imply_beginnings(events: tuple[Event, ...]) -> list[bool]:
    """Where phrases begin if only their ends are told: with the first note, and with the note after an end."""
    begins, waiting = [], any(event.ends_phrase for event in events)
    for event in events:
        begins.append(waiting and event.pitch is not None)
        waiting = event.ends_phrase or (waiting and event.pitch is None)
    return begins


def imply_phrases(events: Sequence[Event], *, begins: bool, ends: bool) -> list[Event]:
    """Where phrases begin if only breath marks are told, and that the last note ends one where any does."""
    last = max((at for at, event in enumerate(events) if event.pitch is not None), default=-1)
    ends = ends and any(event.ends_phrase for event in events)
    implied = imply_beginnings(tuple(events))
    return [
        replace(
            event,
            begins_phrase=implied[at] if begins else event.begins_phrase,
            ends_phrase=event.ends_phrase or (ends and at == last),
        )
        for at, event in enumerate(events)
    ]


def _ends_open(events: tuple[Event, ...]) -> bool:
    """Whether phrases are marked, and the last note ends none."""
    notes = [event for event in events if event.pitch is not None]
    return any(event.ends_phrase for event in events) and not (notes and notes[-1].ends_phrase)


def _needs_beginnings(events: tuple[Event, ...]) -> bool:
    """Whether breath marks alone do not say where phrases begin, or that the last note ends none."""
    return _ends_open(events) or imply_beginnings(events) != [event.begins_phrase for event in events]


def _find_implied_end(events: tuple[Event, ...]) -> int | None:
    """End of the last note, if it has no breath mark: nobody needs to be told to breathe then. None if it has one."""
    notes = [event for event in events if event.pitch is not None]
    is_implied = len(notes) > 1 and notes[-1].ends_phrase and any(note.ends_phrase for note in notes[:-1])
    return notes[-1].end_tick if is_implied else None


class _Writer:
    def __init__(self, tune: Tune, explicit: bool, unmarked_tick: int | None) -> None:
        self._explicit, self._unmarked_tick = explicit, unmarked_tick
        self._meters = {meter.onset_tick: meter for meter in tune.meters}
        self._keys = {key.onset_tick: key for key in tune.keys}
        self._chords = {chord.onset_tick: chord for chord in tune.chords}
        self._signature = signature(shown_key(tune.keys[0]).fifths)
        self._touched: set[str] = set()

    def bar(self, bar: Bar) -> str:
        """Write one bar, beamed by beat; accidentals hold to its end."""
        self._touched = set()
        full = bar.meter.bar_tick
        grid = bar.onset_tick - (full - bar.duration_tick if bar.number == 0 and full else 0)
        edges = set(beat_places(grid, grid, bar.onset_tick + bar.duration_tick, beat_ticks(bar.meter)))
        text = ""
        for at, sign in enumerate(bar.signs):
            # ABC beams what stands together.
            joined = at > 0 and sign.beams and sign.beams[0] in ("continue", "end")
            inside = at > 0 and sign.onset_tick not in edges and not sign.tuplet_opens
            # Two that have flags but no beam in common must not touch.
            inside = inside and not (sign.n_beams and bar.signs[at - 1].n_beams)
            text += "" if joined or (inside and not text.endswith(" ")) else " "
            text += self._changes(sign.onset_tick) + self._sign(sign, bar, at)
        return text.strip()

    def _changes(self, tick: int) -> str:
        text = ""
        if tick == 0:
            return text
        if tick in self._meters:
            text += f"[M:{_meter_name(self._meters[tick])}]"
        if key := self._keys.get(tick):
            text += f"[K:{_key_name(key)}]"
            self._signature, self._touched = signature(shown_key(key).fifths), set(LETTERS)
        return text

    def _sign(self, sign: Sign, bar: Bar, at: int) -> str:
        text = f"[r:{PHRASE_BEGINS}]" if self._explicit and sign.begins_phrase else ""
        if chord := self._chords.get(sign.onset_tick):
            text += f'"{chord.name}"'
        length = sign.duration_tick
        if sign.value is not None and sign.value.tuplet is not None:
            length = sign.value.shown_tick
            if sign.tuplet_opens:
                closes = next(i for i in range(at, len(bar.signs)) if bar.signs[i].tuplet_closes)
                actual, normal = sign.value.tuplet
                text += f"({actual}:{normal}:{closes - at + 1}"
        is_marked = sign.ends_phrase and sign.onset_tick + sign.duration_tick != self._unmarked_tick
        text += "!breath!" if is_marked else ""
        return text + self._name(sign) + _length_name(length) + ("-" if sign.tie_to else "")

    def _name(self, sign: Sign) -> str:
        if sign.spelling is None:
            return "z"
        letter, alter, octave = sign.spelling
        mark = ""
        # Programs differ in how far an accidental reaches within a bar; a sign too many is read alike by all.
        if alter != self._signature[letter] or letter in self._touched:
            mark = _MARKS.get(alter, "")
            self._touched.add(letter)
        if octave >= 5:
            return mark + letter.lower() + "'" * (octave - 5)
        return mark + letter + "," * (4 - octave)


def _length_name(ticks: int) -> str:
    part = Fraction(ticks, _UNIT)
    if part == 1:
        return ""
    if part.denominator == 1:
        return str(part.numerator)
    return f"{part.numerator if part.numerator > 1 else ''}/{part.denominator}"
