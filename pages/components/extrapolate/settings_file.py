"""Settings file of the Extrapolate page: request and example, applied to the widgets."""

from __future__ import annotations

from core.extrapolate.examples import EXAMPLES
from core.extrapolate.report import request_of
from core.extrapolate.request import MAX_SECONDS
from core.settings_file import SettingsFile
from pages.components.extrapolate.controls import DIRECTIONS, ENDINGS, ENGINES, MIN_ADDED_SEC, MOODS
from pages.components.extrapolate.texts import EXAMPLE
from pages.components.shared.controls import MAX_SEED
from pages.components.shared.settings_file import name_of, put, require_between


def apply_settings(file: SettingsFile) -> None:
    """Apply a settings file to the page's widgets.

    Raises
    ------
    InputError
        If it is none, or one that the page has no widgets for.
    """
    request = request_of(file)
    seconds = require_between(MIN_ADDED_SEC, MAX_SECONDS, request.seconds, "seconds")
    values = {
        "extrapolate.seconds": round(seconds),
        "extrapolate.at": request.at_sec,
        "extrapolate.direction": name_of(DIRECTIONS, request.direction, "direction"),
        "extrapolate.mood": name_of(MOODS, request.mood, "mood"),
        "extrapolate.ending": name_of(ENDINGS, request.ending, "ending"),
        "extrapolate.engine": name_of(ENGINES, request.engine, "engine"),
        "extrapolate.adventure": request.adventure,
        "extrapolate.seed": round(require_between(0, MAX_SEED, request.seed, "seed")),
    }
    if file.example in EXAMPLES:
        values |= {"extrapolate.source": EXAMPLE, "extrapolate.example": EXAMPLES[file.example].title}
    put(values)
