"""Sound source of Audio Viz: an example, a file, a recording, another page's result, a track of the library, the microphone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core import audio, limits
from core.audioviz.music_library import Library, Track, open_library
from pages.components.shared.audio_viz_link import FROM_ANOTHER_PAGE, given_sound
from pages.components.shared.controls import BOUND, choose_from
from pages.components.shared.messages import plain
from pages.components.shared.progress import Tell
from pages.components.shared.session_cache import remember
from pages.components.shared.sound_input import Given, record_sound, upload_file
from pages.components.viz.examples import VIZ_EXAMPLES, example_wav

EXAMPLE, UPLOAD, RECORD = "Example", "Upload", "Recording"
LIBRARY, LIVE = "Music library", "Microphone, live"
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
    source = st.radio("Sound", SOURCES, horizontal=True, key="viz.source", **BOUND)
    draw: dict[str, Callable[[], Source]] = {
        UPLOAD: _upload,
        RECORD: _record,
        FROM_ANOTHER_PAGE: _take_given,
        LIBRARY: _choose_from_library,
        LIVE: _go_live,
    }
    return draw.get(source or EXAMPLE, _choose_example)()


def _choose_example() -> Source:
    titles = {example.title: name for name, example in VIZ_EXAMPLES.items()}
    name = choose_from("Example", titles, key="viz.example")
    example = VIZ_EXAMPLES[name]
    st.caption(example.about)

    def get(tell: Tell) -> Sound:
        """Compose the example, or take it from the shelf."""
        return _make_sound(Given(example_wav(name, tell), name), title=example.title, linkable=True)

    return Source(get=get)


def _upload() -> Source:
    given = upload_file(
        "A sound file, or a video's sound",
        key="viz.file",
        help=f"WAV, FLAC, MP3, OGG, M4A and more: one second to {limits.MAX_AUDIO_SEC / 60:.0f} minutes.",
    )
    if given is None:
        st.caption(
            f"One second to {limits.MAX_AUDIO_SEC / 60:.0f} minutes. The file stays in this session's memory; it is not stored."
        )
        return Source()
    return Source(get=lambda _: _make_sound(given, title=given.title))


def _record() -> Source:
    given = record_sound("Record a sound", key="viz.recording", sample_rate=48_000)
    if given is None:
        return Source()
    return Source(get=lambda _: _make_sound(given, title="Recording"))


def _take_given() -> Source:
    given = given_sound()
    if given is None:
        st.caption(
            "Nothing has come from another page yet. Press “See it” beside the downloads of Sonify Data, Folk Generator, "
            "Emotion Music or Extrapolate."
        )
        return Source()
    st.caption(f"From another page: {plain(given.title)}.")
    return Source(get=lambda _: _make_sound(Given(given.wav, given.title), title=given.title))


def _go_live() -> Source:
    st.caption(
        "Press “Microphone” below the picture. Your browser measures the sound itself, whatever the sidebar says: nothing is "
        "sent and nothing is kept."
    )
    return Source(live=True)


def _choose_from_library() -> Source:
    folder = library_folder()
    if not folder:
        st.info(
            f"No music library is set up on this server. Whoever runs it can name a folder in {LIBRARY_SETTING}, as the "
            "README tells; until then choose another sound.",
            icon=":material/library_music:",
        )
        return Source()
    library = _open_library(folder)
    st.caption(plain(library.in_words()))
    track = _choose_track(library)
    if track is None:
        return Source()
    return Source(
        get=lambda _: _make_sound(
            Given(library.read(track), track.title), title=track.title or _NO_NAME, linkable=True
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
def _open_library(folder: str) -> Library:
    return open_library(folder)


def _choose_track(library: Library) -> Track | None:
    columns = st.columns([1, 1, 2])
    genres = columns[0].multiselect(
        "Genre", _label(library.genres()), key="viz.genre", placeholder="all", **BOUND
    )
    genres = [_unlabel(name) for name in genres]
    artists = columns[1].multiselect(
        "Artist", _label(library.artists(genres)), key="viz.artist", placeholder="all", **BOUND
    )
    tracks = library.select(genres, [_unlabel(name) for name in artists])
    titles = _title_tracks(tracks[:_MAX_LISTED])
    title = columns[2].selectbox("Track", list(titles), key="viz.track", **BOUND)
    if len(tracks) > _MAX_LISTED:
        st.caption(
            f"The first {_MAX_LISTED:,} of {len(tracks):,} tracks are listed; choose a genre or an artist."
        )
    return titles.get(title or "")


def _label(names: list[str]) -> list[str]:
    return [name or _NO_NAME for name in names]


def _unlabel(name: str) -> str:
    return "" if name == _NO_NAME else name


def _title_tracks(tracks: list[Track]) -> dict[str, Track]:
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


def _make_sound(given: Given, *, title: str, linkable: bool = False) -> Sound:
    """Decode what was given and make it ready for the browser, once as long as it stays the same."""

    def make() -> Sound:
        # Not kept under a name: of a long sound the stereo is let go while the mono is made.
        played, note = fit_sound(audio.decode(given.data, name=given.name))
        return Sound(
            title=title,
            identity=given.sha256,
            wav=audio.encode(played, "wav"),
            duration_sec=played.duration_sec,
            note=note,
            linkable=linkable,
        )

    return remember("viz.sound", (given.sha256, title), make)


def fit_sound(heard: audio.Audio) -> tuple[audio.Audio, str]:
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
