"""Default sound of Audio Viz, prepared before the first visitor opens the page."""

from __future__ import annotations

from core.jobs import Job
from pages.components.shared.results import prepare
from pages.components.viz import texts
from pages.components.viz.source import default_source


def default_jobs() -> list[Job]:
    """Jobs of the page's default results."""
    call = default_source().call
    assert call is not None  # An example has one.
    return [prepare(call, what=texts.LISTENING)]
