"""Compose melodies that follow data: beam search over a product of experts.

One expert is the network's distribution of the next note, the other says how well a pitch and a move tell the
data. A beam over their product finds the melody; hypotheses that end in the same two notes are joined, as in
Viterbi's search, so that the beam holds different melodies and not one with small changes far back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from core.arrays import Float32Array, FloatArray, IntArray
from core.nn.card import WEIGHTS_DIR, Card
from core.nn.lstm import State
from core.nn.weights import load_arrays
from core.sonify.melody.config import IOI_QUARTERS, MODES, TICKS, MelodyConfig
from core.sonify.melody.inference import StepNetwork
from core.sonify.melody.tokenizer import REGISTER_DECAY, interval_class, place_classes, register_of

BEAM_WIDTH = 8
# At the middle of the dial the data's expert is a bell this wide, as a share of the voice's range: the dial
# means the same in two octaves as in four, in seven notes as in twelve.
MIDDLE_SIGMA_SHARE = 0.041
# Nats that a move in the wrong direction costs at the middle of the dial; standing still where the data move
# by at least one step of the scale costs half.
MIDDLE_DIRECTION_NATS = 5.0
# Standing still costs this share of it, in full where the data move by this part of a step.
STILL_SHARE, STILL_SLOPE = 0.5, 2.0
# How far chance may reorder the notes: the scale of the Gumbel noise at "free", where it is sampling itself.
FREE_TEMPERATURE = 1.0
STEERED_TEMPERATURE = 0.4


@dataclass(frozen=True, kw_only=True)
class SteeredVoice:
    """Composition request of one voice.

    Attributes
    ----------
    target : ndarray of float64, shape=(n,)
        Where the data want each note, in steps of the scale from its lowest pitch; no gaps.
    pitches : list of int
        The pitches that may sound, ascending, at least two.
    onset : ndarray of int64, shape=(n,)
        Twelfths of a quarter from a bar line.
    """

    target: FloatArray
    pitches: list[int]
    onset: IntArray


class MelodyComposer:
    """The melody network, ready to compose; shared by every visitor, changed by none."""

    def __init__(
        self, config: MelodyConfig, tensors: Mapping[str, NDArray[Any]], card: Card | None = None
    ) -> None:
        self.network = StepNetwork(config, tensors)
        self.card = card

    @classmethod
    def from_weights(cls, directory: Path = WEIGHTS_DIR) -> MelodyComposer:
        """Load the newest weights; raises WeightsError if they are missing or damaged."""
        return cls(*load_arrays("sonify_melody", MelodyConfig, directory=directory))

    def compose(
        self,
        voices: Sequence[SteeredVoice],
        *,
        fidelity: Sequence[float],
        tonic: int,
        mode: str,
        bar: int = 4 * TICKS,
        seed: int = 0,
        beam_width: int = BEAM_WIDTH,
        progress: Callable[[float], None] | None = None,
    ) -> list[list[IntArray]]:
        """Compose every voice once for every entry of ``fidelity``, all in one batch.

        Parameters
        ----------
        voices : sequence of SteeredVoice
            At least one note each.
        fidelity : sequence of float
            A take each: from 0, where the data are not heard, to 1, where every note is the nearest to its
            datum. Entries may repeat; their chance differs.
        tonic : int
            Pitch class of the key.
        mode : {"major", "minor", "unknown"}
        bar : int
            Twelfths of a quarter in a bar.
        seed : int
        beam_width : int > 0
        progress : callable, optional
            Called with the share that is done.

        Returns
        -------
        list of list of ndarray of int64
            ``result[voice][take]``: MIDI pitches, shape=(n,). Equal arguments give equal notes on one machine.
        """
        search = _Search(self.network, voices, fidelity, tonic, mode, bar, seed, beam_width)
        return search.run(progress)

    def rhythm(
        self,
        pitch: IntArray,
        slots: IntArray,
        *,
        tonic: int,
        mode: str,
        seed: int,
        bar: int = 4 * TICKS,
        temperature: float = 0.8,
    ) -> IntArray:
        """Compose the rhythm of a melody on a grid of sixteenths.

        Parameters
        ----------
        pitch : ndarray of int, shape=(n,)
            What the data want each note to be.
        slots : ndarray of int, shape=(n_bars,)
            How many of the notes each bar holds, in order; 0 to ``bar // 3`` each, ``n`` in all.
        tonic, mode, seed, bar
            As in :meth:`compose`.
        temperature : float > 0

        Returns
        -------
        ndarray of int64, shape=(n,)
            Onsets in twelfths of a quarter, rising; each bar holds just its notes.
        """
        return _compose_rhythm(self.network, pitch, slots, tonic, mode, seed, bar, temperature)


def data_weights(fidelity: float) -> tuple[float, float, float]:
    """Weights of the experts for a fidelity setting.

    Parameters
    ----------
    fidelity : float
        0 to 1.

    Returns
    -------
    level : float
        Nats for a distance as long as the range, squared; 0 at "free".
    direction : float
        Nats for a move in the wrong direction.
    temperature : float
        Scale of the noise.
    """
    odds = fidelity / max(1.0 - fidelity, 1e-6)
    level = odds**2 / (2 * MIDDLE_SIGMA_SHARE**2)
    temperature = FREE_TEMPERATURE * (1 - fidelity) ** 4 + STEERED_TEMPERATURE * (1 - (1 - fidelity) ** 4)
    return level, MIDDLE_DIRECTION_NATS * odds**0.5, temperature if fidelity < 1 else 0.0


class _Search:
    """Batched beam search over voices and takes; rows are voice-major, then take, then beam."""

    def __init__(
        self,
        network: StepNetwork,
        voices: Sequence[SteeredVoice],
        fidelity: Sequence[float],
        tonic: int,
        mode: str,
        bar: int,
        seed: int,
        width: int,
    ) -> None:
        self.network, self.width, self.tonic = network, width, tonic
        self.n_takes, self.n_voices = len(fidelity), len(voices)
        self.n_groups = self.n_voices * self.n_takes
        self.lengths = np.repeat([len(voice.target) for voice in voices], self.n_takes)
        self.n_steps = int(self.lengths.max())
        self.n_pitches = max(len(voice.pitches) for voice in voices)
        self.cand = np.zeros((self.n_groups, self.n_pitches), dtype=np.int64)
        allowed = np.zeros((self.n_groups, self.n_pitches), dtype=bool)
        target = np.zeros((self.n_groups, self.n_steps), dtype=np.float32)
        places = np.zeros((3, self.n_groups, self.n_steps), dtype=np.int64)  # ioi, phase, quarter
        noise = np.zeros((self.n_groups, self.n_steps, self.n_pitches), dtype=np.float32)
        weights = np.array([data_weights(value) for value in fidelity])
        for g in range(self.n_groups):
            voice, take = divmod(g, self.n_takes)
            asked = voices[voice]
            n, n_notes = len(asked.pitches), len(asked.target)
            self.cand[g, :n], self.cand[g, n:], allowed[g, :n] = asked.pitches, asked.pitches[-1], True
            target[g, :n_notes] = asked.target
            places[:, g, :n_notes] = place_classes(asked.onset, bar)
            gumbel = np.random.default_rng([seed, voice, take]).gumbel(size=(n_notes, self.n_pitches))
            noise[g, :n_notes] = weights[take, 2] * gumbel
        per_group = np.tile(weights, (self.n_voices, 1)).astype(np.float32)
        spans = np.array([len(voice.pitches) - 1 for voice in voices]).repeat(self.n_takes)
        per_group[:, 0] /= spans**2  # from here in steps of the scale
        self.mode, self.places = MODES.index(mode), places
        self._prepare(target, per_group, noise, allowed)

    def _prepare(
        self, target: Float32Array, weights: Float32Array, noise: Float32Array, allowed: NDArray[np.bool_]
    ) -> None:
        """Precompute everything that does not depend on the melody.

        ``wanted``, shape=(G, T, P), is what datum, chance and scale say of each pitch; ``classes``, (G, P, P), the
        step from pitch to pitch; ``moves``, (P, P), whether it falls (0), stays (1) or rises (2); ``prices``, (G, T, 3),
        what each of these costs.
        """
        config = self.network.config
        index = np.arange(self.n_pitches, dtype=np.float32)
        # Where a target lies beyond the scale's ends the nearest pitch is meant.
        wanted = noise - weights[:, 0, None, None] * (index - target[:, :, None]) ** 2
        self.wanted = np.where(allowed[:, None], wanted, -np.inf)
        step = self.cand[:, None, :] - self.cand[:, :, None]
        beyond = np.abs(step) > config.max_interval
        self.classes = interval_class(step, config) + beyond * config.n_intervals
        self.moves = np.sign(index[None] - index[:, None]).astype(np.int64) + 1
        change = np.diff(target, axis=1, prepend=target[:, :1])
        prices = np.zeros((*target.shape, 3), dtype=np.float32)
        prices[..., 0] = (change > 0) + 0.25 * (change == 0)
        prices[..., 2] = (change < 0) + 0.25 * (change == 0)
        # Standing still is right for equal data and part of a fault where the data move.
        prices[..., 1] = STILL_SHARE * np.minimum(STILL_SLOPE * np.abs(change), 1.0)
        self.prices = -weights[:, 1, None, None] * prices

    def run(self, progress: Callable[[float], None] | None) -> list[list[IntArray]]:
        """Search from the first note to the last, then backtrace the best melodies."""
        groups, width = self.n_groups, self.width
        scores = np.full((groups, width), -np.inf, dtype=np.float32)
        # The first note: nothing but the data and chance.
        n_first = min(width, self.n_pitches)
        current = np.zeros((groups, width), dtype=np.int64)
        scores[:, :n_first], current[:, :n_first] = _find_best(self.wanted[:, 0], n_first)
        history = [(current, np.zeros_like(current))]
        state = self.network.lstm.begin(groups * width)
        interval = np.full((groups, width), self.network.config.n_intervals)
        pitch = np.take_along_axis(self.cand, current, axis=1)
        center, register = pitch.astype(np.float32), np.zeros((groups, width), dtype=np.float32)
        for t in range(1, self.n_steps):
            logits, state = self._read(interval, pitch, register, t - 1, state)
            scores, beam, current = self._advance(scores, logits, current, t)
            before = np.take_along_axis(pitch, beam, axis=1)
            center = np.take_along_axis(center, beam, axis=1)
            # The state follows the hypothesis that it belongs to.
            rows = (beam + np.arange(groups)[:, None] * width).ravel()
            state = [(h[rows], c[rows]) for h, c in state]
            pitch = np.take_along_axis(self.cand, current, axis=1)
            interval = interval_class(pitch - before, self.network.config)
            center = REGISTER_DECAY * center + (1 - REGISTER_DECAY) * before.astype(np.float32)
            register = ((pitch.astype(np.float32) - center) / 12).clip(-4, 4)
            history.append((current, beam))
            if progress is not None and t % 16 == 0:
                progress(t / self.n_steps)
        return self._trace(scores, history)

    def _read(
        self, interval: IntArray, pitch: IntArray, register: Float32Array, t: int, state: State
    ) -> tuple[Float32Array, State]:
        # For all notes at once, which can be known beforehand, this would be 650 MB of the longest melodies.
        driven = self.network.drive(self.mode, *self.places[:, :, t]).repeat(self.width, axis=0)
        place = (pitch - self.tonic) % 12
        return self.network.step(interval.ravel(), place.ravel(), register.ravel(), driven, state)

    def _advance(
        self, scores: Float32Array, logits: Float32Array, current: IntArray, t: int
    ) -> tuple[Float32Array, IntArray, IntArray]:
        """Extend every hypothesis by every pitch and keep the best; finished voices do not change."""
        groups, width = current.shape
        log_p = log_softmax(logits, axis=-1).reshape(groups, width, -1)
        # The second half of the classes are the steps that are too far for any of them.
        said = np.concatenate([log_p, log_p - np.float32(np.log(128))], axis=2)
        classes = self.classes[np.arange(groups)[:, None], current]  # (G, W, P)
        music = np.take_along_axis(said, classes, axis=2)
        direction = np.take_along_axis(self.prices[:, t, None], self.moves[current], axis=2)
        total = music + direction + (scores[:, :, None] + self.wanted[:, t, None])
        best, flat = _find_best(_join(total, current).reshape(groups, -1), width)
        beam, chosen = np.divmod(flat, self.n_pitches)
        done = (self.lengths <= t)[:, None]
        return (
            np.where(done, scores, best),
            np.where(done, np.arange(width), beam),
            np.where(done, current, chosen),
        )

    def _trace(self, scores: Float32Array, history: list[tuple[IntArray, IntArray]]) -> list[list[IntArray]]:
        indices = np.zeros((self.n_groups, self.n_steps), dtype=np.int64)
        place, rows = scores.argmax(axis=1), np.arange(self.n_groups)
        for t in range(self.n_steps - 1, -1, -1):
            chosen, beam = history[t]
            indices[:, t], place = chosen[rows, place], beam[rows, place]
        pitches = np.take_along_axis(self.cand, indices, axis=1)
        melodies = [row[:n] for row, n in zip(pitches, self.lengths, strict=True)]
        return [melodies[v * self.n_takes : (v + 1) * self.n_takes] for v in range(self.n_voices)]


def _find_best(scores: Float32Array, n: int) -> tuple[Float32Array, IntArray]:
    """The ``n`` highest scores of each row and their positions, in descending order."""
    at = np.argpartition(-scores, n - 1, axis=1)[:, :n]
    found = np.take_along_axis(scores, at, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(at, order, axis=1)


def _join(total: Float32Array, current: IntArray) -> Float32Array:
    """Keep the best of the hypotheses that would end in the same two notes; totals have the shape (G, W, P)."""
    same = current[:, :, None] == current[:, None, :]  # (G, W, W)
    best = np.where(same[..., None], total[:, None], -np.inf).max(axis=2)  # (G, W, P)
    # Where scores are equal both survive; that costs a place in the beam and nothing else.
    return np.where(total >= best, total, np.float32(-np.inf))


def _compose_rhythm(
    network: StepNetwork,
    pitch: IntArray,
    slots: IntArray,
    tonic: int,
    mode: str,
    seed: int,
    bar: int,
    temperature: float,
) -> IntArray:
    """Sample onsets note by note, only positions that leave room for the rest of the bar."""
    rng = np.random.default_rng([seed, len(pitch)])
    unit = TICKS // 4
    lengths = np.round(np.array(IOI_QUARTERS) * 16)  # in quarters of a sixteenth
    steps = interval_class(np.diff(pitch, prepend=pitch[:1]), network.config)
    steps[0] = network.config.n_intervals
    register, place = register_of(pitch).astype(np.float32), (pitch - tonic) % 12
    earliest, latest = _find_room(slots, bar // unit)
    onset = np.zeros(len(pitch), dtype=np.int64)
    onset[0] = earliest[0]
    state, mode_id = network.lstm.begin(1), MODES.index(mode)
    log_p = np.zeros(len(IOI_QUARTERS))
    for i in range(len(pitch) - 1):
        options = np.arange(max(earliest[i + 1], onset[i] + 1), latest[i + 1] + 1)
        gaps = (options - onset[i]) * 4
        nearest = np.abs(np.log(gaps[:, None]) - np.log(lengths[None])).argmin(axis=1)
        # A gap that no class says exactly is less likely than one that a class says.
        score = (log_p[nearest] - 2.0 * (lengths[nearest] != gaps)) / temperature
        onset[i + 1] = options[int((score + rng.gumbel(size=len(options))).argmax())]
        rhythm = place_classes(onset[i : i + 2] * unit, bar)[:, :1]
        now, after = slice(i, i + 1), slice(i + 1, i + 2)
        driven = network.drive(mode_id, *rhythm)
        hidden, state = network.read(steps[now], place[now], register[now], driven, state)
        logits = network.ioi_logits(hidden, steps[after], place[after])[0]
        log_p = log_softmax(logits.astype(np.float64))
    return onset * unit


def _find_room(slots: IntArray, per_bar: int) -> tuple[IntArray, IntArray]:
    """Earliest and latest sixteenth of each note so that all notes of its bar fit."""
    bars = np.repeat(np.arange(len(slots)), slots)
    rank = np.concatenate([np.arange(count) for count in slots])
    count = slots[bars]
    return bars * per_bar + rank, (bars + 1) * per_bar - (count - rank)
