"""Scores engraved as SVG by Verovio, with the times at which each sign sounds.

Verovio keeps the last score in its toolkit, and where it finds its fonts and how it numbers signs separately
in each thread: called from a second thread it fails or names signs anew. So one thread of its own does all the
drawing of a process. Nothing is fetched: music glyphs become paths inside the picture.

Only text that this app has written is drawn: Verovio 6.4 ends the whole process on some damaged texts (a meter cut
off after its stroke divides by zero). A visitor's file is read into a tune first, and that is written.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import InputError

MAX_PIXELS = 20_000
Notation = Literal["kern", "abc", "musicxml"]
_INPUT_NAMES = {"kern": "humdrum", "abc": "abc", "musicxml": "xml"}
# What Verovio draws with. Anything else in a picture did not come from notes.
_ELEMENT = re.compile(
    "svg|desc|defs|g|path|style|ellipse|circle|rect|line|polygon|polyline|use|text|tspan|title|symbol"
)
# Notes of a metronome mark, as Verovio writes them in its music font, and what any font has for them. A style with a font is
# not heard by a browser within a component's shadow tree, where an empty box would stand.
_FONT = re.compile(r"<style[^>]*>(?:(?!</style>).)*@font-face.*?</style>", re.DOTALL)
_NOTE_SIGN = re.compile(r'<tspan font-family="Leipzig" font-size="\d+px">([^<]*)</tspan>')
# Sharps, flats and naturals of chord symbols, likewise.
_ACCIDENTALS = {0xEA64: "\u266d", 0xEA65: "\u266e", 0xEA66: "\u266f"}
_NOTE_SIGNS = {0xECA3: "\U0001d15e", 0xECA5: "\u2669", 0xECA7: "\u266a", 0xECB7: "."}
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_SYSTEM = re.compile(r"<g [^>]*class=\"system\"[^>]*>")
_MEASURE = re.compile(r"<g [^>]*class=\"measure\"[^>]*>")
_INNER_SECTION = re.compile(r"</?section\b[^>]*>|<expansion\b[^>]*/>")
# One of the five lines of a staff; the first and the last of a measure say where it stands.
_STAFF_LINE = re.compile(r"<path d=\"M(-?\d+) (-?\d+) L(-?\d+) \2\" stroke-width=\"13\"")
TINT = "#0b6e63"
"""Color of a frame around measures."""
_TINT_MARGIN = 300  # of Verovio's units, of which a staff is 720 high
_UNSAFE_ATTRIBUTE = re.compile(r"(?:^|\s)(?:on\w+|(?:xlink:)?href\s*=\s*[\"'](?!#))", re.IGNORECASE)
_UNSAFE_STYLE = re.compile(r"@import|url\s*\(\s*[\"']?(?!#|data:)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Engraving:
    """A drawn score.

    Attributes
    ----------
    svg : tuple of str
        One picture a page. Black unless the page around it says otherwise: strokes and fills are
        ``currentColor`` on a transparent ground. Size by ``viewBox``: it fills the width that it is given.
    onsets : tuple of (float, tuple of str)
        Onset in quarters, and the ids of the notes that begin there, ascending.
    """

    svg: tuple[str, ...]
    onsets: tuple[tuple[float, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class ScoreInTime:
    """A score drawn for one width, and when its notes sound.

    Attributes
    ----------
    svg : str
    width_px : int
    notes : tuple of (str, float, float)
        Ids of the elements that begin together, apart by spaces; onset and end in seconds. In order of time.
    """

    svg: str
    width_px: int
    notes: tuple[tuple[str, float, float], ...]


def engrave(
    text: str,
    *,
    notation: Notation,
    width_px: int = 900,
    height_px: int | None = None,
    scale: int = 40,
    tinted: Collection[int] = (),
) -> Engraving:
    """Draw a score.

    Parameters
    ----------
    text : str
        The score, in `notation`, as this app writes it.
    notation : {"kern", "abc", "musicxml"}
    width_px : int in [200, 20000]
    height_px : int or None
        Height of a page; None draws everything on one page as high as it needs to be.
    scale : int in [10, 200]
        Per cent; at 40 a staff is 29 pixels high.
    tinted : collection of int
        Measures, from 0 with the pickup, that stand in a frame on tinted ground.

    Returns
    -------
    Engraving
        Lines break where the text says so if they fit the width and are at least a third full.

    Raises
    ------
    InputError
        If the text is no such score, a setting is out of range, or the picture holds what one of notes must not.

    Examples
    --------
    >>> drawn = engrave("X:1\\nM:3/4\\nL:1/4\\nK:G\\nGAB|d3|]", notation="abc")
    >>> len(drawn.svg), [quarters for quarters, _ in drawn.onsets]
    (1, [0.0, 1.0, 2.0, 3.0])
    """
    if notation not in _INPUT_NAMES:
        raise InputError(f'"{notation}" is not a notation. There are {", ".join(_INPUT_NAMES)}.')
    if not 200 <= width_px <= MAX_PIXELS or not 10 <= scale <= 200:
        raise InputError(f"A score can be 200 to {MAX_PIXELS} pixels wide at a scale of 10 to 200 per cent.")
    if height_px is not None and not 200 <= height_px <= MAX_PIXELS:
        raise InputError(f"A page can be 200 to {MAX_PIXELS} pixels high, not {height_px}.")
    pages, timemap = _thread().submit(_draw, text, notation, width_px, height_px, scale).result()
    onsets = [(float(entry["qstamp"]), tuple(entry["on"])) for entry in timemap if entry.get("on")]
    if not onsets:
        raise InputError("No note was found in this score. Check that it holds a melody.")
    finished = [_take_color_around(page) for page in pages]
    return Engraving(svg=tuple(_add_tint(finished, tinted) if tinted else finished), onsets=tuple(onsets))


@functools.cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="verovio")


@functools.cache
def _toolkit() -> Any:
    """The toolkit; made and used in the one thread of :func:`_thread` only."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    # The module sets this for the thread that imports it first, which may be another one.
    verovio.setDefaultResourcePath(str(Path(verovio.__file__).parent / "data"))
    return verovio.toolkit()


def _draw(
    text: str, notation: Notation, width_px: int, height_px: int | None, scale: int
) -> tuple[list[str], list[dict[str, Any]]]:
    """Pages and map of times; called in the one thread of :func:`_thread`."""
    toolkit = _toolkit()
    toolkit.resetOptions()
    toolkit.setOptions(
        {
            "inputFrom": _INPUT_NAMES[notation],
            "pageWidth": max(100, min(100_000, width_px * 100 // scale)),
            "pageHeight": 60_000 if height_px is None else max(100, min(100_000, height_px * 100 // scale)),
            "scale": scale,
            "adjustPageHeight": height_px is None,
            # On a narrow page the breaks of the text would leave single bars alone on their lines.
            "breaks": "smart" if width_px * 100 // scale >= 1400 else "auto",
            "breaksSmartSb": 0.3,
            "minLastJustification": 0.7,
            # What is repeated is drawn once, and told once: when it sounds again is worked out from the tune.
            "expandNever": True,
            "header": "none",
            "footer": "none",
            "mnumInterval": 0,
            "pageMarginLeft": 20,
            "pageMarginRight": 20,
            "pageMarginTop": 30,
            "pageMarginBottom": 30,
            "svgViewBox": True,
            "svgHtml5": False,
            "smuflTextFont": "embedded",
            # The same text gives the same ids.
            "xmlIdSeed": 1,
        }
    )
    toolkit.resetXmlIdSeed(1)
    try:
        if not toolkit.loadData(text) or toolkit.getPageCount() < 1:
            raise InputError("This could not be read as a score. Check that the whole of it is there.")
        _open_sections(toolkit, text)
        pages = [toolkit.renderToSVG(number) for number in range(1, toolkit.getPageCount() + 1)]
        return pages, toolkit.renderToTimemap({})
    except (RuntimeError, MemoryError) as error:  # what the wrapper makes of a C++ exception
        raise InputError("This score could not be drawn. Check that it is complete.") from error


def _open_sections(toolkit: Any, text: str) -> None:
    """Take the sections out that Verovio 6.4 makes of repeats: it sees no line break where one begins.

    Repeat signs belong to measures and endings are elements of their own, so nothing that is drawn is lost.
    """
    if "<repeat " not in text:
        return
    score = toolkit.getMEI({})
    outer = score.find("<section")
    head, body = score[: outer + 1], score[outer + 1 :]
    inner, _, tail = body.rpartition("</section>")
    inner = _INNER_SECTION.sub("", inner)
    toolkit.setOptions({"inputFrom": "mei"})
    toolkit.loadData(f"{head}{inner}</section>{tail}")


def _take_color_around(svg: str) -> str:
    """The picture, checked, in the color of what surrounds it."""
    tags = list(_TAG.finditer(svg))
    strange = any(_ELEMENT.fullmatch(tag[2]) is None or _UNSAFE_ATTRIBUTE.search(tag[3]) for tag in tags)
    if strange or svg.count("<") != len(tags) or _UNSAFE_STYLE.search(svg):
        raise InputError("This score holds something besides notes and words, so it is not shown.")
    svg = _FONT.sub("", svg)
    svg = _NOTE_SIGN.sub(_write_sign, svg)
    return svg.replace(' color="black"', ' fill="currentColor"')


def _write_sign(sign: re.Match[str]) -> str:
    """A sign of the music font as one that any font has: a note larger than the words, an accidental as large."""
    written = sign[1].translate(_ACCIDENTALS)
    if written != sign[1]:
        return f'<tspan font-size="405px">{written}</tspan>'
    return f'<tspan font-size="480px">{sign[1].translate(_NOTE_SIGNS)}</tspan>'


def strip_names(svg: str, *, ids: Collection[str] = (), classes: Collection[str] = ()) -> str:
    """Leave out of a picture what only a program would look for in it: more than half of its letters.

    Parameters
    ----------
    svg : str
    ids, classes : collection of str
        Names that stay. Those that the picture itself refers to stay as well.

    Examples
    --------
    >>> strip_names('<g id="a" class="note"> <g class="x" /> <use href="#b" id="c"/> </g>', ids=("a",))
    '<g id="a"><use href="#b"/></g>'
    """
    named = {*re.findall(r"#([\w-]+)", svg), *ids}
    svg = re.sub(r' id="([\w-]+)"', lambda found: found[0] if found[1] in named else "", svg)
    styled = set(re.findall(r"\.([\w-]+)", " ".join(re.findall(r"<style.*?</style>", svg, re.DOTALL))))
    styled |= set(classes)
    svg = re.sub(r' class="([^"]*)"', lambda found: found[0] if styled & set(found[1].split()) else "", svg)
    svg = re.sub(r"<desc>[^<]*</desc>", "", svg)
    return re.sub(r"<g ?/>", "", re.sub(r">\s+<", "><", svg))


def _add_tint(pages: Sequence[str], tinted: Collection[int]) -> list[str]:
    """Lay a frame under measures, one over neighbors on a line; measures are counted through all pages."""
    number = 0
    done = []
    for page in pages:
        edges = [found.end() for found in _SYSTEM.finditer(page)]
        parts = [page[: edges[0]] if edges else page]
        for begin, end in zip(edges, [*edges[1:], len(page)], strict=True):
            line = page[begin:end]
            spans: list[list[int]] = []  # left, right, top, bottom
            joins = False
            for measure in _MEASURE.split(line)[1:]:
                if number in tinted and (box := _staff_box(measure)):
                    if joins:
                        spans[-1][1] = box[1]
                    else:
                        spans.append(list(box))
                joins = number in tinted
                number += 1
            parts += [_frame(*span) for span in spans] + [line]
        done.append("".join(parts))
    return done


def _staff_box(measure: str) -> tuple[int, int, int, int] | None:
    lines = [[int(part) for part in found.groups()] for found in _STAFF_LINE.finditer(measure)]
    if not lines:
        return None
    # The line over an ending looks like one of a staff, but stands above.
    return lines[0][0], lines[0][2], lines[0][1], max(y for _, y, _ in lines)


def _frame(left: int, right: int, top: int, bottom: int) -> str:
    return (
        f'<rect class="tint" x="{left}" y="{top - _TINT_MARGIN}" width="{right - left}" '
        f'height="{bottom - top + 2 * _TINT_MARGIN}" rx="90" stroke-width="20" '
        f'style="fill:{TINT};fill-opacity:0.12;stroke:{TINT}"/>'
    )
