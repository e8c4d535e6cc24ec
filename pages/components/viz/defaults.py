"""Default sound of Audio Viz: what the page shows at a visitor's first look, for making it before anybody asks."""

from __future__ import annotations

from core.jobs import Job
from pages.components.shared.results import prepare
from pages.components.viz import texts
from pages.components.viz.source import default_source


def default_jobs() -> list[Job]:
    """The jobs whose results the page takes where neither the visitor nor the address has chosen anything."""
    call = default_source().call
    assert call is not None  # An example has one.
    return [prepare(call, what=texts.LISTENING)]
