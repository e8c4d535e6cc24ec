"""A page with two players and one chart, for the tests of the player. Clicks sound at known times.

Run alone: ``streamlit run tests/browser/player_app.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from core import audio
from core.audio.flac import FlacSound
from core.music.engraving import ScoreInTime
from core.presentation.presentation import ShownNote, ShownPoint
from pages.components.shared.player.player import ChartLink, player

SR = 44_100
DURATION_SEC = 12.0
EVERY_SEC = 0.5
N_POINTS = int(DURATION_SEC / EVERY_SEC)
GAPS = {5, 14}
PEAKS = {3, 11}
START = pd.Timestamp("2000-01-01")


def clicks(level: float = 0.8, first_sec: float = 0.0) -> bytes:
    """Make 12 s of silence with a click of 1 ms at every half second; each click is a 4 kHz tone burst."""
    y = np.zeros(int(DURATION_SEC * SR))
    n = SR // 1000
    burst = np.sin(2 * np.pi * 4000 * np.arange(n) / SR)
    for i in range(N_POINTS):
        if i not in GAPS:
            at = int((first_sec + i * EVERY_SEC) * SR)
            y[at : at + n] = burst[: len(y) - at]
    return encode(y * level, "flac")


def music(seconds: float) -> bytes:
    """Make a sound with something to see in its waveform."""
    t = np.arange(int(seconds * SR)) / SR
    y = np.sin(2 * np.pi * 220 * t) * np.exp(-3 * (t % 0.5)) * (0.4 + 0.6 * np.sin(np.pi * t / seconds))
    return encode(0.5 * y, "wav")


def encode(y: np.ndarray, container: audio.Container) -> bytes:
    """Encode as 16-bit mono."""
    return audio.encode(audio.Audio(y.astype(np.float32), SR), container)


def long_sound() -> FlacSound:
    """Make the clicks in one channel and noise in the other: more than is sent as FLAC."""
    sound = audio.decode(clicks(), name="clicks")
    noise = np.random.default_rng(1).normal(0, 0.2, sound.y.shape[-1]).astype(np.float32)
    return FlacSound.of(audio.Audio(np.stack([sound.y.reshape(-1), noise]), SR))


def value_of(i: int) -> float:
    """Return the datum of one point."""
    return 300.0 + 2 * i + 15 * (i in PEAKS)


def label_of(i: int, unit: str) -> str:
    """Name one point as the Sonify page does."""
    value = "no value" if i in GAPS else f"{value_of(i):g} {unit}"
    return f"{dates[i]:%b %Y}, {value}, point {i + 1} of {N_POINTS}"


def points_of(voice: int, unit: str) -> list[ShownPoint]:
    """Lay one point over each click."""
    return [
        ShownPoint(
            onset_sec=i * EVERY_SEC,
            duration_sec=EVERY_SEC,
            label=label_of(i, unit),
            value=None if i in GAPS else value_of(i),
            kind="gap" if i in GAPS else "point",
            peak=i in PEAKS,
            voice=voice,
        )
        for i in range(N_POINTS)
    ]


def notes_of(voice: int, first_pitch: float) -> list[ShownNote]:
    """Lay one note over each click."""
    return [
        ShownNote(
            onset_sec=i * EVERY_SEC,
            duration_sec=EVERY_SEC * 0.9,
            pitch=first_pitch + (i * 5) % 17,
            velocity=50 + 3 * i,
            voice=voice,
        )
        for i in range(N_POINTS)
        if i not in GAPS
    ]


def score_of(width_px: int, *, n_lines: int = 1) -> ScoreInTime:
    """Draw two notes on each line, half a second each."""
    drawn = ""
    for line in range(n_lines):
        notes = "".join(
            f'<g class="note" id="n{2 * line + i}"><rect class="notehead" x="{20 + 40 * i}" y="{50 * line + 20}" '
            f'width="9" height="7"/></g>'
            for i in range(2)
        )
        heights = range(50 * line + 12, 50 * line + 37, 6)
        staff = "".join(f'<path d="M0 {y} H{width_px}" stroke="gray"/>' for y in heights)
        drawn += f'<g class="system"><g class="staff">{staff}{notes}</g></g>'
    return ScoreInTime(
        svg=f'<svg viewBox="0 0 {width_px} {50 * n_lines}" data-width="{width_px}" xmlns="http://www.w3.org/2000/svg">'
        f"{drawn}</svg>",
        width_px=width_px,
        notes=tuple((f"n{i}", i / 2, i / 2 + 0.5) for i in range(2 * n_lines)),
    )


st.set_page_config(layout="wide")
dates = pd.date_range(START, periods=N_POINTS + 1, freq="MS")
x_ms = (dates - pd.Timestamp("1970-01-01")) / pd.Timedelta(milliseconds=1)

st.title("Player")
if st.query_params.get("case") == "long":
    player(long_sound(), key="long", title="Long")
    st.stop()
if st.query_params.get("case") == "score":
    player(
        music(8.0),
        key="score",
        title="Score",
        views=("roll", "score"),
        notes=notes_of(0, 48)[:14],
        scores=[score_of(320, n_lines=8)],
    )
    st.stop()
with st.sidebar:
    st.button("Rerun", key="rerun")
    changed = st.toggle("Another sound", key="changed")
    shown = st.toggle("Show the first player", value=True, key="shown")
    renamed = st.toggle("Another title", key="renamed")

if shown:
    player(
        clicks(0.5 if changed else 0.8),
        key="first",
        title="CO₂ elsewhere" if renamed else "CO₂ at Mauna Loa <b>&amp;</b>",
        views=("roll", "line", "waveform"),
        notes=notes_of(0, 60),
        points=points_of(0, "ppm"),
        charts=[
            ChartLink(container_key="chart", times_sec=(np.arange(25) * EVERY_SEC).tolist(), x=x_ms.tolist())
        ],
        voice_names=["CO₂"],
    )
    with st.container(key="chart"):
        figure = go.Figure(
            go.Scatter(
                x=dates[:-1],
                y=[None if i in GAPS else value_of(i) for i in range(N_POINTS)],
                mode="lines+markers",
            )
        )
        figure.update_layout(height=260, margin={"l": 8, "r": 12, "t": 12, "b": 8})
        st.plotly_chart(figure, key="plot")

player(
    music(8.0),
    key="second",
    title="Two voices",
    views=("waveform", "roll", "line"),
    notes=notes_of(0, 48)[:14] + notes_of(1, 70)[:14],
    points=points_of(0, "°C")[:15] + points_of(1, "mm")[:15],
    voice_names=["Temperature", "Rain"],
    scores=[score_of(320), score_of(760)],
)
player(b"RIFF this is not a sound", key="broken", title="Broken")
