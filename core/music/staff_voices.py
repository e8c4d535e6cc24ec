"""Voice separation on one staff: chords in at most two voices, each with the length that is written."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from core.arrays import FloatArray, IntArray
from core.music.note_values import VALUES
from core.music.tune import TICKS
from core.music.written_lengths import FINEST, SINGLE, cut_note, cut_rest

_BEAM_WIDTH = 24
# Where the played length is shorter or longer by an octave (half, double), a note costs so much.
_PLAYED_STRETCH, _EXACT_STRETCH = 1.6, 30.0
_PLAYED_CUT, _EXACT_CUT = 0.8, 12.0
# Octaves: whoever holds the pedal sounds on without end.
_LONGEST_CUT, _LONGEST_PLAYED_CUT = 3.0, 2.2
_SECOND_VOICE_PLAYED, _SECOND_VOICE_EXACT = 1.5, 0.4
_SPLIT_CHORD = 0.6
_CROSSING = 3.0
_LEAP = 0.03  # a semitone
_TIE_PLAYED, _TIE_EXACT = 2.0, 1.2
_DOT = 0.3
# Rests by their length in ticks, shortest last.
_RESTS = ((960, 0.5), (480, 0.7), (240, 1.3), (120, 2.4), (0, 4.0))
_HIDDEN_REST = 0.3  # beside the other voice


@dataclass(frozen=True, kw_only=True)
class PlayedChord:
    """Notes of one staff that begin on one place and belong to one voice.

    Attributes
    ----------
    onset : int
        Ticks.
    end : float
        Ticks, as played: the mean of the notes' lengths.
    notes : tuple of int
        Indices of the notes, from low to high.
    low, high : int
        MIDI numbers.
    """

    onset: int
    end: float
    notes: tuple[int, ...]
    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class WrittenChord:
    """A chord with the length that is written, in ticks."""

    onset: int
    end: int
    notes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class _State:
    """A way to share the chords so far."""

    cost: float
    last: tuple[PlayedChord | None, PlayedChord | None]
    chosen: tuple[tuple[int, PlayedChord], ...] | None  # linked through `before`
    before: _State | None


def share_voices(
    onset: IntArray, end: FloatArray, pitch: IntArray, notes: Sequence[int], *, exact: bool
) -> tuple[list[PlayedChord], list[PlayedChord]]:
    """Share the notes of a staff between an upper and a lower voice.

    Parameters
    ----------
    onset : ndarray of int64
        Ticks, by note.
    end : ndarray of float64
        Ticks, as played.
    pitch : ndarray of int64
    notes : sequence of int
        Those of the staff, by onset and then pitch.
    exact : bool
        Whether the played lengths are those that were meant.

    Returns
    -------
    tuple of list of PlayedChord
        The lower voice is empty where nothing overlaps that is worth a voice.

    Notes
    -----
    Beam search over the chords: a voice whose note sounds on below the next one is cut there, which costs by how much
    of it is lost; a second voice, crossing voices and leaps cost, too.
    """
    state = [_State(cost=0.0, last=(None, None), chosen=None, before=None)]
    at = 0
    while at < len(notes):
        stop = at + 1
        while stop < len(notes) and onset[notes[stop]] == onset[notes[at]]:
            stop += 1
        chords = _ways(list(notes[at:stop]), onset, end, pitch, exact=exact)
        grown = [_extend(one, way, exact=exact) for one in state for way in chords]
        kept: dict[tuple[int, int], _State] = {}
        for one in sorted(grown, key=lambda one: one.cost):
            kept.setdefault((id(one.last[0]), id(one.last[1])), one)
            if len(kept) == _BEAM_WIDTH:
                break
        state = list(kept.values())
        at = stop
    voices: tuple[list[PlayedChord], list[PlayedChord]] = ([], [])
    step: _State | None = min(state, key=lambda one: one.cost)
    while step is not None and step.chosen is not None:
        for voice, chord in step.chosen:
            voices[voice].append(chord)
        step = step.before
    voices[0].reverse()
    voices[1].reverse()
    return voices


def _ways(
    notes: list[int], onset: IntArray, end: FloatArray, pitch: IntArray, *, exact: bool
) -> list[tuple[float, tuple[tuple[int, PlayedChord], ...]]]:
    """Ways to write the notes of one place: together in either voice, or parted where their lengths differ."""

    def gather(part: list[int]) -> PlayedChord:
        lengths = sorted(float(end[i] - onset[i]) for i in part)
        # A key that is let go early or late does not change what the chord is.
        length = (
            lengths[len(lengths) // 2]
            if len(lengths) % 2
            else math.sqrt(lengths[len(lengths) // 2 - 1] * lengths[len(lengths) // 2])
        )
        return PlayedChord(
            onset=int(onset[part[0]]),
            end=float(onset[part[0]]) + length,
            notes=tuple(part),
            low=int(pitch[part[0]]),
            high=int(pitch[part[-1]]),
        )

    def spread(chord: PlayedChord) -> float:
        cost = _EXACT_CUT if exact else _PLAYED_CUT
        length = chord.end - chord.onset
        return cost * sum(
            min(_LONGEST_CUT, abs(math.log2(float(end[i] - onset[i]) / length))) for i in chord.notes
        )

    whole = gather(notes)
    ways: list[tuple[float, tuple[tuple[int, PlayedChord], ...]]] = [
        (spread(whole), ((0, whole),)),
        (spread(whole), ((1, whole),)),
    ]
    if len(notes) > 1:
        parted = []
        for k in range(1, len(notes)):
            lower, upper = gather(notes[:k]), gather(notes[k:])
            parted.append((spread(lower) + spread(upper) + _SPLIT_CHORD, ((0, upper), (1, lower))))
        ways.append(min(parted, key=lambda way: way[0]))
    return ways


def _extend(state: _State, way: tuple[float, tuple[tuple[int, PlayedChord], ...]], *, exact: bool) -> _State:
    """Let chords follow in their voices."""
    added, chords = way
    cost = state.cost + added
    last = list(state.last)
    for voice, chord in chords:
        before, other = last[voice], state.last[1 - voice]
        if voice:
            cost += _SECOND_VOICE_EXACT if exact else _SECOND_VOICE_PLAYED
        if before is not None:
            cost += _cut_cost(before, chord.onset, exact=exact)
            cost += _LEAP * abs(chord.high - before.high if not voice else chord.low - before.low)
        if other is not None and other.end > chord.onset + FINEST and len(chords) == 1:
            crossed = other.high - chord.low if not voice else chord.high - other.low
            if crossed > 0:
                cost += _CROSSING
        last[voice] = chord
    return _State(cost=cost, last=(last[0], last[1]), chosen=chords, before=state)


def _cut_cost(chord: PlayedChord, at: int, *, exact: bool) -> float:
    """What it costs that a chord ends where the next one begins."""
    if chord.end <= at:
        return 0.0
    octaves = math.log2((chord.end - chord.onset) / (at - chord.onset))
    if exact:
        octaves = min(_LONGEST_CUT, octaves)
        return _EXACT_CUT * octaves * len(chord.notes) if octaves > 0.01 else 0.0
    # Legato playing overlaps a little.
    return _PLAYED_CUT * max(0.0, min(_LONGEST_PLAYED_CUT, octaves) - 0.4)


@dataclass(frozen=True, kw_only=True)
class BarLines:
    """Where bars begin, ascending, the last of them where the score ends; all bars but a pickup are as long as the meter says."""

    edges: tuple[int, ...]
    meter: str
    bar_tick: int

    def shift(self, bar: int) -> int:
        """What is added to a place counted from a bar's beginning: a pickup ends like a bar."""
        length = self.edges[bar + 1] - self.edges[bar]
        return self.bar_tick - length if bar == 0 else 0

    def until(self, end: int) -> BarLines:
        """The bars up to that in which the last note ends."""
        n = bisect_left(self.edges, end)
        return BarLines(edges=self.edges[: max(n, 1) + 1], meter=self.meter, bar_tick=self.bar_tick)

    def split(self, begin: int, end: int) -> list[tuple[int, int, int]]:
        """Parts of a stretch: bar, and first and last place counted in the bar."""
        parts = []
        bar = bisect_right(self.edges, begin) - 1
        while begin < end:
            stop = min(end, self.edges[bar + 1])
            shift = self.shift(bar) - self.edges[bar]
            parts.append((bar, begin + shift, stop + shift))
            begin, bar = stop, bar + 1
        return parts


def write_lengths(
    chords: Sequence[PlayedChord], lines: BarLines, *, exact: bool, busy: Sequence[tuple[int, float]] = ()
) -> list[WrittenChord]:
    """Choose the length that each chord of a voice is written with.

    Parameters
    ----------
    chords : sequence of PlayedChord
        Of one voice, ascending.
    lines : BarLines
    exact : bool
    busy : sequence of (int, float)
        When the other voice sounds, ascending: there a rest from a beat on costs little, since it is not shown.

    Returns
    -------
    list of WrittenChord
        Each ends where the next begins or before. Of all ends that a note can have, that with the least sum of what is
        lost or added to the played length, ties, dots and rests.
    """
    written = []
    onsets = {chord.onset for chord in chords}
    tuplet_beats = {onset // 480: onset for onset in onsets if onset % FINEST}
    for i, chord in enumerate(chords):
        following = chords[i + 1].onset if i + 1 < len(chords) else None

        def cost(end: int, chord: PlayedChord = chord, following: int | None = following) -> float:
            """What a reader pays for this end."""
            covered = (
                following is not None
                and end % TICKS == 0
                and any(begin <= end and until >= following for begin, until in busy)
            )
            return _length_cost(chord, end, following, lines, exact=exact, covered=covered)

        best = min(_ends(chord, following, lines, tuplet_beats, exact=exact), key=cost)
        written.append(WrittenChord(onset=chord.onset, end=best, notes=chord.notes))
    return written


def _ends(
    chord: PlayedChord,
    following: int | None,
    lines: BarLines,
    tuplet_beats: dict[int, int],
    *,
    exact: bool,
) -> list[int]:
    """Places where a chord may end."""
    last = lines.edges[-1] if following is None else following
    found = {last} if following is not None else set()
    steps = (FINEST, 60, 120, 240, 480, 960) if exact else (120, 240, 480, 960)
    for step in steps:
        found |= {math.floor(chord.end / step) * step, math.ceil(chord.end / step) * step}
    found |= {chord.onset + length for length in SINGLE if length >= 60}
    found |= {edge for edge in lines.edges if chord.onset < edge <= last}
    for beat in {chord.onset // 480, math.floor(chord.end / 480)}:
        odd = tuplet_beats.get(beat)
        if odd is not None or exact:
            parts = (5,) if odd is not None and odd % 96 == 0 else (3, 6, 12) if exact else (3, 6)
            found |= {480 * beat + 480 * k // n for n in parts for k in range(1, n + 1)}
    shortest = FINEST if exact else 60

    def fits(end: int) -> bool:
        """A tuplet's beat is divided as the tuplet is, any other one not as a tuplet."""
        odd = tuplet_beats.get(end // 480)
        if odd is None:
            return end % FINEST == 0 or (exact and abs(end - chord.end) < 2)
        return end % 480 == 0 or end % (96 if odd % 96 == 0 else 40 if odd % 80 else 80) == 0

    allowed = [
        end for end in found if chord.onset + min(shortest, last - chord.onset) <= end <= last and fits(end)
    ]
    return allowed or [last]


def _length_cost(
    chord: PlayedChord, end: int, following: int | None, lines: BarLines, *, exact: bool, covered: bool
) -> float:
    """What a written length costs a reader, and the played one."""
    octaves = math.log2((end - chord.onset) / max(1.0, chord.end - chord.onset))
    stretch, tie = (_EXACT_STRETCH, _TIE_EXACT) if exact else (_PLAYED_STRETCH, _TIE_PLAYED)
    # Played detached, written in full; and a pedal holds what no hand does.
    lost = min(2.0, abs(octaves)) if exact or octaves > 0 else min(1.2, abs(octaves))
    cost = stretch * lost
    for _, first, last in lines.split(chord.onset, end):
        pieces = cut_note(first, last, lines.meter) if first % FINEST == 0 == last % FINEST else [1]
        cost += tie * (len(pieces) - 1) + _DOT * sum(_is_dotted(length) for length in pieces)
    cost += tie * (len(lines.split(chord.onset, end)) - 1)
    if following is None or following == end:
        return cost
    if covered:
        return cost + _HIDDEN_REST
    for _, first, last in lines.split(end, following):
        binary = first % FINEST == 0 == last % FINEST
        for length in cut_rest(first, last, lines.meter) if binary else [160]:
            cost += next(price for above, price in _RESTS if length >= above)
    return cost


def _is_dotted(length: int) -> bool:
    return length in SINGLE and VALUES[length].dots > 0
