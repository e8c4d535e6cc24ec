"""Downloads: one button per file, which is made on click."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import streamlit as st

from core.audio.flac import FlacSound
from pages.components.shared import texts
from pages.components.shared.audio_viz_link import see_it_button

# By the ending of the file; what its button says is in texts.KINDS.
MIME_TYPES = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "mid": "audio/midi",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "abc": "text/vnd.abc",
    "krn": "text/plain",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "png": "image/png",
    "html": "text/html",
    "csv": "text/csv",
    "npz": "application/octet-stream",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "settings.json": "application/json",
    "report.json": "application/json",
}


def downloads(
    files: Mapping[str, Callable[[], bytes]],
    *,
    name: str,
    key: str,
    see_as: str = "",
    sound: FlacSound | None = None,
) -> None:
    """Draw one button per file. A click makes the file without rerunning the page.

    Parameters
    ----------
    files : mapping of str to callable
        What makes the bytes, by the ending of the file, one of :data:`MIME_TYPES`.
    name : str
        Becomes the files' name; letters, digits, dots and dashes are kept.
    key : str
        Prefix of the buttons' keys.
    see_as : str, optional
        With it a further button opens Audio Viz with the sound under this title.
    sound : FlacSound, optional
        What is opened there; without it there is no such button.
    """
    stem = file_stem(name)
    with st.container(horizontal=True):
        for extension, make in files.items():
            download_button(extension, make, stem=stem, key=key)
        if see_as and sound is not None:
            see_it_button(see_as, sound, key=f"{key}.see")


def download_button(
    extension: str, make: Callable[[], bytes], *, stem: str, key: str, help: str | None = None
) -> None:
    """Draw the button of one file; arguments as for `downloads`."""
    st.download_button(
        texts.KINDS[extension],
        make,
        file_name=f"{stem}.{extension}",
        mime=MIME_TYPES[extension],
        key=f"{key}.{extension}",
        on_click="ignore",
        help=help,
        icon=":material/download:",
    )


def file_stem(name: str) -> str:
    """Safe file name: letters, digits, dots and dashes; no control or direction characters.

    Examples
    --------
    >>> file_stem("../rain: \\u202ecod.csv")
    'rain-cod.csv'
    """
    return re.sub(r"[^\w.-]+", "-", name).strip("-._")[:60] or "sonoscope"
