"""Musical style of a sound: logistic regression on how much its cepstral coefficients vary, computed in numpy.

The deviation of a coefficient over half a minute tells how much the spectrum moves at one scale of its shape: little in
a chord of held strings, much in a chiptune. Means are left out: they tell one artist's recordings from another's, and a
regression that has them names the styles of new artists worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray
from core.audioviz.mel_windows import FRAME_RATE, STEP_FRAMES, cepstrum
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers
from core.nn.weights import Arrays, load_arrays

STRETCH_SEC = 30.0  # of a longer sound: as long as the clips that were learned from
STEP_SEC = 1.0  # a style is not heard to change faster; between, probabilities are interpolated
MODEL_NAME = "audioviz_mfcc"


@dataclass(frozen=True, kw_only=True)
class StyleConfig(ArrayModelConfig):
    """Sizes of the regression."""

    class_path: ClassVar[str] = "core.audioviz.style.StyleRegression"

    n_features: int = 20  # coefficients whose deviations are read
    n_styles: int = 6
    n_members: int = 4  # regressions whose probabilities are averaged, each without some artists

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_styles < 2:
            raise ValueError(f"There are two styles or more, not {self.n_styles}.")

    @classmethod
    def tiny(cls) -> StyleConfig:
        """A regression for tests."""
        return cls(n_features=4, n_styles=2, n_members=2)

    def layers(self) -> Layers:
        """A weight for each member, style and deviation, and a constant for each member and style."""
        return {
            "weight": (self.n_members, self.n_styles, self.n_features),
            "bias": (self.n_members, self.n_styles),
        }


@dataclass(frozen=True, eq=False)
class StyleRegression:
    """Several regressions, each fitted without some of the artists.

    A clip of a known artist is judged by those members that never heard that artist; anything else by all.
    """

    config: StyleConfig
    tensors: Arrays
    style_names: tuple[str, ...] = ()

    @classmethod
    def from_weights(cls) -> StyleRegression:
        """The shipped one; raises WeightsError if it is missing or was changed."""
        config, tensors, card = load_arrays(MODEL_NAME, StyleConfig)
        return cls(config, tensors, tuple(card.vocabulary))

    def judge(self, deviations: NDArray[np.floating], members: Sequence[int] | None = None) -> FloatArray:
        """Mean of the members' probabilities.

        Parameters
        ----------
        deviations : ndarray, shape=(n, n_features)
            As `measure_deviations` gives them.
        members : sequence of int, optional
            Only these.

        Returns
        -------
        ndarray of float64, shape=(n, n_styles)
            Rows sum to 1.
        """
        chosen = list(range(self.config.n_members)) if members is None else list(members)
        weight, bias = (self.tensors[name][chosen].astype(np.float64) for name in ("weight", "bias"))
        logits = np.einsum("nf,ksf->kns", np.asarray(deviations, np.float64), weight) + bias[:, None]
        powers = np.exp(logits - logits.max(axis=2, keepdims=True))
        return np.asarray((powers / powers.sum(axis=2, keepdims=True)).mean(axis=0))

    def follow(self, mel: Float32Array) -> Float32Array:
        """Probabilities of the styles 20 times a second, each judged by the half minute around it.

        Parameters
        ----------
        mel : ndarray of float32, shape=(frames, 64)
            As `mel_windows.normalize` gives them.

        Returns
        -------
        ndarray of float32, shape=(n, n_styles)
        """
        places, deviations = slide_deviations(mel, self.config.n_features)
        judged = self.judge(deviations)
        moments = np.arange(-(-len(mel) // STEP_FRAMES)) * STEP_FRAMES
        return np.stack([np.interp(moments, places, column) for column in judged.T], axis=1).astype(
            np.float32
        )


def measure_deviations(mel: NDArray[np.floating], n: int) -> Float32Array:
    """Deviation of the first `n` cepstral coefficients over a whole clip, (frames, 64) -> (n,).

    Examples
    --------
    >>> still = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (200, 1))
    >>> bool(measure_deviations(still, 20).max() < 1e-5)
    True
    """
    return np.asarray(cepstrum(np.asarray(mel, np.float32))[:, :n].std(axis=0))


def slide_deviations(mel: NDArray[np.floating], n: int) -> tuple[FloatArray, FloatArray]:
    """The same over half a minute around each second; at both ends over the first and the last half minute.

    Returns
    -------
    places : ndarray of float64, shape=(k,)
        Frames in the middle of the stretches.
    deviations : ndarray of float64, shape=(k, n)
    """
    coefficients = cepstrum(np.asarray(mel, np.float32))[:, :n].astype(np.float64)
    length = min(len(coefficients), round(STRETCH_SEC * FRAME_RATE))
    starts = np.arange(0, len(coefficients) - length + 1, round(STEP_SEC * FRAME_RATE))
    # Running sums of values around 0 and of their squares: each stretch then costs one difference.
    centered = coefficients - coefficients.mean(axis=0)
    sums = [np.cumsum(np.pad(x, ((1, 0), (0, 0))), axis=0) for x in (centered, centered**2)]
    mean, square = ((total[starts + length] - total[starts]) / length for total in sums)
    return np.asarray(starts + length / 2, dtype=np.float64), np.sqrt(np.maximum(square - mean**2, 0))
