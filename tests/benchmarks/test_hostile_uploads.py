"""The campaign of hostile uploads: three hundred files in little time, and what watches over each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hostile.__main__ import main
from benchmarks.hostile.campaign import Trial, choose_trials, in_one_line, run_campaign, summarize
from benchmarks.hostile.catalog import KINDS
from benchmarks.hostile.kinds import make_upload
from benchmarks.hostile.readers import READERS, Broken, check_message
from benchmarks.hostile.worker import Outcome, Worker

# Of the sizes that uploads may have; by hand, `python -m benchmarks.hostile` goes all the way.
EFFORT = 0.5


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


@pytest.mark.long
def test_three_hundred_hostile_uploads_are_read_or_refused_with_a_sentence() -> None:
    trials = run_campaign(list(KINDS.values()), 300, effort=EFFORT)
    assert len(trials) == 300
    assert {trial.kind for trial in trials} == set(KINDS)
    assert [in_one_line(trial) for trial in trials if trial.fault] == []


def test_a_turn_takes_all_kinds_and_each_turn_has_its_own_order() -> None:
    kinds = list(KINDS.values())
    chosen = list(choose_trials(kinds, 2 * len(kinds), 5))
    first, second = chosen[: len(kinds)], chosen[len(kinds) :]
    assert {kind.name for kind, _ in first} == {kind.name for kind, _ in second} == set(KINDS)
    assert [kind.name for kind, _ in first] != [kind.name for kind, _ in second]
    assert {seed for _, seed in first} == {5}
    assert {seed for _, seed in second} == {6}


# What watches over a reading.


def test_a_reading_is_measured_with_what_it_starts_beside_itself(worker: Worker) -> None:
    rows = b"a,b\n1,2\n3,4\n"
    plain = worker.read("table", rows, "t.csv")
    workbook = worker.read("table", make_upload(KINDS["xlsx_plain"], 0).data, "t.xlsx")
    for found in (plain, workbook):
        assert (found.outcome, found.detail) == ("read", "")
        assert 0 < found.processor_sec < 10
        assert found.most_mb > 20
    # calamine reads workbooks in a process of its own; its 0.02 s count. Its 10 MB do, too, and are less than what a
    # reading differs from another.
    assert workbook.processor_sec > plain.processor_sec


def test_a_refusal_and_an_exception_are_told_apart_and_the_worker_goes_on(worker: Worker) -> None:
    refused = worker.read("table", b"%PDF-1.7", "t.csv")
    assert refused.outcome == "refused"
    assert "PDF" in refused.detail
    failed = worker.read("no such reader", b"", "t.csv")
    assert failed.outcome == "exception"
    assert failed.detail.startswith("KeyError")
    assert worker.read("table", b"a,b\n1,2\n3,4\n", "t.csv").outcome == "read"


@pytest.mark.parametrize(("limit", "said"), [({"kill_sec": 0.02}, "0.02 s"), ({"kill_mb": 20.0}, "MB")])
def test_a_reading_that_goes_too_far_is_stopped(worker: Worker, limit: dict[str, float], said: str) -> None:
    stopped = worker.read("table", b"a,b\n" + b"1,2\n" * 500_000, "t.csv", **limit)
    assert stopped.outcome == "limit"
    assert said in stopped.detail


@pytest.mark.parametrize(
    "message",
    [
        "no",
        "This is \u202ebad.",
        "a\x00b is no table.",
        "No sentence at all",
        "x" * 2_000 + ".",
        "It claims 0 megapixels.",
    ],
)
def test_a_refusal_must_be_a_sentence_that_can_be_shown(message: str) -> None:
    with pytest.raises(Broken):
        check_message(message)


def test_sentences_are_fine() -> None:
    check_message("This file is empty. CSV, TSV and “JSON” work.")


# What is said of a campaign.


def trial(**changed: object) -> Trial:
    outcome = {"outcome": "read", "detail": "", "wall_sec": 0.1, "processor_sec": 0.1, "most_mb": 100.0}
    valid = bool(changed.pop("valid", False))
    result = Outcome(**(outcome | changed))  # type: ignore[arg-type]
    return Trial(kind="k", seed=3, reader="table", n_bytes=9, result=result, valid=valid)


@pytest.mark.parametrize(
    ("found", "is_fault"),
    [
        (trial(), False),
        (trial(outcome="refused", detail="No."), False),
        (trial(outcome="refused", detail="No.", valid=True), True),
        (trial(outcome="exception", detail="ValueError: x"), True),
        (trial(outcome="limit", detail="stopped"), True),
        (trial(processor_sec=20.1), True),
        (trial(most_mb=1_025.0), True),
        (trial(processor_sec=19.9, most_mb=1_023.0, wall_sec=50.0), False),
    ],
)
def test_what_counts_as_a_fault(found: Trial, is_fault: bool) -> None:
    assert bool(found.fault) is is_fault
    summary = summarize([found, trial()])
    assert summary["n"] == 2
    assert len(summary["failures"]) == is_fault  # type: ignore[arg-type]


def test_the_command_repeats_one_file_writes_it_and_ends_with_a_line_of_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--only", "csv_title_lines", "--seed", "4", "--n", "1", "--effort", "0.5"]
    assert main([*arguments, "--save", str(tmp_path)]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["n"] == 1
    assert list(summary["worst"]) == ["csv_title_lines"]
    assert [path.name for path in tmp_path.iterdir()] == ["csv_title_lines-4.csv"]


def test_every_reader_has_hostile_files_and_every_file_a_reader() -> None:
    assert {reader for kind in KINDS.values() for reader in kind.readers} == set(READERS)
