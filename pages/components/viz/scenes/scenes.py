"""Seven scenes that move with a sound, drawn in the visitor's browser with WebGL2.

Python sends the ten parameters over time and the sound once, in one binary message; the browser does all of the
moving: each frame asks the clock of the audio output which moment is heard. No library and no network is used.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from pages.components.shared import component_state
from pages.components.shared.style_sheet import style_sheet
from pages.components.viz.scenes.legend import SCENES

__all__ = ["PALETTES", "PARAMETERS", "SCENES", "SCENE_NAMES", "message", "read_choice", "scenes"]

_HERE = Path(__file__).parent
_PLAYER = _HERE.parents[1] / "shared" / "player"
# One module for the browser: later files use what the earlier ones define, and only the last one exports.
_SCRIPTS = (
    _PLAYER / "player_wav.js",
    _HERE / "scenes_track.js",
    _HERE / "scenes_sound.js",
    _HERE / "scenes_gl.js",
    _HERE / "scenes_solid.js",
    _HERE / "scenes_air.js",
    _HERE / "scenes_flat.js",
    _HERE / "scenes_picture.js",
    _HERE / "scenes_live.js",
    _HERE / "scenes_film.js",
    _HERE / "scenes.js",
)

PARAMETERS = (
    "scale",
    "pulse",
    "hue",
    "warmth",
    "turbulence",
    "spread",
    "detail",
    "rotation",
    "glow",
    "drift",
)
"""The ten parameters of every scene, in the order of the columns of ``params``."""

PALETTES = {
    "spectrum": "Whole spectrum",
    "aurora": "Aurora",
    "ember": "Ember",
    "ocean": "Ocean",
    "orchid": "Orchid",
}
"""Stretches of the colour circle that "hue" runs through, with their names for the visitor."""

SCENE_NAMES = {
    "bars": "Bars",
    "spheres": "Spheres",
    "crystals": "Crystals",
    "cloud": "Point cloud",
    "waves": "Liquid waves",
    "planet": "Ringed planet",
    "storm": "Storm",
}
"""The scenes, with their names for the visitor."""

_MAX_LATENCY_MS = 500

_component = st.components.v2.component(
    "sonoscope_scenes",
    html=(_HERE / "scenes.html").read_text(encoding="utf-8"),
    css=style_sheet(_HERE / "scenes.css", controls=True),
    js="\n".join([component_state.SCRIPT, *(path.read_text(encoding="utf-8") for path in _SCRIPTS)]),
    isolate_styles=True,
)


def scenes(
    params: np.ndarray,
    rate_hz: float,
    wav: bytes,
    *,
    title: str,
    scene: str = "bars",
    key: str,
    limiter: bool = True,
    latency_ms: int = 0,
    palette: str = "spectrum",
    quality: Literal["auto", "high", "low"] = "auto",
    microphone: bool = True,
    height_px: int = 520,
) -> dict[str, Any]:
    """Show the scenes for one sound and return what the visitor has chosen in them.

    Parameters
    ----------
    params : np.ndarray, shape (n, 10)
        The ten parameters of :data:`PARAMETERS` over time, each from 0 to 1; values outside are cut off. Row i
        holds at ``i / rate_hz`` seconds. No rows and no sound: the microphone only.
    rate_hz : float
        Rows a second.
    wav : bytes
        A WAV file of 16-bit PCM samples. Anything else shows a sentence in place of the scenes; ``b""`` leaves
        the controls of the sound out.
    title : str
        Name of the sound, shown above the picture and part of the names of saved files.
    scene : str
        One of :data:`SCENE_NAMES`, shown first. What the visitor chooses afterwards stays until the page gives
        something else than before. Leave it the same from run to run: a change sends the sound anew.
    key : str
        Streamlit key.
    limiter : bool
        Whether the flash limiter is on at first.
    latency_ms : int
        How much later than the computer thinks the sound is heard, from -500 to 500, as with Bluetooth.
    palette : str
        One of :data:`PALETTES`.
    quality : {"auto", "high", "low"}
        "auto" lowers it on machines that cannot keep up.
    microphone : bool
        Whether the visitor may let the scene follow the microphone. Its sound stays in the browser.
    height_px : int
        Height of the picture; smaller on narrow screens.

    Returns
    -------
    dict
        ``scene``, ``palette`` (str), ``limiter`` (bool), ``latency_ms`` (int), as chosen.

    Raises
    ------
    ValueError
        If the shape, the rate or a name is not one of the above.
    """
    given = {
        "scene": scene,
        "palette": palette,
        "limiter": bool(limiter),
        "latency_ms": int(np.clip(latency_ms, -_MAX_LATENCY_MS, _MAX_LATENCY_MS)),
    }
    data = message(
        params,
        rate_hz,
        wav,
        title=title,
        given=given,
        quality=quality,
        microphone=microphone,
        height_px=height_px,
    )
    result = _component(key=key, data=data, on_value_change=_nothing)
    return read_choice(getattr(result, "value", None), given)


def message(
    params: np.ndarray,
    rate_hz: float,
    wav: bytes,
    *,
    title: str,
    given: Mapping[str, Any],
    quality: str = "auto",
    microphone: bool = True,
    height_px: int = 520,
) -> bytes:
    """Pack what the browser needs: length of the header (uint32), header (JSON), parameters (float32), WAV.

    All numbers are little-endian. The header carries the SHA-1 of parameters and sound as ``id`` and the page's
    choices as ``given``, by which the browser knows what changed.
    """
    values = np.asarray(params, dtype="<f4")
    if values.size == 0:
        values = values.reshape(0, len(PARAMETERS))
    if values.ndim != 2 or values.shape[1] != len(PARAMETERS):
        raise ValueError(f"params must have the shape (n, {len(PARAMETERS)}), got {values.shape}")
    if not (np.isfinite(rate_hz) and 0 < rate_hz <= 1000):
        raise ValueError(f"rate_hz must be above 0 and at most 1000, got {rate_hz}")
    if given["scene"] not in SCENE_NAMES or given["palette"] not in PALETTES:
        raise ValueError(f"unknown scene or palette: {given['scene']!r}, {given['palette']!r}")
    packed = np.clip(np.nan_to_num(values), 0, 1).astype("<f4").tobytes()
    digest = hashlib.sha1(packed, usedforsecurity=False)
    digest.update(wav)
    digest.update(json.dumps([title, rate_hz, microphone, height_px, quality]).encode())
    header = {
        "id": digest.hexdigest(),
        "title": title,
        "n": len(values),
        "rate": float(rate_hz),
        "has_sound": bool(wav),
        "quality": quality,
        "microphone": bool(microphone),
        "height": int(height_px),
        **given,
        "given": json.dumps(dict(given), sort_keys=True),
    }
    head = json.dumps(header, allow_nan=False, separators=(",", ":")).encode("ascii")
    return struct.pack("<I", len(head)) + head + packed + wav


def read_choice(sent: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the browser sent, where it makes sense and answers what the page gives now; else what was given."""
    chosen = dict(given)
    if not isinstance(sent, Mapping) or sent.get("given") != json.dumps(dict(given), sort_keys=True):
        return chosen
    if sent.get("scene") in SCENE_NAMES:
        chosen["scene"] = sent["scene"]
    if sent.get("palette") in PALETTES:
        chosen["palette"] = sent["palette"]
    if isinstance(sent.get("limiter"), bool):
        chosen["limiter"] = sent["limiter"]
    latency = component_state.number(sent.get("latency_ms"), -_MAX_LATENCY_MS, _MAX_LATENCY_MS)
    if latency is not None:
        chosen["latency_ms"] = round(latency)
    return chosen


def _nothing() -> None:
    """Streamlit asks for a callback for each name that a component's state may have."""
