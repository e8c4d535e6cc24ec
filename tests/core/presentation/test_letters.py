"""Texts of visitors fit, keep their direction and do no harm."""

from hypothesis import given, settings
from hypothesis import strategies as st

from core.presentation.letters import (
    MAX_LETTERS,
    clean_text,
    fit_text,
    is_right_to_left,
    measure_text,
    set_direction,
)

from .samples import ARABIC, HEBREW, HOSTILE


@settings(max_examples=40)
@given(st.text(max_size=400), st.floats(60, 900), st.integers(1, 4))
def test_no_line_is_wider_than_asked_and_no_letter_is_made_up(text, width, max_lines):
    lines = fit_text(text, width, 20.0, max_lines=max_lines)
    assert len(lines) <= max_lines
    assert all(measure_text(line, 20.0) <= width + 1e-6 for line in lines)
    whole = clean_text(text).replace(" ", "")
    assert whole.startswith("".join(lines).replace(" ", "").removesuffix("…"))


@settings(max_examples=40)
@given(st.text(max_size=400))
def test_a_text_is_one_line_without_controls_and_bounded(text):
    cleaned = clean_text(text)
    assert len(cleaned) <= MAX_LETTERS and cleaned.isprintable()
    assert clean_text(cleaned) == cleaned


def test_long_words_break_and_what_is_left_out_ends_in_an_ellipsis():
    assert fit_text("x" * 50, 100, 20, max_lines=2)[1].endswith("…")
    assert fit_text("short", 100, 20) == ["short"]
    assert fit_text("", 100, 20) == []
    assert "\u202e" not in "".join(fit_text(HOSTILE, 500, 20, max_lines=3))


def test_hebrew_and_arabic_run_to_the_left_whatever_draws_them():
    assert is_right_to_left(HEBREW) and is_right_to_left(ARABIC)
    assert not is_right_to_left(f"Apple {HEBREW}")
    assert set_direction(HEBREW) == f"\u2067{HEBREW}\u2069"
    assert set_direction("rain") == "rain"
    # Their letters are wider than the main font's, and are measured so.
    assert measure_text(f"{HEBREW} 2020", 20) > measure_text(HEBREW, 20) + 1.05 * measure_text(" 2020", 20)


def test_emoji_are_drawn_in_a_font_or_left_out_and_notes_and_words_stay(monkeypatch):
    # No font has private letters.
    assert clean_text("Oil \ue000 price \U000f0000") == "Oil price"
    assert clean_text("E♭ ♯ 5° ½ ™ 日本") == "E♭ ♯ 5° ½ ™ 日本"
    monkeypatch.setattr("core.presentation.letters._has_glyph", lambda letter: True)
    assert clean_text("Oil 🎺\ufe0f price") == "Oil 🎺 price"
