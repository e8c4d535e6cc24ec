"""Seven sound-driven scenes, rendered in the browser with WebGL2.

Python sends the ten parameters over time, and where the sound is to be fetched, in one binary message; the browser does
all of the moving: each frame asks the clock of the audio output which moment is heard. No library and no network is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.audio.flac import FlacSound
from core.audioviz.settings import ASPECTS, MAX_CAPTION
from core.audioviz.sound_measures import PARAMETERS
from core.errors import keep_printable
from core.player.browser_files import SAMPLES_SCRIPT
from pages.components.shared import component_state
from pages.components.shared.component import hash_parts, ignore_change, pack_message, register_component
from pages.components.shared.play_next import wish_to_play
from pages.components.shared.sound_address import SentSound, send_sound

PALETTES = {
    "spectrum": "Whole spectrum",
    "aurora": "Aurora",
    "ember": "Ember",
    "ocean": "Ocean",
    "orchid": "Orchid",
}
"""Stretches of the color circle that "hue" runs through, with their names for the visitor."""

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

_component = register_component(
    __file__,
    SAMPLES_SCRIPT,
    "scenes_track.js",
    "scenes_sound.js",
    "scenes_gl.js",
    "scenes_solid.js",
    "scenes_air.js",
    "scenes_flat.js",
    "scenes_picture.js",
    "scenes_live.js",
    "scenes_film.js",
    plays=True,
)


def scenes(
    params: NDArray[np.floating[Any]],
    rate_hz: float,
    sound: FlacSound | bytes | None,
    *,
    title: str,
    scene: str = "bars",
    key: str,
    limiter: bool = True,
    latency_ms: int = 0,
    palette: str = "spectrum",
    aspect: str = "16:9",
    caption: str = "",
    quality: Literal["auto", "high", "low"] = "auto",
    microphone: bool = True,
    height_px: int = 520,
) -> dict[str, Any]:
    """Show the scenes for one sound and return the settings made in them.

    Parameters
    ----------
    params : NDArray[np.floating[Any]], shape (n, 10)
        `core.audioviz.sound_measures.PARAMETERS` over time, each from 0 to 1; values outside are cut off. Row i
        holds at ``i / rate_hz`` seconds. No rows and no sound: the microphone only.
    rate_hz : float
        Rows a second.
    sound : FlacSound, bytes or None
        Bytes are a FLAC or WAV file, of which 16 bits of each sample are played. Anything else shows a sentence in place
        of the scenes; None leaves the controls of the sound out.
    title : str
        Name of the sound, shown above the picture and part of the names of saved files.
    scene : str
        One of :data:`SCENE_NAMES`, shown first. What the visitor chooses afterwards stays until the page gives
        something else than before.
    key : str
        Streamlit key.
    limiter : bool
        Whether the flash limiter is on at first.
    latency_ms : int
        How much later than the computer thinks the sound is heard, from -500 to 500, as with Bluetooth.
    palette : str
        One of :data:`PALETTES`.
    aspect : str
        One of `core.audioviz.settings.ASPECTS`. With "16:9" the picture is as wide as the page; what is recorded has the ratio itself.
    caption : str
        Title in the picture; empty for none.
    quality : {"auto", "high", "low"}
        "auto" lowers it on machines that cannot keep up.
    microphone : bool
        Whether the visitor may let the scene follow the microphone. Its sound stays in the browser.
    height_px : int
        Height of the picture; smaller on narrow screens.

    Returns
    -------
    dict
        ``scene``, ``palette`` (str), ``limiter`` (bool), ``latency_ms`` (int), ``aspect``, ``caption`` (str), as chosen.

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
        "aspect": aspect,
        "caption": caption[:MAX_CAPTION],
    }
    data = pack_scenes(
        params,
        rate_hz,
        send_sound(sound, key=key) if sound is not None else None,
        title=title,
        given=given,
        quality=quality,
        microphone=microphone,
        height_px=height_px,
        play=wish_to_play(key),
    )
    result = _component(key=key, data=data, on_value_change=ignore_change)
    return read_choice(getattr(result, "value", None), given)


def pack_scenes(
    params: NDArray[np.floating[Any]],
    rate_hz: float,
    sound: SentSound | None,
    *,
    title: str,
    given: Mapping[str, Any],
    quality: str = "auto",
    microphone: bool = True,
    height_px: int = 520,
    play: str = "",
) -> bytes:
    """Pack the browser's message: header, parameters (uint16, little-endian), and the sound if it has no URL.

    The header carries ``id``, equal where all but the sound and the choices are equal, an id of its own for the sound,
    and the page's choices as ``given``, by which the browser knows what changed. A step of uint16, 1/65535, is far
    below one of the 255 steps of a color and below a tenth of a pixel.
    """
    values = np.asarray(params, dtype=np.float32)
    if values.size == 0:
        values = values.reshape(0, len(PARAMETERS))
    if values.ndim != 2 or values.shape[1] != len(PARAMETERS):
        raise ValueError(f"params must have the shape (n, {len(PARAMETERS)}), got {values.shape}")
    if not (np.isfinite(rate_hz) and 0 < rate_hz <= 1000):
        raise ValueError(f"rate_hz must be above 0 and at most 1000, got {rate_hz}")
    if given["scene"] not in SCENE_NAMES or given["palette"] not in PALETTES:
        raise ValueError(f"unknown scene or palette: {given['scene']!r}, {given['palette']!r}")
    if given["aspect"] not in ASPECTS:
        raise ValueError(f"unknown aspect ratio: {given['aspect']!r}")
    packed = np.rint(np.clip(np.nan_to_num(values), 0, 1) * 65_535).astype("<u2").tobytes()
    header = {
        "id": hash_parts(packed, [title, rate_hz, microphone, height_px, quality]),
        "title": title,
        "n": len(values),
        "rate": float(rate_hz),
        "sound": sound.header if sound is not None else None,
        "has_sound": sound is not None,
        "quality": quality,
        "microphone": bool(microphone),
        "height": int(height_px),
        **given,
        "given": json.dumps(dict(given), sort_keys=True),
        "scenes": SCENE_NAMES,
        "palettes": PALETTES,
        **({"play": play} if play else {}),
    }
    return pack_message(header, packed, sound.inline if sound else b"")


def read_choice(sent: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """Validate the browser's settings; stale or invalid ones are replaced by the page's."""
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
    if sent.get("aspect") in ASPECTS:
        chosen["aspect"] = sent["aspect"]
    if isinstance(sent.get("caption"), str):
        chosen["caption"] = keep_printable(sent["caption"]).strip()[:MAX_CAPTION]
    return chosen
