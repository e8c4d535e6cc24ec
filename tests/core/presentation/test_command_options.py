"""Options of film and picture on the command line: what is asked for is written, a wrong ending is told before the work."""

import argparse

import pytest

from core.errors import InputError
from core.presentation.command_options import (
    add_presentation_arguments,
    check_presentation_arguments,
    write_presentation,
)

from .samples import present_lines


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_presentation_arguments(parser)
    return parser.parse_args(words)


def test_film_and_pictures_are_written_as_asked(tmp_path) -> None:
    presentation = present_lines([[1.0, 2.0]], duration_sec=0.3)
    film, svg, png = tmp_path / "a.webm", tmp_path / "a.svg", tmp_path / "a.PNG"
    looks = ("--film-size", "1080x1080", "--theme", "dark", "--fps", "10", "--opening", "0")
    write_presentation(parse("--film", str(film), "--picture", str(svg), *looks), lambda: presentation)
    page = tmp_path / "a.html"
    write_presentation(parse("--picture", str(png), "--page", str(page)), lambda: presentation)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert film.read_bytes()[:4].hex() == "1a45dfa3"
    assert 'width="1080" height="1080"' in svg.read_text(encoding="utf-8")
    assert png.read_bytes()[1:4] == b"PNG"


def test_without_a_file_nothing_is_presented() -> None:
    write_presentation(parse(), lambda: pytest.fail("presented"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--film", "a.avi"), r"ends in \.mp4 or \.webm, not '\.avi'"),
        (("--film", "a"), r"ends in \.mp4 or \.webm, and this name has no ending"),
        (("--page", "a.pdf"), r"ends in \.html, not '\.pdf'"),
        (("--picture", "a.gif"), r"ends in \.svg or \.png, not '\.gif'"),
        (("--film", "a.mp4", "--fps", "500"), "5 to 60 frames per second"),
        (("--film", "a.mp4", "--opening", "-1"), "0 to 10 seconds"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(words, message) -> None:
    with pytest.raises(InputError, match=message):
        check_presentation_arguments(parse(*words))
    with pytest.raises(InputError, match=message):
        write_presentation(parse(*words), lambda: pytest.fail("presented"))
