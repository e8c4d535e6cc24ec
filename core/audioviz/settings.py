"""Settings of a picture: which model hears the sound, and how its numbers become the ten parameters of a scene."""

from __future__ import annotations

from dataclasses import dataclass

from core.arrays import Float32Array
from core.audioviz.extract import Hearing, Model
from core.audioviz.mappings import Interpolation, Mapping, Scaling, ScalingAxis, map_features
from core.audioviz.sound_measures import PARAMETERS

# Parameters are drawn at this rate; the features have 20 a second, and what lies between is interpolated.
DRAWN_RATE_HZ = 60.0
DEFAULT_SMOOTHING_SEC = 0.1
IN_ORDER = tuple(range(len(PARAMETERS)))


@dataclass(frozen=True, kw_only=True)
class VizSettings:
    """Everything between the sound and the ten parameters; equal settings and equal sounds give equal parameters.

    Attributes
    ----------
    model : str
        One of `core.audioviz.extract.MODELS`.
    mapping, scaling_axis, scaling, interpolation, smoothing_sec, seed, order
        As `core.audioviz.mappings.map_features` takes them.
    """

    model: Model = "measured"
    mapping: Mapping = "deterministic"
    scaling_axis: ScalingAxis = "by"
    scaling: Scaling = "minmax"
    interpolation: Interpolation = "cubic"
    smoothing_sec: float = DEFAULT_SMOOTHING_SEC
    seed: int = 0
    order: tuple[int, ...] = IN_ORDER

    def map(self, hearing: Hearing) -> Float32Array:
        """The ten parameters at :data:`DRAWN_RATE_HZ`, shape=(n, 10)."""
        return map_features(
            hearing,
            mapping=self.mapping,
            scaling_axis=self.scaling_axis,
            scaling=self.scaling,
            smoothing_sec=self.smoothing_sec,
            order=self.order,
            seed=self.seed,
            rate_hz=DRAWN_RATE_HZ,
            interpolation=self.interpolation,
        )
