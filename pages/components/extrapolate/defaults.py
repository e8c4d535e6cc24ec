"""Default sound of Extrapolate: what the page shows at a visitor's first look, for making it before anybody asks."""

from __future__ import annotations

from core.jobs import Job
from pages.components.extrapolate import texts
from pages.components.extrapolate.controls import default_request
from pages.components.extrapolate.source import default_source
from pages.components.shared.results import prepare


def default_jobs() -> list[Job]:
    """The jobs whose results the page takes where neither the visitor nor the address has chosen anything."""
    return [prepare(default_source().extend(default_request()), what=texts.EXTENDING)]
