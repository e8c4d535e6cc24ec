"""Messages show what a file holds, and never do what it says."""

from __future__ import annotations

import pytest

from core.errors import DashboardError, InputError, keep_printable

MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize("kind", [DashboardError, InputError])
@pytest.mark.parametrize(
    "mark", [*MARKS, "\x00", "\x07", "\x1b", "\x7f", "\x9b", "\ud800", "\ufeff", "\u200b"]
)
def test_no_error_carries_a_control_character_or_a_mark_of_direction(
    kind: type[DashboardError], mark: str
) -> None:
    assert str(kind(f"The file “a{mark}b” is no table.")) == "The file “ab” is no table."


@pytest.mark.parametrize("blank", ["\n", "\r", "\t", "\u00a0", "\u2028", "\u2029", "\u3000", "\x85"])
def test_every_kind_of_blank_becomes_a_space(blank: str) -> None:
    assert keep_printable(f"a{blank}b") == "a b"


def test_letters_of_every_script_stay() -> None:
    text = "Zürich, Ελλάδα, Москва, עברית, عربى, 東京, हिन्दी – 5 €"
    assert keep_printable(text) == text
