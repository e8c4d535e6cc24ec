"""What Audio Viz shows: an example, a file, a recording, another page's result, a track of the library, the microphone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core import audio, limits
from core.audioviz.music_library import Library, Track, open_library
from pages.components.shared.audio_viz_link import FROM_ANOTHER_PAGE, given_sound
from pages.components.shared.plain_text import plain
from pages.components.shared.session_cache import remember
from pages.components.viz.examples import VIZ_EXAMPLES, Tell, example_wav

EXAMPLE, UPLOAD, RECORD, LIBRARY, LIVE = (
    "Example", "Upload", "Recording", "Music library", "Microphone, live",
)  # fmt: skip
SOURCES = (EXAMPLE, UPLOAD, RECORD, FROM_ANOTHER_PAGE, LIBRARY, LIVE)
LIBRARY_SETTING = "SONOSCOPE_LIBRARY"
# The sound goes to the browser whole, as 16-bit samples: six minutes of stereo, twelve of mono at 44.1 kHz.
MAX_WAV_BYTES = 64 * limits.MEGABYTE
_SMALLER_SR = 32_000
_LIBRARY_AGE_SEC = 600
_MAX_LISTED = 2_000
_NO_NAME = "(no name)"


@dataclass(frozen=True, kw_only=True, eq=False)
class Sound:
    """A sound as it is heard, shown and played.

    Attributes
    ----------
    title : str
    identity : str
        SHA-256 of the file that was given; of the WAV for sounds made here.
    wav : bytes
        16-bit PCM, at most `MAX_WAV_BYTES`.
    duration_sec : float
    note : str
        What was changed to make it fit; empty where nothing was.
    linkable : bool
        Whether the address of the page says which sound it is.
    """

    title: str
    identity: str
    wav: bytes
    duration_sec: float
    note: str = ""
    linkable: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """What was chosen: a way to get the sound, the live microphone, or nothing yet."""

    get: Callable[[Tell], Sound] | None = None
    live: bool = False


def choose_source() -> Source:
    """Draw the choice of sources.

    Raises
    ------
    DashboardError
        If what was chosen is not there.
    """
    source = st.radio("Sound", SOURCES, horizontal=True, key="viz.source", bind="query-params")
    chosen = {
        UPLOAD: _upload, RECORD: _recording, FROM_ANOTHER_PAGE: _given, LIBRARY: _library, LIVE: _live,
    }.get(source or EXAMPLE, _example)  # fmt: skip
    return chosen()


def _example() -> Source:
    names = {example.title: name for name, example in VIZ_EXAMPLES.items()}
    title = st.selectbox("Example", list(names), key="viz.example", bind="query-params")
    name = names.get(title or "", next(iter(VIZ_EXAMPLES)))
    st.caption(VIZ_EXAMPLES[name].about)

    def get(tell: Tell) -> Sound:
        """Compose the example, or take it from the shelf."""
        wav = example_wav(name, tell)
        return _sound(wav, title=VIZ_EXAMPLES[name].title, name=name, linkable=True)

    return Source(get=get)


def _upload() -> Source:
    uploaded = st.file_uploader(
        "A sound file, or a video's sound", key="viz.file",
        max_upload_size=limits.MAX_AUDIO_BYTES // limits.MEGABYTE,
        help=f"WAV, FLAC, MP3, OGG, M4A and more: one second to {limits.MAX_AUDIO_SEC / 60:.0f} minutes.",
    )  # fmt: skip
    if uploaded is None:
        st.caption(
            f"One second to {limits.MAX_AUDIO_SEC / 60:.0f} minutes. The file stays in this session's memory; it is not stored."
        )
        return Source()
    return Source(
        get=lambda _: _sound(uploaded.getvalue(), title=uploaded.name.rsplit(".", 1)[0], name=uploaded.name)
    )


def _recording() -> Source:
    recorded = st.audio_input("Record a sound", key="viz.recording", sample_rate=48_000)
    if recorded is None:
        st.caption(
            "If nothing can be recorded, the browser was not allowed to use a microphone: upload a file instead."
        )
        return Source()
    return Source(get=lambda _: _sound(recorded.getvalue(), title="Recording", name="the recording"))


def _given() -> Source:
    given = given_sound()
    if given is None:
        st.caption(
            "Nothing has come from another page yet. Press “See it” beside the downloads of Sonify Data, Folk Generator, "
            "Emotion Music or Extrapolate."
        )
        return Source()
    st.caption(f"From another page: {plain(given.title)}.")
    return Source(get=lambda _: _sound(given.wav, title=given.title, name=given.title))


def _live() -> Source:
    st.caption(
        "Press “Microphone” below the picture. Your browser measures the sound itself, whatever the sidebar says: nothing is "
        "sent and nothing is kept."
    )
    return Source(live=True)


def _library() -> Source:
    folder = library_folder()
    if not folder:
        st.info(
            f"No music library is set up on this server. Whoever runs it can name a folder in {LIBRARY_SETTING}, as the "
            "README tells; until then choose another sound.",
            icon=":material/library_music:",
        )
        return Source()
    library = _opened(folder)
    st.caption(plain(library.in_words()))
    track = _choose_track(library)
    if track is None:
        return Source()
    return Source(
        get=lambda _: _sound(
            library.read(track), title=track.title or _NO_NAME, name=track.title, linkable=True
        )
    )


def library_folder() -> str:
    """The folder of music named in the secrets or in the environment; empty where there is none."""
    try:
        named = st.secrets.get(LIBRARY_SETTING, "")
    except FileNotFoundError:
        named = ""
    return str(named or os.environ.get(LIBRARY_SETTING, "")).strip()


@st.cache_resource(ttl=_LIBRARY_AGE_SEC, max_entries=2, show_spinner="Looking through the music library …")
def _opened(folder: str) -> Library:
    return open_library(folder)


def _choose_track(library: Library) -> Track | None:
    columns = st.columns([1, 1, 2])
    genres = columns[0].multiselect(
        "Genre", _named(library.genres()), key="viz.genre", placeholder="all", bind="query-params"
    )
    genres = [_unnamed(name) for name in genres]
    artists = columns[1].multiselect(
        "Artist", _named(library.artists(genres)), key="viz.artist", placeholder="all", bind="query-params"
    )
    tracks = library.chosen(genres, [_unnamed(name) for name in artists])
    titles = _titles(tracks[:_MAX_LISTED])
    title = columns[2].selectbox("Track", list(titles), key="viz.track", bind="query-params")
    if len(tracks) > _MAX_LISTED:
        st.caption(
            f"The first {_MAX_LISTED:,} of {len(tracks):,} tracks are listed; choose a genre or an artist."
        )
    return titles.get(title or "")


def _named(names: list[str]) -> list[str]:
    return [name or _NO_NAME for name in names]


def _unnamed(name: str) -> str:
    return "" if name == _NO_NAME else name


def _titles(tracks: list[Track]) -> dict[str, Track]:
    """What each track is called in the list; no two alike."""
    titles: dict[str, Track] = {}
    for track in tracks:
        title = track.title or _NO_NAME
        if track.artist:
            title = f"{title} · {track.artist}"
        if title in titles:
            title = f"{title} · {track.path}".encode("utf-8", "replace").decode()
        titles[title] = track
    return titles


def _sound(data: bytes, *, title: str, name: str, linkable: bool = False) -> Sound:
    """Decode what was given and make it ready for the browser, once as long as it stays the same."""
    identity = hashlib.sha256(data).hexdigest()

    def make() -> Sound:
        # Not kept under a name: of a long sound the stereo is let go while the mono is made.
        played, note = _fitted(audio.decode(data, name=name))
        return Sound(
            title=title, identity=identity, wav=audio.encode(played, "wav"), duration_sec=played.duration_sec,
            note=note, linkable=linkable,
        )  # fmt: skip

    return remember("viz.sound", (identity, title), make)


def _fitted(heard: audio.Audio) -> tuple[audio.Audio, str]:
    """A long sound becomes mono, and a very long one loses what lies above 16 kHz."""
    changed = []
    if 2 * heard.n_samples * heard.n_channels > MAX_WAV_BYTES and heard.n_channels > 1:
        heard = heard.mono()
        changed.append("in mono")
    if 2 * heard.n_samples > MAX_WAV_BYTES and heard.sr > _SMALLER_SR:
        heard = heard.resample(_SMALLER_SR)
        changed.append("up to 16 kHz")
    if not changed:
        return heard, ""
    return heard, f"This sound is long: it is played {' and '.join(changed)}, so that it fits into a browser."
