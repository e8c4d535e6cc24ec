"""The sound that the Extrapolate page goes on from: an example, a file, a recording of the visitor's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

from core import limits
from core.audio.flac import FlacSound
from core.extrapolate.analysis import MIN_SEC
from core.extrapolate.examples import EXAMPLES
from core.extrapolate.job import ExtendedSound, extend_example, extend_upload, play_example, play_upload
from core.extrapolate.request import Request
from pages.components.shared.controls import BOUND, choose_from
from pages.components.shared.sound_input import Given, record_sound, upload_file

EXAMPLE, UPLOAD, RECORD = "An example", "A file", "A recording, now"
SOURCES = (EXAMPLE, UPLOAD, RECORD)
_TITLES = {example.title: name for name, example in EXAMPLES.items()}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A sound and where it came from: a visitor's file, or an example.

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
        """Equal where the sound is equal: an example's name, or the SHA-256 of a file."""
        return f"example:{self.example}" if self.given is None else self.given.sha256

    @property
    def is_private(self) -> bool:
        """Whether the visitor has brought it."""
        return self.given is not None

    @property
    def n_bytes(self) -> int:
        """Size of the visitor's file; 0 for an example."""
        return 0 if self.given is None else len(self.given.data)

    def extend(self, request: Request) -> partial[ExtendedSound]:
        """The job that lets it go on."""
        if self.given is not None:
            return partial(extend_upload, self.given.data, self.given.name, request)
        return partial(extend_example, self.example, request)

    def play(self, *, smaller: bool) -> partial[FlacSound]:
        """The job that gives it as it came; examples are never made smaller."""
        if self.given is not None:
            return partial(play_upload, self.given.data, self.given.name, smaller=smaller)
        return partial(play_example, self.example)


def choose_source() -> Source | None:
    """Draw the choice; None while there is nothing to go on from."""
    source = st.radio("Go on from", SOURCES, horizontal=True, key="extrapolate.source", **BOUND)
    if source == UPLOAD:
        return _upload()
    if source == RECORD:
        return _record()
    name = choose_from("Example", _TITLES, key="extrapolate.example")
    st.caption(EXAMPLES[name].about)
    return name_example(name)


def default_source() -> Source:
    """What stands there at a visitor's first look."""
    return name_example(next(iter(EXAMPLES)))


def name_example(name: str) -> Source:
    """An example as a source."""
    return Source(title=EXAMPLES[name].title, example=name)


def _upload() -> Source | None:
    given = upload_file(
        "A sound file",
        key="extrapolate.file",
        help=f"WAV, FLAC, MP3, OGG, M4A and more, or a video's sound: {MIN_SEC:.0f} seconds to "
        f"{limits.MAX_AUDIO_SEC / 60:.0f} minutes.",
    )
    if given is None:
        st.caption(
            f"{MIN_SEC:.0f} seconds to {limits.MAX_AUDIO_SEC / 60:.0f} minutes of anything: music, speech, rain. It stays in "
            "this server's memory while you are here, and is not kept."
        )
        return None
    return Source(title=given.title, given=given)


def _record() -> Source | None:
    given = record_sound(
        "Record something",
        key="extrapolate.recording",
        help=f"At least {MIN_SEC:.0f} seconds; fifteen or more give more to choose from.",
    )
    return None if given is None else Source(title="recording", given=given)
