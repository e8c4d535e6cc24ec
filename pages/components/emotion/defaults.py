"""Default piece of Emotion Music: what the page shows at a visitor's first look, for making it before anybody asks."""

from __future__ import annotations

from core.jobs import Job
from pages.components.emotion import texts
from pages.components.emotion.controls import default_settings
from pages.components.emotion.result import ask_for_piece
from pages.components.shared.results import prepare


def default_jobs() -> list[Job]:
    """The jobs whose results the page takes where neither the visitor nor the address has chosen anything."""
    return [prepare(ask_for_piece(default_settings(), None), what=texts.COMPOSING)]
