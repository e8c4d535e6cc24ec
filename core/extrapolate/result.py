"""Extended recording: parts, joins, and measurements of the recording and of each addition."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from core.arrays import Float32Array
from core.audio import Audio
from core.extrapolate.blockwise_features import FrameFeatures
from core.extrapolate.joins import Join
from core.extrapolate.request import Ending, Request, Side
from core.extrapolate.sound_mood import SoundMood

# Beside the joint the fade may have changed so much of the recording, at most; the engines are asked for a little more.
SEAM_SEC = 0.065
# A stretch in the recording's own order that lasts longer is heard as a copy.
COPY_SEC = 8.0


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """Measures of a section of sound: tempo, key, loudness.

    Attributes
    ----------
    tempo_qpm : float or None
        Beats a minute; None without a beat.
    key : (str, str) or None
        Tonic and mode; the recording's for an addition that it fits nearly as well as the best one.
    loudness_lufs : float
        ``-inf`` for silence.
    mood : SoundMood or None
        None for silence.
    """

    tempo_qpm: float | None
    key: tuple[str, str] | None
    loudness_lufs: float
    mood: SoundMood | None


@dataclass(frozen=True, kw_only=True)
class Added:
    """Addition on one side; times are those of the extended sound.

    Attributes
    ----------
    side : {"after", "before"}
    start_sec, stop_sec : float
    joins : tuple of Join
        The one with the recording among them.
    portrait : Portrait
        Of the addition without its ending.
    self_copy : float
        Share of it that follows the recording unbroken for longer than :data:`COPY_SEC`; 0 for the engine "neural".
    ending : {"fade", "cadence", "cut"}
        As it was made, which may be another than was requested; the notes say why.
    ending_sec : float
        How long before the end the fade-out begins, or the cadence.
    """

    side: Side
    start_sec: float
    stop_sec: float
    joins: tuple[Join, ...]
    portrait: Portrait
    self_copy: float
    ending: Ending = "cut"
    ending_sec: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurements:
    """Measurements of an extended recording, without samples.

    Attributes
    ----------
    request : Request
    sr : int
        Of the recording, in Hz.
    n_samples : int
        Length of the whole in one channel.
    own_sec : (float, float)
        Where the recording's own part begins and ends in the whole.
    at_sec : float
        Where in the recording that part begins, in seconds.
    identical_sec : (float, float)
        The stretch of the whole in which every sample was compared with the recording's and is the same.
    recording : Portrait
    added : tuple of Added
    mood : list of (float, SoundMood or None)
        Along the whole.
    notes : tuple of str
        Sentences about what was done that a visitor may not expect.
    """

    request: Request
    sr: int
    n_samples: int
    own_sec: tuple[float, float]
    at_sec: float
    identical_sec: tuple[float, float]
    recording: Portrait
    added: tuple[Added, ...]
    mood: list[tuple[float, SoundMood | None]]
    notes: tuple[str, ...]

    @property
    def duration_sec(self) -> float:
        """Length of the whole in seconds."""
        return self.n_samples / self.sr

    @property
    def identical(self) -> bool:
        """Whether the recording is unchanged sample by sample, apart from the fades at its joins."""
        spare = SEAM_SEC + 0.005
        return (
            self.identical_sec[0] - self.own_sec[0] <= spare
            and self.own_sec[1] - self.identical_sec[1] <= spare
        )

    @property
    def joins(self) -> list[Join]:
        """All joins in the order of their times."""
        return sorted((join for added in self.added for join in added.joins), key=lambda join: join.time_sec)


@dataclass(frozen=True, kw_only=True, eq=False)
class Result(Measurements):
    """The extended recording and its measurements.

    Attributes
    ----------
    parts : tuple of ndarray, each shape=(channels, n)
        What sounds one after the other: additions, and the recording's own samples between them.
    features : FrameFeatures
        Of the whole.
    """

    parts: tuple[Float32Array, ...]
    features: FrameFeatures

    def without_samples(self) -> Measurements:
        """The measurements without samples, small enough to cache and send."""
        return Measurements(**{field.name: getattr(self, field.name) for field in fields(Measurements)})

    def between(self, start_sec: float, stop_sec: float) -> Audio:
        """A copied section of the result.

        Raises
        ------
        ValueError
            If nothing lies between the two times.
        """
        start, stop, at, found = round(start_sec * self.sr), round(stop_sec * self.sr), 0, []
        for part in self.parts:
            found.append(part[:, max(0, start - at) : max(0, stop - at)])
            at += part.shape[1]
        y = np.concatenate(found, axis=1)
        return Audio(y[0] if y.shape[0] == 1 else y, self.sr)

    def whole(self) -> Audio:
        """Everything, copied."""
        return self.between(0.0, self.duration_sec)
