"""Custom components: registering one from the files of its folder, and messages with bytes to the browser."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.player.browser_files import (
    BASE_STYLE,
    CONTROLS_SCRIPT,
    PLAYBACK_STYLE,
    read_files,
    shorten_source,
)
from pages.components.shared.sound_address import serve_file

_HERE = Path(__file__).parent
# What is smaller is there sooner in the message itself.
_MAX_MESSAGE_BYTES = 16_000


def register_component(
    file: str, *scripts: str | Path, plays: bool = False, markup: Path | None = None
) -> Callable[..., Any]:
    """Register the component of a module that lies beside NAME.html, NAME.css (if any) and its scripts.

    Parameters
    ----------
    file : str
        The module's ``__file__``, such as ``.../mood_pad/mood_pad.py``.
    *scripts : str or Path
        Paths from there, in an order in which later ones use what earlier ones define; NAME.js, which alone exports,
        comes last by itself. controls.js, component.js and component_state.js come before all of them.
    plays : bool
        Whether it has the buttons, choices and sliders of something that plays.
    markup : Path, optional
        NAME.html, with its style sheet beside it, where they lie elsewhere.

    Returns
    -------
    callable
        Mounts it: takes ``key``, ``data`` and ``on_value_change``. Style sheets are isolated.
    """
    path = Path(file)
    markup = markup or path.with_suffix(".html")
    style_sheets = [BASE_STYLE, *([PLAYBACK_STYLE] if plays else []), markup.with_suffix(".css")]
    modules = [
        _HERE / "media_files.js",
        CONTROLS_SCRIPT,
        _HERE / "component.js",
        _HERE / "component_state.js",
    ]
    modules += [(path.parent / script).resolve() for script in scripts]
    name = f"sonoscope_{path.stem}"
    html = markup.read_text(encoding="utf-8")
    css = shorten_source(read_files(sheet for sheet in style_sheets if sheet.exists()))
    script = read_files([*modules, path.with_suffix(".js")])
    sha256 = hashlib.sha256(script.encode()).hexdigest()

    # Streamlit puts the script into every message, 50 to 120 kB: it gets a small one that fetches the real one.
    @lru_cache(maxsize=1)
    def define(address: str | None) -> Callable[..., Any]:
        js = script if address is None else _load_script(address)
        return st.components.v2.component(name, html=html, css=css, js=js, isolate_styles=True)

    def mount(**given: Any) -> Any:
        address = serve_file(script.encode(), "text/javascript", key=f"{name}.js", sha256=sha256)
        if isinstance(given.get("data"), bytes):
            given["data"] = _send_message(given["data"], f"{name}.{given['key']}")
        return define(address)(**given)

    return mount


def _send_message(message: bytes, key: str) -> bytes:
    """Send a message directly, or by URL if it is large, so that a rerun does not send it again."""
    if len(message) <= _MAX_MESSAGE_BYTES:
        return message
    sha256 = hashlib.sha256(message).hexdigest()
    address = serve_file(message, "application/octet-stream", key=f"{key}.message", sha256=sha256)
    return message if address is None else pack_message({"address": address})


def _load_script(address: str) -> str:
    """A loader script for a script on the media route."""
    loader = read_files([_HERE / "media_files.js", _HERE / "component_loader.js"])
    return f"const SCRIPT_PATH = {json.dumps(address)};\n{shorten_source(loader)}"


def pack_message(header: Mapping[str, Any], *parts: bytes) -> bytes:
    """Put a header and bytes into one message: length of the header (uint32, little-endian), header (JSON), bytes.

    component.js has the function that reads it.

    Parameters
    ----------
    header : mapping
        What JSON can hold: no NaN.
    *parts : bytes
        Follow one another; the header says where each ends, unless it is the last.

    Examples
    --------
    >>> pack_message({"n": 2}, b"ab", b"c")
    b'\\x07\\x00\\x00\\x00{"n":2}abc'
    """
    packed = json.dumps(header, allow_nan=False, separators=(",", ":")).encode("ascii")
    return b"".join([struct.pack("<I", len(packed)), packed, *parts])


def hash_parts(*parts: bytes | object) -> str:
    """Content hash by which the browser detects changes: SHA-1 of bytes and JSON values."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else json.dumps(part).encode())
    return digest.hexdigest()


def container_selector(key: str) -> str:
    """CSS selector of a keyed container or element, named as Streamlit does.

    Examples
    --------
    >>> container_selector("viz.scenes")
    '.st-key-viz-scenes'
    """
    return ".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())


def chart_selector(container_key: str) -> str:
    """CSS selector of the plotly chart within a keyed container."""
    return f"{container_selector(container_key)} .js-plotly-plot"


def ignore_change() -> None:
    """Empty callback, which Streamlit requires for each name of a component's state."""
