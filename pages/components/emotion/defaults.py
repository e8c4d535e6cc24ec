"""Default piece of Emotion Music, prepared before the first visitor opens the page."""

from __future__ import annotations

from core.jobs import Job
from pages.components.emotion import texts
from pages.components.emotion.controls import default_settings
from pages.components.emotion.result import ask_for_piece
from pages.components.shared.results import prepare


def default_jobs() -> list[Job]:
    """Jobs of the page's default results."""
    return [prepare(ask_for_piece(default_settings(), None), what=texts.COMPOSING)]
