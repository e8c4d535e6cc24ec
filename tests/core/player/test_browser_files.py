"""Browser files: what is sent has neither comments nor indentation."""

from core.player.browser_files import shorten_source


def test_what_is_sent_has_no_comments_and_no_indentation() -> None:
    text = "/* Two\n   lines. */\na {\n  b: url(//c);\n}\n\n  // Why.\n  f(); // g\n"
    assert shorten_source(text) == "a {\nb: url(//c);\n}\nf(); // g\n"
