"""Source of Audio Viz: an example, an upload, a recording, another page's result, the music library, the live microphone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core import limits
from core.audioviz.job import HeardSound, hear_given, hear_track, hear_upload
from core.audioviz.music_library import Library, Track, open_library
from core.showcase import SHOWPIECES, hear_showpiece
from pages.components.shared.audio_viz_link import FROM_ANOTHER_PAGE, given_sound, given_title
from pages.components.shared.controls import BOUND, choose_from, read_old_names
from pages.components.shared.messages import plain
from pages.components.shared.sound_input import Given, record_sound, upload_file
from pages.components.viz import texts

EXAMPLE, UPLOAD, RECORD, LIBRARY, LIVE = (
    texts.EXAMPLE,
    texts.UPLOAD,
    texts.RECORD,
    texts.LIBRARY,
    texts.LIVE,
)
_KEY = "viz.source"
LIBRARY_SETTING = "SONOSCOPE_LIBRARY"
_LIBRARY_AGE_SEC = 600
_MAX_LISTED = 2_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """Selected source: a sound and its job, the live microphone, or none.

    Attributes
    ----------
    title : str
    call : functools.partial or None
        The job that gets the sound and measures it.
    identity : object
        Plain data, equal where the sound is equal.
    is_private : bool
        Whether the visitor has brought it; otherwise the address of the page says which sound it is.
    is_heavy : bool
        Whether it may take hundreds of megabytes to read.
    live : bool
    example : str
        Its id, where it is one.
    """

    title: str = ""
    call: partial[HeardSound] | None = None
    identity: object = None
    is_private: bool = False
    is_heavy: bool = False
    live: bool = False
    example: str = ""


def choose_source() -> Source:
    """Draw the source controls.

    Raises
    ------
    DashboardError
        If what was chosen is not there.
    """
    read_old_names(_KEY, texts.OLD_SOURCES)
    with st.container(horizontal=True, vertical_alignment="center"):
        source = st.segmented_control(
            texts.SOURCE,
            _list_sources(),
            default=EXAMPLE,
            required=True,
            key=_KEY,
            label_visibility="collapsed",
            width="content",
            **BOUND,
        )
        if source == EXAMPLE:
            return _choose_example()
    draw: dict[str, Callable[[], Source]] = {
        UPLOAD: _upload,
        RECORD: _record,
        FROM_ANOTHER_PAGE: _take_given,
        LIBRARY: _choose_from_library,
        LIVE: _go_live,
    }
    return draw[source]()


def _list_sources() -> list[str]:
    """Available sources: library and another page's sound only if present or named by a link."""
    asked = (st.session_state.get(_KEY), st.query_params.get(_KEY))
    sources = [EXAMPLE, UPLOAD, RECORD, LIVE]
    if given_title() is not None or FROM_ANOTHER_PAGE in asked:
        sources.append(FROM_ANOTHER_PAGE)
    if library_folder() or LIBRARY in asked:
        sources.append(LIBRARY)
    return sources


def _choose_example() -> Source:
    read_old_names("viz.example", texts.OLD_EXAMPLES)
    titles = {example.title: name for name, example in SHOWPIECES.items()}
    name = choose_from(
        texts.EXAMPLE_LABEL, titles, key="viz.example", label_visibility="collapsed", width=330
    )
    return name_example(name)


def default_source() -> Source:
    """Default source."""
    return name_example(next(iter(SHOWPIECES)))


def name_example(name: str) -> Source:
    """An example as a source."""
    return Source(
        title=SHOWPIECES[name].title,
        call=partial(hear_showpiece, name),
        identity=("example", name),
        example=name,
    )


def _upload() -> Source:
    given = upload_file(texts.UPLOAD_LABEL, key="viz.file", help=texts.UPLOAD_HELP)
    if given is None:
        st.caption(texts.UPLOAD_EMPTY)
        return Source()
    return _take(given, given.title)


def _record() -> Source:
    given = record_sound(texts.RECORD_LABEL, key="viz.recording", sample_rate=48_000)
    return Source() if given is None else _take(given, texts.RECORDING)


def _take(given: Given, title: str) -> Source:
    return Source(
        title=title,
        call=partial(hear_upload, given.data, given.name),
        identity=("file", given.sha256),
        is_private=True,
        is_heavy=len(given.data) > limits.HEAVY_UPLOAD_BYTES,
    )


def _take_given() -> Source:
    given, title = given_sound(), given_title()
    if title is None:
        st.caption(texts.NOTHING_GIVEN)
        return Source()
    st.caption(texts.from_another_page(plain(title)))
    if given is None:
        st.caption(texts.GIVEN_LOST)
        return Source()
    return Source(
        title=given.title,
        call=partial(hear_given, given.sound),
        identity=("given", given.sound.sha256),
        is_private=True,
    )


def _go_live() -> Source:
    st.caption(texts.LIVE_CAPTION)
    return Source(live=True)


def _choose_from_library() -> Source:
    folder = library_folder()
    if not folder:
        st.info(
            f"No music library is set up on this server. Choose another sound. (To set one up, put the path of a folder into "
            f"{LIBRARY_SETTING}; see the README.)",
            icon=":material/library_music:",
        )
        return Source()
    library = _open_library(folder)
    st.caption(plain(library.in_words()))
    track = _choose_track(library)
    if track is None:
        return Source()
    return Source(
        title=track.title or texts.NO_NAME,
        call=partial(hear_track, str(library.folder), track),
        identity=("track", str(library.folder), track.path),
        is_heavy=True,
    )


def library_folder() -> str:
    """Music folder from the secrets or the environment; empty if none is set."""
    try:
        named = st.secrets.get(LIBRARY_SETTING, "")
    except FileNotFoundError:
        named = ""
    return str(named or os.environ.get(LIBRARY_SETTING, "")).strip()


@st.cache_resource(ttl=_LIBRARY_AGE_SEC, max_entries=2, show_spinner="Reading the music library …")
def _open_library(folder: str) -> Library:
    return open_library(folder)


def _choose_track(library: Library) -> Track | None:
    columns = st.columns([1, 1, 2])
    genres = columns[0].multiselect(
        texts.GENRE, _label(library.genres()), key="viz.genre", placeholder=texts.ALL, **BOUND
    )
    genres = [_unlabel(name) for name in genres]
    artists = columns[1].multiselect(
        texts.ARTIST, _label(library.artists(genres)), key="viz.artist", placeholder=texts.ALL, **BOUND
    )
    tracks = library.select(genres, [_unlabel(name) for name in artists])
    titles = _title_tracks(tracks[:_MAX_LISTED])
    title = columns[2].selectbox(texts.TRACK, list(titles), key="viz.track", **BOUND)
    if len(tracks) > _MAX_LISTED:
        st.caption(texts.listed_tracks(_MAX_LISTED, len(tracks)))
    return titles.get(title or "")


def _label(names: list[str]) -> list[str]:
    return [name or texts.NO_NAME for name in names]


def _unlabel(name: str) -> str:
    return "" if name == texts.NO_NAME else name


def _title_tracks(tracks: list[Track]) -> dict[str, Track]:
    """Distinct titles of the tracks in the list."""
    titles: dict[str, Track] = {}
    for track in tracks:
        title = track.title or texts.NO_NAME
        if track.artist:
            title = f"{title} · {track.artist}"
        if title in titles:
            title = f"{title} · {track.path}".encode("utf-8", "replace").decode()
        titles[title] = track
    return titles
