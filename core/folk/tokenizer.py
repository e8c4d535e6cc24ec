"""Tokenizer of folk tunes: events to numbers, and the features that the network reads after each note.

Pitches are told as semitones above the tonic between C4 and B4, so a transposed tune is the same tune. Beside
the last event the network is told where the next one begins in the bar, and what stood at that place some
bars ago, in the two phrases before, and after earlier occurrences of what was just played, of its intervals and of its
rhythm: folk tunes repeat, and a network of this size does not find these places by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from functools import cache
from itertools import pairwise

from core.music.tune import FREE, MODES, TICKS, Event, Tune

# Pitch: 0 is a rest, then LOWEST .. HIGHEST semitones above the tonic.
LOWEST, HIGHEST = -24, 31
REST = 0
N_PITCHES = HIGHEST - LOWEST + 2
NO_PITCH = N_PITCHES  # no note before, or nothing at the place looked up

# Lengths in ticks; from counts in the training tunes, at least twenty of each.
DURATIONS = (
    40, 60, 80, 120, 160, 180, 240, 320, 360, 480, 600, 640, 720, 840, 960, 1200, 1440, 1680, 1920, 2160, 2400,
    2880, 3840, 4800, 5760, 7680,
)  # fmt: skip  # a table: one entry a line would fill a screen
N_DURATIONS = len(DURATIONS)
HELD = N_DURATIONS  # at the place looked up no event begins
NO_DURATION = N_DURATIONS + 1

# What follows an event.
GOES_ON, PHRASE_ENDS, TUNE_ENDS = 0, 1, 2
N_BOUNDARIES = 3
BOUNDARY_UNKNOWN = 2  # as an input; the end of the tune is never one

# Of the Essen and Nottingham sets, and of the sets with open licenses. A network's card says which it knows.
ESSEN_COLLECTIONS = (
    "unknown", "germany/erk", "germany/ballads", "germany/boehme", "germany/fink", "germany/zuccalmaglio",
    "germany/children", "germany/old", "germany/other", "austria", "switzerland", "alsace", "lorraine",
    "netherlands", "scandinavia", "france and italy", "eastern europe", "balkans", "europe", "america", "china/han",
    "china/shanxi", "china", "elsewhere", "nottingham",
)  # fmt: skip  # a table: one entry a line would fill a screen
OPEN_COLLECTIONS = (
    "unknown", "nottingham", "irish", "german songs", "french songs", "polish songs", "polish psalms", "hymns",
    "art songs",
)  # fmt: skip  # a table: one entry a line would fill a screen
COLLECTIONS = (*ESSEN_COLLECTIONS, *(name for name in OPEN_COLLECTIONS if name not in ESSEN_COLLECTIONS))
# No file of these marks phrases: the network has never been told one for them.
WITHOUT_PHRASES = ("nottingham", "irish", "polish songs", "polish psalms", "hymns", "art songs")
# No training tune has these modes: the network sings them as one that it knows, with two degrees exchanged
# (semitones above the tonic), such as the leading note and the lowered seventh.
HEARD_AS = {"mixolydian": ("major", (10, 11)), "lydian": ("major", (5, 6)), "phrygian": ("minor", (1, 2))}
METERS = (
    FREE, "other", "2/4", "3/4", "4/4", "6/8", "3/8", "4/2", "3/2", "6/4", "6/2", "4/1", "3/1", "2/2", "4/8",
    "1/4", "5/4", "5/8", "9/8", "7/8", "12/8",
)  # fmt: skip  # a table: one entry a line would fill a screen

GRID = TICKS // 12  # place in the bar, in twelfths of a quarter
N_PLACES = 98
NO_PLACE = N_PLACES - 1  # free meter, off the grid or beyond eight quarters
N_BAR_NUMBERS = 17  # 0 the pickup, then the bar's number in groups of sixteen
N_PHRASE_BARS, N_PHRASE_EVENTS = 9, 17  # the last of each: unknown
N_MATCHES = 9  # length of the match that a continuation follows, capped
N_TO_PHRASE, N_TO_END = 50, 18  # the last of each: not planned

# Places that are looked up: bars before, two phrases before, continuations of the same notes and of the same steps. The
# first networks read these; later ones also places further back, another continuation of the same notes, and those of
# the same intervals in any rhythm and of the same rhythm on any notes.
BAR_OFFSETS, FAR_BAR_OFFSETS = (1, 2, 4), (8, 16)
N_FIRST_SOURCES = len(BAR_OFFSETS) + 4
N_SOURCES = N_FIRST_SOURCES + len(FAR_BAR_OFFSETS) + 3
PHRASE_SOURCES = (3, 4)

# Columns of a row.
PITCH, DURATION, BOUNDARY, PLACE, BAR_NUMBER, PHRASE_BAR = range(6)
PHRASE_EVENT, TO_PHRASE, TO_END, MATCH, STEP_MATCH = range(6, 11)
OTHER_MATCH, INTERVAL_MATCH, RHYTHM_MATCH = range(11, 14)
SOURCES = 14  # from here: pitch of each source, then length of each source
N_COLUMNS = SOURCES + 2 * N_SOURCES


def pitch_token(pitch: int | None, tonic: int) -> int:
    """Token of a pitch; outside the range, of its nearest octave equivalent inside.

    Parameters
    ----------
    pitch : int or None
        MIDI note number; None for a rest.
    tonic : int
        Pitch class, 0-11.

    Examples
    --------
    >>> [pitch_token(pitch, tonic=7) for pitch in (None, 67, 79, 67 + 36)]
    [0, 25, 37, 49]
    >>> token_pitch(25, tonic=7)
    67
    """
    if pitch is None:
        return REST
    above = pitch - 60 - tonic
    while above < LOWEST:
        above += 12
    while above > HIGHEST:
        above -= 12
    return above - LOWEST + 1


def token_pitch(token: int, tonic: int) -> int | None:
    """Pitch of a token; the inverse of :func:`pitch_token`."""
    return None if token == REST else token - 1 + LOWEST + 60 + tonic


@cache
def duration_token(ticks: int) -> int:
    """Token of a length; the nearest by ratio where it has none of its own."""
    return min(range(N_DURATIONS), key=lambda i: max(DURATIONS[i] / ticks, ticks / DURATIONS[i]))


def is_exact(event: Event, tonic: int) -> bool:
    """Whether an event is represented exactly by tokens."""
    in_range = event.pitch is None or LOWEST <= event.pitch - 60 - tonic <= HIGHEST
    return in_range and DURATIONS[duration_token(event.duration_tick)] == event.duration_tick


def exchange_degrees(pitch: int | None, mode: str, tonic: int) -> int | None:
    """Exchange the altered scale degrees of an untrained mode with those of the trained one; its own inverse.

    Parameters
    ----------
    pitch : int or None
        MIDI note number; None for a rest.
    mode : str
    tonic : int
        Pitch class, 0-11.
    """
    if pitch is None or mode not in HEARD_AS:
        return pitch
    low, high = HEARD_AS[mode][1]
    degree = (pitch - tonic) % 12
    return pitch + (degree == low) - (degree == high)


def context_ids(
    collection: str, mode: str, meter: str, known: Sequence[str] = ESSEN_COLLECTIONS
) -> tuple[int, int, int]:
    """Tokens of the three conditions; of a collection among those that the network knows."""
    mode = HEARD_AS[mode][0] if mode in HEARD_AS else mode
    place = known.index(collection) if collection in known else 0
    return place, MODES.index(mode), METERS.index(meter if meter in METERS else "other")


class FeatureReader:
    """Feature extractor of the network's input rows, one per tune, for training and composing."""

    def __init__(
        self,
        *,
        bars: Sequence[int],
        phrases_known: bool = True,
        phrase_ends: Sequence[int] = (),
        length_tick: int | None = None,
    ) -> None:
        """Start a tune.

        Parameters
        ----------
        bars : sequence of int
            Where bars begin, ticks.
        phrases_known : bool
            Whether the events' phrase marks mean anything.
        phrase_ends : sequence of int
            Where phrases are planned to end, ticks ascending; empty where there is no plan.
        length_tick : int, optional
            Where the tune is planned to end.
        """
        self.bars = list(bars)
        self.phrases_known = phrases_known
        self.phrase_ends, self.length_tick = list(phrase_ends), length_tick
        self.onsets: list[int] = []
        self.tokens: list[tuple[int, int]] = []
        self.place = 0
        self.phrase_starts = [0]
        self.phrase_events = 0
        # Lengths of the matches that end at each earlier event and at the last: of notes, steps, intervals and rhythms.
        self._exact: list[int] = []
        self._steps: list[int] = []
        self._intervals: list[int] = []
        self._rhythms: list[int] = []

    def row(self, boundary: int) -> list[int]:
        """Input row before the next event; see the column names above."""
        place = self.place
        bar = bisect_right(self.bars, place) - 1
        begins = self.bars[bar] if bar >= 0 else 0
        row = [0] * N_COLUMNS
        row[PITCH], row[DURATION] = self.tokens[-1] if self.tokens else (NO_PITCH, NO_DURATION)
        row[BOUNDARY] = boundary if self.phrases_known else BOUNDARY_UNKNOWN
        row[PLACE] = self._place_token(place, bar)
        row[BAR_NUMBER] = 0 if bar < 0 else 1 + bar % 16
        if self.phrases_known:
            row[PHRASE_BAR] = min(N_PHRASE_BARS - 2, max(0, bar - self.bar_at(self.phrase_starts[-1])))
            row[PHRASE_EVENT] = min(N_PHRASE_EVENTS - 2, self.phrase_events)
        else:
            row[PHRASE_BAR], row[PHRASE_EVENT] = N_PHRASE_BARS - 1, N_PHRASE_EVENTS - 1
        row[TO_PHRASE], row[TO_END] = self._count_to_ends(place, bar)
        sources, lengths = self._sources(place, bar, place - begins)
        for column, length in zip(_MATCH_COLUMNS, lengths, strict=True):
            row[column] = min(length, N_MATCHES - 1)
        for i, (pitch, duration) in enumerate(sources):
            row[SOURCES + i], row[SOURCES + N_SOURCES + i] = pitch, duration
        return row

    def push(self, pitch: int, duration: int, ticks: int, boundary: int) -> None:
        """Append an event.

        Parameters
        ----------
        pitch, duration : int
            Numbers of both.
        ticks : int
            The length itself.
        boundary : int
            ``PHRASE_ENDS`` where a phrase ends with it.
        """
        self._match(pitch, duration)
        self.onsets.append(self.place)
        self.tokens.append((pitch, duration))
        self.place += ticks
        self.phrase_events += 1
        if self.phrases_known and boundary == PHRASE_ENDS:
            self.phrase_starts.append(self.place)
            self.phrase_events = 0

    def copy(self) -> FeatureReader:
        """An independent copy of the reader."""
        other = copy(self)
        other.onsets, other.tokens = list(self.onsets), list(self.tokens)
        other.phrase_starts = list(self.phrase_starts)
        return other

    def bar_at(self, tick: int) -> int:
        """Number of the bar that holds a place; -1 in the pickup."""
        return bisect_right(self.bars, tick) - 1

    def _place_token(self, place: int, bar: int) -> int:
        if bar < 0:
            # A pickup is measured back from the first bar line.
            back = (self.bars[0] if self.bars else 0) - place
            within = (N_PLACES - 2) * GRID - back
        else:
            within = place - self.bars[bar]
        if within % GRID or not 0 <= within < (N_PLACES - 1) * GRID or (bar >= 0 and len(self.bars) < 2):
            return NO_PLACE
        return within // GRID

    def _count_to_ends(self, place: int, bar: int) -> tuple[int, int]:
        if self.length_tick is None:
            return N_TO_PHRASE - 1, N_TO_END - 1
        at = bisect_right(self.phrase_ends, place)
        end = self.phrase_ends[at] if at < len(self.phrase_ends) else self.length_tick
        last_bar = self.bar_at(max(0, self.length_tick - 1))
        to_phrase = max(0, end - place) * 2 // TICKS if self.phrase_ends else N_TO_PHRASE - 1
        return min(N_TO_PHRASE - 2 if self.phrase_ends else N_TO_PHRASE - 1, to_phrase), min(
            N_TO_END - 2, max(0, last_bar - bar)
        )

    def _at(self, tick: int) -> tuple[int, int]:
        """The event that sounds at a place, and its length if it begins there."""
        if tick < 0 or tick >= self.place:
            return NO_PITCH, NO_DURATION
        at = bisect_right(self.onsets, tick) - 1
        pitch, duration = self.tokens[at]
        return pitch, duration if self.onsets[at] == tick else HELD

    def _sources(self, place: int, bar: int, within: int) -> tuple[list[tuple[int, int]], list[int]]:
        """Events at the places that are looked up, and the lengths of the matches that continuations follow."""
        nothing = (NO_PITCH, NO_DURATION)
        near, far = (
            [self._at(self.bars[bar - k] + within) if bar - k >= 0 else nothing for k in offsets]
            for offsets in (BAR_OFFSETS, FAR_BAR_OFFSETS)
        )
        offset = place - self.phrase_starts[-1]
        phrases = []
        for k in (1, 2):
            known = self.phrases_known and len(self.phrase_starts) > k
            phrases.append(self._at(self.phrase_starts[-1 - k] + offset) if known else nothing)
        exact, length = _find_continuation(self._exact)
        steps, step_length = _find_continuation(self._steps)
        other, other_length = self._find_other(exact, length)
        moved, interval_length = _find_continuation(self._intervals)
        rhythm, rhythm_length = _find_continuation(self._rhythms)
        found = [
            *near,
            *phrases,
            self.tokens[exact] if length else nothing,
            self._transpose_step(steps) if step_length else nothing,
            *far,
            self.tokens[other] if other_length else nothing,
            self._transpose_step(moved) if interval_length else nothing,
            (NO_PITCH, self.tokens[rhythm][1]) if rhythm_length else nothing,
        ]
        return found, [length, step_length, other_length, interval_length, rhythm_length]

    def _find_other(self, first: int, length: int) -> tuple[int, int]:
        """The longest and then latest match of the last events that goes on otherwise than the one found first."""
        if not length:
            return 0, 0
        known = self.tokens[first]
        differing = [
            n if n and following != known else 0
            for n, following in zip(self._exact, self.tokens[1:], strict=False)
        ]
        return _find_continuation([*differing, 0])

    def _transpose_step(self, index: int) -> tuple[int, int]:
        """The event at ``index``, transposed to keep its interval from the previous note."""
        before, (pitch, duration) = self.tokens[index - 1][0], self.tokens[index]
        last = self.tokens[-1][0]
        if REST in (before, pitch, last):
            return pitch, duration
        moved = last + pitch - before
        return (moved if 1 <= moved < N_PITCHES else NO_PITCH), duration

    def _match(self, pitch: int, duration: int) -> None:
        """Length of the match between the events ending at each earlier event and those ending here."""
        tokens, new = self.tokens, (pitch, duration)
        self._exact = _extend(self._exact, [token == new for token in tokens])
        self._rhythms = _extend(self._rhythms, [token[1] == duration for token in tokens])
        step = pitch - tokens[-1][0] if tokens else 0
        moved = [False, *(b[0] - a[0] == step for a, b in pairwise(tokens))][: len(tokens)]
        self._intervals = _extend(self._intervals, moved)
        self._steps = _extend(
            self._steps, [same and token[1] == duration for same, token in zip(moved, tokens, strict=True)]
        )


_MATCH_COLUMNS = (MATCH, STEP_MATCH, OTHER_MATCH, INTERVAL_MATCH, RHYTHM_MATCH)


def _extend(lengths: list[int], same: list[bool]) -> list[int]:
    """Lengths of matches with one more event, which is the same as some of the earlier ones."""
    return [*(n + 1 if is_same else 0 for n, is_same in zip([0, *lengths], same, strict=False)), 0]


def _find_continuation(lengths: list[int]) -> tuple[int, int]:
    """The event after the longest and then latest match of the last events, and the match's length."""
    if len(lengths) < 2:
        return 0, 0
    earlier = lengths[-2::-1]
    best = max(earlier)
    return (len(lengths) - 1 - earlier.index(best), best) if best else (0, 0)


def encode(tune: Tune, *, plan: bool = False) -> tuple[list[list[int]], list[list[int]]]:
    """Input rows and targets of a tune, for training.

    Parameters
    ----------
    tune : Tune
    plan : bool
        Tell where phrases and the tune end.

    Returns
    -------
    rows : list of list of int, shape=(n, N_COLUMNS)
    targets : list of list of int, shape=(n, 3)
        Pitch, length and boundary of each event; the boundary is -1 where phrases are unknown.
    """
    tonic, known = tune.keys[0].pitch_class, tune.has_phrases
    reader = FeatureReader(
        bars=tune.bars,
        phrases_known=known,
        phrase_ends=[e.end_tick for e in tune.events if e.ends_phrase] if plan and known else (),
        length_tick=tune.length_tick if plan else None,
    )
    rows, targets, boundary = [], [], GOES_ON
    for i, event in enumerate(tune.events):
        rows.append(reader.row(boundary))
        pitch, duration = pitch_token(event.pitch, tonic), duration_token(event.duration_tick)
        boundary = PHRASE_ENDS if event.ends_phrase else GOES_ON
        last = i == len(tune.events) - 1
        targets.append([pitch, duration, TUNE_ENDS if last else (boundary if known else -1)])
        reader.push(pitch, duration, event.duration_tick, boundary)
    return rows, targets
