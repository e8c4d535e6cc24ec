"""Home: what each page does, and each one's example with one click."""

import streamlit as st
from core.sonify.examples import EXAMPLES

st.title("Sonoscope", anchor=False)
st.markdown("##### Data becomes music and music becomes pictures.")

with st.container(border=True):
    st.subheader(":material/monitoring: Sonify Data", anchor=False)
    st.markdown(
        "Upload a table and hear a column of it. Every point is a note, its pitch tells its value, and a playhead "
        "shows where in the chart the sound is. Take the sound away as WAV, MP3 or MIDI."
    )
    st.page_link(
        "pages/sonify_data.py",
        label="Sonify a table of your own",
        icon=":material/upload:",
        query_params={"sonify.source": "Upload"},
    )
    st.caption("Or start with an example:")
    with st.container(horizontal=True):
        for example in EXAMPLES.values():
            if st.button(example.title, key=f"home.{example.id}", help=example.about):
                st.switch_page("pages/sonify_data.py", query_params={"sonify.example": example.id})
