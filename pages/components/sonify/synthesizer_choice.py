"""Synthesizer and SoundFont that make the sound, and settings from a file."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import streamlit as st

from core import limits, synth
from core.errors import DashboardError
from core.sonify.settings import Settings
from pages.components.shared.controls import BOUND
from pages.components.shared.messages import plain

Engine = Literal["auto", "fluidsynth", "embedded"]
_ENGINES: dict[Engine, str] = {
    "auto": "automatic (FluidSynth)",
    "fluidsynth": "FluidSynth",
    "embedded": "built in",
}


@dataclass(frozen=True, kw_only=True)
class SoundChoice:
    """An engine and perhaps a SoundFont of the visitor's own."""

    engine: Engine
    soundfont: Path | None
    identity: tuple[str, str]  # equal where the sound is equal


def choose_sound() -> SoundChoice:
    """Draw the choice of synthesizer, the SoundFont upload and the settings upload."""
    with st.expander("Sound and settings", icon=":material/tune:"):
        if synth.fluidsynth_available():
            engine = st.selectbox(
                "Synthesizer",
                list(_ENGINES),
                key="sound.engine",
                format_func=_ENGINES.__getitem__,
                **BOUND,
            )
        else:
            engine = "embedded"
            st.caption("The built-in synthesizer plays; FluidSynth is not installed on this server.")
        uploaded = st.file_uploader(
            "SoundFont of your own (SF2)",
            key="sound.soundfont",
            max_upload_size=limits.MAX_SOUNDFONT_BYTES // limits.MEGABYTE,
        )
        _load_settings()
    if uploaded is None:
        return SoundChoice(engine=cast(Engine, engine), soundfont=None, identity=(str(engine), ""))
    path = _write_soundfont(uploaded.getvalue())
    return SoundChoice(engine=cast(Engine, engine), soundfont=path, identity=(str(engine), path.name))


class _Folder:
    """A temporary folder that goes when the session that holds it goes."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="sonoscope-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _write_soundfont(data: bytes) -> Path:
    """Both synthesizers read a SoundFont from a file; a session keeps the last one."""
    if "sound.folder" not in st.session_state:
        st.session_state["sound.folder"] = _Folder()
    folder: Path = st.session_state["sound.folder"].path
    path = folder / f"{hashlib.sha256(data).hexdigest()}.sf2"
    if not path.exists():
        for former in folder.iterdir():
            former.unlink()
        path.write_bytes(data)
    return path


def _load_settings() -> None:
    uploaded = st.file_uploader(
        "Settings (JSON) of an earlier sound", key="sonify.settings_file", max_upload_size=1
    )
    if uploaded is None or st.session_state.get("sonify.settings_id") == uploaded.file_id:
        return
    st.session_state["sonify.settings_id"] = uploaded.file_id
    try:
        st.session_state["sonify.loaded_settings"] = Settings.from_json(uploaded.getvalue())
    except DashboardError as error:
        st.error(plain(str(error)))
        return
    st.rerun()
