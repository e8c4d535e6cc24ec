"""Source of the Extrapolate page: an example, an uploaded file, or a recording."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.audio.flac import FlacSound
from core.extrapolate.examples import EXAMPLES
from core.extrapolate.job import ExtendedSound, extend_example, extend_upload, play_example, play_upload
from core.extrapolate.request import Request
from pages.components.extrapolate import texts
from pages.components.shared.controls import BOUND, choose_from, read_old_names
from pages.components.shared.sound_input import Given, record_sound, upload_file

SOURCES = (texts.EXAMPLE, texts.UPLOAD, texts.RECORD)
_TITLES = {example.title: name for name, example in EXAMPLES.items()}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A sound and its origin: a visitor's file or an example.

    Attributes
    ----------
    title : str
        For titles and file names.
    given : Given or None
    example : str
        Empty for a visitor's file.
    """

    title: str
    given: Given | None = None
    example: str = ""

    @property
    def identity(self) -> str:
        """Identity of the sound: an example's name, or the SHA-256 of a file."""
        return f"example:{self.example}" if self.given is None else self.given.sha256

    @property
    def is_private(self) -> bool:
        """Whether the sound is the visitor's own."""
        return self.given is not None

    @property
    def n_bytes(self) -> int:
        """Size of the visitor's file; 0 for an example."""
        return 0 if self.given is None else len(self.given.data)

    def extend(self, request: Request) -> partial[ExtendedSound]:
        """Job that extends the sound."""
        if self.given is not None:
            return partial(extend_upload, self.given.data, self.given.name, request)
        return partial(extend_example, self.example, request)

    def play(self, *, smaller: bool) -> partial[FlacSound]:
        """Job that returns the sound without an addition; examples are never reduced in size."""
        if self.given is not None:
            return partial(play_upload, self.given.data, self.given.name, smaller=smaller)
        return partial(play_example, self.example)


def choose_source() -> Source | None:
    """Draw the source controls in one row; None while there is no sound."""
    read_old_names("extrapolate.source", texts.OLD_SOURCES)
    with st.container(horizontal=True, vertical_alignment="center"):
        source = st.segmented_control(
            texts.SOURCE,
            SOURCES,
            default=texts.EXAMPLE,
            required=True,
            key="extrapolate.source",
            label_visibility="collapsed",
            width="content",
            **BOUND,
        )
        if source not in (texts.UPLOAD, texts.RECORD):
            name = choose_from(
                texts.EXAMPLE_LABEL,
                _TITLES,
                key="extrapolate.example",
                label_visibility="collapsed",
                width=220,
            )
            st.caption(EXAMPLES[name].about, width="content")
            return name_example(name)
    return _upload() if source == texts.UPLOAD else _record()


def default_source() -> Source:
    """Default source."""
    return name_example(next(iter(EXAMPLES)))


def name_example(name: str) -> Source:
    """An example as a source."""
    return Source(title=EXAMPLES[name].title, example=name)


def _upload() -> Source | None:
    given = upload_file(texts.UPLOAD_LABEL, key="extrapolate.file", help=texts.UPLOAD_HELP)
    if given is None:
        st.caption(texts.UPLOAD_EMPTY)
        return None
    return Source(title=given.title, given=given)


def _record() -> Source | None:
    given = record_sound(texts.RECORD_LABEL, key="extrapolate.recording", help=texts.RECORD_HELP)
    return None if given is None else Source(title=texts.RECORDING, given=given)
