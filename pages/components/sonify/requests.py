"""Requests of the page: table, sound, trade-off, quiz question, each with its cache dependencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar, cast

import pandas as pd

from core.errors import InputError
from core.sonify.direct_mapping import Sonification
from core.sonify.job import PlayedTable, measure_trade, play_table
from core.sonify.settings import Settings
from core.sonify.timeline import total_sec
from core.workers import Limits
from pages.components.shared.results import obtain, result_key
from pages.components.shared.server_cache import server_cache, session_token
from pages.components.sonify import texts
from pages.components.sonify.source import Source
from pages.components.sonify.synthesizer_choice import SoundChoice

T = TypeVar("T")

# Ten minutes of five thousand notes and eight melodies of four voices take half a minute and 500 MB on an idle machine.
_LIMITS = Limits(memory_mb=1024, cpu_sec=240, wall_sec=420)
# A longer sound, 100 MB while it is played, is made in a worker of its own, one at a time.
_LONG_SEC = 180
WHAT_SOUND, WHAT_TRADE = texts.MAKING_SOUND, texts.MEASURING_TRADE


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The playing sonification, with its cache dependencies."""

    played: PlayedTable
    source: Source
    identity: list[Any]
    is_private: bool
    engine: str = "auto"


def obtain_sound(source: Source, settings: Settings, sound: SoundChoice) -> Heard:
    """Compose, render and draw a sonification, or take it from the cache; raises as `results.obtain`.

    Another take of a melody is played from what has been composed for the first one.
    """
    identity = identify_sound(source, settings, sound)
    private = source.is_private or sound.soundfont is not None
    played = _find(play_table, identity, private)
    if played is None:
        given, is_large = source.reduce(settings)
        played = obtain(
            partial(
                play_table,
                given,
                settings,
                engine=sound.engine,
                soundfont=sound.soundfont,
                former=_find_other_take(source, settings, sound, private),
            ),
            slot="sonify.sound",
            what=WHAT_SOUND,
            identity=identity,
            private=private,
            heavy=is_large or sound.is_large or _is_long(settings),
            limits=_LIMITS,
        )
    return Heard(played=played, source=source, identity=identity, is_private=private, engine=sound.engine)


def _find_other_take(
    source: Source, settings: Settings, sound: SoundChoice, private: bool
) -> Sonification | None:
    if settings.mode != "melody":
        return None
    silent = replace(settings, captions=False, language=Settings().language)
    for take in range(1, settings.takes + 1):
        for other in (replace(settings, take=take), replace(silent, take=take)):
            found = _find(play_table, identify_sound(source, other, sound), private)
            if found is not None:
                return found.sonification
    return None


def identify_sound(source: Source, settings: Settings, sound: SoundChoice) -> list[Any]:
    """Cache dependencies of a sound."""
    return [source.identity, settings, *sound.identity]


def _is_long(settings: Settings) -> bool:
    try:
        return total_sec(settings.n_notes, settings) > _LONG_SEC
    except InputError:  # which the job will tell
        return False


def obtain_trade(heard: Heard) -> pd.DataFrame:
    """Measure the trade-off, or take it from the cache; raises as `results.obtain`."""
    source, settings = heard.source, reduce_to_trade(heard.played.sonification.settings)
    identity = [source.identity, settings]
    trade = _find(measure_trade, identity, source.is_private)
    if trade is None:
        given, is_large = source.reduce(settings)
        trade = obtain(
            partial(measure_trade, given, settings),
            slot="sonify.trade",
            what=WHAT_TRADE,
            identity=identity,
            private=source.is_private,
            heavy=is_large,
            limits=_LIMITS,
        )
    return trade


def reduce_to_trade(settings: Settings) -> Settings:
    """Settings that affect the trade-off, so that moving the fidelity slider does not recompute it."""
    # The first voice is measured; those it shares its pitch scale with say how far that reaches.
    voices = tuple(replace(voice, program=0, velocity=96, pan=0.0, also=()) for voice in settings.voices)
    names = "fidelity takes take pace duration_sec tempo_qpm bars beat_qpm meter tick_unit tick_every references accents mix"
    plain_settings = Settings()
    ignored = {name: getattr(plain_settings, name) for name in names.split()}
    rhythm = "time" if settings.rhythm == "time" else "uniform"
    return replace(settings, **ignored, voices=voices, rhythm=rhythm)


def _find(function: Callable[..., T], identity: object, private: bool) -> T | None:
    """Look up a finished result without preparing its inputs."""
    key = result_key(partial(function), identity, session_token() if private else "")
    try:
        return cast(T, server_cache().get(key))
    except KeyError:
        return None
