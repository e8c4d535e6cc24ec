"""Home page: what each page does, and each one's example with one click."""

import numpy as np
import streamlit as st

from core.sonify.descriptions import number
from core.sonify.examples import EXAMPLES, Example, load_example
from pages.components.shared.colors import voice_colors
from pages.components.shared.page import run_page
from pages.components.shared.warm_up import warm_up

N_SPARKS = 80  # points of a card's small line
N_COLUMNS = 3
SPARK_WIDTH, SPARK_HEIGHT = 300, 64
SONIFY_PAGE = "pages/sonify_data.py"


def draw() -> None:
    """Draw the pages, and the examples of the first."""
    st.subheader("Sonify Data", anchor=False)
    st.markdown(
        "Hear a column of a table. Every point is a note and its pitch tells its value; a playhead shows where in the "
        "chart the sound is. Or let a network compose: a melody near the data, or a whole piece around them. Take the "
        "sound away as WAV, MP3 or MIDI."
    )
    if st.button("Sonify a table of your own", key="home.own", icon=":material/upload:"):
        st.switch_page(SONIFY_PAGE, query_params={"sonify.source": "Upload"})
    names = list(EXAMPLES)
    for start in range(0, len(names), N_COLUMNS):
        for column, name in zip(st.columns(N_COLUMNS), names[start : start + N_COLUMNS], strict=False):
            with column:
                show_example(EXAMPLES[name])
    show_page(
        "Folk Generator",
        "A network composes folk tunes that a singer could sing. See the score, hear it, learn how new it is, keep the "
        "bars you like, and take it away as MIDI, MusicXML, ABC, kern or sound.",
        button="Compose a tune",
        icon=":material/lyrics:",
        key="home.folk",
        page="pages/folk_generator.py",
    )
    show_page(
        "Emotion Music",
        "A mood becomes a piano piece: set it on a dial, or show a face, and begin with a line that you sing or play. A judge "
        "that had no part in composing says which mood it hears.",
        button="Compose a mood",
        icon=":material/mood:",
        key="home.emotion",
        page="pages/emotion_music.py",
    )
    show_page(
        "Extrapolate",
        "A recording goes on for as long as you like, or begins earlier, out of its own beats, in its mood or a lifted or "
        "calmer one. Its own part stays as it was, and every join is measured.",
        button="Let a recording go on",
        icon=":material/fast_forward:",
        key="home.extrapolate",
        page="pages/extrapolate.py",
    )
    show_page(
        "Audio Viz",
        "Watch a sound: what is measured in it, or what a network hears, moves one of seven pictures in step with it. Any "
        "file, your microphone, or what another page has made.",
        button="Watch a sound",
        icon=":material/animation:",
        key="home.viz",
        page="pages/audio_viz.py",
    )


def show_page(title: str, about: str, *, button: str, icon: str, key: str, page: str) -> None:
    """Draw what a page does and the button that opens it with its example."""
    st.subheader(title, anchor=False)
    st.markdown(about)
    if st.button(button, key=key, icon=icon):
        st.switch_page(page)


def show_example(example: Example) -> None:
    """Draw the card of an example table."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{example.title}**")
        path, words = draw_spark(example.id)
        color = (voice_colors() or ["currentColor"])[0]
        st.image(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{SPARK_WIDTH}" height="{SPARK_HEIGHT}">'
            f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.6" stroke-linejoin="round"/></svg>',
            alt=words,
            width="stretch",
        )
        st.caption(example.about)
        if st.button("Hear it", key=f"home.{example.id}", icon=":material/play_arrow:"):
            st.switch_page(SONIFY_PAGE, query_params={"sonify.example": example.title})


@st.cache_data(max_entries=len(EXAMPLES), show_spinner=False)
def draw_spark(name: str) -> tuple[str, str]:
    """Course of an example's first column as an SVG path, and the same in words."""
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
    return path, f"Line of {column}, from {low} to {high}"


run_page("Sonoscope", "Data becomes music and music becomes pictures.", draw)
warm_up()
