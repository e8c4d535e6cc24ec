"""Server cache: a few results that all visitors share, because they cost seconds and depend on nothing but their key."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Keeps the results that were asked for last.

    ``st.cache_resource`` would do, but what it calls must not draw, and these show a progress bar.

    Parameters
    ----------
    n_places : int
        How many results stay; the one that was not asked for the longest goes first.
    """

    def __init__(self, n_places: int) -> None:
        self._places = n_places
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result of a key, made if it is not there; nothing is kept where making it fails."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Not under the lock: another visitor's result must not wait for this one.
        made = make()
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > self._places:
                self._kept.popitem(last=False)
        return made

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)
