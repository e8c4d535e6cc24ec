"""A list whose entries a visitor puts in order: by dragging, by small buttons, or by the arrow keys.

The browser does the moving; Python hears of it when an entry is let go.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from pages.components.shared import component_state
from pages.components.shared.component import ignore_change, register_component

Order = tuple[int, ...]

_component = register_component(__file__)


def order_list(
    order: Sequence[int],
    *,
    items: Sequence[str],
    slots: Sequence[str],
    key: str,
    label: str,
    revision: Hashable = None,
) -> Order:
    """Show the list and return the visitor's order.

    Parameters
    ----------
    order : sequence of int
        A permutation: entry ``order[i]`` stands in place ``i``. What is shown first; another order than in the run
        before replaces what the visitor chose, but the order that was returned last may be handed back.
    items : sequence of str
        Names of the entries that move.
    slots : sequence of str
        Names of the places, which stay; as many as items.
    key : str
        Streamlit key.
    label : str
        What the list is called when it is read out.
    revision : hashable
        Another revision replaces what the visitor chose even where ``order`` is the same.

    Returns
    -------
    tuple of int
    """
    if len(items) != len(slots) or sorted(order) != list(range(len(items))):
        raise ValueError(
            f"order must be a permutation of {len(items)} items for {len(slots)} slots, got {order}"
        )
    kept = component_state.settle(
        key,
        tuple(order),
        revision=revision,
        take=lambda given: given,
        read=lambda sent: read_order(sent, len(items)),
        tell=lambda value: value,
    )
    _component(
        key=key,
        data={
            "version": kept.version,
            "turn": kept.turn,
            "order": list(kept.returned),
            "items": list(items),
            "slots": list(slots),
            "label": label,
        },
        on_value_change=ignore_change,
    )
    return kept.returned


def read_order(sent: Mapping[str, Any], n: int) -> Order | None:
    """Parse the browser's ``order``: a permutation of 0 to n - 1, or None."""
    values = sent.get("order")
    if not isinstance(values, list | tuple) or len(values) != n:
        return None
    whole = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    return tuple(whole) if sorted(whole) == list(range(n)) else None
