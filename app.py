"""Sonoscope: data becomes music and music becomes pictures."""

import streamlit as st

# A picture of our own: a named Material icon would be fetched from elsewhere.
st.set_page_config(page_title="Sonoscope", page_icon="pages/components/icon.svg", layout="wide")

pages = [
    st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
    # No url_path of its own: on the first run of a server Streamlit only knows the names of the files in pages/.
    st.Page("pages/sonify_data.py", title="Sonify Data", icon=":material/monitoring:"),
]
st.navigation(pages, position="top").run()
