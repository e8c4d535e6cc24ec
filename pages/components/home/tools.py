"""Page cards: one per page, with an image made by the page and a button that opens and plays it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.shared.play_next import play_next

PICTURES = Path(__file__).parent / "pictures"
N_COLUMNS = 3
_FORMATS: dict[str, Literal["PNG", "JPEG"]] = {".png": "PNG", ".jpg": "JPEG"}


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One page card.

    Parameters
    ----------
    key : str
        Of its button, and the name of its pictures by benchmarks/home_pictures.py: KEY_light and KEY_dark, or KEY for both
        themes, .png or .jpg.
    title, about, play, alt : str
        Name, one sentence, what the button says, and what is to be seen.
    page : str
        What the button opens.
    player : str
        Key of what plays there.
    """

    key: str
    title: str
    about: str
    play: str
    alt: str
    page: str
    player: str


TOOLS = (
    Tool(
        key="sonify",
        title="Sonify Data",
        about="Turn the columns of a table into sound, and watch the playhead move across the chart.",
        play="Play CO₂ levels",
        alt="A line chart of rising CO₂ levels, one note for each point, and a playhead.",
        page="pages/sonify_data.py",
        player="sonify.player",
    ),
    Tool(
        key="folk",
        title="Folk Generator",
        about="Compose folk tunes in any key, mode and meter, with a printable score.",
        play="Play a tune",
        alt="Four bars of a folk tune in staff notation.",
        page="pages/folk_generator.py",
        player="folk.player",
    ),
    Tool(
        key="emotion",
        title="Emotion Music",
        about="Pick a mood and get a piano piece. A separate model then rates its mood.",
        play="Play a piece",
        alt="The mood pad: valence from left to right, arousal from bottom to top, and a chosen mood on it.",
        page="pages/emotion_music.py",
        player="emotion.player",
    ),
    Tool(
        key="extrapolate",
        title="Extrapolate",
        about="Make a recording longer. The original part is unchanged, and every join is checked.",
        play="Play an extended recording",
        alt="The waveform of a recording, with the part that was added and the joins marked.",
        page="pages/extrapolate.py",
        player="extrapolate.player",
    ),
    Tool(
        key="viz",
        title="Audio Viz",
        about="Watch sound as moving pictures in seven scenes, and save it as a video.",
        play="Play a scene",
        alt="A scene of colored shapes that move with the music.",
        page="pages/audio_viz.py",
        player="viz.scenes",
    ),
)


@cache
def find_picture(key: str, theme: str) -> Path:
    """The picture of a page in a theme."""
    stems = {f"{key}_{theme}", key}
    return next(path for path in sorted(PICTURES.iterdir()) if path.stem in stems)


def show_tools() -> DeltaGenerator:
    """Draw one card per page, three in a row; returns an additional empty card."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    tools: tuple[Tool | None, ...] = (*TOOLS, None)
    for start in range(0, len(tools), N_COLUMNS):
        for column, tool in zip(st.columns(N_COLUMNS), tools[start : start + N_COLUMNS], strict=True):
            card = column.container(border=True, height="stretch")
            if tool is not None:
                with card:
                    _show_tool(tool, theme)
    return card


def _show_tool(tool: Tool, theme: str) -> None:
    picture = find_picture(tool.key, theme)
    # Of the format that the file has, or Streamlit would write it anew.
    st.image(picture, output_format=_FORMATS[picture.suffix], alt=tool.alt, width="stretch")
    st.subheader(tool.title, anchor=False)
    st.markdown(tool.about)
    if st.button(tool.play, key=f"home.{tool.key}", icon=":material/play_arrow:"):
        play_next(tool.player)
        st.switch_page(tool.page)
