"""Scores that other programs and hands wrote are read as they sound."""

from __future__ import annotations

import pytest

from core.music.tune import TICKS
from core.music.tune_files import read_tune
from tests.core.music.awkward_scores import SCORES


@pytest.mark.parametrize("name", SCORES)
def test_the_notes_are_those_of_the_score(name: str) -> None:
    case = SCORES[name]
    tune, said = read_tune(case.data, f"a.{case.ending}")
    assert tune.pitches == list(case.pitches)
    if case.lengths:
        lengths = [event.duration_tick / TICKS for event in tune.events if event.pitch is not None]
        assert lengths == pytest.approx(list(case.lengths))
    assert case.note in " ".join(said).lower()
