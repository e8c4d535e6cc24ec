"""Home page: an example that plays, an upload that leads to its sound, and a card for each page."""

import numpy as np
import streamlit as st

from core import limits
from core.sonify.descriptions import number
from core.sonify.examples import EXAMPLES, Example, load_example
from core.sonify.presentation import list_notes
from core.tables.engine.connections import list_connections
from pages.components.home import texts
from pages.components.home.tools import show_tools
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import voice_colors
from pages.components.shared.messages import telling_errors
from pages.components.shared.page import run_page
from pages.components.shared.play_next import play_next
from pages.components.shared.player.player import player
from pages.components.shared.uploads import hand_over, upload_files
from pages.components.shared.warm_up import warm_up
from pages.components.sonify.defaults import default_request
from pages.components.sonify.requests import Heard, obtain_sound
from pages.components.sonify.texts import MODE_ABOUT, MODES

N_SPARKS = 80  # points of a card's small line
SPARK_WIDTH, SPARK_HEIGHT = 300, 64
SONIFY_PAGE, SONIFY_PLAYER = "pages/sonify_data.py", "sonify.player"


def draw() -> None:
    """Draw example, upload, page cards and more examples; slow parts come last."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        mode = choose_mode()
        place = st.container()
    with right:
        take_upload()
    st.header(texts.TOOLS, anchor=False)
    with show_tools():
        st.subheader(texts.OWN_DATA, anchor=False)
        st.markdown(texts.OWN_DATA_LINES)
    st.header(texts.EXAMPLES, anchor=False)
    for column, name in zip(st.columns(len(texts.PLAY_EXAMPLE)), texts.PLAY_EXAMPLE, strict=True):
        with column:
            show_example(EXAMPLES[name])
    with place, telling_errors():
        show_player(obtain_sound(*default_request(mode)))


def choose_mode() -> str:
    """Draw the choice of the example's mode."""
    mode = st.segmented_control(
        texts.MODE,
        list(MODES),
        default="direct",
        required=True,
        format_func=MODES.__getitem__,
        key="home.mode",
    )
    return mode or "direct"


def show_player(heard: Heard) -> None:
    """Draw the player of the example."""
    sonification = heard.played.sonification
    points = sonification.voices[0].points
    player(
        heard.played.sound,
        key="home.player",
        title=heard.source.table.source_name,
        views=("line", "roll"),
        notes=list_notes(sonification),
        line=[
            (onset, None if np.isnan(value) else value)
            for onset, value in zip(points["onset_sec"].tolist(), points["value"].tolist(), strict=True)
        ],
    )
    st.caption(f"{MODE_ABOUT[sonification.settings.mode]} {texts.AXES}")


def take_upload() -> None:
    """Draw the upload; an uploaded file opens in Sonify Data."""
    st.header(texts.UPLOAD, anchor=False)
    upload_files(texts.UPLOAD_LABEL, key="home.file", max_mb=limits.MAX_TABLE_BYTES // limits.MEGABYTE)
    st.caption(shared_texts.PRIVACY)
    if hand_over("home.file", "sonify.file"):
        play_next(SONIFY_PLAYER)
        st.switch_page(SONIFY_PAGE, query_params={"sonify.source": "Upload"})
    if st.button(_name_paste(), key="home.own", icon=":material/content_paste:"):
        st.switch_page(SONIFY_PAGE, query_params={"sonify.source": "Paste"})


def _name_paste() -> str:
    """What else Sonify Data reads; a database only where this server has one."""
    return texts.PASTE_OR_CONNECT if list_connections() else texts.PASTE


def show_example(example: Example) -> None:
    """Draw the card of an example table."""
    with st.container(border=True, height="stretch"):
        path, words = draw_spark(example.id)
        color = (voice_colors() or ["currentColor"])[0]
        st.image(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{SPARK_WIDTH}" height="{SPARK_HEIGHT}">'
            f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.6" stroke-linejoin="round"/></svg>',
            alt=words,
            width="stretch",
        )
        st.subheader(example.title, anchor=False)
        st.markdown(example.about)
        if st.button(texts.PLAY_EXAMPLE[example.id], key=f"home.{example.id}", icon=":material/play_arrow:"):
            play_next(SONIFY_PLAYER)
            st.switch_page(SONIFY_PAGE, query_params={"sonify.example": example.title})


@st.cache_data(max_entries=len(EXAMPLES), show_spinner=False)
def draw_spark(name: str) -> tuple[str, str]:
    """Sparkline of an example's first column as an SVG path, and its description."""
    example, frame = EXAMPLES[name], load_example(name).frame
    for column, _, wanted in example.filters:
        frame = frame[frame[column] == wanted]
    column = example.values[0]
    values = frame[column].dropna().to_numpy(dtype=float)
    means = np.array([part.mean() for part in np.array_split(values, min(N_SPARKS, len(values)))])
    x = np.linspace(2, SPARK_WIDTH - 2, len(means))
    y = np.interp(means, [means.min(), means.max()], [SPARK_HEIGHT - 4, 4])
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    low, high = (
        number(float(value), example.units.get(column, "")) for value in (values.min(), values.max())
    )
    return path, texts.describe_line(column, low, high)


run_page(texts.TITLE, texts.PROMISE, draw)
warm_up()
