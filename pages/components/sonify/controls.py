"""Every choice of the Sonify page, in the sidebar and in the address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core import limits
from core.errors import InputError
from core.music.midi import GENERAL_MIDI, note_name, program_name
from core.music.scales import KEYS, SCALES
from core.sonify import settings as choices
from core.sonify.compose import require_fit
from core.sonify.settings import DEFAULT_PROGRAMS, DEFAULT_RANGES, Settings, Voice, name_voices
from core.sonify.splitting import select_label
from core.sonify.suggestion import pair_voices
from core.tables.table import Table
from pages.components.shared.controls import BOUND
from pages.components.shared.messages import plain
from pages.components.sonify.label_choice import (
    NO_SPLIT,
    apply_labels,
    choose_labels,
    choose_split,
    labels_of,
)
from pages.components.sonify.mode_controls import apply_mode, choose_mode, current_mode, default_range
from pages.components.sonify.row_filters import N_FILTERS, apply_filters, choose_filters, chosen_filters
from pages.components.sonify.source import Source

NO_COLUMN = "(order of the file)"
# What was suggested of the table that was here last.
_SUGGESTED = "sonify.suggested"
_NOTES = [note_name(pitch) for pitch in range(128)]
_RANGE = _NOTES[12:121]  # C0 to C9: beyond, neither ears nor small speakers follow
_POLARITIES = {"up": "higher is higher", "down": "higher is lower"}
_SCALINGS = {
    "auto": "automatic",
    "linear": "linear",
    "log": "logarithmic",
    "rank": "rank",
    "robust": "robust (5–95 %)",
}
_RHYTHMS = {"uniform": "even", "time": "gaps of the time column", "composed": "composed"}


def choose_settings(source: Source) -> Settings:
    """Draw the sidebar for a table and return what is chosen.

    Raises
    ------
    InputError
        If the choices do not fit together.
    """
    table, defaults = source.table, source.suggested.settings
    _adopt(table, defaults)
    with st.sidebar:
        mode, dials = choose_mode()
        time, split, chosen = _choose_columns(source)
        voices = _choose_voices(chosen, mode)
        with st.expander("Notes", icon=":material/graphic_eq:"):
            preparation = _choose_preparation(len(table.frame))
        with st.expander("Pitch", icon=":material/piano:"):
            pitch = _choose_pitch(mode)
        with st.expander("Time", icon=":material/timer:"):
            pace = _choose_pace(time, mode)
        with st.expander("Cues", icon=":material/notifications:"):
            cues = _choose_cues(table, time)
        with st.expander("Rows", icon=":material/filter_alt:"):
            filters = choose_filters(source)
    return Settings(
        mode=mode,
        voices=voices,
        time=time,
        split=split,
        filters=filters,
        **dials,
        **preparation,
        **pitch,
        **pace,
        **cues,
    )


def apply_settings(settings: Settings) -> None:
    """Put settings into the widgets; call it before they are drawn in a run."""
    state = st.session_state
    apply_mode(settings)
    _apply_columns(settings)
    for name in [
        "n_notes",
        "aggregate",
        "sampling",
        "scaling",
        "smoothing",
        "period",
        "key",
        "scale",
        "rhythm",
        "pace",
        "bars",
        "meter",
    ]:
        state[f"sonify.{name}"] = getattr(settings, name)
    state["sonify.step_percent"] = settings.step_share * 100
    state["sonify.duration"] = settings.duration_sec
    state["sonify.tempo"], state["sonify.beat"] = settings.tempo_qpm, settings.beat_qpm
    state["sonify.tick_unit"], state["sonify.tick_every"] = settings.tick_unit, settings.tick_every
    state["sonify.references"], state["sonify.accents"] = list(settings.references), settings.accents


def _apply_columns(settings: Settings) -> None:
    """Put what is about a table's columns into the widgets: time, labels, voices, filters."""
    state = st.session_state
    state["sonify.time"] = settings.time or NO_COLUMN
    apply_labels(settings)
    state["sonify.values"] = list(dict.fromkeys(voice.value_name for voice in settings.voices))
    for place, voice in enumerate(settings.voices):
        _apply_voice(place, voice)
    apply_filters(settings)


def _apply_voice(place: int, voice: Voice) -> None:
    state, key = st.session_state, f"sonify.voice{place + 1}"
    state[f"{key}.instrument"] = program_name(voice.program)
    state[f"{key}.low"], state[f"{key}.high"] = note_name(voice.low), note_name(voice.high)
    state[f"{key}.polarity"], state[f"{key}.velocity"] = voice.polarity, voice.velocity
    state[f"{key}.pan"], state[f"{key}.also"] = voice.pan, list(voice.also)


def _adopt(table: Table, defaults: Settings) -> None:
    """When another table comes, choose its columns; what is not about columns stays as it was.

    The first table of a session leaves the widgets alone: the address may already have chosen.
    """
    state = st.session_state
    identity = (table.sha256, table.options)
    known, state["sonify.table_id"] = state.get("sonify.table_id"), identity
    former, state[_SUGGESTED] = state.get(_SUGGESTED), _summarize(defaults)
    loaded = state.pop("sonify.loaded_settings", None)
    if loaded is not None:
        require_fit(loaded)
        _require_columns(loaded, table)
        apply_settings(loaded)
    elif known is not None and (
        known[0] != table.sha256
        or not _still_there(table)
        # Read otherwise, and nobody has chosen anything else than was suggested.
        or (known != identity and former == _summarize_widgets())
    ):
        low, high = DEFAULT_RANGES[current_mode()]
        voices = tuple(replace(voice, low=low, high=high) for voice in defaults.voices)
        _apply_columns(replace(defaults, voices=voices))
        state["sonify.tick_unit"] = "off"
        if state.get("sonify.duration") == state.get("sonify.default_duration"):
            state["sonify.duration"] = defaults.duration_sec  # nobody chose the former one
    state["sonify.default_duration"] = defaults.duration_sec


def _summarize(settings: Settings) -> list[Any]:
    """What settings say about columns, as `_summarize_widgets` tells it of the widgets."""
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
    """Refuse settings of another table before anything of them is taken over."""
    heard, names = _voices_by_name(table.number_columns()), set(table.frame.columns)
    wanted = [voice.value_name for voice in settings.voices if voice.value_name not in heard]
    columns = (settings.time, settings.split, *(f.column for f in settings.filters))
    wanted += [name for name in columns if name and name not in names]
    if wanted:
        raise InputError(
            f"These settings are for another table: they name {', '.join(map(repr, wanted)):.200}, which is not here. "
            "Choose their data first, then give the settings again."
        )
    for label in labels_of(settings):
        select_label(table, settings.split or "", label)
    heard_names = list(dict.fromkeys(voice.value_name for voice in settings.voices))
    pairs = [(voice.value_name, voice.label) for voice in settings.voices]
    if pairs != pair_voices(heard_names, labels_of(settings)):
        raise InputError(
            "On the page every label plays the same columns, in the same order; these settings mix them. Use them with "
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
    """Draw what orders the rows, what is heard and what tells several series apart."""
    table, defaults = source.table, source.suggested.settings
    numbers = table.number_columns()
    suited = [NO_COLUMN, *dict.fromkeys([*source.suggested.times, *table.date_columns(), *numbers])]
    time = st.selectbox(
        "Order by",
        suited,
        index=suited.index(defaults.time) if defaults.time in suited else 0,
        key="sonify.time",
        help="Dates, or numbers that count time.",
        **BOUND,
    )
    heard = _voices_by_name(numbers)
    names = st.multiselect(
        "Hear",
        list(heard),
        default=list(dict.fromkeys(voice.value_name for voice in defaults.voices)),
        max_selections=limits.MAX_VOICES,
        key="sonify.values",
        **BOUND,
        help="One to four columns, or the trend, season or rest of one (split by STL). Each is a voice.",
    )
    split = choose_split(source, {time, *(heard[name].column for name in names)})
    labels = choose_labels(source, split, len(names)) if split is not None else []
    voices = [replace(heard[name], label=label) for name, label in pair_voices(names, labels)]
    return (None if time in (None, NO_COLUMN) else time), split, voices


def _voices_by_name(numbers: list[str]) -> dict[str, Voice]:
    """Everything that can be a voice, by name: the columns, then the parts of each."""
    heard = {name: Voice(column=name) for name in numbers}
    for name in numbers:
        for part in choices.PARTS[1:]:
            voice = Voice(column=name, part=part)
            heard.setdefault(voice.value_name, voice)  # a column may itself be called "CO2 (trend)"
    return heard


def _choose_voices(chosen: list[Voice], mode: str) -> tuple[Voice, ...]:
    voices, names = [], name_voices(chosen)
    for place, voice in enumerate(chosen):
        with st.expander(_shorten(names[place]), icon=":material/music_note:", expanded=place == 0):
            voices.append(_choose_voice(voice, place, mode))
    return tuple(voices)


def _shorten(name: str) -> str:
    shown = name if len(name) <= 28 else f"{name[:27]}…"
    return plain(shown)


def _choose_voice(chosen: Voice, place: int, mode: str) -> Voice:
    key, (lowest, highest) = f"sonify.voice{place + 1}", default_range(mode)
    instrument = st.selectbox(
        "Instrument", GENERAL_MIDI, index=DEFAULT_PROGRAMS[place], key=f"{key}.instrument", **BOUND
    )
    columns = st.columns(2)
    low = columns[0].selectbox("Lowest", _RANGE, index=_RANGE.index(lowest), key=f"{key}.low", **BOUND)
    high = columns[1].selectbox("Highest", _RANGE, index=_RANGE.index(highest), key=f"{key}.high", **BOUND)
    polarity = st.radio(
        "Direction",
        list(_POLARITIES),
        horizontal=True,
        format_func=_POLARITIES.__getitem__,
        key=f"{key}.polarity",
        **BOUND,
    )
    columns = st.columns(2)
    velocity = columns[0].number_input(
        "Loudness", 1, 127, 96, 8, key=f"{key}.velocity", help="MIDI velocity, 1 to 127.", **BOUND
    )
    pan = columns[1].number_input(
        "Place", -1.0, 1.0, 0.0, 0.25, key=f"{key}.pan", help="-1 is left, 1 is right.", **BOUND
    )
    also = st.multiselect("The value also drives", list(choices.CHANNELS), key=f"{key}.also", **BOUND)
    return Voice(
        column=chosen.column,
        label=chosen.label,
        part=chosen.part,
        program=GENERAL_MIDI.index(instrument) if instrument else 0,
        low=_NOTES.index(low or lowest),
        high=_NOTES.index(high or highest),
        polarity=polarity or "up",
        velocity=int(velocity or 96),
        pan=float(pan or 0.0),
        also=tuple(channel for channel in choices.CHANNELS if channel in also),
    )


def _choose_preparation(n_rows: int) -> dict[str, Any]:
    n_notes = st.number_input(
        "At most this many notes",
        1,
        limits.MAX_NOTES,
        300,
        key="sonify.n_notes",
        help=f"{n_rows:,} rows are here. More rows than notes are joined.",
        **BOUND,
    )
    how = st.selectbox("Rows are joined by their", list(choices.AGGREGATES), key="sonify.aggregate", **BOUND)
    smoothing = st.number_input(
        "Smoothing (notes)",
        1,
        999,
        1,
        2,
        key="sonify.smoothing",
        help="A centerd moving mean; 1 is none.",
        **BOUND,
    )
    period = st.number_input(
        "Season (rows)",
        2,
        100_000,
        None,
        key="sonify.period",
        placeholder="from the dates",
        help="For trend, season and rest.",
        **BOUND,
    )
    sampling = st.radio(
        "A note",
        list(choices.SAMPLINGS),
        horizontal=True,
        key="sonify.sampling",
        format_func={"rows": "each point", "steps": "each step of the value"}.__getitem__,
        help="Steps of the value make slope audible as tempo.",
        **BOUND,
    )
    step = 4.0
    if sampling == "steps":
        step = st.number_input(
            "Step (% of the range)", 0.1, 50.0, 4.0, 0.5, key="sonify.step_percent", **BOUND
        )
    return {
        "n_notes": int(n_notes or 300),
        "aggregate": how,
        "smoothing": int(smoothing or 1),
        "period": period,
        "sampling": sampling or "rows",
        "step_share": float(step or 4.0) / 100,
    }


def _choose_pitch(mode: str) -> dict[str, Any]:
    columns = st.columns([1, 2])
    key = columns[0].selectbox("Key", KEYS, key="sonify.key", **BOUND)
    names = [name for name in SCALES if mode != "melody" or name != "continuous"]
    if st.session_state.get("sonify.scale") not in (None, *names):
        st.session_state["sonify.scale"] = "chromatic"
        st.caption("A composed melody needs steps: chromatic has the smallest.")
    scale = columns[1].selectbox(
        "Scale",
        names,
        index=names.index("major"),
        key="sonify.scale",
        format_func=lambda name: "continuous (no steps)" if name == "continuous" else name,
        **BOUND,
    )
    scaling = st.selectbox(
        "Scaling",
        list(_SCALINGS),
        format_func=_SCALINGS.__getitem__,
        key="sonify.scaling",
        help="Automatic takes linear, then logarithmic, then rank: the first that keeps the data's order.",
        **BOUND,
    )
    return {"key": key, "scale": scale, "scaling": scaling}


def _choose_pace(time: str | None, mode: str) -> dict[str, Any]:
    pace = st.radio("Set the", list(choices.PACES), horizontal=True, key="sonify.pace", **BOUND)
    chosen: dict[str, Any] = {"pace": pace or "duration"}
    if pace == "tempo":
        tempo = st.number_input("Notes a minute", 20.0, 960.0, 240.0, 10.0, key="sonify.tempo", **BOUND)
        chosen["tempo_qpm"] = float(tempo or 240.0)
    elif pace == "bars":
        columns = st.columns(2)
        bars = columns[0].number_input("Bars", 1, limits.MAX_BARS, 16, key="sonify.bars", **BOUND)
        beat = columns[1].number_input(
            "Quarters a minute", 30.0, 300.0, 100.0, 4.0, format="%g", key="sonify.beat", **BOUND
        )
        chosen |= {"bars": int(bars or 16), "beat_qpm": float(beat or 100.0)}
    else:
        seconds = st.number_input(
            "Seconds in all",
            limits.MIN_DURATION_SEC,
            limits.MAX_DURATION_SEC,
            40.0,
            5.0,
            key="sonify.duration",
            **BOUND,
        )
        chosen["duration_sec"] = float(seconds or 40.0)
    chosen["rhythm"] = _choose_rhythm(time, mode)
    if pace == "bars" or mode == "piece" or chosen["rhythm"] == "composed":
        meter = st.radio("Meter", choices.METERS, horizontal=True, key="sonify.meter", **BOUND)
        chosen["meter"] = meter or choices.METERS[0]
    return chosen


def _choose_rhythm(time: str | None, mode: str) -> str:
    """Draw the rhythms that there are: gaps need a time column, and a composed one needs a composer."""
    names = [
        name
        for name in choices.RHYTHMS
        if (name != "time" or time is not None) and (name != "composed" or mode != "direct")
    ]
    if len(names) == 1:
        return names[0]
    if st.session_state.get("sonify.rhythm") not in (None, *names):
        st.session_state["sonify.rhythm"] = names[0]
    chosen = st.radio(
        "Rhythm", names, horizontal=True, key="sonify.rhythm", format_func=_RHYTHMS.__getitem__, **BOUND
    )
    return chosen or names[0]


def _choose_cues(table: Table, time: str | None) -> dict[str, Any]:
    dated = time in table.date_columns()
    units = [
        "off",
        *(("year", "month", "week", "day", "hour") if dated else ("unit",) if time else ()),
        "row",
    ]
    columns = st.columns(2)
    unit = columns[0].selectbox(
        "Tick each",
        units,
        key="sonify.tick_unit",
        help="A soft tick along the time axis.",
        format_func=lambda name: {"row": "n notes", "unit": "n units"}.get(name, name),
        **BOUND,
    )
    every = columns[1].number_input(
        "How many", 1.0, 1e9, 1.0, 1.0, key="sonify.tick_every", disabled=unit == "off", **BOUND
    )
    references = st.multiselect(
        "Before the data, play its",
        list(choices.REFERENCES),
        key="sonify.references",
        **BOUND,
    )
    accents = st.toggle("Mark outliers with a bell", key="sonify.accents", **BOUND)
    return {
        "tick_unit": unit or "off",
        "tick_every": float(every or 1),
        "references": tuple(name for name in choices.REFERENCES if name in references),
        "accents": accents,
    }
