"""A batch from beginning to end, with a queue that runs jobs here, one that loses workers, and a program that is killed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.batch.jobs_file import Row
from core.batch.manifest import open_manifest, read_entries
from core.batch.row_checks import check_input
from core.batch.row_options import plan_row
from core.batch.run_batch import MAX_TRIES, Batch, is_kept
from core.errors import InputError
from core.jobs import JobError, JobQueue

ROOT = Path(__file__).resolve().parents[3]


def make_plans(folder, n_rows, **cells):
    for number in range(1, n_rows + 1):
        (folder / f"t{number}.csv").write_text(f"x\n{number}\n2\n3\n")
    given = {"job": "sonify", "outputs": "midi", **cells}
    rows = [Row(number=number, cells={**given, "file": f"t{number}.csv"}) for number in range(1, n_rows + 1)]
    return [plan_row(row, f"t{row.number}", folder) for row in rows]


def run(plans, folder, queue=None):
    with open_manifest(folder / "out", resume=True) as manifest:
        batch = Batch(queue or JobQueue(0), manifest)
        batch.run(plans, len(plans))
    return batch.tally


def test_what_was_done_is_not_done_again_and_what_has_changed_is(tmp_path):
    plans = make_plans(tmp_path, 3)
    assert (tally := run(plans, tmp_path)).n_done == 3 and tally.n_kept == 0
    assert (tally := run(plans, tmp_path)).n_done == 0 and tally.n_kept == 3
    (tmp_path / "t1.csv").write_text("x\n5\n2\n3\n")
    (tmp_path / "out" / "t2.mid").write_bytes(b"")
    third = plan_row(
        Row(number=3, cells={"job": "sonify", "outputs": "midi", "file": "t3.csv", "low": "50"}),
        "t3",
        tmp_path,
    )
    assert (tally := run([*plans[:2], third], tmp_path)).n_done == 3 and tally.n_kept == 0
    assert (tally := run([*plans[:2], third], tmp_path)).n_kept == 3
    assert len((tmp_path / "out" / "manifest.jsonl").read_text().splitlines()) == 6


def test_a_row_that_fails_is_tried_again_and_stops_no_other(tmp_path):
    plans = make_plans(tmp_path, 4)
    (tmp_path / "t2.csv").unlink()
    (tmp_path / "t3.csv").write_text("x\na\nb\n")
    plans[3] = plan_row(Row(number=4, cells={"job": "sing"}), "t4", tmp_path)
    tally = run(plans, tmp_path)
    assert (tally.n_done, [entry.row for entry in tally.failures]) == (1, [2, 3, 4])
    sentences = [entry.reason for entry in tally.failures]
    assert sentences[0].startswith("No such file or directory") and "no numeric column" in sentences[1]
    assert {name: entry.state for name, entry in read_entries(tmp_path / "out").items()} == {
        "t1": "done",
        "t2": "failed",
        "t3": "failed",
        "t4": "failed",
    }
    for number in (2, 3):
        (tmp_path / f"t{number}.csv").write_text("x\n1\n2\n")
    tally = run(plans, tmp_path)
    assert (tally.n_kept, tally.n_done, len(tally.failures)) == (1, 2, 1)


def test_a_fault_of_the_program_is_one_row_s(tmp_path, monkeypatch):
    monkeypatch.setattr("core.sonify.command.run", lambda options: 1 / 0)
    tally = run(make_plans(tmp_path, 2), tmp_path)
    assert len(tally.failures) == 2
    assert "please report it" in tally.failures[0].reason


class LosingQueue:
    """Loses the worker of a row some times, and remembers how many rows were in flight, and what was sent."""

    def __init__(self, n_losses: int, *, is_lost: bool = True) -> None:
        self.n_losses, self.is_lost = n_losses, is_lost
        self.most, self.flying, self.requests = 0, 0, []

    def count_places(self, lane="compose"):
        return 2

    def submit(self, job, visitor, on_done=None):
        self.requests.append(visitor)
        self.flying += 1
        self.most = max(self.most, self.flying)
        if self.requests.count(visitor) <= self.n_losses:
            return SimpleNamespace(is_over=True, result=self.lose)
        ticket = JobQueue(0).submit(job, visitor)
        return SimpleNamespace(is_over=True, result=lambda: (self.land(), ticket.result())[1])

    def land(self):
        self.flying -= 1

    def lose(self):
        self.land()
        raise JobError("This row was interrupted on the server.", is_lost=self.is_lost)

    def wait(self, ticket, seconds):
        return True


def test_a_row_whose_worker_is_lost_is_done_once_all_the_same(tmp_path):
    queue = LosingQueue(MAX_TRIES - 1)
    tally = run(make_plans(tmp_path, 9), tmp_path, queue)
    assert (tally.n_done, tally.failures) == (9, [])
    assert len(queue.requests) == 9 * MAX_TRIES
    assert queue.most <= 4  # twice the places: never all inputs at once
    lines = (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["row"] for line in lines) == list(range(1, 10))


def test_a_row_that_ends_every_worker_fails_and_one_beyond_its_limits_is_not_tried_again(tmp_path):
    queue = LosingQueue(MAX_TRIES)
    assert len(run(make_plans(tmp_path, 1), tmp_path, queue).failures) == 1
    assert len(queue.requests) == MAX_TRIES
    queue = LosingQueue(1, is_lost=False)
    assert len(run(make_plans(tmp_path, 1), tmp_path, queue).failures) == 1
    assert len(queue.requests) == 1


def test_large_inputs_are_not_read_ahead(tmp_path, monkeypatch):
    monkeypatch.setattr("core.batch.run_batch._IN_FLIGHT_BYTES", 1)
    queue = LosingQueue(0)
    run(make_plans(tmp_path, 5), tmp_path, queue)
    assert queue.most == 2


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (".", "is a folder. Name its files"),
        ("/dev/zero", "is not a regular file"),
        ("none.csv", "No such file or directory: none.csv. Check its name"),
        ("a\0b", "is no name of a file"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_a_path_that_is_no_file_is_a_sentence(path, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        check_input(Path(path))


# Kills a batch of two rows, which writes two files each and replaces one row that has changed, at every single step of keeping a
# result and of writing the manifest anew: nothing that the kernel has been told of is undone, so a killed process is one that ends without any cleaning.
KILL_EVERYWHERE = """
import json, os, shutil, sys
from pathlib import Path
from core.batch import job, manifest, run_batch
from core.batch.jobs_file import Row
from core.batch.row_options import plan_row
from core.jobs import JobQueue

folder = Path(sys.argv[1])
done = []

def run_row(kind, options, inputs, outputs):
    done.append(1)
    return job.RowResult(said="", seconds=0.0, files={f".{end}": f"{options['seed']} {end}".encode() for end in ENDINGS[options["seed"]]})

ENDINGS = {1: "ab", 2: "ab", 3: "bc"}
job.run_row = run_row
left = -1

def step():
    global left
    left -= 1
    if left == 0:
        os._exit(9)

class Stepping:
    def __init__(self, file): self.file = file
    def __getattr__(self, name): return getattr(self.file, name)
    def __enter__(self): return self
    def __exit__(self, *error): self.file.close()
    def write(self, data):
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            step()
            self.file.write(part)
            self.file.flush()

def patch():
    for name in ("replace", "unlink", "open"):
        whole = getattr(Path, name)
        def stepped(path, *given, whole=whole, **named):
            step()
            made = whole(path, *given, **named)
            return Stepping(made) if hasattr(made, "write") and "r" not in given[0] else made
        setattr(Path, name, stepped)
    fsync = os.fsync
    def stepped_fsync(number):
        step()
        fsync(number)
        step()
    os.fsync = stepped_fsync

def run(seeds):
    plans = [plan_row(Row(number=n, cells={"job": "folk", "seed": seed}), f"r{n}", folder) for n, seed in enumerate(seeds, 1)]
    with manifest.open_manifest(folder / "out", resume=True) as kept:
        batch = run_batch.Batch(JobQueue(0), kept)
        batch.run(plans, len(plans))
        kept.finish({plan.name: plan.number for plan in plans})
    return batch.tally

def look():
    return {path.name: path.read_text() for path in (folder / "out").iterdir() if path.name not in (".lock", "manifest.jsonl")}

n_kills = 0
while True:
    shutil.rmtree(folder / "out", ignore_errors=True)
    run([1, 2])
    child = os.fork()
    if child == 0:
        patch()
        left = n_kills + 1
        run([3, 2])
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for entry in manifest.read_entries(folder / "out").values():
        if entry.row_hash == plan_row(Row(number=1, cells={"job": "folk", "seed": 3}), "", folder).row_hash:
            assert {file["name"] for file in entry.files} <= set(look()), (n_kills, "a line before its files")
    tally = run([3, 2])
    assert tally.n_kept + tally.n_done == 2 and not tally.failures, n_kills
    assert look() == {"r1.b": "3 b", "r1.c": "3 c", "r2.a": "2 a", "r2.b": "2 b"}, (n_kills, look())
    assert run([3, 2]).n_kept == 2, n_kills
    lines = [json.loads(line) for line in (folder / "out" / "manifest.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == [1, 2], (n_kills, "a result is doubled or lost")
    if ended == 0:
        break
    n_kills += 1
print(n_kills)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process that can be split")
def test_killed_at_any_step_of_keeping_a_result_nothing_is_lost_or_doubled(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILL_EVERYWHERE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 12


def test_a_row_is_known_to_be_done_without_reading_what_need_not_be(tmp_path, monkeypatch):
    plans = make_plans(tmp_path, 1)
    run(plans, tmp_path)
    with open_manifest(tmp_path / "out", resume=True) as manifest:
        assert is_kept(plans[0], manifest)
        monkeypatch.setattr("core.batch.run_batch.hash_file", lambda path: pytest.fail("read"))
        changed = plan_row(Row(number=1, cells={"job": "sonify", "file": "t1.csv"}), "t1", tmp_path)
        assert not is_kept(changed, manifest)


def test_an_input_that_cannot_be_read_any_more_and_a_row_that_is_refused_take_no_result_away(tmp_path):
    plans = make_plans(tmp_path, 2)
    assert run(plans, tmp_path).n_done == 2
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.mid")}
    (tmp_path / "t1.csv").rename(tmp_path / "away.csv")  # a disk that is not mounted
    plans[1] = plan_row(
        Row(number=2, cells={"job": "sonify", "file": "t2.csv", "notes": "9999"}), "t2", tmp_path
    )
    for _ in range(2):
        assert len(run(plans, tmp_path).failures) == 2
        assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.mid")} == before
    (tmp_path / "away.csv").rename(tmp_path / "t1.csv")
    assert run(plans[:1], tmp_path).n_done == 1
