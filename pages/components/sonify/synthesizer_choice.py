"""Synthesizer and SoundFont that make the sound, and settings from a file."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import streamlit as st

from core import limits, synth
from core.files.private_folders import open_private_folder
from pages.components.shared.controls import BOUND, read_old_names
from pages.components.shared.settings_file import offer_settings
from pages.components.shared.uploads import Given, upload_file
from pages.components.sonify import texts

Engine = Literal["auto", "fluidsynth", "embedded"]
_OLD_ENGINES = {"automatic (FluidSynth)": "auto", "FluidSynth": "fluidsynth", "built in": "embedded"}
_LARGE_BYTES = 16 * limits.MEGABYTE


@dataclass(frozen=True, kw_only=True)
class SoundChoice:
    """Selected synthesizer and optional uploaded SoundFont, not yet parsed."""

    engine: Engine
    soundfont: Path | None = None
    is_large: bool = False

    @property
    def identity(self) -> tuple[str, str]:
        """Identity of the sound."""
        return self.engine, self.soundfont.stem if self.soundfont else ""


def default_engine() -> Engine:
    """The default synthesizer."""
    return "auto" if synth.fluidsynth_available() else "embedded"


def choose_sound() -> SoundChoice:
    """Draw the choice of synthesizer, the SoundFont upload and the settings upload."""
    with st.expander(texts.SOUND, icon=":material/piano:"):
        engine: str = default_engine()
        if engine == "auto":
            read_old_names("sound.engine", _OLD_ENGINES)
            engine = st.selectbox(
                texts.ENGINE,
                list(texts.ENGINES),
                key="sound.engine",
                format_func=texts.ENGINES.__getitem__,
                **BOUND,
            )
        else:
            st.caption(texts.NO_FLUIDSYNTH)
        uploaded = upload_file(
            texts.SOUNDFONT,
            key="sound.soundfont",
            max_mb=limits.MAX_SOUNDFONT_BYTES // limits.MEGABYTE,
        )
        if uploaded is None:
            st.caption(
                texts.SOUNDFONT_IN_USE.format(name=synth.soundfont_name(synth.installed_soundfonts()[0]))
            )
    offer_settings("sonify", "sonify")
    path = _write_soundfont(uploaded) if uploaded is not None else None
    is_large = uploaded is not None and len(uploaded.data) > _LARGE_BYTES
    return SoundChoice(engine=cast(Engine, engine), soundfont=path, is_large=is_large)


def _close(folder: tuple[ExitStack, Path]) -> None:
    folder[0].close()
    atexit.unregister(folder[0].close)


@st.cache_resource(scope="session", on_release=_close, show_spinner=False)
def _soundfont_folder() -> tuple[ExitStack, Path]:
    """Private temporary folder, deleted when the visitor leaves or the server ends."""
    opened = ExitStack()
    atexit.register(opened.close)
    return opened, opened.enter_context(open_private_folder())


def _write_soundfont(uploaded: Given) -> Path:
    """Write a SoundFont to disk for both synthesizers, in a worker; a session keeps the last one."""
    path = _soundfont_folder()[1] / f"{uploaded.sha256}.sf2"
    if not path.exists():
        for former in path.parent.glob("*.sf2"):
            former.unlink()
        path.write_bytes(uploaded.data)
    return path
