"""Sizes of the original project's network at a width that can be trained and shipped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class OriginalConfig:
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))
        if min(self.sr, self.n_context, self.n_horizon, *self.widths) < 1:
            raise ValueError(f"All sizes must be from 1, not {self}.")

    @classmethod
    def tiny(cls) -> OriginalConfig:
        """A network for tests."""
        return cls(sr=40, widths=(2, 3), n_context=3, n_horizon=2)
