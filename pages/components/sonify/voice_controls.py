"""Voices of the Sonify page: instrument, register, direction, scaling, velocity, pan of each column that plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import limits
from core.music.midi import GENERAL_MIDI, note_name, program_name
from core.music.spelling import show_accidentals
from core.sonify import settings as choices
from core.sonify.instrument_sets import PANS, InstrumentSet, fit_sets
from core.sonify.pitch_scales import choose_registers, group_without_scalings
from core.sonify.settings import DEFAULT_PROGRAMS, Settings, Voice, name_voices
from core.tables.table import Table
from pages.components.shared.controls import BOUND, Place, read_old_names
from pages.components.shared.messages import plain
from pages.components.sonify import texts

_NOTES = [note_name(pitch) for pitch in range(128)]
_RANGE = _NOTES[12:121]  # C0 to C9: beyond, neither ears nor small speakers follow
# The registers that voices had where nobody chose, when the page was last drawn.
_FORMER_REGISTERS = "sonify.former_registers"
# Scalings as older links name them.
OLD_SCALINGS = {name: name for name in choices.SCALINGS} | {
    "automatic": "auto",
    "logarithmic": "log",
    "robust (5–95 %)": "robust",
    "robust (5th to 95th percentile)": "robust",
}
_OLD_POLARITIES = {"higher is higher": "up", "higher is lower": "down"}


def apply_voice(place: int, voice: Voice) -> None:
    """Apply a voice to its widgets; call it before they are drawn in a run."""
    state, key = st.session_state, f"sonify.voice{place + 1}"
    state[f"{key}.instrument"] = program_name(voice.program)
    state[f"{key}.low"], state[f"{key}.high"] = note_name(voice.low), note_name(voice.high)
    state[f"{key}.polarity"], state[f"{key}.velocity"] = voice.polarity, voice.velocity
    state[f"{key}.pan"], state[f"{key}.also"] = voice.pan, list(voice.also)
    state[f"{key}.scaling"] = voice.scaling
    # The registers that come with these settings are meant for them.
    state.pop(_FORMER_REGISTERS, None)


def place_voices(table: Table, settings: Settings) -> Settings:
    """Settings with the default registers of their voices."""
    registers = choose_registers(group_without_scalings(table, settings), settings.mode)
    voices = tuple(
        replace(voice, low=low, high=high)
        for voice, (low, high) in zip(settings.voices, registers, strict=True)
    )
    return replace(settings, voices=voices)


def choose_instruments(chosen: list[Voice]) -> tuple[list[Voice], DeltaGenerator]:
    """Draw the instrument of each voice; gives the voices, and a place for `offer_sets` above them."""
    voices, names = [], name_voices(chosen)
    sets = st.container()
    for place, (voice, name) in enumerate(zip(chosen, names, strict=True)):
        instrument = st.selectbox(
            texts.label_instrument(_shorten(name), len(chosen)),
            GENERAL_MIDI,
            index=DEFAULT_PROGRAMS[place],
            key=f"sonify.voice{place + 1}.instrument",
            **BOUND,
        )
        voices.append(replace(voice, program=GENERAL_MIDI.index(instrument) if instrument else 0))
    return voices, sets


def choose_mix() -> str:
    """Draw whether the sound is mixed; returns one of `core.sonify.settings.MIXES`."""
    chosen = st.selectbox(
        texts.MIX,
        list(choices.MIXES),
        format_func=texts.MIXES.__getitem__,
        key="sonify.mix",
        help=texts.MIX_HELP,
        **BOUND,
    )
    return chosen or "auto"


DEFAULT_VELOCITY = 96
_SET = "sonify.instrument_set"


def offer_sets(place: DeltaGenerator, voices: Sequence[Voice]) -> None:
    """Draw the sets of instruments that fit the voices' registers, and which of them is chosen."""
    sets = {each.name: each for each in fit_sets([(voice.low, voice.high) for voice in voices])}
    if not sets:
        return
    state = st.session_state
    # What the voices play, so that a set stays shown until one of its instruments is changed.
    state[_SET] = next((name for name, each in sets.items() if _is_chosen(each)), None)
    place.selectbox(
        texts.INSTRUMENT_SET,
        list(sets),
        index=None,
        placeholder=texts.NO_INSTRUMENT_SET,
        key=_SET,
        help=texts.INSTRUMENT_SET_HELP,
        on_change=_apply_set,
        args=(sets,),
    )


def _list_choices(chosen: InstrumentSet) -> dict[str, Any]:
    """What the widgets of the voices say where a set is chosen, by their keys."""
    named: dict[str, Any] = {}
    pans = PANS[len(chosen.programs)]
    for place, values in enumerate(zip(chosen.programs, chosen.velocities, pans, strict=True)):
        program, velocity, pan = values
        key = f"sonify.voice{place + 1}"
        named |= {
            f"{key}.instrument": program_name(program),
            f"{key}.velocity": velocity,
            f"{key}.pan": pan,
        }
    return named


def _is_chosen(offered: InstrumentSet) -> bool:
    return all(st.session_state.get(key) == value for key, value in _list_choices(offered).items())


def _apply_set(sets: dict[str, InstrumentSet]) -> None:
    """Set the widgets of the voices; without a set, to what they play when nobody has chosen."""
    chosen = sets.get(st.session_state[_SET])
    if chosen is not None:
        st.session_state.update(_list_choices(chosen))
        return
    for place in range(len(next(iter(sets.values())).programs)):
        key = f"sonify.voice{place + 1}"
        st.session_state[f"{key}.instrument"] = program_name(DEFAULT_PROGRAMS[place])
        st.session_state[f"{key}.velocity"], st.session_state[f"{key}.pan"] = DEFAULT_VELOCITY, 0.0


def choose_details(
    voices: list[Voice],
    table: Table,
    settings: Settings,
    place: Place = None,
    used: list[DeltaGenerator] | None = None,
) -> tuple[Voice, ...]:
    """Draw the other settings of each voice.

    Parameters
    ----------
    voices : list of Voice
    table : Table
    settings : Settings
        Mode, scaling and pitch scale are used: they decide on the registers where nobody chose.
    place : DeltaGenerator
        Where to draw.
    used : list of DeltaGenerator, optional
        Gets a place for each voice, below its scaling, to say later which one is in use.
    """
    assert place is not None
    names, frames = name_voices(voices), []
    for number, name in enumerate(names):
        frame = place.container()
        if len(names) > 1:
            frame.markdown(f"**{_shorten(name)}**")
        frames.append((frame, frame.container()))
        # Before the registers, which depend on the scalings of all.
        with frame:
            voices[number] = replace(voices[number], scaling=_choose_scaling(number, len(names)))
            if used is not None and len(names) > 1:
                used.append(st.empty())
    known = [Voice(column=v.column, label=v.label, part=v.part, scaling=v.scaling) for v in voices]
    placed = place_voices(table, replace(settings, voices=tuple(known)))
    registers = [(note_name(voice.low), note_name(voice.high)) for voice in placed.voices]
    _move_registers(registers)
    made = []
    for number, (voice, (frame, above)) in enumerate(zip(voices, frames, strict=True)):
        with above:
            low, high = _choose_register(number, registers[number])
        with frame:
            made.append(_choose_rest(replace(voice, **low_high(low, high)), number))
    return tuple(made)


def low_high(low: str, high: str) -> dict[str, Any]:
    """A register as the low and high fields of a voice."""
    return {"low": _NOTES.index(low), "high": _NOTES.index(high)}


def _shorten(name: str) -> str:
    shown = name if len(name) <= 28 else f"{name[:27]}…"
    return plain(shown)


def _choose_scaling(number: int, n_voices: int) -> str | None:
    """Draw the scaling of a voice; a single voice uses the one under Pitch unless settings differ."""
    key = f"sonify.voice{number + 1}.scaling"
    if n_voices < 2 and st.session_state.get(key) is None and key not in st.query_params:
        return None
    read_old_names(key, OLD_SCALINGS)
    chosen: str | None = st.selectbox(
        texts.VOICE_SCALING,
        [None, *choices.SCALINGS],
        format_func=lambda name: texts.SAME_SCALING if name is None else texts.SCALINGS[name],
        key=key,
        help=texts.VOICE_SCALING_HELP,
        **BOUND,
    )
    return chosen


def _move_registers(registers: list[tuple[str, str]]) -> None:
    """Update default registers of all voices whose register was not set by the visitor."""
    state = st.session_state
    former, state[_FORMER_REGISTERS] = state.get(_FORMER_REGISTERS, []), registers
    for number in range(min(len(former), len(registers), limits.MAX_VOICES)):
        low, high = (f"sonify.voice{number + 1}.{end}" for end in ("low", "high"))
        if (state.get(low), state.get(high)) == tuple(former[number]):
            state[low], state[high] = registers[number]


def _choose_register(number: int, default: tuple[str, str]) -> tuple[str, str]:
    key, columns = f"sonify.voice{number + 1}", st.columns(2)
    ends = [
        _choose_note(column, label, f"{key}.{name}", end)
        for column, label, name, end in zip(
            columns, (texts.LOWEST, texts.HIGHEST), ("low", "high"), default, strict=True
        )
    ]
    return ends[0], ends[1]


def _choose_note(place: DeltaGenerator, label: str, key: str, default: str) -> str:
    read_old_names(key, {name: name for name in _RANGE if "#" in name})
    note: str | None = place.selectbox(
        label, _RANGE, index=_RANGE.index(default), key=key, format_func=show_accidentals, **BOUND
    )
    return note or default


def _choose_rest(voice: Voice, number: int) -> Voice:
    key = f"sonify.voice{number + 1}"
    read_old_names(f"{key}.polarity", _OLD_POLARITIES)
    polarity = st.radio(
        texts.POLARITY,
        list(texts.POLARITIES),
        horizontal=True,
        format_func=texts.POLARITIES.__getitem__,
        key=f"{key}.polarity",
        help=texts.POLARITY_HELP,
        **BOUND,
    )
    velocity = st.slider(
        texts.VELOCITY, 1, 127, DEFAULT_VELOCITY, key=f"{key}.velocity", help=texts.VELOCITY_HELP, **BOUND
    )
    pan = st.slider(texts.PAN, -1.0, 1.0, 0.0, 0.05, key=f"{key}.pan", help=texts.PAN_HELP, **BOUND)
    also = st.multiselect(texts.ALSO, list(choices.CHANNELS), key=f"{key}.also", **BOUND)
    return replace(
        voice,
        polarity=polarity or "up",
        velocity=int(velocity),
        pan=round(float(pan), 6),
        also=tuple(channel for channel in choices.CHANNELS if channel in also),
    )
