"""Typed text: what is ABC notation passes whole, what is not is listed or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.folk.generate import FolkComposer
from core.folk.typed_abc import check_letters
from core.music.tune import MODES
from core.music.tune_files import to_abc


@pytest.mark.parametrize("mode", MODES)
def test_of_a_tune_that_we_write_nothing_is_left_out(mode: str) -> None:
    composer = FolkComposer.from_weights()
    for seed, meter in enumerate(("6/8", "7/8", "4/4")):
        (tune,) = composer.compose(mode=mode, meter=meter, bars=8, seed=seed, pickup_beat=0.5)
        assert check_letters(to_abc(tune)) == []


@pytest.mark.parametrize(
    "text",
    [
        'K:Edor\n|:"Em"E2F G>FE|{c}B3 z3:|1 (3abc !trill!d2 [ceg]2|[2 d\'2 c,/2 ^^f//|]',
        "T:hello this is a title\nK:G\nw:la la la\nG2 A2 % a comment",
        "[K:D]D2 ~E2 .F2 | G-G A3/2 | x2 Z |",
        "U:q = !trill!\nqA2 c2",
    ],
)
def test_signs_of_the_standard_are_music(text: str) -> None:
    assert check_letters(text) == []


@given(st.text(max_size=200))
def test_any_text_is_refused_in_a_sentence_or_gives_what_is_left_out_of_it(text: str) -> None:
    try:
        skipped = check_letters(text)
    except InputError as error:
        assert "A2 c2 d2 e2" in str(error)
    else:
        assert all(run in text for run in skipped)


@pytest.mark.parametrize(
    "text", ["hello this is %% nonsense !!! 12345 {{{", "hello world", "%%%&&( ]]", "77"]
)
def test_text_that_is_no_tune_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"(?i)notes are the letters"):
        check_letters(text)
