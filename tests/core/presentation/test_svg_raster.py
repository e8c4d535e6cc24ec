"""Drawings become pixels, whole or in parts, on a machine without any font."""

import numpy as np
import pytest

from core.presentation import svg_raster
from core.presentation.svg_raster import to_pixels, to_png
from core.presentation.svg_writing import SvgWriter

from .samples import ARABIC, HEBREW


def write(text: str, *, bold: bool = False) -> str:
    svg = SvgWriter(400, 60)
    svg.rect(0, 0, 400, 60, fill="#FFFFFF")
    svg.text(10, 40, text, size=28, fill="#000000", bold=bold)
    return svg.finish()


def test_a_part_of_a_drawing_is_that_part_of_its_pixels() -> None:
    whole, part = to_pixels(write("Rain")), to_pixels(write("Rain"), (10, 5, 200, 50))
    assert whole.shape == (60, 400, 3) and part.shape == (50, 200, 3)
    assert np.array_equal(whole[5:55, 10:210], part)
    assert to_pixels(write("Rain"), (10, 5, 200, 50), zoom=1.5).shape == (75, 300, 3)
    assert to_png(write("Rain"))[:4] == b"\x89PNG"


@pytest.mark.parametrize("text", ["CO₂ (µg/m³) − ½ → €", "B♭ major, F♯", "Łódź Ωμέγα Жук", HEBREW, ARABIC])
@pytest.mark.parametrize("bold", [False, True])
def test_the_shipped_fonts_have_the_letters_of_many_scripts(text, bold, monkeypatch) -> None:
    import resvg_py

    told = []
    drawn = resvg_py.svg_to_bytes
    monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda **given: told.append(given) or drawn(**given))
    ink = 255 - to_pixels(write(text, bold=bold)).astype(int)
    assert ink.sum() > 0
    assert told[0]["skip_system_fonts"]
    # A letter that is missing is drawn as a box: alone it looks like the box of any other.
    box = to_pixels(write("\u0378"))
    for letter in set(text) - set(" "):
        assert not np.array_equal(to_pixels(write(letter)), box), letter


def test_other_letters_are_looked_for_on_the_machine() -> None:
    assert svg_raster._OTHER_LETTER.search("日本") and svg_raster._OTHER_LETTER.search("🎵")


def test_too_large_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        to_png(write("Rain"), zoom=60.0)
    with pytest.raises(ValueError, match="SvgWriter"):
        to_png("<svg/>")
