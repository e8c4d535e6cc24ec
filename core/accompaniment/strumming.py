"""Accompaniment of a tune from its chord symbols: guitar (bass and strum), piano (bass and chord), drone of tonic and fifth."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.errors import InputError
from core.music.chord_symbols import ChordSymbol, chord_at
from core.music.note_values import beat_ticks
from core.music.tune import TICKS, Meter, Tune, in_force

NONE, GUITAR, PIANO, DRONE = "none", "guitar", "piano", "drone"
ACCOMPANIMENTS = (NONE, GUITAR, PIANO, DRONE)
#: General MIDI, from 0: steel guitar, piano, reed organ.
PROGRAMS = {GUITAR: 25, PIANO: 0, DRONE: 20}
_STRUM_TICK = 8  # between two strings of a stroke: a hundredth of a second at 100 BPM
_BASS_LOW = {GUITAR: 40, PIANO: 36}  # from the lowest string; from C2
_CHORD_LOW = {GUITAR: 50, PIANO: 55}
_BASS_VELOCITY = {GUITAR: 62, PIANO: 56}
_CHORD_VELOCITY = {GUITAR: 46, PIANO: 40}
_DRONE_VELOCITY = 40
_DRONE_LOW = 45
_MELODY_GAP = 2  # semitones that chords stay below the tune


@dataclass(frozen=True, kw_only=True)
class Struck:
    """A note of the accompaniment; `onset_tick` and `duration_tick` as a tune counts them."""

    onset_tick: int
    duration_tick: int
    pitch: int
    velocity: int


def accompany(tune: Tune, kind: str) -> list[Struck]:
    """Play the chords of a tune.

    Parameters
    ----------
    tune : Tune
        With chords, except for the drone, which needs none.
    kind : str
        One of ``ACCOMPANIMENTS``.

    Returns
    -------
    list of Struck
        Ascending; from the first bar to the end of the tune. The bass alternates between the root and the fifth, and each
        chord is struck where the meter is lighter: on the second and fourth quarter of 4/4, on the last eighth of each half
        of 6/8. Under the last note bass and chord are held.

    Raises
    ------
    InputError
        If there is no such accompaniment.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc('M:4/4\\nL:1/4\\nK:G\\n"G"G B d B|"D7"A F "G"G2|]')
    >>> [note.pitch for note in accompany(tune, "guitar") if note.onset_tick % 960 == 0]
    [43, 50, 50, 43, 50]
    """
    if kind not in ACCOMPANIMENTS:
        raise InputError(f'There is no accompaniment "{kind[:20]}". Use one of {", ".join(ACCOMPANIMENTS)}.')
    if kind == NONE or not tune.pitches:
        return []
    if kind == DRONE:
        return _hold_drone(tune)
    found: list[Struck] = []
    onsets = [event.onset_tick for event in tune.events]
    n_bass = 0
    last = next(event for event in reversed(tune.events) if event.pitch is not None)
    for begin, end, is_strong in _list_beats(tune):
        if begin >= last.onset_tick:
            break
        chord = chord_at(tune.chords, begin)
        if chord is None or not chord.root:
            continue
        if chord.onset_tick == begin:
            n_bass = 0  # a new chord begins with its root
        if is_strong:
            found.append(_strike_bass(chord, kind, begin, end, n_bass))
            n_bass += 1
        else:
            found += _strike_chord(tune, onsets, chord, kind, begin, begin + (end - begin) * 3 // 4)
    closing = chord_at(tune.chords, last.onset_tick)
    if closing is not None and closing.root:
        # The last chord is held under the last note.
        found.append(_strike_bass(closing, kind, last.onset_tick, last.end_tick, 0))
        found += _strike_chord(tune, onsets, closing, kind, last.onset_tick, last.end_tick)
    return sorted(found, key=lambda note: (note.onset_tick, note.pitch))


def _hold_drone(tune: Tune) -> list[Struck]:
    """Tonic and fifth below the tune, as long as a key holds."""
    edges = [key.onset_tick for key in tune.keys] + [tune.length_tick]
    found = []
    for key, (begin, end) in zip(tune.keys, pairwise(edges), strict=True):
        tonic = _DRONE_LOW + (key.pitch_class - _DRONE_LOW) % 12
        if end > begin:
            found += [
                Struck(onset_tick=begin, duration_tick=end - begin, pitch=pitch, velocity=_DRONE_VELOCITY)
                for pitch in (tonic, tonic + 7)
            ]
    return found


def _list_beats(tune: Tune) -> list[tuple[int, int, bool]]:
    """Strokes of the bars: begin, end, and whether it is the bass's; a chord that changes elsewhere has a bass as well."""
    changes = {chord.onset_tick for chord in tune.chords}
    strokes: list[tuple[int, int, bool]] = []
    edges = [*tune.bars, tune.length_tick]
    for begin, end in pairwise(edges):
        place = begin
        for length, is_strong in _divide_bar(in_force(tune.meters, begin), end - begin):
            if place >= end:
                break
            strokes.append((place, min(end, place + length), is_strong or place in changes))
            place += length
    return strokes


def _divide_bar(meter: Meter, length_tick: int) -> list[tuple[int, bool]]:
    """Lengths of the strokes of a bar, and which of them are the bass's.

    Examples
    --------
    >>> _divide_bar(Meter(meter="6/8"), 1440)
    [(480, True), (240, False), (480, True), (240, False)]
    >>> _divide_bar(Meter(meter="3/4"), 1440)
    [(480, True), (480, False), (480, False)]
    """
    beats = beat_ticks(meter)
    full = meter.bar_tick or length_tick
    strokes: list[tuple[int, bool]] = []
    place = at = 0
    while place < full:
        beat = beats[at % len(beats)]
        if beat % (TICKS * 3 // 4) == 0:
            strokes += [(2 * beat // 3, True), (beat // 3, False)]  # a compound beat
        elif full in (2 * TICKS, TICKS) and len(set(beats)) == 1:
            strokes += [(beat // 2, True), (beat // 2, False)]  # 2/4: the chord is between the beats
        elif meter.groups or len(beats) > 1:
            strokes += [(beat // 2 // 120 * 120 or beat, True), (beat - (beat // 2 // 120 * 120), False)]
        elif full == 3 * beat:
            strokes.append((beat, place == 0))
        else:
            strokes.append((beat, at % 2 == 0))
        place, at = place + beat, at + 1
    return [(length, is_strong) for length, is_strong in strokes if length > 0]


def _strike_bass(chord: ChordSymbol, kind: str, begin: int, end: int, n_bass: int) -> Struck:
    low = _BASS_LOW[kind]
    classes = chord.pitch_classes
    # A fifth that the chord does not have, or a bass of its own, is not alternated with.
    other = (classes[0] + 7) % 12
    is_fifth = n_bass % 2 == 1 and other in classes and not chord.bass
    pitch_class = other if is_fifth else chord.bass_class
    return Struck(
        onset_tick=begin,
        duration_tick=end - begin,
        pitch=low + (pitch_class - low) % 12,
        velocity=_BASS_VELOCITY[kind] - 4 * is_fifth,
    )


def _strike_chord(
    tune: Tune, onsets: Sequence[int], chord: ChordSymbol, kind: str, begin: int, end: int
) -> list[Struck]:
    """Three or four strings, one after the other; below the tune where there is room."""
    first = bisect_right(onsets, begin) - 1
    sounding = tune.events[max(0, first) : bisect_left(onsets, end)]
    top = min((event.pitch for event in sounding if event.pitch is not None), default=127)
    low = _CHORD_LOW[kind]
    pitches = sorted({low + (pitch_class - low) % 12 for pitch_class in chord.pitch_classes[:4]})
    pitches = [
        pitch if pitch < top - _MELODY_GAP or pitch - 12 < _BASS_LOW[kind] else pitch - 12
        for pitch in pitches
    ]
    apart = _STRUM_TICK if kind == GUITAR else 0
    return [
        Struck(
            onset_tick=begin + i * apart,
            duration_tick=max(1, end - begin - i * apart),
            pitch=pitch,
            velocity=_CHORD_VELOCITY[kind],
        )
        for i, pitch in enumerate(sorted(set(pitches)))
    ]
