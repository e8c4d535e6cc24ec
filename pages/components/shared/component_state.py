"""Two-way component state: changed by the visitor in the browser or by the page.

The browser owns what it shows: a rerun never takes back what a visitor has just done. The page replaces it by
giving another value than before; each replacement has a number, and what the browser sends under an older number
comes too late and is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

Given = TypeVar("Given")
Value = TypeVar("Value")

# What JavaScript counts exactly.
_MOST_TURNS = 2**53


@dataclass(frozen=True, kw_only=True)
class Kept(Generic[Given, Value]):
    """State kept between runs of a component, under the session key ``KEY.kept``.

    Attributes
    ----------
    given, revision
        What the page gave last.
    value
        What the component shows.
    returned
        What the page was told last.
    version : int
        How often the page has given something new, from 1.
    turn : int
        How often the browser has sent something under this version, by its own count. A component that the page
        draws anew sees by it that the page knows more.
    """

    given: Given
    revision: Hashable
    value: Value
    returned: Given
    version: int
    turn: int = 0


def settle(
    key: str,
    given: Given,
    *,
    revision: Hashable,
    take: Callable[[Given], Value],
    read: Callable[[Mapping[str, Any]], Value | None],
    tell: Callable[[Value], Given],
) -> Kept[Given, Value]:
    """Reconcile the page's value with the browser's; call it before the component is mounted.

    Parameters
    ----------
    key : str
        Key of the component. Its state in the browser is one dictionary under the name ``value``.
    given
        The page's value. It replaces what is shown when it differs from the one given before, unless it is only
        what the page was told last, so that a page may hand back what it got.
    revision : hashable
        Another revision replaces what is shown even by an equal value.
    take : callable
        Turns what the page gives into what is shown.
    read : callable
        Turns what the browser sent into what is shown, or None where it makes no sense: a browser may send
        anything. What was shown before then stays.
    tell : callable
        Turns what is shown into what the page is told.

    Returns
    -------
    Kept
    """
    name = f"{key}.kept"
    before: Kept[Given, Value] | None = st.session_state.get(name)
    new = before is None or revision != before.revision
    if before is not None and not new:
        new = given not in (before.given, before.returned)
    version = (before.version if before else 0) + new
    value, turn = (take(given), 0) if before is None or new else (before.value, before.turn)
    sent = _sent(key)
    if sent.get("version") == version and not isinstance(sent["version"], bool):
        understood = read(sent)
        if understood is not None:
            value, turn = understood, int(number(sent.get("turn"), 0, _MOST_TURNS) or 0)
    kept = Kept(given=given, revision=revision, value=value, returned=tell(value), version=version, turn=turn)
    st.session_state[name] = kept
    return kept


def _sent(key: str) -> Mapping[str, Any]:
    state = st.session_state.get(key)
    value = state.get("value") if isinstance(state, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def number(value: object, low: float, high: float) -> float | None:
    """Validate a number from the browser within bounds; None for anything else, NaN and booleans included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return None
    return float(value)
