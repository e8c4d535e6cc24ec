"""What a visitor's file is called or says is shown as it is, and does nothing."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import InputError
from pages.components.shared.downloads import file_stem
from pages.components.shared.messages import plain


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\x1b", "\x00", "\ud800"])
def test_a_shown_text_has_no_control_characters_and_no_marks_of_direction(mark: str) -> None:
    assert plain(f"song{mark}3pm.exe") == "song3pm.exe"
    assert file_stem(f"song{mark}3pm") == "song-3pm"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n# b", r"a \# b"),
        ("&#x202e;a", r"\&\#x202e;a"),
        ("www.example.org", r"www\.example.org"),
        ("a@example.org", r"a\@example.org"),
        ("[a](http://b)", r"\[a\](http\://b)"),
    ],
)
def test_a_shown_text_is_neither_a_heading_nor_a_link_nor_an_entity(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize("name", ["../../etc/passwd", "\u202e", "...", "", "a/b\\\\c", "x" * 500])
def test_a_name_for_files_is_short_and_stays_in_its_folder(name: str) -> None:
    stem = file_stem(name)
    assert 0 < len(stem) <= 60
    assert not set(stem) & set("/\\\\:\u202e")
    assert not stem.startswith(".")


def test_an_error_note_or_list_shows_no_mark_of_direction() -> None:
    def page() -> None:
        from core.errors import InputError
        from pages.components.shared.messages import show_error, show_list, show_note

        show_error(InputError("The file “\u202ea” is empty."))
        show_note("The file “\u202ea” is short.")
        show_list(["The file “\u202ea”\nis long."])

    app = AppTest.from_function(page).run()
    texts = [*(e.value for e in app.error), *(c.value for c in app.caption), *(m.value for m in app.markdown)]
    assert len(texts) == 3
    assert all(text.isprintable() for text in texts)


def test_an_error_that_comes_from_a_table_is_printable() -> None:
    from core.tables.table import ReadOptions, read_table

    with pytest.raises(InputError) as caught:
        read_table(b"a,b\n1,2\n", options=ReadOptions(encoding="\u202e\x00utf-9"))
    assert str(caught.value).isprintable()
