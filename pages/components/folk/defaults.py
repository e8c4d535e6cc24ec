"""Default tunes of the Folk Generator, prepared before the first visitor opens the page."""

from __future__ import annotations

from functools import partial

from core.folk.job import compose_tunes, play_tune
from core.jobs import Job
from pages.components.folk.controls import USUAL
from pages.components.folk.result import COMPOSING, PLAYING, identify_played, without_accompaniment
from pages.components.shared.results import prepare


def default_jobs() -> list[Job]:
    """Jobs of the page's default results."""
    settings, request = USUAL, USUAL.request()
    return [
        prepare(partial(compose_tunes, without_accompaniment(request)), what=COMPOSING),
        prepare(
            partial(play_tune, request, 0, settings.tempo_qpm, settings.program),
            what=PLAYING,
            identity=identify_played(request, 0, settings),
        ),
    ]
