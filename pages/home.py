"""Home: what each page does, and each one's example with one click."""

import numpy as np
import streamlit as st

from core.sonify.examples import EXAMPLES, load_example
from core.sonify.words import number

N_SPARKS = 60  # points of a card's small line
N_COLUMNS = 3


def main() -> None:
    """Draw the page."""
    st.title("Sonoscope", anchor=False)
    st.markdown("Data becomes music and music becomes pictures.")
    st.subheader("Sonify Data", anchor=False)
    st.markdown(
        "Hear a column of a table. Every point is a note and its pitch tells its value; a playhead shows where in the "
        "chart the sound is. Take the sound away as WAV, MP3 or MIDI."
    )
    if st.button("Sonify a table of your own", key="home.own", type="primary", icon=":material/upload:"):
        st.switch_page("pages/sonify_data.py", query_params={"sonify.source": "Upload"})
    names = list(EXAMPLES)
    for start in range(0, len(names), N_COLUMNS):
        for column, name in zip(st.columns(N_COLUMNS), names[start : start + N_COLUMNS], strict=False):
            with column:
                _card(name)


def _card(name: str) -> None:
    example = EXAMPLES[name]
    with st.container(border=True, height="stretch"):
        label, value, line = _spark(name)
        st.markdown(f"**{example.title}**")
        st.metric(label, value, chart_data=line, chart_type="line")
        st.caption(example.about)
        if st.button("Hear it", key=f"home.{name}", icon=":material/play_arrow:", help=f"Hear {example.title}"):
            st.switch_page("pages/sonify_data.py", query_params={"sonify.example": example.title})


@st.cache_data(max_entries=len(EXAMPLES), show_spinner=False)
def _spark(name: str) -> tuple[str, str, list[float]]:
    """Name and last value of an example's first column, and its course in a few points."""
    example, table = EXAMPLES[name], load_example(name)
    frame, column = table.frame, example.values[0]
    for where, _, wanted in example.filters:
        frame = frame[frame[where] == wanted]
    values = frame[column].dropna().to_numpy(dtype=float)
    parts = np.array_split(values, min(N_SPARKS, len(values)))
    return column, number(float(values[-1]), example.units.get(column, "")), [float(part.mean()) for part in parts]


main()
