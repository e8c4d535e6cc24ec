"""Sonoscope, a Streamlit app: data sonification, music generation and music visualization."""

from pathlib import Path

import streamlit as st

from pages.components.shared.health import watch_health
from pages.components.shared.page import NAVIGATED
from pages.components.shared.uploads import keep_uploads_in_memory
from pages.components.shared.warm_up import start_workers, warm_up
from pages.components.shared.weights_set import choose_weights

ICON = Path(__file__).parent / "pages" / "components" / "shared" / "icon.svg"
# A picture of our own: a named Material icon would be fetched from elsewhere.
st.set_page_config(page_title="Sonoscope", page_icon=str(ICON), layout="wide")

pages = [
    st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
    # No url_path of its own: see run_app_first.
    st.Page("pages/sonify_data.py", title="Sonify Data", icon=":material/monitoring:"),
    st.Page("pages/folk_generator.py", title="Folk Generator", icon=":material/lyrics:"),
    st.Page("pages/emotion_music.py", title="Emotion Music", icon=":material/mood:"),
    st.Page("pages/extrapolate.py", title="Extrapolate", icon=":material/fast_forward:"),
    st.Page("pages/audio_viz.py", title="Audio Viz", icon=":material/animation:"),
]
st.session_state[NAVIGATED] = True
keep_uploads_in_memory()
choose_weights()
watch_health()
page = st.navigation(pages, position="top")
start_workers(page.url_path)
page.run()
warm_up()
