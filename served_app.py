"""The app with link previews: ``streamlit run served_app.py`` in place of ``streamlit run app.py``.

A link to a page then shows that page's title, sentence and picture in messengers and search engines.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.components.emotion import texts as emotion
from pages.components.extrapolate import texts as extrapolate
from pages.components.folk import texts as folk
from pages.components.home import texts as home
from pages.components.shared.link_preview import LinkPreview, Preview
from pages.components.sonify import texts as sonify
from pages.components.viz import texts as viz

PICTURES = Path(__file__).parent / "pages" / "components" / "home" / "pictures"


def describe_page(title: str, sentence: str, picture: str, picture_words: str) -> Preview:
    """What a link to a page shows."""
    full_title = title if title == home.TITLE else f"{title} · {home.TITLE}"
    return Preview(
        title=full_title, sentence=sentence, picture=PICTURES / picture, picture_words=picture_words
    )


CHART = "Line chart with its notes and a playhead"
PREVIEWS = {
    "": describe_page(home.TITLE, home.PROMISE, "sonify_light.png", CHART),
    "sonify_data": describe_page(sonify.TITLE, sonify.PROMISE, "sonify_light.png", CHART),
    "folk_generator": describe_page(folk.TITLE, folk.PROMISE, "folk_light.png", "Score of a folk tune"),
    "emotion_music": describe_page(
        emotion.TITLE, emotion.PROMISE, "emotion_light.jpg", "Pad of moods, from sad to happy"
    ),
    "extrapolate": describe_page(
        extrapolate.TITLE, extrapolate.PROMISE, "extrapolate_light.jpg", "Waveform of an extended recording"
    ),
    "audio_viz": describe_page(viz.TITLE, viz.PROMISE, "viz.jpg", "Scene that moves with a sound"),
}
app = st.App("app.py", middleware=[Middleware(LinkPreview, previews=PREVIEWS)])
