"""Three app processes behind the real Caddy: which requests need their visitor's replica, and what a killed one costs."""

from __future__ import annotations

import asyncio
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from benchmarks.replicas import COOKIE, Browser, Replicas, kill_one, make_links
from pages.components.shared.server_jobs import WORKERS_SETTING

if shutil.which("caddy") is None:
    pytest.skip("Caddy is missing (Debian: apt-get install caddy)", allow_module_level=True)


@pytest.fixture
def replicas(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replicas]:
    """Three replicas, each with one worker."""
    monkeypatch.setenv(WORKERS_SETTING, "1")
    with Replicas(3) as running:
        yield running


def status_of(url: str) -> int:
    """Status of a plain request."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def find_holders(replicas: Replicas, path: str) -> list[int]:
    """Replicas that have an address themselves."""
    return [n for n, own in enumerate(replicas.addresses) if status_of(f"http://{own}{path}") == 200]


async def check_session(replicas: Replicas, visitor: Browser, replica: int) -> None:
    """What belongs to a session reaches its replica, and would be refused by another."""
    look = await visitor.look()
    assert look.seconds is not None, look.told
    sounds = sorted(path for path in look.named if path.endswith((".flac", ".ogg")))
    assert sounds
    assert [find_holders(replicas, path) for path in sounds] == [[replica]] * len(sounds)
    for path in sounds:
        assert visitor.ask("GET", path).status == 200
    for _ in range(3):
        assert visitor.upload(b"day,rain\n1,2\n") == 204
        assert visitor.upload(b"", method="DELETE") == 204


def test_what_belongs_to_a_session_reaches_its_replica_and_the_rest_any(replicas: Replicas) -> None:
    first, tab, without_cookies = (Browser(replicas.address, link) for link in make_links(3))

    # Whoever comes anew may be given any replica, and the page itself is the same at each.
    given = {cookie_of(replicas) for _ in range(40)}
    assert given == {0, 1, 2}
    for path in ("/sonify_data", "/_stcore/health", "/_stcore/host-config", "/link-preview/home.png"):
        assert find_holders(replicas, path) == [0, 1, 2], path
    assert first.ask("GET", "/_stcore/metrics").status == 404

    async def visit() -> None:
        assert (await first.load()).seconds is not None
        mine = replicas.name_of(first.cookies[COOKIE])
        await check_session(replicas, first, mine)

        # A second tab has the cookie, and so the same replica; with another browser it may be another.
        tab.cookies, tab.headers = first.cookies, first.headers
        assert (await tab.load()).seconds is not None
        await check_session(replicas, tab, mine)

        # Elsewhere an upload would be refused for its session, but not for its token: tokens are good at every replica.
        other = Browser(f"http://{replicas.addresses[(mine + 1) % 3]}", "")
        other.cookies, other.headers, other.session_id = first.cookies, first.headers, first.session_id
        assert other.upload(b"day,rain\n1,2\n") == 400

        # A page that comes back without its first request, or in a browser that keeps no cookie of the proxy's.
        without_cookies.refused = {COOKIE}
        answers = [without_cookies.ask("GET", "/_stcore/health") for _ in range(5)]
        assert {answer.status for answer in answers} == {200}
        look = await without_cookies.look()
        (holders,) = {tuple(find_holders(replicas, path)) for path in look.named if path.endswith(".flac")}
        assert len(holders) == 1
        await check_session(replicas, without_cookies, holders[0])
        for each in (first, tab, without_cookies):
            await each.leave()

    asyncio.run(visit())


def cookie_of(replicas: Replicas) -> int:
    """Replica that a new visitor is given."""
    fresh = Browser(replicas.address, "")
    assert fresh.ask("GET", "/").status == 200
    return replicas.name_of(fresh.cookies[COOKIE])


def test_a_killed_replica_harms_no_other_visitor_and_its_own_find_their_page_by_reloading(
    replicas: Replicas,
) -> None:
    visitors = [Browser(replicas.address, link) for link in make_links(6)]
    outcome = asyncio.run(kill_one(replicas, visitors, looks_after=2, pause=1.0))
    assert outcome.told == []
    assert (outcome.n_of_killed, outcome.recovered) == (2, 2)
    assert (outcome.n_of_others, outcome.looks_of_others, outcome.failed_of_others) == (4, 8, 0)
