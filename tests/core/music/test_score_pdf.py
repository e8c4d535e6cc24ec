"""Scores as PDF: real pages that hold every shape of the picture, the same bytes each time."""

from __future__ import annotations

import re
import zlib

import pytest

from core.music.abc_notation import read_abc
from core.music.engraving import Engraving, engrave
from core.music.score_pdf import PAGE_PX, to_pdf
from core.music.tune_engraving import engrave_tune

ABC = "X:1\nM:4/4\nL:1/4\nK:D\nA | d f (3a/g/f/e | d3 A | d2- d/ z c/ | d4 |]\n"


def contents(pdf: bytes) -> list[str]:
    """The drawing commands of each page."""
    streams = re.findall(rb"/Filter /FlateDecode.*?stream\r?\n(.*?)\nendstream", pdf, re.DOTALL)
    return [
        text for text in (zlib.decompress(stream).decode("latin-1") for stream in streams) if " Tf" in text
    ]


def drawn(text: str = ABC) -> Engraving:
    return engrave(text, notation="abc", width_px=PAGE_PX[0], height_px=PAGE_PX[1])


def test_every_shape_of_the_picture_is_painted_once() -> None:
    engraving = drawn()
    (page,) = contents(to_pdf(engraving, title="A tune"))
    (svg,) = engraving.svg
    body = svg[svg.index("</style>") :]
    body = re.sub(r'<g [^>]*class="[^"]*placeholder[^"]*"[^>]*>.*?</g>', "", body, flags=re.DOTALL)
    n_shapes = len(re.findall(r"<(?:path|polygon|polyline|ellipse|rect|use) ", body))
    painted = re.findall(r"(?<=\s)(?:B\*?|f\*?|S|b\*?|s)(?=\s)", page)
    assert n_shapes > 60
    assert len(painted) == n_shapes
    assert "(A tune) Tj" in page


def test_the_same_score_gives_the_same_file_and_pages_as_pictures() -> None:
    engraving = drawn()
    assert to_pdf(engraving, title="A") == to_pdf(engraving, title="A") != to_pdf(engraving, title="B")
    long = drawn(ABC.replace("d3 A |", "d3 A |" * 200))
    pdf = to_pdf(long, title="A")
    assert len(long.svg) > 1 and len(re.findall(rb"/Type /Page\n", pdf)) == len(long.svg)
    assert f"(2 / {len(long.svg)}) Tj" in contents(pdf)[1]


def test_words_that_no_font_of_a_printer_has_become_question_marks() -> None:
    (page,) = contents(
        to_pdf(
            drawn(),
            title="Lied \N{EIGHTH NOTE} (C\N{LATIN SMALL LETTER E WITH ACUTE})",
            lines=["1", "2", "3"],
        )
    )
    assert "(Lied ? \\(C\xe9\\)) Tj" in page
    assert "(2) Tj" in page and "(3) Tj" not in page
    assert to_pdf(drawn(ABC.replace("X:1", 'X:1\nQ:"\N{HIRAGANA LETTER A}" 1/4=90')), title="\ud800")


def test_numbers_of_bars_are_printed_in_italics() -> None:
    tune, _ = read_abc(ABC.replace("d3 A |", "d3 A |" * 20))
    pdf = to_pdf(engrave_tune(tune, width_px=PAGE_PX[0], height_px=PAGE_PX[1]), title="A")
    (page,) = contents(pdf)
    assert "(5) Tj" in page and b"/Times-Italic" in pdf


def test_what_no_score_is_drawn_with_is_an_error_and_no_gap() -> None:
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image/></svg>'
    with pytest.raises(ValueError, match="no score is drawn with image"):
        to_pdf(Engraving(svg=(picture,), onsets=()), title="A")
