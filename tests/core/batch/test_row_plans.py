"""Rows of a jobs file that has changed, and the manifest of the batch before."""

import pytest

from core.batch.jobs_file import Row
from core.batch.manifest import Entry
from core.batch.row_options import hash_row, name_job
from core.batch.row_plans import RowPlans


@pytest.fixture
def plan(tmp_path):
    """Plans of rows, each a line of CSV, and what they are called."""

    def plan_rows(*rows, entries=()):
        path = tmp_path / "jobs.csv"
        path.write_text("job,bars,name\n" + "\n".join(rows))
        plans = RowPlans(path)
        n_found = plans.match({entry.name: entry for entry in entries})
        return [one.name for one in plans], n_found

    return plan_rows


def done(number, called, job="folk", state="done", **cells):
    row = Row(number=number, cells={"job": job, **cells})
    assert name_job(row) == job
    return Entry(row=number, name=called, state=state, job=job, row_hash=hash_row(row))


def test_rows_that_move_keep_their_names_and_new_ones_take_no_name_of_theirs(plan):
    before = [done(1, "folk", bars="4"), done(2, "folk-2", bars="8"), done(3, "folk-3", bars="16")]
    assert plan("folk,4,", "folk,8,", "folk,16,", entries=before) == (["folk", "folk-2", "folk-3"], 3)
    assert plan("folk,32,", "folk,4,", "folk,8,", "folk,16,", entries=before) == (
        ["folk-1", "folk", "folk-2", "folk-3"],
        3,
    )
    assert plan("folk,16,", "folk,8,", entries=before) == (["folk-3", "folk-2"], 2)


def test_equal_rows_are_as_many_as_they_were(plan):
    before = [done(1, "folk", bars="4"), done(2, "folk-2", bars="4")]
    assert plan("folk,4,", "folk,4,", "folk,4,", entries=before) == (["folk", "folk-2", "folk-3"], 2)
    assert plan("folk,4,", "folk,4,", entries=before[1:]) == (["folk", "folk-2"], 1)
    assert plan("folk,8,", "folk,4,", entries=before[1:]) == (["folk", "folk-2"], 1)


def test_a_changed_row_keeps_its_name_and_what_another_job_has_made_stays(plan):
    before = [done(1, "a", bars="4", name="a"), done(2, "b", "emotion", name="b")]
    assert plan("folk,8,a", "emotion,,b", entries=before) == (["a", "b"], 2)
    assert plan("folk,8,b", entries=before) == (["b-1"], 0)
    assert plan("folk,8,", entries=[done(1, "folk", bars="4")]) == (["folk"], 0)
    failed = [done(1, "b", "emotion", state="failed", name="b")]
    assert plan("folk,8,b", entries=failed) == (["b"], 0)
