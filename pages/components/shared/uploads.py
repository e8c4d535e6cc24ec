"""Uploads: files, pictures and recordings a visitor gives, kept in memory for the session, on every page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from core import limits
from pages.components.shared import texts
from pages.components.shared.messages import plain
from pages.components.shared.server_cache import session_token, upload_cache

MAX_AUDIO_MB = limits.MAX_AUDIO_BYTES // limits.MEGABYTE
# What one session may keep while other pages are shown: one upload of the largest kind. All sessions together are
# bounded by `server_cache.upload_cache`.
MAX_SESSION_BYTES = limits.MAX_AUDIO_BYTES
# By the key of a widget: names and sizes of what is kept of it, oldest first. The bytes are in the server's memory.
_INDEX = "uploads.kept"


@dataclass(frozen=True)
class Given:
    """Uploaded bytes, and their name in messages."""

    data: bytes
    name: str
    file_id: str = field(default="", compare=False)  # Streamlit's, of the upload

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def title(self) -> str:
        """The name without its extension."""
        return self.name.rsplit(".", 1)[0]


def keep_uploads_in_memory() -> None:
    """Let the web server hold a whole upload in memory while it arrives.

    Starlette, which Streamlit serves with, moves parts over 1 MB to a temporary file; photographs are larger than
    that. Streamlit itself keeps uploads in memory. The largest upload is bounded by ``server.maxUploadSize``.
    """
    from starlette.formparsers import MultiPartParser

    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, limits.MAX_AUDIO_BYTES)


def upload_file(
    label: str, *, key: str, max_mb: int = MAX_AUDIO_MB, help: str | None = None, types: Any = None
) -> Given | None:
    """Draw the upload of one file, kept for the session; None while there is none.

    Parameters
    ----------
    label, key : str
    max_mb : int
    help : str, optional
    types : sequence of str, optional
        Endings that the browser offers; by default any, since what cannot be read is told in a sentence of ours.
    """
    draw = partial(
        st.file_uploader, texts.name_limit(label, max_mb), types, key=key, max_upload_size=max_mb, help=help
    )
    return next(iter(_keep(draw, key)), None)


def upload_files(
    label: str, *, key: str, max_mb: int = MAX_AUDIO_MB, help: str | None = None
) -> tuple[Given, ...]:
    """Draw the upload of one or several files, kept for the session; see `upload_file`."""
    draw = partial(
        st.file_uploader,
        texts.name_limit(label, max_mb),
        accept_multiple_files=True,
        key=key,
        max_upload_size=max_mb,
        help=help,
    )
    return _keep(draw, key, several=True)


def record_file(
    label: str, *, key: str, name: str, help: str | None = None, sample_rate: int = 16_000
) -> Given | None:
    """Draw the audio recorder; the recording is kept for the session under a name."""
    draw = partial(st.audio_input, label, key=key, help=help, sample_rate=sample_rate)
    return next(iter(_keep(draw, key, name=name)), None)


def take_picture(label: str, *, key: str, name: str) -> Given | None:
    """Draw the camera input; the picture is kept for the session under a name."""
    return next(iter(_keep(partial(st.camera_input, label, key=key), key, name=name)), None)


def kept_files(key: str) -> tuple[Given, ...]:
    """Files kept for a widget key, whether or not the widget is drawn."""
    if key not in _index():
        return ()
    try:
        kept: tuple[Given, ...] = upload_cache().get(_place(key))
    except KeyError:
        return ()
    return kept


def has_file(sha256: str) -> bool:
    """Whether this session keeps a file with this hash, from any widget."""
    return any(each.sha256 == sha256 for key in _index() for each in kept_files(key))


def hand_over(source: str, target: str) -> bool:
    """Move the files kept for one widget to another, on any page; returns whether there were any.

    Parameters
    ----------
    source, target : str
        Keys of the widgets, such as ``"home.file"`` and ``"sonify.file"``.
    """
    files = kept_files(source)
    if files:
        remove_kept(source)
        _put(target, files)
    return bool(files)


def remove_kept(key: str, n: int | None = None) -> None:
    """Remove files kept for a widget: all, or the one at an index."""
    files = kept_files(key)
    left = () if n is None else (*files[:n], *files[n + 1 :])
    if left:
        _put(key, left)
        return
    upload_cache().drop(_place(key))
    st.session_state[_INDEX] = {name: said for name, said in _index().items() if name != key}


def _keep(draw: Callable[..., Any], key: str, *, several: bool = False, name: str = "") -> tuple[Given, ...]:
    """Draw an upload widget; keep new files, and list those kept before with a "Remove" button.

    Streamlit drops what a widget holds as soon as a page is drawn without the widget. It calls ``on_change`` where the
    visitor gives or takes away, and not where the widget comes back empty.
    """
    shown = draw(on_change=_take_change, args=(key, several, name))
    live = _given(shown, key, name)
    # Empty where the widget is drawn anew: nothing that it held before can then be taken out of it.
    st.session_state[_live_key(key)] = {each.file_id for each in live}
    if live:
        _put(key, _join(key, live, several=several))
    files, live_ids = kept_files(key), {each.file_id for each in live}
    if not files and key in _index():
        _tell_dropped(key)
    if any(isinstance(each, DeletedFile) for each in _list_uploads(st.session_state.get(key))):
        st.info(texts.UPLOAD_LOST)
    for place, each in enumerate(files):
        if each.file_id not in live_ids:
            _show_kept(key, place, each)
    return files


def _take_change(key: str, several: bool, name: str) -> None:
    live = _given(st.session_state.get(key), key, name)
    live_ids = {each.file_id for each in live}
    was_live = st.session_state.get(_live_key(key), set())
    gone = was_live - live_ids
    left = tuple(each for each in kept_files(key) if each.file_id not in gone)
    if gone and not left:
        remove_kept(key)
    elif gone:
        _put(key, left)
    if live:
        _put(key, _join(key, live, several=several))


def _given(shown: Any, key: str, name: str) -> tuple[Given, ...]:
    """Files of a widget, reusing earlier objects of the same uploads, whose hashes are known."""
    known = {each.file_id: each for each in kept_files(key)}
    return tuple(
        known.get(each.file_id) or Given(each.getvalue(), name or each.name, each.file_id)
        for each in _list_uploads(shown)
        if not isinstance(each, DeletedFile)
    )


def _list_uploads(shown: Any) -> Sequence[UploadedFile | DeletedFile]:
    """What a widget holds. A file is deleted where the browser still shows it and this server never had it."""
    return shown if isinstance(shown, list) else [shown] if shown else []


def _join(key: str, live: tuple[Given, ...], *, several: bool) -> tuple[Given, ...]:
    if not several:
        return live
    live_ids = {each.file_id for each in live}
    return (*(each for each in kept_files(key) if each.file_id not in live_ids), *live)


def _put(key: str, files: tuple[Given, ...]) -> None:
    """Store files of this session within its limit; the oldest are evicted."""
    n_bytes = sum(len(each.data) for each in files)
    index = {name: said for name, said in _index().items() if name != key}
    while index and n_bytes + sum(size for _, size in index.values()) > MAX_SESSION_BYTES:
        oldest = next(iter(index))
        upload_cache().drop(_place(oldest))
        del index[oldest]
    index[key] = (", ".join(each.name for each in files), n_bytes)
    st.session_state[_INDEX] = index
    upload_cache().put(_place(key), files, n_bytes, owner=session_token())


def _show_kept(key: str, place: int, given: Given) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.kept{place}"):
        st.markdown(
            f":material/draft: {plain(given.name)} · {size_in_words(len(given.data))}", width="content"
        )
        st.button(
            "Remove",
            key=f"{key}.remove{place}",
            on_click=remove_kept,
            args=(key, place),
            icon=":material/close:",
            type="tertiary",
            help=f"Delete {plain(given.name)} from this session's memory",
        )


def _tell_dropped(key: str) -> None:
    names, _ = _index()[key]
    remove_kept(key)
    st.caption(f"{plain(names)} is no longer in memory: newer uploads needed the room. Upload it again.")


def size_in_words(n_bytes: int) -> str:
    """Format a file size.

    Examples
    --------
    >>> size_in_words(2_400_000)
    '2.4 MB'
    >>> size_in_words(310)
    '310 bytes'
    """
    if n_bytes < 1_000:
        return f"{n_bytes} bytes"
    return f"{n_bytes / 1e3:.0f} KB" if n_bytes < 999_500 else f"{n_bytes / 1e6:.1f} MB"


def _index() -> dict[str, tuple[str, int]]:
    index: dict[str, tuple[str, int]] = st.session_state.get(_INDEX, {})
    return index


def _live_key(key: str) -> str:
    return f"uploads.live.{key}"


def _place(key: str) -> str:
    return f"{key} given by {session_token()}"
