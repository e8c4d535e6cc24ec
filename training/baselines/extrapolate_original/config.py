"""Sizes of the original project's network at a width that can be trained and shipped."""

from __future__ import annotations

from dataclasses import dataclass

from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class OriginalConfig(ModelConfig):
    """Sizes of :class:`training.baselines.extrapolate_original.model.OriginalNet`.

    Attributes
    ----------
    sr : int
        Samples of a second; the original had 22,050.
    widths : tuple of int
        Of a unit's dense layers; the original had 64, 128, 256 and 512.
    n_context, n_horizon : int
        Seconds in and out, as in the original.
    """

    sr: int = 4000
    widths: tuple[int, ...] = (4, 8, 16, 32)
    n_context: int = 20
    n_horizon: int = 10

    @classmethod
    def tiny(cls) -> OriginalConfig:
        """A network for tests."""
        return cls(sr=40, widths=(2, 3), n_context=3, n_horizon=2)
