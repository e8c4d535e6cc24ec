"""Settings file of Audio Viz: parameter mapping and look, applied to the widgets."""

from __future__ import annotations

from typing import Any

from core.audioviz.extract import MODEL_TITLES
from core.audioviz.mappings import MAX_SMOOTHING_SEC
from core.audioviz.settings import Look, VizSettings
from core.errors import InputError
from core.settings_file import SettingsFile, build
from core.showcase import SHOWPIECES
from pages.components.shared.controls import MAX_SEED
from pages.components.shared.model_cache import installed_viz_models
from pages.components.shared.settings_file import name_of, put, require_between, require_option
from pages.components.viz.controls import AXES, INTERPOLATIONS, MAPPINGS, SCALINGS, set_order
from pages.components.viz.scene_view import set_look
from pages.components.viz.scenes.scenes import PALETTES, SCENE_NAMES
from pages.components.viz.source import EXAMPLE


def apply_settings(file: SettingsFile) -> None:
    """Apply a settings file to the page's widgets and scene.

    Raises
    ------
    InputError
        If they make no sense, or name a model that is not installed here.
    """
    settings = build(VizSettings, file.settings)
    if settings.model not in installed_viz_models():
        raise InputError(f"These settings use “{MODEL_TITLES[settings.model]}”, which is not installed here.")
    look = None if "look" not in file.more else build(Look, file.more["look"], "look")
    values: dict[str, Any] = {
        "viz.model": MODEL_TITLES[settings.model],
        "viz.mapping": name_of(MAPPINGS, settings.mapping, "mapping"),
        "viz.axis": name_of(AXES, settings.scaling_axis, "scaling_axis"),
        "viz.scaling": name_of(SCALINGS, settings.scaling, "scaling"),
        "viz.interpolation": name_of(INTERPOLATIONS, settings.interpolation, "interpolation"),
        "viz.smoothing": require_between(0, MAX_SMOOTHING_SEC, settings.smoothing_sec, "smoothing_sec"),
        "viz.seed": round(require_between(0, MAX_SEED, settings.seed, "seed")),
    }
    if look is not None:
        require_option(SCENE_NAMES, look.scene, "scene")
        require_option(PALETTES, look.palette, "palette")
    if file.example in SHOWPIECES:
        values |= {"viz.source": EXAMPLE, "viz.example": SHOWPIECES[file.example].title}
    put(values)
    set_order(settings.order)
    if look is not None:
        set_look(look)
