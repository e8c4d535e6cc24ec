"""Scores as PDF: real pages that hold every shape of the picture, the same bytes each time."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode

import pytest

from core.music.engraving import Engraving, engrave
from core.music.score_pdf import PAGE_PX, path_steps, to_pdf

ABC = "X:1\nM:4/4\nL:1/4\nK:D\nA | d f (3a/g/f/e | d3 A | d2- d/ z c/ | d4 |]\n"


def contents(pdf: bytes) -> list[str]:
    """The drawing commands of each page."""
    streams = re.findall(rb"ASCII85Decode /FlateDecode.*?stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    return [zlib.decompress(a85decode(stream.strip(), adobe=False) if not stream.strip().endswith(b"~>")
            else a85decode(b"<~" + stream.strip(), adobe=True)).decode("latin-1") for stream in streams]  # fmt: skip


def drawn(text: str = ABC, **options: object) -> Engraving:
    return engrave(text, notation="abc", width_px=PAGE_PX[0], height_px=PAGE_PX[1], trusted=True, **options)  # type: ignore[arg-type]


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
    assert len(long.svg) > 1 and pdf.count(b"/Type /Page\n") == len(long.svg)
    assert f"(2 / {len(long.svg)}) Tj" in contents(pdf)[1]


def test_words_that_no_font_of_a_printer_has_become_question_marks() -> None:
    (page,) = contents(
        to_pdf(
            drawn(),
            title="Lied \N{EIGHTH NOTE} (C\N{LATIN SMALL LETTER E WITH ACUTE})",
            lines=["1", "2", "3"],
        )
    )
    assert r"(Lied ? \(C\351\)) Tj" in page
    assert "(2) Tj" in page and "(3) Tj" not in page


def test_a_path_is_read_as_absolute_steps() -> None:
    text = "M10-5h4v2l-1.5.5c1 1,2 2 3 3s2-1 3 0zm1 1 2 2"
    assert list(path_steps(text)) == [
        ("M", (10, -5)),
        ("L", (14, -5)),
        ("L", (14, -3)),
        ("L", (12.5, -2.5)),
        ("C", (13.5, -1.5, 14.5, -0.5, 15.5, 0.5)),
        ("C", (16.5, 1.5, 17.5, -0.5, 18.5, 0.5)),
        ("Z", ()),
        ("M", (11, -4)),
        ("L", (13, -2)),
    ]


@pytest.mark.parametrize("text", ["M1 2 A 1 1 0 0 0 2 2", "1 2", "M1 2 3", "M1 2z3 4", "M1,x"])
def test_a_path_that_no_score_has_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="no path of a score"):
        list(path_steps(text))


@pytest.mark.parametrize("shape", ["<image/>", '<g transform="rotate(3)"/>'])
def test_what_no_score_is_drawn_with_is_an_error_and_no_gap(shape: str) -> None:
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{shape}</svg>'
    with pytest.raises(ValueError, match="no score is"):
        to_pdf(Engraving(svg=(picture,), onsets=()), title="A")
