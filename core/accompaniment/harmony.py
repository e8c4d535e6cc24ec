"""Melody harmonization: beam search over chords by network likelihood and fit with the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from core.accompaniment.chords import (
    N_CHORDS,
    NO_CHORD,
    TICKS,
    chords_in,
    is_minor,
    pitch_class_weights,
    tone_table,
    tonic_chord,
)
from core.accompaniment.config import Steering
from core.accompaniment.consonance import CONSONANCE
from core.accompaniment.tokenizer import beat_features
from core.arrays import BoolArray, Float32Array, FloatArray, IntArray
from core.nn.lstm import LSTM, State

_DOMINANTS = (7, 4 * 12 + 7, 12 + 7, 6 * 12 + 7)  # V, V7, v, v7
_IMPOSSIBLE = -1e9


@dataclass(frozen=True, kw_only=True)
class Request:
    """Request to both models: the melody and the visitor's settings.

    Attributes
    ----------
    melody : ndarray of int64, shape=(n, 4)
        Onset and duration in ticks, pitch, velocity; sorted by onset, all of it inside the bars.
    bar, n_bars : int
        Ticks in a bar; number of bars.
    tonic : int
        Pitch class.
    scale : tuple of int
        Pitch classes that the accompaniment may use.
    style : str
    density : int
    """

    melody: IntArray
    bar: int
    n_bars: int
    tonic: int
    scale: tuple[int, ...]
    style: str
    density: int

    @property
    def n_beats(self) -> int:
        """Quarters in all bars."""
        return self.n_bars * self.bar // TICKS

    @property
    def minor(self) -> bool:
        """Whether the scale has a minor third."""
        return is_minor(self.scale, self.tonic)


class ChordWriter:
    """The trained harmonizer, read-only, in numpy."""

    def __init__(self, tensors: Mapping[str, Float32Array]) -> None:
        self._forwards = LSTM(tensors, "encoder.")
        reverse = "encoder.weight_ih_l0_reverse" in tensors
        self._backwards = LSTM(tensors, "encoder.", "_reverse") if reverse else None
        self._decoder = LSTM(tensors, "decoder.")
        width = self._forwards.width * (2 if reverse else 1)
        self._read_melody = self._decoder.read[:width]
        self._read_chord: Float32Array = tensors["chord.weight"] @ self._decoder.read[width:]
        n = self._decoder.width
        self._out_state: Float32Array = np.ascontiguousarray(tensors["out.weight"][:, :n].T)
        self._out_melody: Float32Array = np.ascontiguousarray(tensors["out.weight"][:, n:].T)
        self._out_bias = tensors["out.bias"]

    def write(self, request: Request, steering: Steering, rng: np.random.Generator) -> IntArray:
        """Choose a chord for each beat.

        Parameters
        ----------
        request : Request
        steering : Steering
        rng : numpy Generator
            What makes seeds differ.

        Returns
        -------
        ndarray of int64, shape=(n_beats,)
            Chord ids, roots counted from the tonic; all notes of all chords lie in the scale.
        """
        features = beat_features(
            request.melody,
            n_beats=request.n_beats,
            bar=request.bar,
            tonic=request.tonic,
            minor=request.minor,
            style=request.style,
        )
        bonus = _weigh_chords(request, steering, rng)
        return self._search(*self.encode(features), bonus, _find_change_points(request), request, steering)

    def encode(self, features: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Encode the melody: each beat's contribution to the decoder's gates and to the chord logits."""
        encoded = self._forwards.run(features)
        if self._backwards is not None:
            encoded = np.concatenate([encoded, self._backwards.run(features, backwards=True)], axis=1)
        return encoded @ self._read_melody + self._decoder.bias, encoded @ self._out_melody + self._out_bias

    def step(
        self, driven: Float32Array, heard: Float32Array, last: IntArray, state: State
    ) -> tuple[Float32Array, State]:
        """Chord logits of a beat after each previous chord, shape=(n, N_CHORDS), and the next state."""
        h, state = self._decoder.step(driven + self._read_chord[last], state)
        return h @ self._out_state + heard, state

    def begin(self) -> State:
        """The state before the first chord, of one row."""
        return self._decoder.begin(1)

    def _search(
        self,
        driven: Float32Array,
        heard: Float32Array,
        bonus: FloatArray,
        free: BoolArray,
        request: Request,
        steering: Steering,
    ) -> IntArray:
        fits = chords_in(request.scale, request.tonic)
        beats_a_bar = request.bar // TICKS
        state = self.begin()
        last, lasted, total = np.array([N_CHORDS]), np.zeros(1, dtype=np.int64), np.zeros(1)
        came_from, chosen = [], []
        for beat in range(request.n_beats):
            said, state = self.step(driven[beat], heard[beat], last, state)
            logits = said.astype(np.float64)
            logits[:, ~fits] = _IMPOSSIBLE
            score = steering.chord_trust * log_softmax(logits, axis=1) + bonus[beat]
            known = last < NO_CHORD
            if not free[beat] and known.all():
                stays = np.arange(N_CHORDS) == last[:, None]
                score = np.where(stays, score, _IMPOSSIBLE)
            elif known.all():
                weary = steering.stay_cost * np.maximum(lasted / beats_a_bar - steering.stay_bars + 1, 0.0)
                score[np.arange(len(last)), last] -= weary
            whole = (total[:, None] + score).ravel()
            best = np.argpartition(-whole, min(steering.beam_width, whole.size - 1))[: steering.beam_width]
            best = best[np.argsort(-whole[best], kind="stable")]
            best = (
                best[whole[best] > 0.5 * _IMPOSSIBLE] if (whole[best] > 0.5 * _IMPOSSIBLE).any() else best[:1]
            )
            origin, chord = np.divmod(best, N_CHORDS)
            lasted = np.where(chord == last[origin], lasted[origin] + 1, 1)
            last, total = chord, whole[best] - whole[best[0]]
            state = [(h[origin], c[origin]) for h, c in state]
            came_from.append(origin)
            chosen.append(chord)
        path = np.empty(request.n_beats, dtype=np.int64)
        at = 0
        for beat in range(request.n_beats - 1, -1, -1):
            path[beat] = chosen[beat][at]
            at = int(came_from[beat][at])
        return path


def _find_change_points(request: Request) -> BoolArray:
    """Beats on which the chord may change: each bar, half bar or beat, by density and by how dense the data are."""
    beats_a_bar = request.bar // TICKS
    by_density = {
        1: beats_a_bar,
        2: beats_a_bar,
        3: max(1, beats_a_bar // 2),
        4: max(1, beats_a_bar // 2),
        5: 1,
    }
    step = by_density[request.density]
    if beats_a_bar % step:
        step = beats_a_bar
    data_a_bar = len(request.melody) / request.n_bars
    if data_a_bar < 3:
        step = max(step, beats_a_bar if data_a_bar < 1.5 else beats_a_bar // 2)
    place = np.arange(request.n_beats) % beats_a_bar
    free: BoolArray = place % step == 0
    return free


def chord_suits_data(melody: IntArray, n_beats: int, tonic: int) -> FloatArray:
    """How well each chord suits the melody in each beat.

    Returns
    -------
    ndarray of float, shape=(n_beats, N_CHORDS)
        -1 to 1: `measure.CONSONANCE` of the chord's notes under the melody's, weighted by how long these
        sound; 0 where the melody rests.
    """
    weights = np.roll(pitch_class_weights(melody, n_beats), -tonic, axis=1)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    steps = np.arange(12)
    suits = CONSONANCE[(steps[:, None] - steps[None, :]) % 12]  # melody, chord note below it
    tones = tone_table().astype(np.float64)
    per_chord: FloatArray = weights @ suits @ tones.T / np.maximum(tones.sum(axis=1), 1.0)
    return per_chord


def _weigh_chords(request: Request, steering: Steering, rng: np.random.Generator) -> FloatArray:
    """Score of each chord in each beat besides the model's: consonance, cadence, ending, seeded noise."""
    n_beats, beats_a_bar = request.n_beats, request.bar // TICKS
    bonus = steering.chord_consonance * chord_suits_data(request.melody, n_beats, request.tonic)
    bonus += steering.chord_noise * rng.gumbel(size=(n_beats, N_CHORDS))
    end = n_beats - beats_a_bar
    if end > 0:
        step = max(1, beats_a_bar // 2)
        bonus[max(0, end - step) : end, list(_DOMINANTS)] += steering.cadence
    # The last bar is the tonic's, and nothing else.
    home = tonic_chord(request.scale, request.tonic)
    bonus[end:, np.arange(N_CHORDS) != home] -= 1e6
    bonus[0, home] += 1.0
    return bonus
