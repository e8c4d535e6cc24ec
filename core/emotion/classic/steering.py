"""The original's emotion score, repaired: each candidate pitch gets its own, and the tempo factor a direction.

The original adds one number to the logits of all 128 pitches, which changes none of their probabilities, and draws
the tempo factor's deviation without a sign. Here the nine features are computed anew with each candidate, and
happy is always the faster of the two. The weights of score and logits are the original's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.emotion.classic.model import ClustersConfig
from core.music.performance import Performance
from core.nn.card import Card
from core.nn.weights import load_arrays

N_PITCHES = 128
# The original draws its deviation from N(1, 0.12); this is the mean of what it draws, without the sign.
TEMPO_DEVIATION = 0.12 * math.sqrt(2 / math.pi)


def nine_features(performance: Performance) -> FloatArray:
    """Mean, largest and standard deviation of step (s), duration (s) and pitch (MIDI number), as the original takes them.

    Returns
    -------
    ndarray of float64, shape=(9,)

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not len(performance):
        raise ValueError("There are no notes to describe.")
    columns = (performance.step_sec, performance.duration_sec, performance.pitch)
    return np.array([of(column) for column in columns for of in (np.mean, np.max, np.std)], dtype=np.float64)


class ClassicSteering:
    """Scorer of candidate notes by the original's clusters; shared by all visitors, calls do not change it.

    Attributes
    ----------
    alpha, beta : float
        The next pitch is drawn from ``alpha * logits + beta * pitch_scores``.
    card : Card or None
    """

    alpha = 0.65
    beta = 0.35

    def __init__(
        self, config: ClustersConfig, tensors: Mapping[str, NDArray[Any]], card: Card | None = None
    ) -> None:
        self._config = config
        self._centers, self._shift, self._scale = (
            tensors[name].astype(np.float64) for name in ("centers", "shift", "scale")
        )
        self.card = card

    @classmethod
    def from_weights(cls) -> ClassicSteering:
        """Load the shipped clusters."""
        return cls(*load_arrays("emotion_classic", ClustersConfig))

    def distances(self, features: FloatArray) -> FloatArray:
        """Distances to the sad and to the happy center.

        Parameters
        ----------
        features : ndarray, shape=(n, 9)
            As :func:`nine_features` gives them.

        Returns
        -------
        ndarray of float64, shape=(n, 2)
        """
        places = (features - self._shift) / self._scale
        found: FloatArray = np.linalg.norm(places[:, None] - self._centers[None], axis=-1)
        return found if self._config.happy_cluster == 1 else found[:, ::-1]

    def is_happy(self, performance: Performance) -> bool:
        """Whether a piece lies nearer to the happy center."""
        sad, happy = self.distances(nine_features(performance)[None])[0]
        return bool(happy < sad)

    def pitch_scores(self, recent: Performance, happy: bool) -> FloatArray:
        """The emotion score of each pitch that could come next.

        Parameters
        ----------
        recent : Performance
            The notes so far, of which the last 24 count. None are needed.
        happy : bool
            Whether the music shall go toward the happy center or the sad one.

        Returns
        -------
        ndarray of float64, shape=(128,)
            ``1 - exp(d_l) / (exp(d_happy) + exp(d_sad))`` with the distances after that pitch, ``l`` the wanted
            center. One note of 25 moves the features little, so the scores are stretched, which the original's are
            not: the best candidate has 1 and the worst 0.
        """
        size = self._config.window - 1
        kept = recent.part(max(0, len(recent) - size), len(recent))
        features = np.tile(self._shift, (N_PITCHES, 1))
        if len(kept):
            # A candidate brings no step and no duration of its own: all 128 share those so far.
            features[:, :6] = nine_features(kept)[:6]
        pitches = np.concatenate(
            [np.tile(kept.pitch, (N_PITCHES, 1)), np.arange(N_PITCHES)[:, None]], axis=1
        ).astype(np.float64)
        features[:, 6], features[:, 7] = pitches.mean(axis=1), pitches.max(axis=1)
        features[:, 8] = pitches.std(axis=1)
        sad_far, happy_far = self.distances(features).T
        further = sad_far - happy_far if happy else happy_far - sad_far
        scores = 1.0 / (1.0 + np.exp(-further))
        low, high = scores.min(), scores.max()
        stretched: FloatArray = (scores - low) / (high - low) if high > low else np.full(N_PITCHES, 0.5)
        return stretched

    def tempo_factor(self, happy: bool) -> float:
        """Factor of steps and durations: below 1 (faster) for happy, above 1 for sad."""
        return 1.0 - TEMPO_DEVIATION if happy else 1.0 + TEMPO_DEVIATION
