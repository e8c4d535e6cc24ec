"""Sonify Data page: a column of a table becomes a melody that tells the data."""

from collections.abc import Callable, Hashable
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import synth
from core.sonify.audibility import describe_inaudible
from core.sonify.compose import compose
from core.sonify.direct_mapping import Sonification
from core.sonify.examples import Example
from core.sonify.settings import Settings
from core.tables.table import Table, require_numbers
from pages.components.shared.messages import telling_errors
from pages.components.shared.model_cache import composers
from pages.components.shared.page import run_page, show_when_opened
from pages.components.shared.progress import Tell, progress_bar, tell_part
from pages.components.shared.session_cache import remember
from pages.components.sonify.composition import show_models, show_trade
from pages.components.sonify.controls import choose_settings
from pages.components.sonify.result import Result, make_result, show_result
from pages.components.sonify.source import choose_table, show_table
from pages.components.sonify.synthesizer_choice import SoundChoice, choose_sound
from pages.components.sonify.trend_quiz import trend_quiz

# Of the bar, what composing takes; the rest is playing the notes and writing the sound.
COMPOSING_SHARE = 0.7


def draw() -> None:
    """Draw data, choices, result, quiz; what takes long to measure is filled in last."""
    later: Callable[[], None] | None = None
    with telling_errors():
        source = choose_table()
        if source is None:
            st.caption("Give a table, or choose “Example”, to hear one at once.")
        else:
            later = sonify_table(*source)
    show_when_opened(
        "Trend quiz: can you hear what a series does?", trend_quiz, icon=":material/quiz:", key="quiz.open"
    )
    if later is not None:
        later()


def sonify_table(table: Table, example: Example | None) -> Callable[[], None] | None:
    """Draw the choices and the result; returns what is left to draw when the rest of the page stands."""
    show_table(table, example)
    require_numbers(table)
    settings = choose_settings(table, example)
    with st.sidebar:
        sound = choose_sound()
    if not settings.voices:
        st.info("Choose a column under “Hear” to hear it.", icon=":material/music_note:")
        return None
    units = example.units if example is not None else {}
    identity = (table.sha256, table.options, settings, sound.identity)
    result = remember("sonify.result", identity, lambda: make_sound(table, settings, sound, units, identity))
    show_result(result, table, example, units)
    if settings.mode == "direct":
        return None
    place = st.container()
    show_models(composers(), settings)
    return (lambda: measure_trade(place, table, result)) if settings.mode == "melody" else None


def measure_trade(place: DeltaGenerator, table: Table, result: Result) -> None:
    """Fill the place that was left for what takes seconds to measure."""
    with place, telling_errors():
        show_trade(table, result.sonification, composers())


def make_sound(
    table: Table, settings: Settings, sound: SoundChoice, units: dict[str, str], identity: Hashable
) -> Result:
    """Compose, play and write the sound, with one bar for all of it."""
    with progress_bar() as tell:
        tell(0.0, "Mapping the data to notes")
        sonification = compose_takes(table, settings, sound, tell_part(tell, 0.0, COMPOSING_SHARE))
        tell(COMPOSING_SHARE, "Playing the notes")
        rendering = synth.render(sonification.midi, engine=sound.engine, soundfont=sound.soundfont)
        unheard = describe_inaudible(sonification, sound.soundfont)
        sonification = replace(sonification, notes=(*sonification.notes, *unheard))
        tell(0.9, "Writing the sound")
        return make_result(sonification, rendering, units, identity)


def compose_takes(table: Table, settings: Settings, sound: SoundChoice, tell: Tell) -> Sonification:
    """Compose, keeping the takes: choosing another one of them composes nothing."""
    known = (table.sha256, table.options, replace(settings, take=1))
    kept = st.session_state.get("sonify.takes_kept")
    former = kept[1] if kept is not None and kept[0] == known else None
    made = compose(
        table,
        settings,
        composers(),
        engine=sound.engine,
        soundfont=sound.soundfont,
        progress=tell,
        former=former,
    )
    st.session_state["sonify.takes_kept"] = (known, made) if settings.mode == "melody" else None
    return made


run_page(
    "Sonify Data", "Hear a column of a table: every point is a note, and its pitch tells its value.", draw
)
