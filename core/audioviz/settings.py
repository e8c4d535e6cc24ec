"""Settings of Audio Viz: analysis model, parameter mapping, and the look of the scene."""

from __future__ import annotations

from dataclasses import dataclass

from core.arrays import Float32Array
from core.audioviz.extract import Hearing, Model
from core.audioviz.mappings import Interpolation, Mapping, Scaling, ScalingAxis, map_features
from core.audioviz.sound_measures import PARAMETERS
from core.errors import InputError

# Parameters are drawn at this rate; the features have 20 a second, and what lies between is interpolated.
DRAWN_RATE_HZ = 60.0
DEFAULT_SMOOTHING_SEC = 0.1
MAX_LATENCY_MS = 500
IN_ORDER = tuple(range(len(PARAMETERS)))
# Width and height of the picture, by the name of their ratio.
ASPECTS = {"16:9": (16, 9), "1:1": (1, 1), "9:16": (9, 16)}
MAX_CAPTION = 80


@dataclass(frozen=True, kw_only=True)
class VizSettings:
    """Settings from sound to the ten parameters; equal settings and equal sounds give equal parameters.

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

    def __post_init__(self) -> None:
        """Refuse an order that does not name each number once."""
        if sorted(self.order) != list(IN_ORDER):
            raise InputError(
                f"The order was {list(self.order)!r:.60}; it must hold each number from 0 to 9 once."
            )

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


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the parameters are drawn.

    Attributes
    ----------
    scene, palette : str
    limiter : bool
        Whether flashes are limited.
    latency_ms : int in [-500, 500]
        How much later than the sound the picture is drawn.
    aspect : {"16:9", "1:1", "9:16"}
        Width : height of the picture and of its videos.
    caption : str
        Title in the picture; empty for none.
    """

    scene: str = "bars"
    palette: str = "spectrum"
    limiter: bool = True
    latency_ms: int = 0
    aspect: str = "16:9"
    caption: str = ""

    def __post_init__(self) -> None:
        """Refuse an implausible delay and invalid picture settings."""
        if self.aspect not in ASPECTS:
            raise InputError(f"The aspect ratio was {self.aspect!r:.20}; it can be {', '.join(ASPECTS)}.")
        if len(self.caption) > MAX_CAPTION:
            raise InputError(
                f"The title in the picture has {len(self.caption)} characters; {MAX_CAPTION} are the most."
            )
        if not -MAX_LATENCY_MS <= self.latency_ms <= MAX_LATENCY_MS:
            raise InputError(
                f"The A/V delay was {self.latency_ms:d} ms; it can be {-MAX_LATENCY_MS} to {MAX_LATENCY_MS} ms."
            )
