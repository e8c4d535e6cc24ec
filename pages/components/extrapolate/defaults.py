"""Default sound of Extrapolate, prepared before the first visitor opens the page."""

from __future__ import annotations

from core.jobs import Job
from pages.components.extrapolate import texts
from pages.components.extrapolate.controls import default_request
from pages.components.extrapolate.source import default_source
from pages.components.shared.results import prepare


def default_jobs() -> list[Job]:
    """Jobs of the page's default results."""
    return [prepare(default_source().extend(default_request()), what=texts.EXTENDING)]
