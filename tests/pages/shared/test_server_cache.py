"""The cache that all visitors share: its bound, and that nobody reaches what another's upload has made."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from core.errors import plural
from pages.components.shared.results import result_key
from pages.components.shared.server_cache import CACHE_SETTING, ResultCache, read_limit_mb

N_PAIRS = 200


def test_what_was_not_asked_for_the_longest_makes_room() -> None:
    cache = ResultCache(100)
    for name in "abc":
        cache.put(name, name.upper(), 40)
        cache.get("a")
    assert cache.get("a") == "A"
    assert cache.get("c") == "C"
    with pytest.raises(KeyError):
        cache.get("b")
    assert (cache.n_bytes, len(cache)) == (80, 2)


def test_the_newest_stays_however_large_and_goes_with_the_next() -> None:
    cache = ResultCache(100)
    cache.put("small", 1, 50)
    cache.put("large", 2, 1_000)
    assert cache.get("large") == 2
    assert len(cache) == 1
    cache.put("small", 1, 50)
    assert (cache.n_bytes, len(cache)) == (50, 1)


def test_a_result_that_is_made_twice_is_counted_once() -> None:
    cache = ResultCache(100)
    cache.put("a", 1, 30)
    cache.put("a", 2, 40)
    assert (cache.get("a"), cache.n_bytes) == (2, 40)


def test_what_is_private_leaves_with_its_visitor() -> None:
    cache = ResultCache(100)
    for owner in ("ann", "bob"):
        cache.admit_owner(owner)
        cache.put(f"of {owner}", owner, 10, owner=owner)
    cache.put("of all", "all", 10)
    cache.drop_owner("ann")
    with pytest.raises(KeyError):
        cache.get("of ann")
    assert cache.get("of bob") == "bob"
    assert cache.get("of all") == "all"
    cache.put("of ann", "late", 10, owner="ann")  # her job ended after she had gone
    assert len(cache) == 2


def test_two_visitors_with_the_same_file_have_two_keys() -> None:
    call = partial(plural, 1, "row")
    keys = {result_key(call, "sha256 of the file", owner) for owner in ("", "a" * 64, "b" * 64)}
    assert len(keys) == 3


def test_no_visitor_of_200_pairs_at_once_reaches_what_anothers_upload_made() -> None:
    # Both of a pair bring the same file; each may find only what his own session has made of it.
    cache = ResultCache(1_000_000)
    start = threading.Barrier(16)

    def visit(number: int) -> list[object]:
        if number < 16:
            start.wait(30)
        pair, token = number // 2, f"{number:064x}"
        cache.admit_owner(token)
        key = result_key(partial(plural, 1, "row"), f"file {pair}", token)
        found: list[object] = []
        for _ in range(20):
            try:
                found.append(cache.get(key))
            except KeyError:
                cache.put(key, f"made by {number}", 1, owner=token)
        cache.drop_owner(token)
        with pytest.raises(KeyError):
            cache.get(key)
        return found

    with ThreadPoolExecutor(16) as visitors:
        for number, found in enumerate(visitors.map(visit, range(2 * N_PAIRS))):
            assert found == [f"made by {number}"] * 19
    assert (len(cache), cache.n_bytes, cache.n_owners) == (0, 0, 0)


@pytest.mark.parametrize(("given", "megabytes"), [("", 200), ("50", 50), ("much", 200), ("-1", 200)])
def test_the_bound_can_be_set(monkeypatch: pytest.MonkeyPatch, given: str, megabytes: int) -> None:
    monkeypatch.setenv(CACHE_SETTING, given)
    assert read_limit_mb() == megabytes
