"""Sizes of the forecasting network."""

from __future__ import annotations

from dataclasses import dataclass

from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class ExtrapolateConfig(ModelConfig):
    """Sizes of :class:`core.extrapolate.model.ExtrapolateNet`.

    Attributes
    ----------
    n_features : int
        Columns of a second's vector, as :mod:`core.extrapolate.second_features` makes it.
    groups : tuple of int
        How many columns each group of features has, in their order; a group has one scale a recording.
    n_context, n_horizon : int
        Seconds in and seconds out: 20 and 10, as in the original.
    hidden_size : int
        Of both recurrent parts. With the data at hand wider ones only learn it by heart.
    n_components : int
        Of the mixture; each looks back at a place of its own.
    rank : int
        Directions in which a component can depart from what it looks back at.
    dropout : float in [0, 1)
    floor : float > 0
        Share of the usual variance that a group has at least in any recording, so that a drone divides by something.
    """

    n_features: int = 71
    groups: tuple[int, ...] = (20, 36, 12, 1, 2)
    n_context: int = 20
    n_horizon: int = 10
    hidden_size: int = 128
    n_components: int = 4
    rank: int = 32
    dropout: float = 0.3
    floor: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if sum(self.groups) != self.n_features:
            raise ValueError(f"The groups have {sum(self.groups)} columns, the vector {self.n_features}.")

    @classmethod
    def tiny(cls) -> ExtrapolateConfig:
        """A network for tests."""
        return cls(hidden_size=12, n_components=2, rank=4, dropout=0.0)
