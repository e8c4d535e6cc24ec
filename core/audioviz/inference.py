"""Inference of the autoencoders' encoders and of the style networks in numpy.

The result is that of :class:`core.audioviz.model.Autoencoder` and :class:`core.audioviz.model.StyleNet` up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.audioviz.config import (
    CONTRAST,
    MEL_DEVIATION,
    MEL_MEAN,
    SMOOTHED_BANDS,
    STEPS,
    AutoencoderConfig,
    NetworkConfig,
    StyleConvolution,
    StyleNetConfig,
)
from core.audioviz.mel_windows import N_MELS
from core.nn.convolution import Convolution, batch_norm, leaky_relu, pool_largest, pool_mean
from core.nn.dense import Dense

Tensors = Mapping[str, NDArray[Any]]

_SLOPE = 0.1
_LEAST_VARIANCE = 1e-4


class Network(Protocol):
    """What hears a sound; shared by all visitors, changed by no call."""

    @property
    def config(self) -> NetworkConfig:
        """Its sizes and scale."""

    def codes(self, windows: Float32Array) -> Float32Array:
        """(B, 64, 96), as `mel_windows.windows` gives them -> (B, d)."""


class AutoencoderNetwork:
    """The encoder of an autoencoder."""

    def __init__(self, config: AutoencoderConfig, tensors: Tensors) -> None:
        self.config = config
        self._down = [
            Convolution(tensors, f"down.{i}", f"down_norm.{i}", step=step, padding=padding)
            for i, (_, step, padding) in enumerate(STEPS)
        ]
        self._narrow, self._to_codes = Dense(tensors, "narrow"), Dense(tensors, "to_codes")
        self._shift, self._scale = batch_norm(tensors, "code_norm")
        # Only the variant "skip" has paths from the input and from three stages straight to the codes.
        has_skips = config.variant == "skip"
        self._straight = Dense(tensors, "straight_in") if has_skips else None
        self._stages = [Dense(tensors, f"stage_in.{i}") for i in range(3)] if has_skips else []

    def codes(self, windows: Float32Array) -> Float32Array:
        """The ten numbers: (B, 64, 96), as `mel_windows.windows` gives them -> (B, 10), deviation about 1."""
        x = ((windows - MEL_MEAN) / MEL_DEVIATION)[..., None]  # (B, 64, 96, 1)
        added = (
            self._straight(_flatten(x)) if self._straight else np.zeros((1, self.config.n_codes), np.float32)
        )
        for i, convolution in enumerate(self._down):
            x = leaky_relu(convolution(x), _SLOPE)
            if i < len(self._stages):
                added = added + self._stages[i](
                    _flatten(x.mean(axis=2, keepdims=True))
                )  # time is averaged out
        x = leaky_relu(self._narrow(_flatten(x)), _SLOPE)
        return np.asarray((self._to_codes(x) + added - self._shift) * self._scale)


class StyleNetwork:
    """The late layer of the first of several style networks; its values drive a scene."""

    def __init__(self, config: StyleNetConfig, tensors: Tensors) -> None:
        self.config = config
        self._smooth = smoothing_matrix()
        self._steps: list[Callable[[Float32Array], Float32Array]] = []
        at = 0
        for step in config.steps():
            if isinstance(step, StyleConvolution):
                names = (f"members.0.layers.{at}", f"members.0.layers.{at + 1}")
                self._steps += [Convolution(tensors, *names, step=step.step, padding=step.padding), _relu]
                at += 3
            else:
                self._steps.append(pool_largest if step == "pool" else partial(pool_mean, height=1, width=4))
                at += 1
        self._late = Dense(tensors, "members.0.late")
        self._shift, self._scale = batch_norm(tensors, "members.0.late_norm")

    def codes(self, windows: Float32Array) -> Float32Array:
        """(B, 64, 96), as `mel_windows.windows` gives them -> (B, n_codes), deviation about 1."""
        across = windows - self._smooth @ windows
        along = windows - windows.mean(axis=2, keepdims=True)
        x = np.asarray(np.stack([across, along], axis=-1) / CONTRAST, dtype=np.float32)  # (B, 64, 96, 2)
        for step in self._steps:
            x = step(x)
        x = x.reshape(len(x), -1, x.shape[-1])  # every place of a channel
        deviation = np.sqrt(x.var(axis=1, ddof=1) + np.float32(_LEAST_VARIANCE))
        found: Float32Array = np.concatenate([x.mean(axis=1), deviation], axis=1)
        return np.asarray((self._late(found) - self._shift) * self._scale)


def smoothing_matrix(deviation: float = SMOOTHED_BANDS, n: int = N_MELS) -> Float32Array:
    """Rows that average the bands around one with a Gaussian: (n, n), rows sum to 1."""
    places = np.arange(n, dtype=np.float32)
    rows = np.exp(-0.5 * ((places[:, None] - places) / deviation) ** 2)
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def _relu(x: Float32Array) -> Float32Array:
    return np.asarray(np.maximum(x, 0))


def _flatten(x: Float32Array) -> Float32Array:
    """(B, H, W, C) to (B, C H W), as torch orders them."""
    return np.asarray(x.transpose(0, 3, 1, 2)).reshape(len(x), -1)
