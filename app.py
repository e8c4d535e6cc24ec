"""Sonoscope: data becomes music and music becomes pictures."""

import streamlit as st

# A picture of our own: a named Material icon would be fetched from elsewhere.
st.set_page_config(page_title="Sonoscope", page_icon="pages/components/icon.svg", layout="wide")

pages = [
    st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
    st.Page("pages/sonify_data.py", title="Sonify Data", icon=":material/monitoring:", url_path="sonify"),
]
st.navigation(pages, position="top").run()
