"""``python -m core batch``: what it prints, its exit status, and a batch that is killed and goes on."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core import __main__
from core.__main__ import main
from core.batch.command import _draw_bar
from core.batch.run_batch import Tally

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SEC = 120.0

JOBS = """job,file,notes,outputs,name
sonify,example:nile,8,midi,=1+2
folk,,,report,
sonify,none.csv,,,
sing,,,,-x\x1b[31m
"""


@pytest.fixture
def jobs(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text(JOBS)
    return path


def batch(jobs, *options):
    return main(["batch", str(jobs), "--out", str(jobs.parent / "out"), "--workers", "0", *options])


def names(jobs):
    return sorted(path.name for path in (jobs.parent / "out").iterdir() if path.name[0] != ".")


def test_failures_are_listed_with_their_sentence_and_corrected_rows_go_on(jobs, capsys):
    assert batch(jobs) == 1
    shown = capsys.readouterr()
    assert [line.partition(":")[0] for line in shown.out.splitlines()] == ["row 3 (none)", "row 4 (x-31m)"]
    assert "No such file or directory" in shown.out and "it can be sonify" in shown.out
    assert shown.err.startswith("error: 4 rows: 2 done, 2 failed. Failures are listed in ")
    assert names(jobs) == ["1-2.mid", "failures.csv", "folk.json", "manifest.jsonl"]
    told = (jobs.parent / "out" / "failures.csv").read_text(encoding="utf-8-sig")
    assert [row[:4] for row in csv.reader(io.StringIO(told))][1:] == [
        ["3", "none", "sonify", "none.csv"],
        ["4", "x-31m", "sing", ""],
    ]

    assert batch(jobs) == 1
    assert "Add --resume to go on with it" in capsys.readouterr().err
    jobs.write_text(JOBS.replace("none.csv", "example:nile").replace("sing", "folk"))
    assert batch(jobs, "--resume") == 0
    shown = capsys.readouterr()
    assert shown.out == "4 rows: 2 done, 2 done before, 0 failed.\n" and shown.err == ""
    # The third row has another name now that it reads another file; nothing is there twice.
    assert "failures.csv" not in names(jobs)
    assert [name for name in names(jobs) if name.startswith("nile")] == ["nile.json", "nile.mid", "nile.mp3"]


def test_cells_of_the_list_of_failures_are_text_for_a_spreadsheet(jobs):
    jobs.write_text('{"job": "sonify", "file": "=cmd|x.csv"}\n')
    assert batch(jobs) == 1
    assert "'=cmd|x.csv" in (jobs.parent / "out" / "failures.csv").read_text(encoding="utf-8-sig")


def test_many_failures_are_cut_on_the_terminal_and_whole_in_the_list(jobs, capsys):
    jobs.write_text("job\n" + "sing\n" * 23)
    assert batch(jobs) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "and 3 rows more"
    assert len((jobs.parent / "out" / "failures.csv").read_text(encoding="utf-8-sig").splitlines()) == 24


def test_a_rehearsal_tells_every_row_and_writes_nothing(jobs, capsys):
    assert batch(jobs, "--dry-run") == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines()[:3] == [
        "row 1: sonify, would write 1-2.mid",
        "row 2: folk, would write folk.json",
        f"row 3 (none): No such file or directory: {jobs.parent}/none.csv. Check its name and its folder.",
    ]
    assert "4 rows: 2 would be done, 0 done before, 2 cannot be done. Nothing was written." in shown.err
    assert not (jobs.parent / "out").exists()
    jobs.write_text("job,bars,outputs\nfolk,4,report\n")
    assert batch(jobs) == 0
    jobs.write_text("job,bars,outputs\nfolk,4,report\nfolk,8,\n")
    capsys.readouterr()
    assert batch(jobs, "--dry-run", "--resume") == 0
    assert capsys.readouterr().out.splitlines() == [
        "row 1: folk, done before",
        "row 2: folk, would write folk-2 (folder), folk-2.json",
        "2 rows: 1 would be done, 1 done before, 0 cannot be done. Nothing was written.",
    ]


def test_a_wrong_number_of_workers_is_told_before_the_work(jobs, capsys):
    assert batch(jobs, "--workers", "65") == 1
    assert "--workers was 65; it can be 1 to 64" in capsys.readouterr().err


def test_the_bar_tells_what_is_done_and_what_failed():
    tally = Tally(n_rows=1200, n_kept=200, n_done=498)
    assert _draw_bar(0.5, "Rows: 50%", tally) == "[########--------] Rows: 50%; 498 of 1,000"
    tally.failures = [None, None]
    assert _draw_bar(0.5, "Rows: 50%", tally).endswith("; 500 of 1,000, 2 failed")


def start(jobs, *options):
    command = [
        sys.executable,
        "-m",
        "core",
        "batch",
        str(jobs),
        "--out",
        str(jobs.parent / "out"),
        "--workers",
        "1",
    ]
    return subprocess.Popen(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def lines(jobs):
    path = jobs.parent / "out" / "manifest.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_for_lines(jobs, process, n_lines):
    deadline = time.monotonic() + PATIENCE_SEC
    while len(lines(jobs)) < n_lines:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_batch_whose_worker_and_then_itself_is_killed_goes_on_and_stops_when_told(tmp_path):
    jobs = tmp_path / "jobs.jsonl"
    n_rows = 10
    row = {
        "job": "sonify",
        "file": "example:nile",
        "notes": 60,
        "engine": "embedded",
        "outputs": "wav",
    }
    jobs.write_text("".join(json.dumps({**row, "duration": 50 + number}) + "\n" for number in range(n_rows)))

    first = start(jobs)
    wait_for_lines(jobs, first, 1)
    (worker,) = psutil.Process(first.pid).children()
    worker.kill()
    wait_for_lines(jobs, first, 3)
    first.kill()
    first.communicate()

    second = start(jobs, "--resume")
    wait_for_lines(jobs, second, len(lines(jobs)) + 2)
    second.send_signal(signal.SIGINT)
    _, told = second.communicate()
    assert second.returncode == __main__.STOPPED
    assert " left. Go on with --resume." in told and "Traceback" not in told

    before = lines(jobs)
    assert 5 <= len(before) < n_rows
    third = start(jobs, "--resume")
    out, told = third.communicate()
    assert third.returncode == 0, told
    assert f"{n_rows} rows: {n_rows - len(before)} done, {len(before)} done before, 0 failed." in out
    assert sorted(line["row"] for line in lines(jobs)) == list(range(1, n_rows + 1))
    assert all(line["state"] == "done" for line in lines(jobs))
    assert len({line["files"][0]["sha256"] for line in lines(jobs)}) == n_rows
    assert len(names(jobs)) == n_rows + 1
