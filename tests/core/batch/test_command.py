"""``python -m core batch``: what it prints, its exit status, and a batch that is killed and goes on."""

import csv
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from core import __main__
from core.__main__ import main
from core.jobs import JobQueue

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
    assert [(line["row"], line["state"]) for line in lines(jobs)] == [(n, "done") for n in range(1, 5)]
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
    assert shown.err == ""
    assert shown.out.splitlines()[:3] == [
        "row 1: sonify, would write 1-2.mid",
        "row 2: folk, would write folk.json",
        f"row 3 (none): No such file or directory: {jobs.parent}/none.csv. Check its name and its folder.",
    ]
    assert shown.out.splitlines()[-1] == (
        "4 rows: 2 would be done, 0 done before, 2 cannot be done. Nothing was written."
    )
    assert not (jobs.parent / "out").exists()
    jobs.write_text("job,bars,outputs\nfolk,4,report\n")
    assert batch(jobs) == 0
    jobs.write_text("job,bars,outputs\nfolk,4,report\nfolk,8,\n")
    capsys.readouterr()
    assert batch(jobs, "--dry-run", "--resume") == 0
    assert capsys.readouterr().out.splitlines() == [
        "row 1: folk, done before",
        "row 2: folk, would write folk-2.abc, folk-2.krn, folk-2.mid, folk-2.musicxml, folk-2.json",
        "2 rows: 1 would be done, 1 done before, 0 cannot be done. Nothing was written.",
    ]


def test_a_wrong_number_of_workers_is_told_before_the_work(jobs, capsys):
    assert batch(jobs, "--workers", "65") == 2
    assert "--workers was 65; it can be 1 to 64" in capsys.readouterr().err


def write_rows(jobs, *names):
    """Rows of tunes, each of its own length."""
    jobs.write_text(
        "job,outputs,bars,name\n"
        + "".join(f"folk,report,{4 + (ord(name[0]) - ord('a')) % 20},{name}\n" for name in names)
    )


@pytest.fixture
def quick(monkeypatch):
    """Makes tunes that take no time; the list of those that were made."""
    made = []

    def run(options):
        made.append(options.bars)
        options.report.write_text(str(options.bars))
        return "made"

    monkeypatch.setattr("core.folk.command.run", run)
    return made


def test_a_changed_jobs_file_goes_on_with_what_is_done(jobs, quick, capsys):
    write_rows(jobs, "a", "b", "c")
    assert batch(jobs) == 0
    write_rows(jobs, "d", "c", "a")
    capsys.readouterr()
    assert batch(jobs, "--resume") == 0
    assert capsys.readouterr().out == (
        f"3 rows: 1 done, 2 done before, 0 failed. 1 row of the batch before is not in {jobs} any more; the files stay in "
        f"{jobs.parent / 'out'}.\n"
    )
    assert len(quick) == 4
    assert [(line["row"], line["name"]) for line in lines(jobs)] == [(1, "d"), (2, "c"), (3, "a"), (0, "b")]
    assert names(jobs) == ["a.json", "b.json", "c.json", "d.json", "manifest.jsonl"]

    write_rows(jobs, "x", "y")
    for more in ([], ["--dry-run"]):
        assert batch(jobs, "--resume", *more) == 1
        told = capsys.readouterr().err
        assert f"{jobs.parent / 'out'} holds another batch: none of its 4 rows is in {jobs}." in told
        assert "give them in a column “name” the names that they have in" in told
    assert len(lines(jobs)) == 4


def test_a_full_disk_ends_a_batch_as_stopping_does(jobs, quick, capsys, monkeypatch):
    write_rows(jobs, "a", "b", "c")
    replace = Path.replace

    def fill(path, target):
        if target.name == "b.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fill)
        assert batch(jobs) == 1
    assert capsys.readouterr().err == (
        f"error: 3 rows: 1 done, 0 failed, 2 left. The disk of {jobs.parent / 'out'} is full. Free some space, then go on with "
        "--resume.\n"
    )
    assert names(jobs) == ["a.json", "manifest.jsonl"]
    assert batch(jobs, "--resume") == 0
    assert capsys.readouterr().out == "3 rows: 2 done, 1 done before, 0 failed.\n"


def test_a_folder_that_is_removed_ends_a_batch(jobs, capsys, monkeypatch):
    write_rows(jobs, "a", "b")
    monkeypatch.setattr("core.folk.command.run", lambda options: shutil.rmtree(jobs.parent / "out") or "")
    assert batch(jobs) == 1
    assert "2 rows: 0 done, 0 failed, 2 left. The folder" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_a_signal_stops_a_batch_with_a_count(name, status, jobs, capsys, monkeypatch):
    write_rows(jobs, "a", "b", "c", "d")
    jobs.write_text(jobs.read_text().replace("folk,report,4", "sing,report,4"))

    def stop(options):
        options.report.write_text("half")
        os.kill(os.getpid(), getattr(signal, name))

    monkeypatch.setattr("core.folk.command.run", stop)
    before = signal.getsignal(getattr(signal, name))
    assert batch(jobs) == status
    told = capsys.readouterr().err
    assert told == "Stopped. 4 rows: 0 done, 1 failed, 3 left. Go on with --resume.\n"
    assert names(jobs) == ["failures.csv", "manifest.jsonl"]
    assert signal.getsignal(getattr(signal, name)) == before


def test_a_folder_has_a_name_and_a_batch_that_goes_on_has_begun(jobs, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["batch", str(jobs), "--out", ""])
    assert ended.value.code == 2 and "the folder needs a name" in capsys.readouterr().err
    for more in ([], ["--dry-run"]):
        assert batch(jobs, "--resume", *more) == 1
        assert "No batch has begun in" in capsys.readouterr().err
    assert not (jobs.parent / "out").exists()


class AwayQueue(JobQueue):
    """A queue whose scheduler does not answer, or has no workers."""

    def __init__(self, *, is_answering, report):
        super().__init__(0)
        why_away = "" if is_answering else "No Dask scheduler answers at it."
        self.cluster = SimpleNamespace(
            is_answering=is_answering, why_away=why_away, n_places=0, close=lambda: None
        )
        if why_away:
            report(f"{why_away} Until it answers, jobs run on this machine.")

    def wait_for_cluster(self, seconds):
        return False


@pytest.mark.parametrize("is_answering", [True, False])
def test_a_scheduler_that_is_named_must_answer(is_answering, jobs, quick, capsys, monkeypatch):
    write_rows(jobs, "a")
    monkeypatch.setattr(
        "core.jobs.open_queue", lambda n, address, report: AwayQueue(is_answering=is_answering, report=report)
    )
    assert batch(jobs, "--scheduler", "foo") == 2
    assert capsys.readouterr().err == (
        "error: A scheduler's address looks like tcp://10.0.0.5:8786, not foo.\n"
    )
    status = batch(jobs, "--scheduler", "tcp://10.0.0.5:8786")
    told = capsys.readouterr().err
    if is_answering:
        assert (status, len(quick)) == (0, 1)
        assert told == (
            "The scheduler at tcp://10.0.0.5:8786 has no workers yet. Until it has, jobs run on this machine.\n"
        )
        return
    assert (status, quick) == (2, [])
    assert not (jobs.parent / "out").exists()  # or --resume would be accepted
    assert told == (
        "error: No Dask scheduler answers at it. Without --scheduler, jobs run on this machine.\n"
    )
    monkeypatch.setenv("SONOSCOPE_SCHEDULER", "tcp://10.0.0.5:8786")
    assert batch(jobs) == 0
    assert capsys.readouterr().err.endswith("Until it answers, jobs run on this machine.\n")


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
    assert told.startswith("Stopped. ") and told.endswith(" left. Go on with --resume.\n")

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
