"""Server cache (LRU): results shared by all visitors, bounded in bytes; private ones leave with their owner."""

from __future__ import annotations

import os
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.limits import MEGABYTE

CACHE_SETTING = "SONOSCOPE_CACHE_MB"
UPLOADS_SETTING = "SONOSCOPE_UPLOADS_MB"
_DEFAULT_MB = 200


@dataclass(frozen=True)
class _Entry:
    value: Any
    n_bytes: int
    owner: str


class ResultCache:
    """LRU cache of results, bounded in bytes.

    ``st.cache_data`` counts entries, not bytes, and knows no owner: a film would weigh as much as a caption.

    Parameters
    ----------
    max_bytes : int
        What all results together may take, in the size that they have as messages. The newest always stays, however large.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._owners: set[str] = set()
        self._n_bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> Any:
        """Get the result of a key; raises KeyError if it is missing."""
        with self._lock:
            self._entries.move_to_end(key)
            return self._entries[key].value

    def put(self, key: str, value: Any, n_bytes: int, *, owner: str = "") -> None:
        """Store a result; the least recently used ones are evicted.

        Parameters
        ----------
        key : str
        value : object
            Nobody may change it.
        n_bytes : int
        owner : str
            With whom it leaves (see `drop_owner`); empty for what everybody may have. Of an owner who has gone nothing is
            kept.
        """
        with self._lock:
            self._remove(key)
            if owner and owner not in self._owners:
                return
            self._entries[key] = _Entry(value, n_bytes, owner)
            self._n_bytes += n_bytes
            while self._n_bytes > self.max_bytes and len(self._entries) > 1:
                self._remove(next(iter(self._entries)))

    def drop(self, key: str) -> None:
        """Drop one result, if present."""
        with self._lock:
            self._remove(key)

    def admit_owner(self, owner: str) -> None:
        """Register an owner of private results."""
        with self._lock:
            self._owners.add(owner)

    def drop_owner(self, owner: str) -> None:
        """Drop all private results of an owner."""
        with self._lock:
            self._owners.discard(owner)
            for key in [key for key, entry in self._entries.items() if entry.owner == owner]:
                self._remove(key)

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._n_bytes -= entry.n_bytes

    @property
    def n_bytes(self) -> int:
        """Size of all results in bytes."""
        return self._n_bytes

    @property
    def n_owners(self) -> int:
        """Number of registered owners."""
        return len(self._owners)

    def __len__(self) -> int:
        return len(self._entries)


@st.cache_resource(show_spinner=False)
def server_cache() -> ResultCache:
    """The cache of this server."""
    return ResultCache(read_limit_mb() * MEGABYTE)


@st.cache_resource(show_spinner=False)
def upload_cache() -> ResultCache:
    """Cache of the uploads of all sessions of this server."""
    return ResultCache(read_limit_mb(UPLOADS_SETTING) * MEGABYTE)


def read_limit_mb(setting: str = CACHE_SETTING) -> int:
    """Cache limit from the environment in megabytes, or the default."""
    given = os.environ.get(setting, "")
    return int(given) if given.isdecimal() and len(given) < 8 else _DEFAULT_MB


def _release_session(token: str) -> None:
    server_cache().drop_owner(token)
    upload_cache().drop_owner(token)


@st.cache_resource(scope="session", on_release=_release_session, show_spinner=False)
def session_token() -> str:
    """Secret token of this session; cached results under it are dropped when the visitor leaves."""
    token = secrets.token_hex(32)
    server_cache().admit_owner(token)
    upload_cache().admit_owner(token)
    return token
