"""Default sounds of Sonify Data in each mode, prepared before the first visitor opens the page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from core.jobs import Job
from core.sonify.examples import EXAMPLES
from core.sonify.job import measure_trade, play_table
from core.sonify.settings import MODES, Settings
from pages.components.shared.results import prepare
from pages.components.sonify.requests import WHAT_SOUND, WHAT_TRADE, identify_sound, reduce_to_trade
from pages.components.sonify.source import Source, load_source
from pages.components.sonify.synthesizer_choice import SoundChoice, default_engine
from pages.components.sonify.voice_controls import place_voices


def default_jobs() -> list[Job]:
    """Jobs of the page's default results, one per mode, in the order of the modes."""
    jobs = []
    for mode in MODES:
        source, settings, sound = default_request(mode)
        given, _ = source.reduce(settings)
        call = partial(play_table, given, settings, engine=sound.engine)
        jobs.append(prepare(call, what=WHAT_SOUND, identity=identify_sound(source, settings, sound)))
        if mode == "melody":
            reduced = reduce_to_trade(settings)
            trade = partial(measure_trade, given, reduced)
            jobs.append(prepare(trade, what=WHAT_TRADE, identity=[source.identity, reduced]))
    return jobs


def default_request(mode: str) -> tuple[Source, Settings, SoundChoice]:
    """The first example in a mode with default settings, as arguments of `requests.obtain_sound`."""
    source = load_source(next(iter(EXAMPLES)))
    settings = place_voices(source.table, replace(source.suggested.settings, mode=mode))
    return source, settings, SoundChoice(engine=default_engine())
