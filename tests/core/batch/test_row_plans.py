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


def test_files_of_another_file_or_of_a_row_that_was_gone_stay_and_a_row_named_the_same_is_the_same(tmp_path):
    def name_rows(text, *entries):
        (tmp_path / "jobs.csv").write_text(text)
        plans = RowPlans(tmp_path / "jobs.csv")
        n_found = plans.match({entry.name: entry for entry in entries})
        return [one.name for one in plans], n_found

    def line(name, **facts):
        return Entry(**{"row": 1, "name": name, "state": "done", "job": "sonify", "row_hash": "h", **facts})

    oslo, rome = line("oslo", file="a/oslo.csv"), line("rome", file="rome.csv")
    text = "job,file,notes\nsonify,b/oslo.csv,8\nsonify,rome.csv,8\n"
    assert name_rows(text, oslo, rome) == (["oslo-1", "rome"], 1)
    assert name_rows(text, line("oslo", file="a/oslo.csv", state="failed"))[0] == ["oslo", "rome"]
    assert name_rows("job,file,name\nsonify,b/oslo.csv,oslo\n", oslo) == (["oslo"], 1)
    x = line("x", state="gone", row=0)
    for text in ("job,name\nfolk,x\n", "job,name,file\nsonify,x,b.csv\n"):
        assert name_rows(text, x) == (["x-1"], 0)


def test_rows_are_the_same_in_csv_and_in_json(tmp_path):
    csv, lines = tmp_path / "jobs.csv", tmp_path / "jobs.jsonl"
    csv.write_text("job,bars,chords,top_p,value,value\nfolk,8,true,0.9,,\nfolk,16,,,rain,\n")
    lines.write_text(
        '{"job": "folk", "bars": 8, "chords": true, "top_p": 0.9, "key": ""}\n{"job": "folk", "bars": 16, "value": ["rain"]}\n'
    )
    one, other = ([plan.row_hash for plan in RowPlans(path)] for path in (csv, lines))
    assert one == other and one[0] != one[1]
