"""A played piano piece as a score of two staves: quantised, spelled in its key, written as MusicXML 4.0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from xml.sax.saxutils import escape

import numpy as np

from core.errors import InputError
from core.music.performance import Performance

BEAT = 4  # sixteenths
BAR = 4 * BEAT
SPLIT_PITCH = 60  # middle C and above stand in the upper staff
MAX_BARS = 600

_STEPS = "FCGDAEB"  # the line of fifths; C is 0
_NATURAL_PITCH_CLASS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_TONICS = {
    name: place
    for place, name in enumerate(
        ("Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#"), -6
    )
}
# A length in sixteenths -> type and dots; others are tied together from these.
_TYPES = {
    16: ("whole", 0), 12: ("half", 1), 8: ("half", 0), 6: ("quarter", 1), 4: ("quarter", 0),
    3: ("eighth", 1), 2: ("eighth", 0), 1: ("16th", 0),
}  # fmt: skip
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
    staves = quantise(performance, tempo_qpm)
    n_bars = max(1, -(-max(chord.end for staff in staves for chord in staff) // BAR))
    if n_bars > MAX_BARS:
        raise InputError(f"The score would have {n_bars:,} bars; up to {MAX_BARS} can be written.")
    spelling = Spelling(key, mode)
    bars = [list(_in_bars(staff, n_bars)) for staff in staves]
    measures = []
    dynamic = ""
    for number in range(n_bars):
        head = _attributes(spelling, mode) + _tempo(tempo_qpm) if number == 0 else ""
        mark = _dynamic([*bars[0][number], *bars[1][number]])
        if mark and mark != dynamic:
            head += _direction(f"<dynamics><{mark}/></dynamics>")
            dynamic = mark
        upper = _staff(bars[0][number], number * BAR, 1, spelling)
        lower = _staff(bars[1][number], number * BAR, 2, spelling)
        end = '<barline location="right"><bar-style>light-heavy</bar-style></barline>'
        measures.append(
            f'<measure number="{number + 1}">{head}{upper}<backup><duration>{BAR}</duration></backup>{lower}'
            f"{end if number == n_bars - 1 else ''}</measure>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
        '"http://www.musicxml.org/dtds/partwise.dtd">\n'
        f'<score-partwise version="4.0"><work><work-title>{escape(title)}</work-title></work>'
        '<part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>'
        f'<part id="P1">{"".join(measures)}</part></score-partwise>\n'
    )


def quantise(performance: Performance, tempo_qpm: float) -> tuple[list[Chord], list[Chord]]:
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
        chords.append(
            Chord(
                onset=onset, duration=length, pitches=tuple(sorted(notes)),
                velocity=max(velocity for _, velocity in notes.values()),
            )
        )  # fmt: skip
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
            length = next(size for size in _TYPES if size <= duration)
        found.append(length)
        onset += length
        duration -= length
    return found


class Spelling:
    """Names of pitches in a key: the twelve nearest names on the line of fifths (Temperley 2001, chapter 5)."""

    def __init__(self, key: str, mode: str) -> None:
        key = key.replace("-", "b")
        if key not in _TONICS or mode not in ("major", "minor"):
            raise InputError(
                f"There is no key called {key} {mode} here; use a tonic such as Eb and major or minor."
            )
        place = _TONICS[key]
        self.fifths = place if mode == "major" else place - 3
        # A signature beyond seven accidentals does not exist: the same key is then written the other way round.
        turned = -12 if self.fifths > 7 else 12 if self.fifths < -7 else 0
        self.fifths += turned
        lowest = place + turned - (3 if mode == "major" else 5)
        self._names: dict[int, tuple[str, int]] = {}
        for position in range(lowest, lowest + 12):
            alter, step = divmod(position + 1, 7)
            self._names[position * 7 % 12] = (_STEPS[step], alter)

    def name(self, pitch: int) -> tuple[str, int, int]:
        """Step, alteration in semitones and octave of a MIDI pitch."""
        step, alter = self._names[pitch % 12]
        return step, alter, (pitch - alter - _NATURAL_PITCH_CLASS[step]) // 12 - 1


def _attributes(spelling: Spelling, mode: str) -> str:
    return (
        f"<attributes><divisions>{BEAT}</divisions><key><fifths>{spelling.fifths}</fifths><mode>{mode}</mode></key>"
        "<time><beats>4</beats><beat-type>4</beat-type></time><staves>2</staves>"
        '<clef number="1"><sign>G</sign><line>2</line></clef><clef number="2"><sign>F</sign><line>4</line></clef>'
        "</attributes>"
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


def _staff(chords: Sequence[Chord], bar_start: int, staff: int, spelling: Spelling) -> str:
    """One staff of one bar: notes and rests that fill it exactly."""
    written: list[tuple[int, int, Chord | None]] = []  # onset in the bar, length, chord
    at = 0
    for chord in chords:
        start = max(0, chord.onset - bar_start)
        end = min(BAR, chord.end - bar_start)
        if start > at:
            written += _cut(at, start - at, None)
        written += _cut(start, end - start, chord)
        at = end
    if at == 0:
        rest = f'<rest measure="yes"/><duration>{BAR}</duration><voice>{staff}</voice><staff>{staff}</staff>'
        return f"<note>{rest}</note>"
    if at < BAR:
        written += _cut(at, BAR - at, None)
    beams = _beams(written)
    return "".join(
        _chord_xml(onset + bar_start, length, chord, staff, spelling, beam)
        for (onset, length, chord), beam in zip(written, beams, strict=True)
    )


def _cut(onset: int, duration: int, chord: Chord | None) -> list[tuple[int, int, Chord | None]]:
    cut = []
    for length in note_lengths(onset, duration):
        cut.append((onset, length, chord))
        onset += length
    return cut


def _beams(written: Sequence[tuple[int, int, Chord | None]]) -> list[list[str]]:
    """For every note the states of its beams, from the eighths' beam on: those of one beat are joined."""
    beams: list[list[str]] = [[] for _ in written]
    group: list[int] = []
    for i, (onset, length, chord) in enumerate(written):
        if group and onset // BEAT != written[group[0]][0] // BEAT:
            _join(written, group, beams)
            group = []
        if chord is None or length > 3:
            _join(written, group, beams)
            group = []
        else:
            group.append(i)
    _join(written, group, beams)
    return beams


def _join(written: Sequence[tuple[int, int, Chord | None]], group: list[int], beams: list[list[str]]) -> None:
    if len(group) < 2:
        return
    short = [written[i][1] == 1 for i in group]
    for n, i in enumerate(group):
        beams[i].append("begin" if n == 0 else "end" if n == len(group) - 1 else "continue")
        if short[n]:
            before, after = n > 0 and short[n - 1], n + 1 < len(group) and short[n + 1]
            if before or after:
                beams[i].append("continue" if before and after else "end" if before else "begin")
            else:
                beams[i].append("backward hook" if n else "forward hook")


def _chord_xml(
    onset: int, length: int, chord: Chord | None, staff: int, spelling: Spelling, beams: Sequence[str]
) -> str:
    kind, dots = _TYPES[length]
    ending = f"<voice>{staff}</voice><type>{kind}</type>{'<dot/>' * dots}"
    if chord is None:
        return f"<note><rest/><duration>{length}</duration>{ending}<staff>{staff}</staff></note>"
    stop, start = onset > chord.onset, onset + length < chord.end
    ties = ('<tie type="stop"/>' if stop else "") + ('<tie type="start"/>' if start else "")
    tied = ('<tied type="stop"/>' if stop else "") + ('<tied type="start"/>' if start else "")
    marks = f"<notations>{tied}</notations>" if tied else ""
    notes = []
    for n, pitch in enumerate(chord.pitches):
        step, alter, octave = spelling.name(pitch)
        altered = f"<alter>{alter}</alter>" if alter else ""
        beam = "" if n else "".join(f'<beam number="{i}">{state}</beam>' for i, state in enumerate(beams, 1))
        notes.append(
            f"<note>{'<chord/>' if n else ''}<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"
            f"<duration>{length}</duration>{ties}{ending}<staff>{staff}</staff>{beam}{marks}</note>"
        )
    return "".join(notes)
