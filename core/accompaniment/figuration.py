"""Figuration: the notes that play the chords, sampled from the model and kept clear of the data."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from core.accompaniment import tokenizer as tk
from core.accompaniment.chords import NO_CHORD, TICKS, tone_table
from core.accompaniment.config import Steering
from core.accompaniment.consonance import CONSONANCE
from core.accompaniment.harmony import Request
from core.arrays import BoolArray, Float32Array, IntArray
from core.nn.dense import Dense
from core.nn.lstm import LSTM, State
from core.nn.sampling import draw_class

HEIGHTS = np.arange(tk.LOW, tk.HIGH + 1)
CLASH_SEMITONES = 2  # nearer to a sounding data note, also in unison with it, no note may be
BASS_BELOW = 55  # G3: a lowest voice at or above it is no bass
_CONTEXT_BARS = 16  # contexts are worked out for so many bars at once, which bounds memory
_IMPOSSIBLE = np.float32(-1e9)
_PATIENCE = 2.0  # dissonant data onsets, less the consonant ones after them, that end a note
# Ticks. The classical files leave to the pedal what their keys let go of; here nothing holds a pedal.
_LEAST = {"pop": 1, "classical": TICKS // 2}
_SHORTEST = 3  # ticks: data do not cut a note to less than a sixteenth

_ONSETS = (0, 3, 4, 6, 8, 9)  # places in a quarter where a note may begin
_STRAIGHT, _TRIPLET = (3, 9), (4, 8)  # which do not mix within a quarter


def _make_step_table() -> BoolArray:
    """Steps allowed from each position in a quarter note; shape=(TICKS, N_STEPS)."""
    table = np.zeros((TICKS, tk.N_STEPS), dtype=bool)
    for place in range(TICKS):
        for step in range(tk.N_STEPS):
            to = place + step
            mixed = to < TICKS and any(
                place in a and to in b for a, b in ((_STRAIGHT, _TRIPLET), (_TRIPLET, _STRAIGHT))
            )
            # After the sixth tick of a triplet quarter nothing tells which it is: only what lies ahead counts.
            table[place, step] = to % TICKS in _ONSETS and not mixed
    return table


STEPS_FROM = _make_step_table()
# Rows by data pitch, columns by height.
_INTERVAL = np.abs(np.arange(128)[:, None] - HEIGHTS[None, :])
SUITS: Float32Array = CONSONANCE[_INTERVAL % 12].astype(np.float32)
CLASHES: BoolArray = _INTERVAL <= CLASH_SEMITONES


class DataVoice:
    """The data melody, looked up by time."""

    def __init__(self, melody: IntArray) -> None:
        self._onsets = melody[:, 0]
        self._ends = melody[:, 0] + melody[:, 1]
        self._pitches = melody[:, 2]
        # All notes before this one have ended where their running maximum has.
        self._last_end = np.maximum.accumulate(self._ends) if len(melody) else self._ends
        # Lists are searched several times faster than arrays, and this is done for every note.
        self._onset_list, self._last_end_list = self._onsets.tolist(), self._last_end.tolist()

    def during(self, begin: int, end: int) -> tuple[IntArray, IntArray]:
        """Onsets and pitches of the notes that sound somewhere in [begin, end), by onset."""
        low, high = bisect_right(self._last_end_list, begin), bisect_left(self._onset_list, end)
        sounds = self._ends[low:high] > begin
        return self._onsets[low:high][sounds], self._pitches[low:high][sounds]


@dataclass
class _Score:
    """The accompaniment so far: sounding notes, and the model inputs derived from it."""

    notes: list[list[int]] = field(default_factory=list)  # onset, duration, pitch, velocity
    active: list[int] = field(default_factory=list)  # indices of notes that may still sound
    # What was meant, whether or not the data let it sound: patterns repeat what was meant.
    onsets: list[int] = field(default_factory=list)
    meant: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # class above the root, duration

    def list_sounding(self, time: int) -> list[int]:
        """Indices of the notes that still sound; those that have ended are forgotten."""
        self.active = [i for i in self.active if self.notes[i][0] + self.notes[i][1] > time]
        return self.active

    def remember(self, time: int, relative: int, length: int) -> int:
        """Record a note; returns how many notes began at the same onset before it."""
        if time not in self.meant:
            self.meant[time] = []
            self.onsets.append(time)
        self.meant[time].append((relative, length))
        return len(self.meant[time]) - 1

    def lag_after(self, time: int, place: int, bar: int) -> tuple[int, int]:
        """The two "after the note" columns of `training.sonify.piece_events.Events.lag`."""
        if time < self.onsets[0] + bar:
            ahead = tk.N_STEPS
        else:
            at = bisect_right(self.onsets, time - bar)
            later = self.onsets[at] - (time - bar) if at < len(self.onsets) else tk.N_STEPS
            ahead = min(later, tk.N_STEPS - 1)
        there = self.meant.get(time - bar)
        return ahead, 0 if there is None else min(max(len(there) - place - 1, -2), 3) + 3

    def lag_at(self, time: int, place: int, bar: int) -> tuple[int, int, int]:
        """The "for the note" columns: class above the root, duration, notes left."""
        there = self.meant.get(time - bar)
        if there is None:
            return tk.N_RELATIVE, tk.N_DURATIONS, 0
        left = min(max(len(there) - place, -1), 4) + 2
        return (*there[place], left) if place < len(there) else (tk.N_RELATIVE, tk.N_DURATIONS, left)


class FigureWriter:
    """The trained figuration model, read-only, in numpy."""

    def __init__(self, tensors: Mapping[str, Float32Array]) -> None:
        self.lstm = LSTM(tensors, "lstm.")
        read = self.lstm.read
        # What an embedding adds to the gates is worked out once, so that a note costs a few additions.
        self._told = [
            tensors[f"in_{name}.weight"] @ read
            for name in ("step", "height", "relative", "duration", "velocity", "lag_step", "lag_more")
        ]
        self._read_context = tensors["in_context.weight"].T @ read
        self._read_bias = tensors["in_context.bias"] @ read + self.lstm.bias
        names = ("step", "lag_relative", "lag_duration", "lag_left", "place")
        self._here = [tensors[f"at_{name}.weight"] for name in names]
        self._at_context = Dense(tensors, "at_context")
        # The step and the state's part of the note are read off the same state: one product for both.
        self._from_state = Dense(tensors, "step", "at_state")
        self.duration_scores = Dense(tensors, "duration")  # of a note's surroundings; shape=(N_DURATIONS,)
        self._mix, self._mix_duration = Dense(tensors, "mix"), tensors["mix_duration.weight"]
        self._pitch = Dense(tensors, "height", "relative")
        self._velocity = Dense(tensors, "velocity")
        self._velocity_height = tensors["velocity_height.weight"]

    def write(
        self,
        request: Request,
        chords: IntArray,
        steering: Steering,
        rng: np.random.Generator,
        progress: Callable[[float], None],
    ) -> IntArray:
        """Write the notes up to the last bar.

        Parameters
        ----------
        request : Request
        chords : ndarray of int64, shape=(n_beats,)
            Chord ids, roots counted from the tonic.
        steering : Steering
        rng : numpy Generator
        progress : callable
            Told the share of bars that are written, 0 to 1.

        Returns
        -------
        ndarray of int64, shape=(m, 4)
            Onset and duration in ticks, pitch, velocity class; in order of writing. The last bar is left empty.
        """
        writing = _Writing(self, request, chords, steering, rng)
        end, bar_index = (request.n_bars - 1) * request.bar, 0
        while writing.time < end:
            writing.write_note()
            if writing.time // request.bar > bar_index:
                bar_index = writing.time // request.bar
                progress(min(1.0, bar_index / request.n_bars))
        return np.array(writing.score.notes, dtype=np.int64).reshape(-1, 4)

    # The parts of one note, in the order in which they are chosen.

    def drive(self, told: tuple[int, ...], context: Float32Array) -> Float32Array:
        """Input of the recurrent layer: classes of the previous note (-1: none) and its context."""
        driven = context
        for table, index in zip(self._told, told, strict=True):
            if index >= 0:
                driven = driven + table[index]
        return driven

    def advance(self, driven: Float32Array, state: State) -> tuple[State, Float32Array, Float32Array]:
        """One recurrent step: new state, step scores, and the state's projection for the note."""
        hidden, state = self.lstm.step(driven, state)
        out = self._from_state(hidden)
        return state, out[: tk.N_STEPS], out[tk.N_STEPS :]

    def here(self, from_state: Float32Array, at: tuple[int, ...], context: Float32Array) -> Float32Array:
        """Context of the note, once its onset is known."""
        summed = from_state + context
        for table, index in zip(self._here, at, strict=True):
            summed = summed + table[index]
        return np.asarray(np.maximum(summed, 0.0))

    def mix(self, here: Float32Array, length: int) -> Float32Array:
        """Context of the note, once its duration is known too."""
        return np.asarray(np.maximum(self._mix(here) + self._mix_duration[length], 0.0))

    def pitch_scores(self, mixed: Float32Array, root: int) -> Float32Array:
        """Shape=(N_HEIGHTS,)."""
        scores = self._pitch(mixed)
        relative = scores[tk.N_HEIGHTS + 11 - root : 2 * tk.N_HEIGHTS + 11 - root]
        return np.asarray(scores[: tk.N_HEIGHTS] + relative)

    def velocity_scores(self, mixed: Float32Array, height: int) -> Float32Array:
        """Shape=(N_VELOCITIES,)."""
        return np.asarray(self._velocity(mixed) + self._velocity_height[height])

    def project(self, context: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Projections of contexts to the recurrent layer and to the note."""
        return context @ self._read_context + self._read_bias, self._at_context(context)


class _Writing:
    """State of one accompaniment being written."""

    def __init__(
        self,
        model: FigureWriter,
        request: Request,
        chords: IntArray,
        steering: Steering,
        rng: np.random.Generator,
    ) -> None:
        self.model, self.request, self.steering, self.rng = model, request, steering, rng
        self.harmony = tk.Harmony(
            chords=chords, tonic=request.tonic, minor=request.minor, bar=request.bar, style=request.style
        )
        self.data = DataVoice(request.melody)
        self.score = _Score()
        self.time, self.place = 0, -1
        self.state = model.lstm.begin()
        # What stands before the first note; see Events in training and model.Figurator.
        self.told: tuple[int, ...] = (-1, tk.N_HEIGHTS, -1, -1, -1, tk.N_STEPS, 0)
        self.last_height = -1
        in_scale = np.isin(HEIGHTS % 12, request.scale)
        self.outside = np.where(in_scale, np.float32(0.0), _IMPOSSIBLE)
        beats = np.arange(len(chords)) * TICKS
        changes = np.r_[True, np.diff(chords) != 0]
        self.strong = sorted(set(beats[changes].tolist()) | set(range(0, len(chords) * TICKS, request.bar)))
        self.block = -1
        self.tones = tone_table()

    # Contexts, a block of bars at a time.

    def context(self, time: int) -> tuple[Float32Array, Float32Array]:
        """Contribution of an onset's context to the recurrent layer and to the note."""
        length = _CONTEXT_BARS * self.request.bar
        if time // length != self.block:
            self.block = time // length
            times = np.arange(self.block * length, (self.block + 1) * length)
            times = times[np.isin(times % TICKS, _ONSETS)]
            density = np.full(len(times), self.request.density)
            rows = tk.contexts(times, self.request.melody, self.harmony, density)
            self.driving, self.around = self.model.project(rows)
            self.row_of = dict(zip(times.tolist(), range(len(times)), strict=True))
        row = self.row_of[time]
        return self.driving[row], self.around[row]

    def choose(self, scores: Float32Array, temperature: float) -> int:
        """Draw a class at a temperature."""
        return draw_class(scores, self.rng, temperature=temperature)

    def write_note(self) -> None:
        """Write one note; `time` becomes its onset, or the end of the bars where it would lie beyond."""
        driven = self.model.drive(self.told, self.context(self.time)[0])
        self.state, steps, from_state = self.model.advance(driven, self.state)
        step = self.choose(self.allow_steps(steps), self.steering.temperature_step)
        if step > 0 or self.place < 0:
            self.place, self.last_height = -1, -1
        self.time += step
        if self.time >= (self.request.n_bars - 1) * self.request.bar:
            return
        place = self.place + 1
        time, bar = self.time, self.request.bar
        around = self.context(time)[1]
        lag_relative, lag_length, left = self.score.lag_at(time, place, bar)
        at = (step, lag_relative, lag_length, left, min(place, tk.N_PLACES - 1))
        here = self.model.here(from_state, at, around)
        length = self.choose(self.model.duration_scores(here), self.steering.temperature_duration)
        mixed = self.model.mix(here, length)
        root = int(self.harmony.roots(np.array([time]))[0])
        wanted = self.model.pitch_scores(mixed, root)
        duration = max(int(tk.DURATIONS[length]), _LEAST[self.request.style])
        allowed = self.steer(wanted, duration, root)
        silent = float(allowed.max()) < 0.5 * _IMPOSSIBLE
        if silent:
            # The data leave no pitch: what was meant is remembered, still above what began with it.
            height = self.last_height + 1 + int(np.argmax(wanted[self.last_height + 1 :]))
        else:
            height = self.choose(allowed, self.steering.temperature_pitch)
        velocity = self.choose(self.model.velocity_scores(mixed, height), self.steering.temperature_velocity)
        if not silent:
            self.sound(height, duration, velocity)
        relative = height + 11 - root
        self.place = self.score.remember(time, relative, length)
        self.last_height = height
        lag_step, lag_more = self.score.lag_after(time, self.place, bar)
        self.told = (step, height, relative, length, velocity, lag_step, lag_more)

    def allow_steps(self, scores: Float32Array) -> Float32Array:
        """Allowed steps: on the grid, stopping at bar lines and chord changes, with room for a note."""
        allowed = STEPS_FROM[self.time % TICKS].copy()
        strong = bisect_right(self.strong, self.time)
        if self.place < 0:
            allowed[1:] = False  # The first note is on the first bar line.
        elif strong < len(self.strong):
            allowed[self.strong[strong] - self.time + 1 :] = False
        full = len(self.score.list_sounding(self.time)) >= self.steering.most_notes
        if self.place >= 0 and (
            full or self.place >= self.steering.most_notes - 1 or self.last_height >= tk.N_HEIGHTS - 1
        ):
            allowed[0] = False
        return np.where(allowed, scores, _IMPOSSIBLE)

    def steer(self, scores: Float32Array, duration: int, root: int) -> Float32Array:
        """Pitch scores of the model plus the consonance expert and the voice-leading rules."""
        steering, time = self.steering, self.time
        scores = scores + self.outside
        if self.last_height >= 0:
            scores[: self.last_height + 1] = _IMPOSSIBLE  # notes that begin together are written upwards
        onsets, pitches = self.data.during(time, time + duration)
        if len(pitches):
            # What begins before the note is heard beside it, though it is at data onsets that it is measured.
            weights = np.where(onsets >= time, 1.0, 0.6).astype(np.float32)
            suits = weights @ SUITS[pitches] / weights.sum()
            scores = scores + np.float32(steering.note_consonance) * suits
            near = pitches[onsets < time + min(duration, _SHORTEST)]
            if len(near):
                scores[CLASHES[near].any(axis=0)] = _IMPOSSIBLE
            lowest = int(pitches.min())
            # Low data leave no room below them.
            room = min(max((lowest - 45) / 12.0, 0.0), 1.0)
            above = np.clip((HEIGHTS - (lowest - CLASH_SEMITONES)) / 6.0, 0.0, 2.0)
            scores = scores - (steering.above_data * room * above).astype(np.float32)
        for i in self.score.list_sounding(time):
            height = self.score.notes[i][2] - tk.LOW
            scores[max(0, height - 1) : height + 2] -= 3.0  # no seconds and no doubling among its own notes
        if self.last_height < 0 and self.is_strong():
            scores = scores + self.favor_bass(root)
        return scores

    def is_strong(self) -> bool:
        """Whether a bar or a new chord begins here."""
        at = bisect_left(self.strong, self.time)
        return at < len(self.strong) and self.strong[at] == self.time

    def favor_bass(self, root: int) -> Float32Array:
        """Bias toward a low chord tone for the bass on a bar line or a new chord."""
        chord = int(self.harmony.at(np.array([self.time]))[0])
        bonus = np.zeros(tk.N_HEIGHTS, dtype=np.float32)
        bonus[HEIGHTS >= BASS_BELOW] -= 3.0
        if chord != NO_CHORD:
            own = self.tones[chord][(HEIGHTS - self.request.tonic) % 12]
            bonus[~own] -= self.steering.bass_on_root
        bonus[root == HEIGHTS % 12] += self.steering.bass_on_root
        return bonus

    def sound(self, height: int, duration: int, velocity: int) -> None:
        """Add a note, cut before data notes that it would clash with."""
        time, pitch = self.time, height + tk.LOW
        end = min(time + duration, (self.request.n_bars - 1) * self.request.bar)
        onsets, pitches = self.data.during(time, end)
        later = onsets > time
        onsets, pitches = onsets[later], pitches[later]
        hard = np.flatnonzero(CLASHES[pitches, height])
        if len(hard):
            end = int(onsets[hard[0]])
        if self.steering.cut_at_clash:
            heard = onsets >= time + _SHORTEST  # a shorter note is a click
            end = _find_end_of_agreement(onsets[heard], SUITS[pitches[heard], height], end)
        for i in self.score.list_sounding(time):
            other = self.score.notes[i]
            if other[2] == pitch:
                other[1] = time - other[0]  # a key that is struck again was let go before
        self.score.active.append(len(self.score.notes))
        self.score.notes.append([time, end - time, pitch, velocity])
        held = self.score.list_sounding(time)
        if len(held) > self.steering.most_notes:
            oldest = min((i for i in held if self.score.notes[i][0] < time), default=None)
            if oldest is not None:
                self.score.notes[oldest][1] = time - self.score.notes[oldest][0]


def _find_end_of_agreement(onsets: IntArray, suits: Float32Array, end: int) -> int:
    """End of a note: before the first dissonance after which the data disagree more than they agree.

    One passing dissonance is music, and is let through.
    """
    inside = onsets < end
    rest = np.cumsum(suits[inside][::-1])[::-1]
    bad = np.flatnonzero((suits[inside] < 0) & (rest <= -_PATIENCE))
    return int(onsets[bad[0]]) if len(bad) else end
