"""Results that a download makes, and results that are let go before their visitor leaves."""

from functools import partial

from core.errors import plural
from core.jobs import JobQueue
from core.limits import HEAVY_UPLOAD_BYTES
from pages.components.shared import results
from pages.components.shared.server_cache import server_cache
from tests.pages.conftest import another_visitor


def test_what_is_made_later_is_made_once_and_for_its_visitor_alone(monkeypatch):
    with another_visitor("one"):
        make = results.obtain_later(partial(plural, 2, "row"), what="Counting", private=True)
        other = results.obtain_later(partial(plural, 2, "row"), what="Counting", private=True)
        before = len(server_cache())
        assert make() == "2 rows"
        assert len(server_cache()) == before + 1
        with monkeypatch.context() as patch:
            patch.setattr(JobQueue, "submit", lambda *_: None)
            assert other() == "2 rows"
    assert len(server_cache()) == before
    with another_visitor("another"):
        key = results.result_key(partial(plural, 2, "row"), None, "another")
        assert results.obtain_later(partial(plural, 2, "row"), what="Counting", private=True)() == "2 rows"
        assert server_cache().get(key) == "2 rows"


def test_what_is_forgotten_is_gone():
    with another_visitor("one"):
        before = len(server_cache())
        results.obtain_later(partial(plural, 3, "row"), what="Counting", identity="a hash", private=True)()
        assert len(server_cache()) == before + 1
        results.forget(plural, "a hash")
        assert len(server_cache()) == before
        results.forget(plural, "a hash")


def test_many_uploads_weigh_what_they_weigh_together(monkeypatch):
    asked = []
    monkeypatch.setattr(results, "obtain", lambda call, **named: asked.append(named["heavy"]))
    half = bytes(HEAVY_UPLOAD_BYTES // 2)
    for contents in ((half,), (half, half), (half, half, b"x")):
        results.obtain_reading(partial(len, "names", *contents), slot="a slot", what="Reading these")
    assert asked == [False, False, True]
