"""Make the fonts of core/presentation/fonts from those that Streamlit ships, and from DejaVu Sans for Hebrew and Arabic.

Usage: python -m benchmarks.drawing_fonts DEJAVU_FOLDER (such as /usr/share/fonts/truetype/dejavu); needs fontTools and brotli.
Source Sans is under the SIL Open Font License, whose reserved name a changed font must not bear: it is renamed.
"""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import Any

FONTS = Path(__file__).resolve().parent.parent / "core" / "presentation" / "fonts"
_WEIGHTS = {"Regular": 400, "Bold": 650}
_LATIN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),
    *range(0x2B0, 0x300),
    *range(0x300, 0x370),
    *range(0x370, 0x530),
    *range(0x1E00, 0x2000),
    *range(0x2000, 0x2070),
    *range(0x2070, 0x20D0),
    *range(0x2100, 0x2150),
    *range(0x2150, 0x2200),
    *range(0x2200, 0x2300),
]
# What goes into a picture or a page of its own; other letters are the browser's.
_EMBEDDED = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x391, 0x3CA),
    *range(0x2010, 0x2027),
    *range(0x2070, 0x20C0),
    0x2032,
    0x2212,
    0x2264,
    0x2265,
]
# With Latin letters, so that those within a Hebrew or Arabic title are of one weight with it.
_SIGNS = [*range(0x2669, 0x2670)]
_OTHERS = [
    *range(0x20, 0x7F),
    *range(0x2010, 0x2027),
    *range(0x2669, 0x2670),
    *range(0x590, 0x700),
    *range(0x200B, 0x2010),
    *range(0x2066, 0x206A),
    *range(0xFB1D, 0xFE00),
    *range(0xFE70, 0xFF00),
    *range(0x2190, 0x2200),
    *range(0x2200, 0x2300),
    *range(0x25A0, 0x2600),
]
_MARKS = [0x200E, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


def main(dejavu: Path) -> None:
    """Write the files."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    static = resources.files("streamlit") / "static" / "static" / "media"
    source = next(Path(str(static)).glob("SourceSansVF-Upright*.woff2"))
    for style, weight in _WEIGHTS.items():
        font = instantiateVariableFont(TTFont(source), {"wght": weight})
        dejavu_font = TTFont(dejavu / f"DejaVuSans{'' if style == 'Regular' else '-Bold'}.ttf")
        _add_signs(font, dejavu_font)
        _write(font, [*_LATIN, *_SIGNS], "Sonoscope Sans", style)
        _write(font, [*_EMBEDDED, *_SIGNS], "Sonoscope Sans", style, "woff2")
        _write(dejavu_font, _OTHERS, "Sonoscope Sans Scripts", style)


def _add_signs(font: Any, other: Any) -> None:
    """Copy sharps, flats and notes of another font: resvg takes all letters of a line from one font where one has them all."""
    from fontTools.pens.transformPen import TransformPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    scale = font["head"].unitsPerEm / other["head"].unitsPerEm
    glyphs, names = other.getGlyphSet(), other.getBestCmap()
    for sign in _SIGNS:
        pen = TTGlyphPen(None)
        glyphs[names[sign]].draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
        name = f"uni{sign:04X}"
        if name not in font.getGlyphOrder():
            font.setGlyphOrder([*font.getGlyphOrder(), name])
        font["glyf"][name] = pen.glyph()
        font["hmtx"][name] = (round(glyphs[names[sign]].width * scale), 0)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[sign] = name


def _write(font: Any, letters: list[int], family: str, style: str, ending: str = "ttf") -> None:
    from fontTools.subset import Options, Subsetter

    options = Options(
        layout_features=[
            "kern",
            "mark",
            "mkmk",
            "ccmp",
            "locl",
            "init",
            "medi",
            "fina",
            "rlig",
            "liga",
            "tnum",
        ],
        hinting=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        notdef_outline=True,
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    if "Scripts" in family:
        for table in font["cmap"].tables:  # marks of direction, which no font draws but resvg looks for
            table.cmap.update({mark: table.cmap[0x200F] for mark in _MARKS if 0x200F in table.cmap})
    names = font["name"]
    full = f"{family} {style}"
    for number, text in ((1, family), (2, style), (3, full), (4, full), (6, full.replace(" ", ""))):
        names.setName(text, number, 3, 1, 0x409)
    for number in (16, 17, 21, 22, 25):
        names.removeNames(nameID=number)
    if "FFTM" in font:
        del font["FFTM"]
    font["OS/2"].usWeightClass = 400 if style == "Regular" else 700
    font["OS/2"].fsSelection = 0x40 if style == "Regular" else 0x20
    font["head"].macStyle = 0 if style == "Regular" else 1
    path = FONTS / f"{full.replace(' ', '')}.{ending}"
    font.flavor = None if ending == "ttf" else ending
    font.save(path)
    print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
