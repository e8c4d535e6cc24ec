"""No judge of moods has a part in composing: what composes imports none, and reads none of their weights."""

import re
from pathlib import Path

import pytest

from core.emotion.judge.judge import MoodJudge
from core.emotion.rater import CLASSIFIER, RULES, find_rater
from core.nn.card import SET_VARIABLE
from tests.test_house import imported_modules

ROOT = Path(__file__).parents[3]
JUDGES = ("core.emotion.judge", "core.emotion.rating", "core.emotion.mood_of_upload")


def find_file(module: str) -> Path | None:
    """The file of one of the project's modules."""
    place = ROOT / module.replace(".", "/")
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def imported_by(modules: list[str]) -> dict[str, Path]:
    """These modules of core and all that they import when they run, also within functions."""
    found: dict[str, Path] = {}
    while modules:
        name = modules.pop()
        path = find_file(name)
        if path is not None and name not in found:
            found[name] = path
            modules += [
                inner for inner in imported_modules(path, at_run_time=True) if inner.startswith("core.")
            ]
    return found


def test_composing_imports_no_judge_and_reads_none_of_their_weights() -> None:
    found = imported_by(["core.emotion.compose", "core.emotion.piano.generate"])
    assert "core.emotion.piano.draft" in found and "core.nn.weights" in found
    assert [name for name in found if name.startswith(JUDGES)] == []
    reads = re.compile(r"""["'](mood|mood_second)["']""")
    assert [name for name, path in found.items() if reads.search(path.read_text(encoding="utf-8"))] == []


def test_the_walk_finds_a_judge_where_there_is_one() -> None:
    assert any(name.startswith(JUDGES) for name in imported_by(["core.emotion.job"]))
    assert "core.emotion.judge.judge" in imported_by(["core.emotion.job"])


@pytest.mark.parametrize(("chosen", "rater"), [("open", RULES), ("research", CLASSIFIER)])
def test_the_rater_that_is_told_is_the_one_that_rates(monkeypatch, chosen, rater) -> None:
    monkeypatch.setenv(SET_VARIABLE, chosen)
    assert find_rater() is rater
    assert MoodJudge.from_weights().is_by_rules == (rater is RULES)
