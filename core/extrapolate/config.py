"""Sizes of the forecasting network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.extrapolate.second_features import PLACES_A_SEC
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers, linear, recurrent

# Before any training: a repetition counts, a component is about as wide as a recording's own spread, and never a point.
REPEAT_BIAS, STD_BIAS, LEAST_STD = -0.9, 0.5, 0.05

# Places that share one bias for their lag: a quarter of a second.
LAG_PLACES = PLACES_A_SEC // 4


@dataclass(frozen=True, kw_only=True)
class ExtrapolateConfig(ArrayModelConfig):
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
    recent_sec : float > 0
        How much of the end of the given sound is compared with the same length before it, besides the whole.
    floor : float > 0
        Share of the usual variance that a group has at least in any recording, so that a drone divides by something.
    """

    class_path: ClassVar[str] = "core.extrapolate.model.ExtrapolateNet"
    buffers: ClassVar[tuple[str, ...]] = ("usual_mean", "usual_spread", "within", "group_of")

    n_features: int = 71
    groups: tuple[int, ...] = (20, 36, 12, 1, 2)
    n_context: int = 20
    n_horizon: int = 10
    hidden_size: int = 128
    n_components: int = 4
    rank: int = 32
    dropout: float = 0.3
    recent_sec: float = 5.0
    floor: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if sum(self.groups) != self.n_features:
            raise ValueError(f"The groups have {sum(self.groups)} columns, the vector {self.n_features}.")

    @classmethod
    def tiny(cls) -> ExtrapolateConfig:
        """A network for tests."""
        return cls(hidden_size=12, n_components=2, rank=4, dropout=0.0)

    @property
    def n_side(self) -> int:
        """Size of the side input: mean, variation of each feature group, direction."""
        return self.n_features + len(self.groups) + 1

    @property
    def n_lags(self) -> int:
        """Number of lags in places."""
        return PLACES_A_SEC * (self.n_context + self.n_horizon)

    @property
    def n_coarse_lags(self) -> int:
        """Number of lags in quarter seconds, for how far back a component looks whatever the sound is."""
        return self.n_lags // LAG_PLACES

    @property
    def n_likenesses(self) -> int:
        """Of the whole to itself and of its end to what came before it, in each group of features."""
        return 2 * len(self.groups)

    def layers(self) -> Layers:
        """Encoder, context and decoder, and statistics of the training recordings."""
        n, size, k = self.n_features, self.hidden_size, self.n_components
        cell = {
            name.removesuffix("_l0"): shape for name, shape in recurrent(3 * size, size, n_gates=3).items()
        }
        return {
            **dict.fromkeys(self.buffers, (n,)),
            "begin": linear(self.n_side, size),
            "read": linear(n, size),
            "encoder": recurrent(size, size, n_gates=3),
            "relate": linear(2 * size + self.n_side, size),
            "first": linear(size, size),
            "key": linear(2 * size, size, bias=False),
            "query": linear(size, k * size),
            "lag": (k, self.n_coarse_lags),
            "repeat": linear(size, k * self.n_likenesses),
            "decoder": cell,
            "seen": linear(n, size),
            "trust": linear(size, k * len(self.groups)),
            "depart": linear(size, k * self.rank),
            "directions": (k, self.rank, n),
            "spread": linear(size, k * n),
            "weigh": linear(size, k),
        }
