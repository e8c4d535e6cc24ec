"""Chord symbols for a tune: beam search over the triads of its mode by network likelihood, fit with the notes, and cadence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from core.accompaniment.chords import N_CHORDS, TICKS, pitch_class_weights, tone_table
from core.accompaniment.config import HarmoniserConfig
from core.accompaniment.harmony import ChordWriter
from core.accompaniment.tokenizer import beat_features
from core.arrays import BoolArray, FloatArray, IntArray
from core.music.chord_symbols import ChordSymbol, chord_at
from core.music.note_values import notate_bars
from core.music.repeat_folding import WrittenTune, fold_repeats
from core.music.spelling import shown_key, spell
from core.music.tune import WITH_MINOR_THIRD, Key, Tune
from core.nn.card import WEIGHTS_DIR, Card
from core.nn.weights import load_arrays

# Felt beats of a bar, which the network, trained on quarters, is told as quarters.
_BEATS = {
    "4/4": 4, "2/2": 4, "4/2": 4, "2/4": 2, "3/4": 3, "3/2": 3, "3/8": 3, "6/8": 2, "6/4": 2, "9/8": 3, "12/8": 4, "5/4": 3,
    "5/8": 2, "7/8": 3, "8/8": 4, "4/8": 2, "1/4": 2,
}  # fmt: skip  # a table: one entry a line would fill a screen
# Where half a bar lies on a beat.
_HALVED = ("4/4", "2/2", "4/2", "6/8", "6/4", "12/8")
_MAJOR, _MINOR, _SEVENTH = 0, 12, 4 * 12
_STYLE = "pop"
_IMPOSSIBLE = 1e6


@dataclass(frozen=True, kw_only=True)
class ChordSteering:
    """Weights of what chooses chords besides the network, set on half of the tune books with chord symbols."""

    beam_width: int = 8
    trust: float = 0.5  # of the network, whose chords are those of pop songs and piano pieces
    fit: float = 2.0  # nats for a beat whose notes all belong to the chord
    accent: float = 2.0  # beats that the note on a bar line or half bar counts beside its own length
    seventh: float = 0.5  # nats a beat against the dominant with its seventh
    half_bar_cost: float = 1.0  # nats against a change at half a bar
    change_cost: float = 0.0  # nats against any change
    primary: float = 1.0  # nats a beat against a chord that is none of the three main ones
    rare: float = 3.0  # nats a beat against one that tune books hardly have
    cadence: float = 4.0  # nats for the dominant, or the lowered seventh's chord, before the last chord
    tonic_first: float = 6.0  # nats for the tonic's chord in the first bar
    tonic_close: float = 6.0  # nats a beat for the tonic's chord where a section ends on the tonic


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The bars of a score as the network reads them: each has as many beats.

    Attributes
    ----------
    bars : tuple of (int, int, int, int)
        Place of the first beat in the score, even where a pickup leaves it out; length of a full bar; first and last
        tick that the score has of it.
    n_beats : int
        Of a bar.
    halved : bool
        Whether half a bar lies on a beat.
    """

    bars: tuple[tuple[int, int, int, int], ...]
    n_beats: int
    halved: bool

    @property
    def length(self) -> int:
        """All beats."""
        return len(self.bars) * self.n_beats

    def ticks(self) -> IntArray:
        """Where each beat begins in the score."""
        return np.array(
            [zero + full * n // self.n_beats for zero, full, _, _ in self.bars for n in range(self.n_beats)]
        )

    def place(self, tick: int) -> int:
        """A place of the score in the network's ticks."""
        at = max(0, sum(first <= tick for _, _, first, _ in self.bars) - 1)
        zero, full, _, _ = self.bars[at]
        return TICKS * self.n_beats * at + round((tick - zero) * TICKS * self.n_beats / full)

    def free(self) -> BoolArray:
        """Beats on which the chord may change: those of bar lines and half bars."""
        places = np.arange(self.length) % self.n_beats
        found: BoolArray = places == 0
        if self.halved:
            found |= places == self.n_beats // 2
        return found


@dataclass(frozen=True, kw_only=True)
class TuneHarmonizer:
    """Chooses chord symbols for tunes; shared by all visitors, calls do not change it."""

    writer: ChordWriter
    card: Card | None = None
    steering: ChordSteering = ChordSteering()

    @classmethod
    def from_weights(cls, directory: Path = WEIGHTS_DIR) -> TuneHarmonizer:
        """Load the chord network that the full arrangement uses.

        Raises
        ------
        WeightsError
            As in `core.nn.weights.load_arrays`.
        """
        _, tensors, card = load_arrays("sonify_chords", HarmoniserConfig, directory=directory)
        return cls(writer=ChordWriter(tensors), card=card)

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]], **more: Any) -> TuneHarmonizer:
        """Use the tensors of a network that is in memory."""
        return cls(writer=ChordWriter(tensors), **more)

    def harmonize(
        self, tune: Tune, given: Sequence[ChordSymbol] = (), given_spans: Sequence[tuple[int, int]] = ()
    ) -> Tune:
        """Write chord symbols over a tune.

        Parameters
        ----------
        tune : Tune
            Its own chords are replaced.
        given : sequence of ChordSymbol
            Chords that stay as they are, ascending.
        given_spans : sequence of (int, int)
            From where to where of the tune, as it is played, they stay.

        Returns
        -------
        Tune
            Chords that are not given are triads of the mode, with the dominant seventh in major and minor; the last
            is the tonic's. Both times of a repeated section have the same.

        Examples
        --------
        >>> from core.music.abc_notation import read_abc
        >>> tune, _ = read_abc("M:4/4\\nL:1/4\\nK:G\\nG B d B | c A F D | G4 |]")
        >>> chords = TuneHarmonizer.from_weights().harmonize(tune).chords
        >>> chords[0].name, chords[-1].name
        ('G', 'G')
        """
        bare = replace(tune, chords=())
        if not tune.pitches:
            return bare
        written = fold_repeats(bare)
        score = written.tune
        grid = lay_grid(score)
        spans = [
            (written.written_tick(begin), written.written_tick(begin) + end - begin)
            for begin, end in given_spans
        ]
        stay = tuple(
            replace(chord, onset_tick=written.written_tick(chord.onset_tick))
            for chord in given
            if any(begin <= chord.onset_tick < end for begin, end in given_spans)
        )
        stay = tuple(
            {chord.onset_tick: chord for chord in sorted(stay, key=lambda chord: chord.onset_tick)}.values()
        )
        key = score.keys[0]
        vocabulary = mode_chords(key.mode)
        forced = _force_given(grid, stay, spans, key, vocabulary)
        ends = [mark.tick for mark in written.marks if mark.closes or mark.ends_ending]
        path = self._search(score, grid, vocabulary, forced, ends)
        symbols = _write_symbols(
            path, grid, key, stay, spans if stay else [], {mark.tick for mark in written.marks}
        )
        return replace(bare, chords=_play_chords(symbols, written))

    def _search(
        self, tune: Tune, grid: Grid, vocabulary: IntArray, forced: IntArray, ends: Sequence[int]
    ) -> IntArray:
        """The best chord of each beat, as an id of the network."""
        steering, key = self.steering, tune.keys[0]
        melody = _list_notes(tune, grid)
        features = beat_features(
            melody,
            n_beats=grid.length,
            bar=grid.n_beats * TICKS,
            tonic=key.pitch_class,
            minor=key.mode in WITH_MINOR_THIRD,
            style=_STYLE,
        )
        driven, heard = self.writer.encode(features)
        closes = [grid.place(tick - 1) for tick in ends]
        bonus = _weigh(melody, grid, vocabulary, key, steering, closes)
        costs = _cost_changes(grid, steering)
        groups = [_list_variants(int(chord)) for chord in vocabulary]
        state = self.writer.begin()
        last, total = np.array([-1]), np.zeros(1)
        came_from, chosen = [], []
        for beat in range(grid.length):
            before = np.where(last < 0, N_CHORDS, vocabulary[np.maximum(last, 0)])
            logits, state = self.writer.step(driven[beat], heard[beat], before, state)
            scores = np.stack([logsumexp(logits[:, group], axis=1) for group in groups], axis=1).astype(
                np.float64
            )
            scores = steering.trust * (scores - logsumexp(logits, axis=1)[:, None]) + bonus[beat]
            stays = (np.arange(len(vocabulary)) == last[:, None]) | (last < 0)[:, None]
            scores = np.where(stays, scores, scores - costs[beat])
            if forced[beat] >= 0:
                scores = np.where(np.arange(len(vocabulary)) == forced[beat], 0.0, -(_IMPOSSIBLE**2))
            whole = (total[:, None] + scores).ravel()
            best = np.argsort(-whole, kind="stable")[: steering.beam_width]
            origin, last = np.divmod(best, len(vocabulary))
            total = whole[best] - whole[best[0]]
            state = [(h[origin], c[origin]) for h, c in state]
            came_from.append(origin)
            chosen.append(last)
        path = np.empty(grid.length, dtype=np.int64)
        at = 0
        for beat in range(grid.length - 1, -1, -1):
            path[beat] = vocabulary[chosen[beat][at]]
            at = int(came_from[beat][at])
        return path


# Vocabulary.

# Root above the tonic and quality of the chords of each mode: the main ones, others, and those that tune books hardly have.
_CHORDS: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "major": (
        ((0, _MAJOR), (5, _MAJOR), (7, _MAJOR), (7, _SEVENTH)),
        ((2, _MINOR), (9, _MINOR)),
        ((4, _MINOR),),
    ),
    "minor": (
        ((0, _MINOR), (7, _MAJOR), (7, _SEVENTH), (10, _MAJOR), (5, _MINOR)),
        ((3, _MAJOR), (8, _MAJOR)),
        ((7, _MINOR),),
    ),
    "dorian": (((0, _MINOR), (10, _MAJOR)), ((5, _MAJOR), (3, _MAJOR)), ((7, _MINOR), (2, _MINOR))),
    "mixolydian": (((0, _MAJOR), (10, _MAJOR)), ((5, _MAJOR),), ((7, _MINOR), (2, _MINOR), (9, _MINOR))),
    "phrygian": (((0, _MINOR), (1, _MAJOR)), ((10, _MINOR), (3, _MAJOR)), ((5, _MINOR), (8, _MAJOR))),
    "lydian": (((0, _MAJOR), (7, _MAJOR), (2, _MAJOR)), ((9, _MINOR),), ((4, _MINOR), (11, _MINOR))),
}
# What leads to the tonic at the end.
_LEADING = {
    "major": (7,),
    "minor": (7,),
    "dorian": (10,),
    "mixolydian": (10,),
    "phrygian": (1, 10),
    "lydian": (7, 2),
}


def mode_chords(mode: str) -> IntArray:
    """Ids of the chords that a mode has, main ones first: all notes lie in the scale, in minor with its leading tone."""
    return np.array([quality + root for group in _CHORDS[mode] for root, quality in group])


def _list_variants(chord: int) -> list[int]:
    """The network's chords that a triad stands for: with its seventh as well, where it is no dominant."""
    root, quality = chord % 12, chord // 12 * 12
    more = {_MAJOR: [5 * 12 + root], _MINOR: [6 * 12 + root], _SEVENTH: [8 * 12 + root]}[quality]
    return [chord, *more]


# Places.


def lay_grid(tune: Tune) -> Grid:
    """Lay the network's beats over a score."""
    meter = tune.meters[0]
    n_beats = _BEATS.get(meter.meter, 4)
    bars: list[tuple[int, int, int, int]] = []
    for bar in notate_bars(tune):
        end = bar.onset_tick + bar.duration_tick
        full = max(bar.meter.bar_tick, bar.duration_tick)
        if bar.goes_on and bars:
            bars[-1] = (*bars[-1][:3], end)
        else:
            zero = bar.onset_tick - (full - bar.duration_tick if bar.number == 0 else 0)
            bars.append((zero, full, bar.onset_tick, end))
    return Grid(bars=tuple(bars), n_beats=n_beats, halved=meter.meter in _HALVED)


def _list_notes(tune: Tune, grid: Grid) -> IntArray:
    """The notes in the network's ticks: onset, duration, pitch, velocity."""
    rows = []
    for event in tune.events:
        if event.pitch is not None:
            begin = grid.place(event.onset_tick)
            rows.append([begin, max(1, grid.place(event.end_tick - 1) + 1 - begin), event.pitch, 90])
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


# Scores.


def _weigh(
    melody: IntArray,
    grid: Grid,
    vocabulary: IntArray,
    key: Key,
    steering: ChordSteering,
    closes: Sequence[int],
) -> FloatArray:
    """Score of each chord in each beat besides the network's: fit with the notes, rank in the mode, cadence, ends."""
    n = grid.length
    tones = tone_table()[vocabulary].astype(np.float64)
    weights = pitch_class_weights(melody, n) + steering.accent * TICKS * _accents(melody, grid)
    weights = np.roll(weights, -key.pitch_class, axis=1)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), TICKS / 2)
    bonus: FloatArray = steering.fit * (weights @ tones.T - weights @ (1.0 - tones.T))
    ranks = np.array([rank for rank, group in enumerate(_CHORDS[key.mode]) for _ in group])
    bonus -= np.array([0.0, steering.primary, steering.rare])[ranks]
    bonus -= steering.seventh * (vocabulary // 12 * 12 == _SEVENTH)
    # The last note has the tonic's chord, and what leads to it the dominant's.
    slots = np.flatnonzero(grid.free())
    at = max(0, int(np.searchsorted(slots, melody[-1, 0] // TICKS, side="right")) - 1)
    is_home = vocabulary % 12 == 0
    bonus[slots[at] :, ~is_home] -= _IMPOSSIBLE
    if at > 0:
        leads = np.isin(vocabulary % 12, _LEADING[key.mode])
        bonus[slots[at - 1] : slots[at], leads] += steering.cadence
    for beat in {0, _first_full_bar(grid)}:  # a pickup too
        bonus[beat, is_home] += steering.tonic_first
    for place in closes:
        note = melody[max(0, int(np.searchsorted(melody[:, 0], place, side="right")) - 1)]
        slot = slots[max(0, int(np.searchsorted(slots, note[0] // TICKS, side="right")) - 1)]
        if (note[2] - key.pitch_class) % 12 == 0:
            bonus[slot : place // TICKS + 1, is_home] += steering.tonic_close
    return bonus


def _first_full_bar(grid: Grid) -> int:
    """The first beat behind the pickup."""
    full = [bar for bar, (_, length, first, end) in enumerate(grid.bars) if end - first >= length]
    return grid.n_beats * full[0] if full else 0


def _accents(melody: IntArray, grid: Grid) -> FloatArray:
    """Pitch classes that sound on each beat where the chord may change; shape=(beats, 12)."""
    accents = np.zeros((grid.length, 12))
    for beat in np.flatnonzero(grid.free()):
        at = int(np.searchsorted(melody[:, 0], beat * TICKS, side="right")) - 1
        if at >= 0 and melody[at, 0] + melody[at, 1] > beat * TICKS:
            accents[beat, melody[at, 2] % 12] = 1.0
    return accents


def _cost_changes(grid: Grid, steering: ChordSteering) -> FloatArray:
    """What a change of chord costs in each beat."""
    places = np.arange(grid.length) % grid.n_beats
    costs = np.where(places == 0, steering.change_cost, steering.change_cost + steering.half_bar_cost)
    return np.where(grid.free(), costs, _IMPOSSIBLE)


# Symbols.


def _force_given(
    grid: Grid, given: Sequence[ChordSymbol], spans: Sequence[tuple[int, int]], key: Key, vocabulary: IntArray
) -> IntArray:
    """Index of the chord that each beat has in any case, as the nearest one of the mode; -1 where it is free."""
    forced = np.full(grid.length, -1)
    tones = tone_table()[vocabulary]
    for beat, tick in enumerate(grid.ticks().tolist()):
        chord = chord_at(given, tick) if any(begin <= tick < end for begin, end in spans) else None
        if chord is None or not chord.root:
            continue
        classes = [(pitch_class - key.pitch_class) % 12 for pitch_class in chord.pitch_classes]
        likeness = tones[:, classes].sum(axis=1) + 0.5 * (vocabulary % 12 == classes[0])
        forced[beat] = int(np.argmax(likeness))
    return forced


def _write_symbols(
    path: IntArray,
    grid: Grid,
    key: Key,
    given: Sequence[ChordSymbol],
    spans: Sequence[tuple[int, int]],
    section_ticks: set[int],
) -> list[ChordSymbol]:
    """Symbols where the chord changes and where a section begins; those that are given stay."""
    found = list(given)
    ticks = grid.ticks()
    last = ""
    for beat in np.flatnonzero(grid.free()):
        tick = int(ticks[beat])
        _, _, first, end = grid.bars[beat // grid.n_beats]
        if not first <= tick < end:
            continue
        if any(begin <= tick < stop for begin, stop in spans):
            held = chord_at(given, tick)
            last = held.name if held else last
            continue
        chord = _name_chord(int(path[beat]), key, tick)
        if chord.name != last or tick in section_ticks:
            found.append(chord)
        last = chord.name
    return sorted(found, key=lambda chord: chord.onset_tick)


def _name_chord(chord: int, key: Key, tick: int) -> ChordSymbol:
    letter, alter, _ = spell(60 + (key.pitch_class + chord) % 12, shown_key(key))
    root = letter + "#" * alter + "b" * -alter
    return ChordSymbol(
        onset_tick=tick, root=root, kind={_MAJOR: "", _MINOR: "m", _SEVENTH: "7"}[chord // 12 * 12]
    )


def _play_chords(symbols: Sequence[ChordSymbol], written: WrittenTune) -> tuple[ChordSymbol, ...]:
    """The chords of a score as they are played."""
    return tuple(
        replace(chord, onset_tick=chord.onset_tick - span.written_tick + span.played_tick)
        for span in written.spans
        for chord in symbols
        if span.written_tick <= chord.onset_tick < span.written_tick + span.end_tick - span.played_tick
    )
