"""Settings file of the Folk Generator: settings, variant, kept bars and opening in ABC."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from core.accompaniment.strumming import ACCOMPANIMENTS
from core.errors import InputError
from core.folk.collection_names import find_nearest
from core.folk.form import FORMS
from core.folk.phrase_plan import AUTOMATIC
from core.folk.settings import FolkSettings, Kept, read_choices
from core.folk.tokenizer import COLLECTIONS
from core.folk.tune_plan import COMPOSABLE_METERS, GROUPINGS, MAX_BARS
from core.music.midi import GENERAL_MIDI, note_name
from core.music.tune import MODES, Tune
from core.music.tune_files import to_abc
from core.settings_file import SettingsFile, write_settings
from pages.components.folk import controls, texts
from pages.components.folk.beginning import BARS_WISHED, LETTERS, NEW
from pages.components.folk.controls import KEYS, MAX_VARIANTS
from pages.components.folk.result import MAX_TITLE
from pages.components.shared.controls import MAX_SEED
from pages.components.shared.settings_file import name_of, put, require_between, require_option


def settings_json(
    settings: FolkSettings, variant: int, kept: Kept | None, beginning: Tune | None, title: str
) -> bytes:
    """Write the page's settings; a played, sung or uploaded opening is converted to ABC.

    To be called while the page is drawn: a click on a download has no session.
    """
    more: dict[str, Any] = {"variant": variant + 1, "title": title}
    if kept is not None:
        more["kept"] = dataclasses.asdict(kept)
    if beginning is not None:
        state = st.session_state
        is_typed = state.get("folk.begin") == LETTERS
        text = state.get("folk.abc", "") if is_typed else to_abc(beginning)
        bars = state.get("folk.beginning_bars", 4) if is_typed else max(1, len(beginning.bars))
        more["beginning"] = {"abc": text, "bars": bars}
    return write_settings("folk", dataclasses.asdict(settings), data={}, **more)


def apply_settings(file: SettingsFile) -> None:
    """Apply a settings file to the page's widgets.

    Raises
    ------
    InputError
        If one of them is none of the page's.
    """
    choices = read_choices(file)
    settings, kept, beginning = choices.settings, choices.kept, choices.beginning
    values = _values_of(settings) | {
        "folk.variant": choices.variant + 1,
        "folk.title": choices.title[:MAX_TITLE],
        "folk.begin": LETTERS if beginning.abc else NEW,
        "folk.abc": beginning.abc,
        "folk.beginning_bars": beginning.bars,
        BARS_WISHED: beginning.bars,
        "folk.keep": [] if kept is None else [bar + 1 for bar in kept.bars],
    }
    if kept is not None:
        values["folk.base"] = kept.base + 1
        values["folk.rest_seed"] = round(require_between(0, MAX_SEED, kept.seed, "seed of the kept bars"))
    put(values)


def _name_collection(collection: str) -> str:
    """The name of a collection in the list here; of one that the network does not know, of the nearest."""
    if collection not in COLLECTIONS:
        raise InputError(f"There is no collection {collection!r:.40}. Choose one from the list.")
    known = controls.list_collections()
    return name_of(known, find_nearest(collection, list(known.values())), "collection")


def _values_of(settings: FolkSettings) -> dict[str, Any]:
    """Current value of each widget."""
    lowest, highest = controls.NOTES[0], controls.NOTES[-1]
    phrases = {AUTOMATIC: AUTOMATIC, "2": "2 bars", "4": "4 bars"}.get(settings.phrases, controls.OWN_PLAN)
    values = {
        "collection": _name_collection(settings.collection),
        "key": require_option(KEYS, settings.key, "key"),
        "mode": require_option(MODES, settings.mode, "mode"),
        "meter": require_option(COMPOSABLE_METERS, settings.meter, "meter"),
        "bars": require_between(2, MAX_BARS, settings.bars, "bars"),
        "low": note_name(round(require_between(lowest, highest, settings.low, "low"))),
        "high": note_name(round(require_between(lowest, highest, settings.high, "high"))),
        "temperature": require_between(0, controls.MAX_TEMPERATURE, settings.temperature, "temperature"),
        "seed": require_between(0, MAX_SEED, settings.seed, "seed"),
        "count": require_between(1, MAX_VARIANTS, settings.count, "count"),
        "end_on_tonic": settings.end_on_tonic,
        "phrases": phrases,
        "tempo": round(require_between(30, 300, settings.tempo_qpm, "tempo_qpm")),
        "groups": settings.groups or texts.AUTOMATIC_GROUPING,
        "pickup": require_between(0, controls.MAX_PICKUP, settings.pickup_beat, "pickup_beat"),
        "transpose": round(
            require_between(-controls.MAX_TRANSPOSE, controls.MAX_TRANSPOSE, settings.transpose, "transpose")
        ),
        "form": require_option(FORMS, settings.form, "form"),
        "chords": settings.chords,
        "accompaniment": require_option(ACCOMPANIMENTS, settings.accompaniment, "accompaniment"),
        "instrument": GENERAL_MIDI[round(require_between(0, 127, settings.program, "program"))],
    }
    if settings.groups:
        require_option(GROUPINGS.get(settings.meter, ()), settings.groups, "groups")
    if phrases == controls.OWN_PLAN:
        if len(settings.phrases) > controls.MAX_PLAN:
            raise InputError(
                f"The plan of phrases in these settings is longer than {controls.MAX_PLAN} characters."
            )
        values["plan"] = settings.phrases
    return {f"folk.{name}": value for name, value in values.items()}
