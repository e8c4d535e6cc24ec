"""Sonoscope: data becomes music and music becomes pictures."""

import streamlit as st

st.set_page_config(page_title="Sonoscope", page_icon=":material/graphic_eq:", layout="wide")

pages = [
    st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
    st.Page("pages/sonify_data.py", title="Sonify Data", icon=":material/monitoring:", url_path="sonify"),
]
st.navigation(pages, position="top").run()
