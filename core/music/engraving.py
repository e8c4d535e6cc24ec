"""Scores engraved as SVG by Verovio, with the times at which each sign sounds.

Verovio keeps the last score in its toolkit, and where it finds its fonts and how it numbers signs separately
in each thread: called from a second thread it fails or names signs anew. So one thread of its own does all the
drawing of a process. Nothing is fetched: music glyphs become paths inside the picture.

Verovio 6.4 ends the whole process on some damaged texts (a metre cut off after its stroke divides by zero).
Text that this app has not written itself is therefore drawn in a process of its own.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from core.errors import InputError

MAX_CHARACTERS = 8_000_000
MAX_PIXELS = 20_000
MAX_DRAWING_SEC = 20.0
Notation = Literal["kern", "abc", "musicxml"]
_INPUT_NAMES = {"kern": "humdrum", "abc": "abc", "musicxml": "xml"}
# What Verovio draws with. Anything else in a picture did not come from notes.
_ELEMENTS = frozenset(
    ("svg", "desc", "defs", "g", "path", "style", "ellipse", "circle", "rect", "line", "polygon", "polyline",
     "use", "text", "tspan", "title", "symbol")
)  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_SYSTEM = re.compile(r"<g [^>]*class=\"system\"[^>]*>")
_MEASURE = re.compile(r"<g [^>]*class=\"measure\"[^>]*>")
# One of the five lines of a staff; the first and the last of a measure say where it stands.
_STAFF_LINE = re.compile(r"<path d=\"M(-?\d+) (-?\d+) L(-?\d+) \2\" stroke-width=\"13\"")
_TINT = "#0b6e63"
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

    @property
    def note_ids(self) -> tuple[str, ...]:
        """Ids of the notes' SVG elements in order of time."""
        return tuple(name for _, names in self.onsets for name in names)


def engrave(
    text: str,
    *,
    notation: Notation,
    width_px: int = 900,
    height_px: int | None = None,
    scale: int = 40,
    title: bool = False,
    id_prefix: str = "",
    tinted: Collection[int] = (),
    trusted: bool = False,
) -> Engraving:
    """Draw a score.

    Parameters
    ----------
    text : str
        The score, in `notation`. Of kern, filter lines are dropped, and notes are beamed by beat.
    notation : {"kern", "abc", "musicxml"}
    width_px : int in [200, 20000]
    height_px : int or None
        Height of a page; None draws everything on one page as high as it needs to be.
    scale : int in [10, 200]
        Per cent; at 40 a staff is 29 pixels high.
    title : bool
        Whether the title stands above the score.
    id_prefix : str
        Put before each id, so that several scores can stand on one page.
    tinted : collection of int
        Measures, from 0 with the pickup, that stand in a frame on tinted ground.
    trusted : bool
        Whether this app wrote the text: then it is drawn here, in hundredths of a second. Other text takes
        about a quarter of a second more, for a process that may crash alone.

    Returns
    -------
    Engraving
        Lines break where the text says so if they fit the width and are at least a third full.

    Raises
    ------
    InputError
        If the text is no such score, is too long, or holds what a picture of notes must not hold.
    """
    if notation not in _INPUT_NAMES:
        raise InputError(f'"{notation}" is not a notation. There are {", ".join(_INPUT_NAMES)}.')
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"This score has {len(text):,} characters; {MAX_CHARACTERS:,} can be drawn.")
    if not 200 <= width_px <= MAX_PIXELS or not 10 <= scale <= 200:
        raise InputError(f"A score can be 200 to {MAX_PIXELS} pixels wide at a scale of 10 to 200 per cent.")
    if height_px is not None and not 200 <= height_px <= MAX_PIXELS:
        raise InputError(f"A page can be 200 to {MAX_PIXELS} pixels high, not {height_px}.")
    if re.fullmatch(r"(?:[A-Za-z][\w-]{0,40})?", id_prefix) is None:
        raise InputError("The prefix of ids is a word of letters, digits and hyphens.")
    source = _prepared(text, notation)
    if not trusted and notation == "musicxml":
        _check_xml(source)
    draw = _drawn if trusted else _drawn_apart
    pages, timemap = draw(source, notation, width_px, height_px, scale, title)
    onsets = [
        (float(entry["qstamp"]), tuple(id_prefix + name for name in entry["on"]))
        for entry in timemap
        if entry.get("on")
    ]
    if not onsets:
        raise InputError(f"No note was found in this {_label(notation)}. Check that it holds a melody.")
    finished = [_finished(page, id_prefix) for page in pages]
    return Engraving(svg=tuple(_with_tint(finished, tinted) if tinted else finished), onsets=tuple(onsets))


def _label(notation: Notation) -> str:
    return {"kern": "kern text", "abc": "ABC text", "musicxml": "MusicXML"}[notation]


def _prepared(text: str, notation: Notation) -> str:
    # Verovio reads C strings, and a NUL would end them early.
    text = text.replace("\0", "").replace("\r\n", "\n")
    if not text.strip():
        raise InputError(f"This {_label(notation)} is empty, so there is nothing to draw.")
    if notation == "kern":
        # A filter line runs programs inside Verovio: only ours may.
        lines = [line for line in text.split("\n") if not re.match(r"!!+\s*X?filter", line, re.IGNORECASE)]
        if not any(line.startswith("**kern") or "\t**kern" in line for line in lines):
            raise InputError("This is no kern text: no line says **kern.")
        return "\n".join(["!!!filter: autobeam", *lines])
    if notation == "abc" and re.search(r"^K:", text, re.MULTILINE) is None:
        raise InputError("This is no ABC text: no line says K: and names the key.")
    if notation == "musicxml" and "<score-" not in text:
        raise InputError("This is no MusicXML: it holds no score.")
    return text


def _check_xml(text: str) -> None:
    # Verovio draws the front half of a file that is cut off without a word.
    defused: Any = import_module("defusedxml")  # it has no types
    tree: Any = import_module("defusedxml.ElementTree")
    try:
        tree.fromstring(text.encode("utf-8", "replace"))
    except defused.DefusedXmlException as error:
        raise InputError(
            "This XML defines entities of its own, which no score needs, so it is not drawn."
        ) from error
    except (tree.ParseError, ValueError, LookupError) as error:
        raise InputError(
            "This MusicXML is damaged or cut off and could not be read. Export it again."
        ) from error


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


def _drawn(
    source: str, notation: Notation, width_px: int, height_px: int | None, scale: int, title: bool
) -> tuple[list[str], list[dict[str, Any]]]:
    job = _thread().submit(_drawn_there, source, notation, width_px, height_px, scale, title)
    return job.result()


def _drawn_apart(
    source: str, notation: Notation, width_px: int, height_px: int | None, scale: int, title: bool
) -> tuple[list[str], list[dict[str, Any]]]:
    """As :func:`_drawn`, in a process of its own that may crash or hang."""
    request = json.dumps([source, notation, width_px, height_px, scale, title])
    damaged = (
        f"This {_label(notation)} is damaged and could not be drawn. Check that the whole of it is there."
    )
    try:
        answer = subprocess.run(
            [sys.executable, "-c", "from core.music.engraving import _answer; _answer()"],
            input=request.encode("ascii"),
            capture_output=True,
            cwd=Path(__file__).parents[2],
            timeout=MAX_DRAWING_SEC,
            check=True,
        )
        pages, timemap, refusal = json.loads(answer.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise InputError(damaged) from error
    if refusal:
        raise InputError(refusal)
    return pages, timemap


def _answer() -> None:
    """Draw what stands on stdin and write it to stdout; the other side of :func:`_drawn_apart`."""
    pages: list[str] = []
    timemap: list[dict[str, Any]] = []
    refusal = ""
    try:
        pages, timemap = _drawn(*json.loads(sys.stdin.read()))
    except InputError as error:
        refusal = str(error)
    sys.stdout.write(json.dumps([pages, timemap, refusal]))


def _drawn_there(
    source: str, notation: Notation, width_px: int, height_px: int | None, scale: int, title: bool
) -> tuple[list[str], list[dict[str, Any]]]:
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
            "header": "auto" if title else "none",
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
        if not toolkit.loadData(source) or toolkit.getPageCount() < 1:
            raise InputError(
                f"This {_label(notation)} could not be read as a score. Check that the whole of it is there."
            )
        pages = [toolkit.renderToSVG(number) for number in range(1, toolkit.getPageCount() + 1)]
        return pages, toolkit.renderToTimemap({})
    except (RuntimeError, MemoryError) as error:  # what the wrapper makes of a C++ exception
        raise InputError(f"This {_label(notation)} could not be drawn. Check that it is complete.") from error


def _finished(svg: str, id_prefix: str) -> str:
    """The picture in the colour of the page, checked, with prefixed ids."""
    for found in _TAG.finditer(svg):
        if found[2] not in _ELEMENTS or _UNSAFE_ATTRIBUTE.search(found[3]):
            raise InputError("This score holds something besides notes and words, so it is not shown.")
    if svg.count("<") != sum(1 for _ in _TAG.finditer(svg)) or _UNSAFE_STYLE.search(svg):
        raise InputError("This score holds something besides notes and words, so it is not shown.")
    svg = svg.replace(' color="black"', ' fill="currentColor"')
    if not id_prefix:
        return svg
    root = re.search(r'<svg [^>]*\bid="([^"]+)"', svg)
    svg = re.sub(r'(\s(?:id="|(?:xlink:)?href="#))', rf"\g<1>{id_prefix}", svg)
    return svg.replace(f"#{root[1]} ", f"#{id_prefix}{root[1]} ") if root else svg


def _with_tint(pages: Sequence[str], tinted: Collection[int]) -> list[str]:
    """Lay a frame under measures, one over neighbours on a line; measures are counted through all pages."""
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
    return lines[0][0], lines[0][2], lines[0][1], lines[-1][1]


def _frame(left: int, right: int, top: int, bottom: int) -> str:
    return (
        f'<rect class="tint" x="{left}" y="{top - _TINT_MARGIN}" width="{right - left}" '
        f'height="{bottom - top + 2 * _TINT_MARGIN}" rx="90" stroke-width="20" '
        f'style="fill:{_TINT};fill-opacity:0.12;stroke:{_TINT}"/>'
    )
