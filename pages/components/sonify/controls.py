"""Controls of the Sonify page, in the sidebar and in the URL: essentials first, the rest under Advanced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import limits
from core.errors import InputError
from core.music.scales import KEYS, SCALES
from core.music.spelling import show_accidentals
from core.sonify import settings as choices
from core.sonify.compose import require_fit
from core.sonify.settings import Settings, Voice
from core.sonify.splitting import select_label
from core.sonify.suggestion import SuggestedTable, pair_voices
from core.tables.table import Table
from pages.components.shared.controls import BOUND, choose_on_slider, read_old_names
from pages.components.shared.settings_file import take_loaded
from pages.components.sonify import texts
from pages.components.sonify.cue_controls import apply_cues, choose_captions, choose_cues
from pages.components.sonify.label_choice import (
    NO_SPLIT,
    apply_labels,
    choose_labels,
    choose_split,
    labels_of,
)
from pages.components.sonify.mode_controls import apply_mode, choose_mode, current_mode
from pages.components.sonify.row_filters import N_FILTERS, apply_filters, choose_filters, chosen_filters
from pages.components.sonify.source import Source
from pages.components.sonify.voice_controls import (
    OLD_SCALINGS,
    apply_voice,
    choose_details,
    choose_instruments,
    choose_mix,
    offer_sets,
    place_voices,
)

NO_COLUMN = texts.NO_COLUMN
# What was suggested of the table that was here last.
_SUGGESTED = "sonify.suggested"
_OLD_PARTS = {" (season)": " (seasonal)", " (rest)": " (residual)"}
_OLD_RHYTHMS = {
    "gaps of the time column": "time",
    "proportional to time": "time",
    "even": "uniform",
    "composed": "composed",
}
_OLD_SAMPLINGS = {"each point": "rows", "each step of the value": "steps"}
_OLD_SCALES = {name: name for name in SCALES} | {"continuous (no steps)": "continuous"}


def choose_settings(source: Source, used: list[DeltaGenerator] | None = None) -> Settings:
    """Draw the sidebar for a table and return the settings.

    Parameters
    ----------
    source : Source
    used : list of DeltaGenerator, optional
        As for `voice_controls.choose_details`.

    Raises
    ------
    InputError
        If the choices do not fit together.
    """
    table = source.table
    _adopt(source.suggested)
    with st.sidebar:
        time, split, chosen = _choose_columns(source)
        mode, dials = choose_mode()
        voices, sets = choose_instruments(chosen)
        pace = _choose_pace(time, mode)
        pitch = _choose_key(mode)
        captions = choose_captions()
        with st.expander(texts.FILTERS, icon=":material/filter_alt:"):
            filters = choose_filters(source)
        advanced = st.expander(texts.ADVANCED, icon=":material/tune:")
        tabs = dict(
            zip(("voices", "pitch", "notes", "cues"), advanced.tabs(texts.ADVANCED_TABS), strict=True)
        )
        with tabs["pitch"]:
            pitch |= _choose_scaling()
        with tabs["notes"]:
            preparation = _choose_preparation(len(table.frame))
        with tabs["cues"]:
            cues = choose_cues(table, time)
        drafted = Settings(mode=mode, split=split, **pitch)
        with tabs["voices"]:
            mix = choose_mix()
        details = choose_details(voices, table, drafted, tabs["voices"], used)
        offer_sets(sets, details)
    return Settings(
        mode=mode,
        voices=details,
        time=time,
        split=split,
        filters=filters,
        **dials,
        **preparation,
        **pitch,
        **pace,
        **cues,
        **captions,
        mix=mix,
    )


def apply_settings(settings: Settings) -> None:
    """Apply settings to the widgets; call it before they are drawn in a run."""
    state = st.session_state
    apply_mode(settings)
    _apply_columns(settings)
    for name in [
        "n_notes",
        "aggregate",
        "sampling",
        "scaling",
        "pitch_scale",
        "smoothing",
        "period",
        "key",
        "scale",
        "rhythm",
        "pace",
        "bars",
        "meter",
        "mix",
    ]:
        state[f"sonify.{name}"] = getattr(settings, name)
    state["sonify.step_percent"] = settings.step_share * 100
    state["sonify.duration"] = settings.duration_sec
    state["sonify.tempo"], state["sonify.beat"] = settings.tempo_qpm, settings.beat_qpm
    apply_cues(settings)


def _apply_columns(settings: Settings) -> None:
    """Apply column settings to the widgets: time, labels, voices, filters."""
    state = st.session_state
    state["sonify.time"] = settings.time or NO_COLUMN
    apply_labels(settings)
    state["sonify.values"] = list(dict.fromkeys(voice.value_name for voice in settings.voices))
    for place, voice in enumerate(settings.voices):
        apply_voice(place, voice)
    apply_filters(settings)


def _adopt(suggested: SuggestedTable) -> None:
    """Choose the columns of a new table; other settings are kept, unless it is a chart that has its own.

    The first table of a session leaves the widgets alone: the address may already have chosen.
    """
    state, table, defaults = st.session_state, suggested.table, suggested.settings
    identity = (table.sha256, table.options)
    known, state["sonify.table_id"] = state.get("sonify.table_id"), identity
    former, state[_SUGGESTED] = state.get(_SUGGESTED), _summarize(defaults)
    file = take_loaded("sonify")
    if file is not None:
        loaded = Settings.from_file(file)
        require_fit(loaded)
        _require_columns(loaded, table)
        apply_settings(loaded)
    elif suggested.is_complete and known is not None and known[0] != table.sha256:
        apply_settings(defaults)
    elif known is not None and (
        known[0] != table.sha256
        or not _still_there(table)
        # Read otherwise, and nobody has chosen anything else than was suggested.
        or (known != identity and former == _summarize_widgets())
    ):
        pitch_scale = state.get("sonify.pitch_scale") or defaults.pitch_scale
        _apply_columns(place_voices(table, replace(defaults, mode=current_mode(), pitch_scale=pitch_scale)))
        state["sonify.tick_unit"] = "off"
        if state.get("sonify.duration") == state.get("sonify.default_duration"):
            state["sonify.duration"] = defaults.duration_sec  # nobody chose the former one
    state["sonify.default_duration"] = defaults.duration_sec


def _summarize(settings: Settings) -> list[Any]:
    """Column settings in the form of `_summarize_widgets`."""
    values = list(dict.fromkeys(voice.value_name for voice in settings.voices))
    filters = [(condition.column, condition.value) for condition in settings.filters[:N_FILTERS]]
    return [settings.time or NO_COLUMN, settings.split or NO_SPLIT, labels_of(settings), values, filters]


def _summarize_widgets() -> list[Any]:
    state = st.session_state
    split = state.get("sonify.split", NO_SPLIT)
    labels = state.get("sonify.labels", []) if split != NO_SPLIT else []
    return [
        state.get("sonify.time", NO_COLUMN),
        split,
        list(labels),
        list(state.get("sonify.values", [])),
        chosen_filters(),
    ]


def _require_columns(settings: Settings, table: Table) -> None:
    """Refuse settings whose columns this table lacks, before applying any."""
    heard, names = _voices_by_name(table.number_columns()), set(table.frame.columns)
    wanted = [voice.value_name for voice in settings.voices if voice.value_name not in heard]
    columns = (settings.time, settings.split, *(f.column for f in settings.filters))
    wanted += [name for name in columns if name and name not in names]
    if wanted:
        raise InputError(
            f"These settings are for another table: they name {', '.join(map(repr, wanted)):.200}, which this table lacks. "
            "Open their data first, then upload the settings file again."
        )
    for label in labels_of(settings):
        select_label(table, settings.split or "", label)
    heard_names = list(dict.fromkeys(voice.value_name for voice in settings.voices))
    pairs = [(voice.value_name, voice.label) for voice in settings.voices]
    if pairs != pair_voices(heard_names, labels_of(settings)):
        raise InputError(
            "On this page every label plays the same columns in the same order; these settings mix them. Use them with "
            "“python -m core sonify --settings”."
        )
    if len(settings.filters) > N_FILTERS:
        raise InputError(
            f"These settings have {len(settings.filters)} row filters; the page has room for {N_FILTERS}."
        )


def _still_there(table: Table) -> bool:
    """Whether the chosen columns exist: another sheet or delimiter of the same file may have others."""
    heard, times = _voices_by_name(table.number_columns()), {NO_COLUMN, *table.frame.columns}
    state = st.session_state
    splits = {NO_SPLIT, *table.frame.columns}
    return (
        set(state.get("sonify.values", [])) <= set(heard)
        and state.get("sonify.time", NO_COLUMN) in times
        and state.get("sonify.split", NO_SPLIT) in splits
    )


def _choose_columns(source: Source) -> tuple[str | None, str | None, list[Voice]]:
    """Draw the time axis, the columns to play and the label column."""
    table, defaults = source.table, source.suggested.settings
    numbers = table.number_columns()
    suited = [NO_COLUMN, *dict.fromkeys([*source.suggested.times, *table.date_columns(), *numbers])]
    heard = _voices_by_name(numbers)
    _read_old_parts(heard)
    names = st.multiselect(
        texts.COLUMNS,
        list(heard),
        default=list(dict.fromkeys(voice.value_name for voice in defaults.voices)),
        max_selections=limits.MAX_VOICES,
        key="sonify.values",
        help=texts.COLUMNS_HELP,
        **BOUND,
    )
    time = st.selectbox(
        texts.TIME,
        suited,
        index=suited.index(defaults.time) if defaults.time in suited else 0,
        key="sonify.time",
        help=texts.TIME_HELP,
        **BOUND,
    )
    split = choose_split(source, {time, *(heard[name].column for name in names)})
    labels = choose_labels(source, split, len(names)) if split is not None else []
    voices = [replace(heard[name], label=label) for name, label in pair_voices(names, labels)]
    return (None if time in (None, NO_COLUMN) else time), split, voices


def _read_old_parts(heard: dict[str, Voice]) -> None:
    """Map old names of column parts in a link to the current ones."""
    key = "sonify.values"
    given = st.query_params.get_all(key)
    if key in st.session_state or not any(name not in heard for name in given):
        return
    named = [
        next((name.removesuffix(old) + new for old, new in _OLD_PARTS.items() if name.endswith(old)), name)
        for name in given
    ]
    if named != given and all(name in heard for name in named):
        st.session_state[key] = named[: limits.MAX_VOICES]


def _voices_by_name(numbers: list[str]) -> dict[str, Voice]:
    """Everything that can be a voice, by name: the columns, then the parts of each."""
    heard = {name: Voice(column=name) for name in numbers}
    for name in numbers:
        for part in choices.PARTS[1:]:
            voice = Voice(column=name, part=part)
            heard.setdefault(voice.value_name, voice)  # a column may itself be called "CO2 (trend)"
    return heard


def _choose_pace(time: str | None, mode: str) -> dict[str, Any]:
    read_old_names("sonify.pace", {name: name for name in texts.PACES} | {"Duration": "duration"})
    pace = st.radio(
        texts.PACE,
        list(choices.PACES),
        horizontal=True,
        format_func=texts.PACES.__getitem__,
        key="sonify.pace",
        **BOUND,
    )
    chosen: dict[str, Any] = {"pace": pace or "duration"}
    if pace == "tempo":
        tempo = st.number_input(texts.NOTE_RATE, 20.0, 960.0, 240.0, 10.0, key="sonify.tempo", **BOUND)
        chosen["tempo_qpm"] = float(tempo or 240.0)
    elif pace == "bars":
        columns = st.columns(2)
        bars = columns[0].number_input(texts.BARS, 1, limits.MAX_BARS, 16, key="sonify.bars", **BOUND)
        beat = columns[1].number_input(
            texts.BEAT, 30.0, 300.0, 100.0, 4.0, format="%g", key="sonify.beat", **BOUND
        )
        chosen |= {"bars": int(bars or 16), "beat_qpm": float(beat or 100.0)}
    else:
        seconds = st.number_input(
            texts.DURATION,
            limits.MIN_DURATION_SEC,
            limits.MAX_DURATION_SEC,
            40.0,
            5.0,
            format="%g",
            key="sonify.duration",
            **BOUND,
        )
        chosen["duration_sec"] = float(seconds or 40.0)
    chosen["rhythm"] = _choose_rhythm(time, mode)
    if pace == "bars" or mode == "piece" or chosen["rhythm"] == "composed":
        meter = st.radio(texts.METER, choices.METERS, horizontal=True, key="sonify.meter", **BOUND)
        chosen["meter"] = meter or choices.METERS[0]
    return chosen


def _choose_rhythm(time: str | None, mode: str) -> str:
    """Draw the available rhythms: proportional ones need a time column, composed ones a composing mode."""
    names = [
        name
        for name in choices.RHYTHMS
        if (name != "time" or time is not None) and (name != "composed" or mode != "direct")
    ]
    if len(names) == 1:
        return names[0]
    if st.session_state.get("sonify.rhythm") not in (None, *names):
        st.session_state["sonify.rhythm"] = names[0]
    read_old_names("sonify.rhythm", _OLD_RHYTHMS)
    chosen = st.radio(
        texts.RHYTHM,
        names,
        horizontal=True,
        key="sonify.rhythm",
        format_func=texts.RHYTHMS.__getitem__,
        **BOUND,
    )
    return chosen or names[0]


def _choose_key(mode: str) -> dict[str, Any]:
    columns = st.columns([1, 2])
    read_old_names("sonify.key", {name: name for name in KEYS})
    key = columns[0].selectbox(texts.KEY, KEYS, key="sonify.key", format_func=show_accidentals, **BOUND)
    names = [name for name in SCALES if mode != "melody" or name != "continuous"]
    if st.session_state.get("sonify.scale") not in (None, *names):
        st.session_state["sonify.scale"] = "chromatic"
        st.caption(texts.NEEDS_STEPS)
    read_old_names("sonify.scale", {old: name for old, name in _OLD_SCALES.items() if name in names})
    scale = columns[1].selectbox(
        texts.SCALE,
        names,
        index=names.index("major"),
        key="sonify.scale",
        format_func=texts.name_scale,
        **BOUND,
    )
    return {"key": key, "scale": scale}


def _choose_scaling() -> dict[str, Any]:
    pitch_scale = st.radio(
        texts.PITCH_SCALE,
        list(choices.PITCH_SCALES),
        format_func=texts.PITCH_SCALES.__getitem__,
        key="sonify.pitch_scale",
        help=texts.PITCH_SCALE_HELP,
        **BOUND,
    )
    read_old_names("sonify.scaling", OLD_SCALINGS)
    scaling = st.selectbox(
        texts.SCALING,
        list(texts.SCALINGS),
        format_func=texts.SCALINGS.__getitem__,
        key="sonify.scaling",
        help=texts.SCALING_HELP,
        **BOUND,
    )
    return {"pitch_scale": pitch_scale or "unit", "scaling": scaling}


def _choose_preparation(n_rows: int) -> dict[str, Any]:
    n_notes = st.number_input(
        texts.N_NOTES,
        1,
        limits.MAX_NOTES,
        300,
        key="sonify.n_notes",
        help=texts.explain_notes(n_rows),
        **BOUND,
    )
    read_old_names("sonify.aggregate", {name: name for name in choices.AGGREGATES})
    how = st.selectbox(
        texts.AGGREGATE,
        list(choices.AGGREGATES),
        key="sonify.aggregate",
        format_func=str.capitalize,
        **BOUND,
    )
    smoothing = choose_on_slider(
        texts.SMOOTHING, 1, 49, 1, 2, key="sonify.smoothing", most=999, help=texts.SMOOTHING_HELP
    )
    period = st.number_input(
        texts.PERIOD,
        2,
        100_000,
        None,
        key="sonify.period",
        placeholder=texts.PERIOD_SHAPE,
        help=texts.PERIOD_HELP,
        **BOUND,
    )
    read_old_names("sonify.sampling", _OLD_SAMPLINGS)
    sampling = st.radio(
        texts.SAMPLING,
        list(choices.SAMPLINGS),
        horizontal=True,
        key="sonify.sampling",
        format_func=texts.SAMPLINGS.__getitem__,
        help=texts.SAMPLING_HELP,
        **BOUND,
    )
    step = 4.0
    if sampling == "steps":
        step = st.number_input(texts.STEP, 0.1, 50.0, 4.0, 0.5, key="sonify.step_percent", **BOUND)
    return {
        "n_notes": int(n_notes or 300),
        "aggregate": how,
        "smoothing": int(smoothing or 1),
        "period": period,
        "sampling": sampling or "rows",
        "step_share": float(step or 4.0) / 100,
    }
