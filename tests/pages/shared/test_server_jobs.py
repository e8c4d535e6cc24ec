"""The note on pages while a cluster is away, and the line in the log."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core.cluster.connection import Cluster
from core.jobs import JobQueue
from core.limits import MEGABYTE
from pages.components.shared import server_jobs, texts
from pages.components.shared.health import describe_health
from pages.components.shared.server_cache import ResultCache


class NamedCluster(Cluster):
    """A cluster that nobody looks for."""

    def start(self, on_change):
        pass


def draw_note():
    from pages.components.shared.server_jobs import show_cluster_note

    show_cluster_note()


def test_a_page_says_in_one_line_that_the_cluster_is_away_and_nothing_else(monkeypatch):
    cluster = NamedCluster("tcp://127.0.0.1:9", lambda told: None)
    jobs = JobQueue(1, cluster)
    monkeypatch.setattr(server_jobs, "server_jobs", lambda: jobs)
    assert not AppTest.from_function(draw_note).run().caption  # it may yet be found
    cluster.close()  # and was not
    page = AppTest.from_function(draw_note).run()
    assert [texts.CLUSTER_AWAY in caption.value for caption in page.caption] == [True]
    assert not page.error and not page.exception
    monkeypatch.setattr(server_jobs, "server_jobs", lambda: JobQueue(1))
    assert not AppTest.from_function(draw_note).run().caption


def test_the_log_tells_of_the_cluster_where_there_is_one():
    cache = ResultCache(200 * MEGABYTE)
    cluster = NamedCluster("tcp://127.0.0.1:9", lambda told: None)
    assert describe_health(JobQueue(0, cluster), cache).endswith(", cluster not found yet")
    assert "cluster" not in describe_health(JobQueue(0), cache)


def test_the_scheduler_comes_from_the_environment(monkeypatch):
    opened = []
    monkeypatch.setattr(server_jobs, "open_queue", lambda n, address, report: opened.append((n, address)))
    monkeypatch.setenv(server_jobs.WORKERS_SETTING, "3")
    for given in (None, " tcp://10.0.0.5:8786 "):
        if given:
            monkeypatch.setenv(server_jobs.SCHEDULER_SETTING, given)
        server_jobs.server_jobs.__wrapped__()
    assert opened == [(3, ""), (3, "tcp://10.0.0.5:8786")]
