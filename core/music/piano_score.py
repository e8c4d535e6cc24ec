"""Piano score of a performance: quantized on two staves, spelled in its key, written as MusicXML 4.0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from core.errors import InputError
from core.music import musicxml_elements as xml
from core.music.note_values import VALUES, Value, beam_words
from core.music.performance import Performance
from core.music.spelling import shown_key, spell
from core.music.tune import TICKS, Key

BEAT = 4  # sixteenths
BAR = 4 * BEAT
SPLIT_PITCH = 60  # middle C and above stand in the upper staff
MAX_BARS = 600

# Lengths in sixteenths that one note has; others are tied together from these.
_LENGTHS = (16, 12, 8, 6, 4, 3, 2, 1)
_DYNAMICS = ((32, "pp"), (48, "p"), (62, "mp"), (78, "mf"), (98, "f"), (128, "ff"))


@dataclass(frozen=True, kw_only=True)
class Chord:
    """Notes of one staff that begin together; a rest if there are none.

    Attributes
    ----------
    onset, duration : int
        Sixteenths.
    pitches : tuple of int
        From low to high.
    velocity : int
        Of the loudest note.
    """

    onset: int
    duration: int
    pitches: tuple[int, ...]
    velocity: int

    @property
    def end(self) -> int:
        """Where it ends, in sixteenths."""
        return self.onset + self.duration


def to_musicxml(
    performance: Performance, *, tempo_qpm: float, key: str, mode: str, title: str = "Piano piece"
) -> str:
    """Write a score in 4/4 that a notation program opens.

    Parameters
    ----------
    performance : Performance
        Its first onset becomes the first beat; times are set on the nearest sixteenths.
    tempo_qpm : float in [20, 400]
        Quarters a minute.
    key : str
        Tonic, such as ``"Eb"`` or ``"E-"``.
    mode : {"major", "minor"}
    title : str

    Returns
    -------
    str
        MusicXML 4.0, partwise. A staff has one voice: a note that sounds on below a new one ends there, which
        is how pianists' pedalled notes are usually written.

    Raises
    ------
    InputError
        If there is no note, the tempo is out of range or the score would be longer than :data:`MAX_BARS`.
    """
    if not 20 <= tempo_qpm <= 400:
        raise InputError(f"A tempo can be 20 to 400 quarters a minute, not {tempo_qpm:g}.")
    staves = quantize(performance, tempo_qpm)
    n_bars = max(1, -(-max(chord.end for staff in staves for chord in staff) // BAR))
    if n_bars > MAX_BARS:
        raise InputError(f"The score would have {n_bars:,} bars; up to {MAX_BARS} can be written.")
    the_key = shown_key(Key(tonic=key.replace("-", "b"), mode=mode))
    bars = [list(_in_bars(staff, n_bars)) for staff in staves]
    measures = []
    dynamic = ""
    for number in range(n_bars):
        head = _attributes(the_key) + _tempo(tempo_qpm) if number == 0 else ""
        mark = _dynamic([*bars[0][number], *bars[1][number]])
        if mark and mark != dynamic:
            head += _direction(f"<dynamics><{mark}/></dynamics>")
            dynamic = mark
        upper = _staff(bars[0][number], number * BAR, 1, the_key)
        lower = _staff(bars[1][number], number * BAR, 2, the_key)
        measures.append(
            f'<measure number="{number + 1}">{head}{upper}<backup><duration>{BAR}</duration></backup>{lower}'
            f"{xml.FINAL_BARLINE if number == n_bars - 1 else ''}</measure>"
        )
    return (
        f"{xml.HEAD}{xml.write_title(title)}{xml.write_part_list('Piano')}"
        f'<part id="P1">{"".join(measures)}</part></score-partwise>\n'
    )


def quantize(performance: Performance, tempo_qpm: float) -> tuple[list[Chord], list[Chord]]:
    """Set notes on the nearest sixteenths and share them between two staves.

    Returns
    -------
    tuple of list of Chord
        Upper and lower staff; within a staff nothing overlaps.

    Raises
    ------
    InputError
        If there is no note.
    """
    if not len(performance):
        raise InputError("There is no note to write down. Compose a piece first.")
    sixteenth_sec = 60.0 / tempo_qpm / BEAT
    onsets = np.rint((performance.onset_sec - performance.onset_sec[0]) / sixteenth_sec).astype(int)
    lengths = np.maximum(1, np.rint(performance.duration_sec / sixteenth_sec).astype(int))
    staves = []
    for upper in (True, False):
        at: dict[int, dict[int, tuple[int, int]]] = {}
        for i in np.flatnonzero((performance.pitch >= SPLIT_PITCH) == upper):
            pitch = int(performance.pitch[i])
            length, velocity = at.setdefault(int(onsets[i]), {}).get(pitch, (0, 0))
            at[int(onsets[i])][pitch] = (
                max(length, int(lengths[i])),
                max(velocity, int(performance.velocity[i])),
            )
        staves.append(_line(at))
    return staves[0], staves[1]


def _line(at: dict[int, dict[int, tuple[int, int]]]) -> list[Chord]:
    """Chords one after the other: each ends where the next begins, or before it."""
    onsets = sorted(at)
    chords = []
    for onset, following in zip_longest(onsets, onsets[1:]):
        notes = at[onset]
        length = max(length for length, _ in notes.values())
        if following is not None:
            gap = following - onset
            # Played detached, written in full: a rest for every lifted finger could not be read.
            length = gap if length >= 0.6 * gap else min(length, gap)
        loudest = max(velocity for _, velocity in notes.values())
        chords.append(Chord(onset=onset, duration=length, pitches=tuple(sorted(notes)), velocity=loudest))
    return chords


def _in_bars(staff: Sequence[Chord], n_bars: int) -> Iterator[list[Chord]]:
    """The chords that begin in each bar or sound on into it, cut at nothing yet."""
    for bar in range(n_bars):
        start, end = bar * BAR, (bar + 1) * BAR
        yield [chord for chord in staff if chord.onset < end and chord.end > start]


def note_lengths(onset: int, duration: int) -> list[int]:
    """Cut a length into ones that can be written, at the beats where it does not begin on one.

    Parameters
    ----------
    onset, duration : int
        Sixteenths; the onset counts from the bar line.
    """
    found = []
    while duration > 0:
        left = BEAT - onset % BEAT
        if onset % BEAT and duration > left:
            length = left
        else:
            length = next(size for size in _LENGTHS if size <= duration)
        found.append(length)
        onset += length
        duration -= length
    return found


def _attributes(key: Key) -> str:
    return (
        f"<attributes><divisions>{BEAT}</divisions>{xml.write_key(key)}{xml.write_time('4/4')}<staves>2</staves>"
        f"{xml.write_clef(bass=False, staff=1)}{xml.write_clef(bass=True, staff=2)}</attributes>"
    )


def _direction(content: str, sound: str = "") -> str:
    return f'<direction placement="below"><direction-type>{content}</direction-type><staff>1</staff>{sound}</direction>'


def _tempo(tempo_qpm: float) -> str:
    shown = f"{tempo_qpm:.0f}"
    return _direction(
        f"<metronome><beat-unit>quarter</beat-unit><per-minute>{shown}</per-minute></metronome>",
        f'<sound tempo="{tempo_qpm:.3f}"/>',
    ).replace('placement="below"', 'placement="above"')


def _dynamic(chords: Sequence[Chord]) -> str:
    """The mark for the mean loudness of what begins in a bar."""
    if not chords:
        return ""
    mean = sum(chord.velocity for chord in chords) / len(chords)
    return next(mark for above, mark in _DYNAMICS if mean < above)


def _staff(chords: Sequence[Chord], bar_start: int, staff: int, key: Key) -> str:
    """One staff of one bar: notes and rests that fill it exactly."""
    written: list[tuple[int, int, Chord | None]] = []  # onset in the bar, length, chord
    at = 0
    for chord in chords:
        start = max(0, chord.onset - bar_start)
        end = min(BAR, chord.end - bar_start)
        written += [*_cut(at, start, None), *_cut(start, end, chord)]
        at = end
    if at == 0:
        return xml.write_note(None, BAR, None, full_bar=True, staff=staff)
    written += _cut(at, BAR, None)
    flags = [_value(length).n_beams if chord else 0 for _, length, chord in written]
    beams = beam_words(flags, [onset // BEAT for onset, _, _ in written])
    return "".join(
        _chord_xml(onset + bar_start, length, chord, staff, key, words)
        for (onset, length, chord), words in zip(written, beams, strict=True)
    )


def _value(length: int) -> Value:
    return VALUES[length * TICKS // BEAT]


def _cut(onset: int, end: int, chord: Chord | None) -> Iterator[tuple[int, int, Chord | None]]:
    for length in note_lengths(onset, end - onset):
        yield onset, length, chord
        onset += length


def _chord_xml(
    onset: int, length: int, chord: Chord | None, staff: int, key: Key, beams: Sequence[str]
) -> str:
    value = _value(length)
    if chord is None:
        return xml.write_note(None, length, value, staff=staff)
    return "".join(
        xml.write_note(
            spell(pitch, key, raised_fifth=True),
            length,
            value,
            tie_from=onset > chord.onset,
            tie_to=onset + length < chord.end,
            beams=() if n else beams,
            staff=staff,
            chord=n > 0,
        )
        for n, pitch in enumerate(chord.pitches)
    )
