"""Session cache (memoization): small values of one visitor, such as file hashes, kept until their input changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import streamlit as st

T = TypeVar("T")


def remember(key: str, identity: Hashable, make: Callable[[], T]) -> T:
    """Return the value cached under ``key``, recomputing it only when ``identity`` has changed.

    One thing a key, as long as the visitor's session lasts; results are in the server's cache. ``st.cache_data`` would
    share it with everybody and keep several.

    Parameters
    ----------
    key : str
        Session key, such as ``"sonify.result"``.
    identity : hashable
        Equal identities promise equal results.
    make : callable
        Makes the result. If it raises, nothing is kept and the former result is dropped.

    Returns
    -------
    T
    """
    kept = st.session_state.get(key)
    if kept is not None and kept[0] == identity:
        return cast(T, kept[1])
    st.session_state.pop(key, None)
    result = make()
    st.session_state[key] = (identity, result)
    return result
