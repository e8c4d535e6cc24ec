"""Irregular meters with a chosen grouping of their beats: beams, and the files that say it."""

from __future__ import annotations

import pytest

from core.errors import InputError
from core.music.abc_notation import read_abc, to_abc
from core.music.kern import read_kern, to_kern
from core.music.musicxml import read_musicxml, to_musicxml
from core.music.note_values import beat_ticks, notate_bars
from core.music.tune import TICKS, Meter, Tune

EIGHTHS = "GAB cd ef | gfe dc BA |]"


def _tune(meter: str) -> Tune:
    return read_abc(f"M:{meter}\nL:1/8\nK:G\n{EIGHTHS}")[0]


@pytest.mark.parametrize("groups", [(3, 2, 2), (2, 3, 2), (2, 2, 3)])
def test_eighths_are_beamed_as_the_beats_are_grouped(groups: tuple[int, ...]) -> None:
    tune = _tune("(" + "+".join(str(group) for group in groups) + ")/8")
    assert tune.meters == (Meter(meter="7/8", groups=groups),)
    beams = [sign.beams[0] for sign in notate_bars(tune)[0].signs]
    assert beams == [
        "begin" if at == 0 else "end" if at == size - 1 else "continue"
        for size in groups
        for at in range(size)
    ]


def test_without_a_choice_seven_eighths_are_two_two_three() -> None:
    assert beat_ticks(_tune("7/8").meters[0]) == (TICKS, TICKS, 3 * TICKS // 2)


def test_every_notation_keeps_the_grouping() -> None:
    tune = _tune("3+2+2/8")
    assert "<beats>3+2+2</beats>" in to_musicxml(tune)
    assert "M:(3+2+2)/8" in to_abc(tune)
    assert "*M7/8\n*beats:3+2+2\n" in to_kern(tune)
    assert read_musicxml(to_musicxml(tune))[0] == tune
    assert read_abc(to_abc(tune))[0] == tune
    assert read_kern(to_kern(tune)) == tune


def test_kern_of_other_hands_may_say_the_grouping_as_a_sum() -> None:
    assert read_kern("**kern\n*M2+3/8\n4g\n4.a\n==\n*-").meters[0].groups == (2, 3)


@pytest.mark.parametrize(("meter", "groups"), [("7/8", (3, 2)), ("free", (3,)), ("7/8", (7, 0))])
def test_a_grouping_that_does_not_fill_the_bar_is_refused(meter: str, groups: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="does not fill a bar"):
        Meter(meter=meter, groups=groups)
