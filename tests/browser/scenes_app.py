"""One scene component over sounds made for its tests: ``?case=music``, ``strobe``, ``flash`` or ``live``.

Run alone: ``streamlit run tests/browser/scenes_app.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from core import audio
from core.audioviz.sound_measures import PARAMETERS
from pages.components.viz.scenes.scenes import scenes

SR = 22_050
RATE_HZ = 20.0
DURATION_SEC = 12.0
EVENT_SEC = (0.6, 1.4, 2.2)  # Where the case "flash" flashes and clicks.
HEIGHT_PX = {"music": 300, "strobe": 240, "flash": 240, "live": 240}


def flac_of(y: np.ndarray) -> bytes:
    """Encode as 16-bit mono."""
    return audio.encode(audio.Audio(np.clip(y, -1, 1).astype(np.float32), SR), "flac")


def music(style: str = "pulse") -> tuple[np.ndarray, np.ndarray]:
    """Sound and parameters: 4 s quiet, then beats; the style "drone" swells instead of beating."""
    t = np.arange(int(DURATION_SEC * RATE_HZ)) / RATE_HZ
    loud = np.clip((t - 3.5) / 1.0, 0.12, 1)
    every = 0.5
    beat = np.exp(-(t % every) * 7) * loud
    params = np.empty((len(t), len(PARAMETERS)))
    for i in range(len(PARAMETERS)):
        params[:, i] = 0.5 + 0.4 * np.sin(2 * np.pi * t / (3.1 + 0.7 * i) + i)
    params *= (0.35 + 0.65 * loud)[:, None]
    params[:, PARAMETERS.index("scale")] = loud * (0.55 + 0.35 * beat)
    params[:, PARAMETERS.index("pulse")] = beat
    params[:, PARAMETERS.index("glow")] = 0.2 + 0.6 * loud * beat
    params[:, PARAMETERS.index("hue")] = 0.5 + 0.3 * np.sin(2 * np.pi * t / 11)
    if style == "drone":
        params = 0.5 + 0.45 * np.sin(2 * np.pi * t[:, None] / (7 + np.arange(10)) + np.arange(10))
        params[:, PARAMETERS.index("pulse")] = 0
    n = np.arange(int(DURATION_SEC * SR)) / SR
    y = 0.4 * np.sin(2 * np.pi * 110 * n) * np.interp(n, t, beat) + 0.05 * np.sin(2 * np.pi * 330 * n)
    return y, np.clip(params, 0, 1)


def strobe() -> tuple[np.ndarray, np.ndarray]:
    """Everything between black and full, ten times a second."""
    rows = np.arange(int(8 * RATE_HZ))
    params = np.repeat((rows % 2).astype(float)[:, None], len(PARAMETERS), axis=1)
    params[:, PARAMETERS.index("hue")] = 0.3
    return np.zeros(8 * SR), params


def flash() -> tuple[np.ndarray, np.ndarray]:
    """Dark and silent but for a flash of 0.25 s and a click at each of EVENT_SEC."""
    params = np.full((int(3 * RATE_HZ), len(PARAMETERS)), 0.02)
    y = np.zeros(3 * SR)
    for event in EVENT_SEC:
        first = round(event * RATE_HZ)
        for name in ("scale", "pulse", "glow", "warmth", "spread"):
            params[first : first + 5, PARAMETERS.index(name)] = 1
        at = round(event * SR)
        y[at : at + SR // 50] = 0.9 * np.sin(2 * np.pi * 1000 * np.arange(SR // 50) / SR)
    return y, params


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    case = st.query_params.get("case", "music")
    y, params = {"strobe": strobe, "flash": flash}.get(case, music)()
    if case == "drone":
        y, params = music("drone")
    st.title("Scenes")
    st.button("Rerun", key="rerun")
    chosen = scenes(
        params if case != "live" else np.empty((0, 10)),
        RATE_HZ,
        flac_of(y) if case != "live" else None,
        title="Beats <b>&amp;</b> light",
        scene=st.query_params.get("scene", "bars"),
        palette=st.query_params.get("palette", "spectrum"),
        quality=st.query_params.get("quality", "auto"),
        key="scenes",
        limiter=st.query_params.get("limiter", "on") == "on",
        height_px=int(st.query_params.get("height", HEIGHT_PX.get(case, 300))),
    )
    st.text(f"Chosen: {chosen['scene']}, {chosen['latency_ms']} ms, limiter {chosen['limiter']}")
