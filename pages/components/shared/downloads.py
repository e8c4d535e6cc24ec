"""Files to take away, made when they are clicked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.components.shared.audio_viz_link import see_it_button


@dataclass(frozen=True, kw_only=True)
class Download:
    """One file: its label, its ending, its type and how its bytes are made."""

    label: str
    extension: str
    mime: str
    make: Callable[[], bytes]


def downloads(files: list[Download], *, name: str, key: str, see_as: str = "") -> None:
    """Draw a button a file. A click makes the file and does not rerun the page.

    Parameters
    ----------
    files : list of Download
    name : str
        Becomes the files' name; letters, digits, dots and dashes are kept.
    key : str
        Prefix of the buttons' keys.
    see_as : str, optional
        With it a further button opens Audio Viz with the WAV file under this title.
    """
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-._")[:60] or "sonoscope"
    with st.container(horizontal=True):
        for file in files:
            st.download_button(
                file.label,
                file.make,
                file_name=f"{stem}.{file.extension}",
                mime=file.mime,
                key=f"{key}.{file.extension}",
                on_click="ignore",
                icon=":material/download:",
            )
        sound = next((file for file in files if file.extension == "wav"), None)
        if see_as and sound is not None:
            see_it_button(see_as, sound.make, key=f"{key}.see")
