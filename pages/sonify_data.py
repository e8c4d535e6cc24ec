"""Sonify Data: a column of a table becomes a melody that tells the data."""

from collections.abc import Hashable

import streamlit as st

from core import synth
from core.errors import DashboardError
from core.sonify.direct import sonify
from core.sonify.examples import Example
from core.sonify.settings import Settings
from core.sonify.table import Table, require_numbers
from pages.components.plain_text import plain
from pages.components.remember import remember
from pages.components.sonify_controls import choose_settings
from pages.components.sonify_result import Result, make_result, show_result
from pages.components.sonify_source import choose_table, show_table
from pages.components.sound_choice import SoundChoice, choose_sound
from pages.components.through_app import through_app
from pages.components.trend_quiz import trend_quiz


def main() -> None:
    """Draw the page from the top: data, choices, result, quiz."""
    st.title("Sonify Data", anchor=False)
    st.markdown("Hear a column of a table: every point is a note, and its pitch tells its value.")
    try:
        source = choose_table()
        if source is None:
            st.caption("Give a table, or choose “Example”, to hear one at once.")
        else:
            _sonify_page(*source)
    except DashboardError as error:
        st.error(plain(str(error)), icon=":material/error:")
    with st.expander(
        "Trend quiz: can you hear what a series does?",
        icon=":material/quiz:",
        key="quiz.open",
        on_change="rerun",
    ) as quiz:
        if quiz.open:
            trend_quiz()


def _sonify_page(table: Table, example: Example | None) -> None:
    show_table(table, example)
    require_numbers(table)
    settings = choose_settings(table, example)
    with st.sidebar:
        sound = choose_sound()
    if not settings.voices:
        st.info("Choose a column under “Hear” to hear it.", icon=":material/music_note:")
        return
    units = example.units if example is not None else {}
    identity = (table.sha256, table.options, settings, sound.identity)
    result = remember("sonify.result", identity, lambda: _make(table, settings, sound, units, identity))
    show_result(result, table, example, units)


def _make(
    table: Table, settings: Settings, sound: SoundChoice, units: dict[str, str], identity: Hashable
) -> Result:
    progress = st.progress(0.0, "Mapping the data to notes …")
    try:
        sonification = sonify(table, settings)
        progress.progress(0.3, "Playing the notes …")
        rendering = synth.render(sonification.midi, engine=sound.engine, soundfont=sound.soundfont)
        progress.progress(0.8, "Writing the sound …")
        return make_result(sonification, rendering, units, identity)
    finally:
        progress.empty()


through_app()
main()
