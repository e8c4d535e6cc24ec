"""Sentences on a folk tune: bars as the score numbers them."""

from __future__ import annotations

import re

from core.folk.form import AABB
from core.folk.job import load_composer, select_tunes
from core.folk.settings import FolkSettings
from core.music.abc_notation import read_abc
from core.music.tune_files import to_abc
from pages.components.folk.descriptions import describe_outside, number_bars


def test_bars_are_numbered_as_in_the_score_and_the_last_note_has_no_breath_mark() -> None:
    asked = FolkSettings(collection="nottingham", form=AABB, count=1, seed=1, meter="6/8", key="D")
    (tune,) = select_tunes(asked.request(), load_composer()).tunes
    bar = tune.meters[0].bar_tick
    assert number_bars(tune, [0, 8 * bar, 16 * bar, 24 * bar]) == [1, 1, 9, 9]
    said = describe_outside(tune)
    assert said and all(int(n) <= 18 for n in re.findall(r"bar (\d+)", said))
    text = to_abc(tune)
    assert "!breath!" in text and "!breath!" not in text.splitlines()[-1].rsplit("|", 2)[-2]
    assert read_abc(text)[0].events[-1].ends_phrase
