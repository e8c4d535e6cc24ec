"""Analysis for Audio Viz: each model analyzes a sound once; other settings reuse the result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from core.arrays import Float32Array
from core.audio.flac import FlacSound
from core.audioviz.extract import Hearing
from core.audioviz.job import HeardSound, Listening, hear_by_network, map_hearing
from core.audioviz.settings import VizSettings
from core.workers import Limits
from pages.components.shared.results import obtain
from pages.components.viz import texts
from pages.components.viz.source import Source

_SOUND_LIMITS = Limits(memory_mb=2048, cpu_sec=240, wall_sec=300)


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """A sound, its features, and the ten parameters over time.

    Attributes
    ----------
    source : Source
    given : HeardSound
    settings : VizSettings
    listening : Listening
        By the model of the settings.
    parameters : ndarray of float32, shape=(n, 10)
        At `core.audioviz.settings.DRAWN_RATE_HZ`.
    """

    source: Source
    given: HeardSound
    settings: VizSettings
    listening: Listening
    parameters: Float32Array

    @property
    def sound(self) -> FlacSound:
        """The sound to play."""
        return self.given.sound

    @property
    def hearing(self) -> Hearing:
        """Features extracted by the model."""
        return self.listening.hearing

    @property
    def title(self) -> str:
        """Title of the sound."""
        return self.source.title

    @property
    def identity(self) -> tuple[object, VizSettings]:
        """Identity of the parameters."""
        return self.source.identity, self.settings


def hear(source: Source, settings: VizSettings) -> Heard:
    """Extract features of a sound and map them to parameters, or take them from the cache.

    Raises
    ------
    DashboardError
        If the sound cannot be read, is too short or silent, or a network's files are missing.
    """
    assert source.call is not None
    given = obtain(
        source.call,
        slot="viz.sound",
        what=texts.LISTENING,
        identity=source.identity if source.is_private else None,
        private=source.is_private,
        heavy=source.is_heavy,
        limits=_SOUND_LIMITS,
    )
    listening = given.measured
    if settings.model != "measured":
        listening = obtain(
            partial(hear_by_network, given.sound, settings.model),
            slot="viz.network",
            what=texts.NETWORK,
            identity=(source.identity, settings.model),
            private=source.is_private,
            heavy=source.is_heavy,
            limits=_SOUND_LIMITS,
        )
    parameters = listening.parameters
    if settings != VizSettings(model=settings.model):
        parameters = obtain(
            partial(map_hearing, listening.hearing, settings),
            slot="viz.mapping",
            what=texts.MAPPED,
            identity=(source.identity, settings),
            private=source.is_private,
        )
    return Heard(source=source, given=given, settings=settings, listening=listening, parameters=parameters)
