"""Score as SVG: Verovio's engraving in the colors of a theme, with the way of the playhead and the note heads that light up."""

from __future__ import annotations

import math
import re

import numpy as np

from core.music.engraving import TINT, ScoreInTime, strip_names
from core.presentation.frame import draw_frame
from core.presentation.letters import FONT_FAMILY, SCRIPTS_FAMILY
from core.presentation.presentation import Drawing, Presentation, ScorePicture
from core.presentation.score_geometry import ScoreGeometry, mark_notes, read_geometry, trace_score
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme

# At its own width a staff is so high, pixels; how high it is wanted, at least and at most, of the text's size.
_STAFF_PX, _WANTED, _LEAST, _MOST = 29.0, 2.1, 1.25, 3.2
_ROOT = re.compile(r"<svg [^>]*viewBox=\"0 0 ([\d.]+) ([\d.]+)\"[^>]*>")
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
_PLACEHOLDER = re.compile(r"<g [^>]*class=\"[^\"]*placeholder[^\"]*\">\s*<ellipse[^>]*/>\s*</g>")
# What Verovio says in a style sheet, which a page with a strict policy would not take.
_LETTERINGS = {
    "bold": re.compile(r'<g ([^>]*class="(?:ending|fing|reh|tempo)[^"]*")'),
    "italic": re.compile(r'<g ([^>]*class="(?:dir|dynam|mNum)[^"]*")'),
}
_TINTED = re.compile(rf'style="fill:{TINT};fill-opacity:([\d.]+);stroke:{TINT}"')
_NOTE_SIGN = re.compile(r">([\u2669-\u266f\U0001d15e]+)<")


def draw_score(
    presentation: Presentation,
    picture: ScorePicture,
    width: int,
    height: int,
    theme: Theme,
    *,
    is_titled: bool = True,
    readout_px: int = 0,
    text_px: float | None = None,
) -> Drawing:
    """Draw the score; parameters as of `core.presentation.drawing.draw`. One that is long is higher than asked for."""
    head = SvgWriter(width, height)
    frame = draw_frame(head, presentation, theme, is_titled=is_titled, readout_px=readout_px, text_px=text_px)
    text_px = frame.text_px
    room, tall = frame.right - frame.left, frame.bottom - frame.top
    score, geometry, zoom = _choose_score(picture.scores, room, tall, text_px)
    wide, high = geometry.width * zoom, geometry.height * zoom
    left = frame.left + (room - wide) / 2
    top = frame.top + max(0.0, 0.4 * (tall - high))
    whole = max(height, math.ceil(top + high + height - frame.bottom))
    svg = SvgWriter(width, whole)
    if whole > height:  # the paper and the source go down to the end
        frame = draw_frame(
            svg, presentation, theme, is_titled=is_titled, readout_px=readout_px, text_px=text_px
        )
    else:
        svg = head
    svg.add(_color(score, left, top, wide, high, theme))
    segments = trace_score(geometry, score.notes, presentation.sound.duration_sec)
    marks = mark_notes(geometry, score.notes)
    for columns, offset in (((2, 3), left), ((4, 5), top)):
        segments[:, columns] = segments[:, columns] * zoom + offset
    marks[:, 2:6] *= zoom
    marks[:, 2:4] += np.array([left, top])
    return Drawing(
        svg=svg.finish(),
        width=width,
        height=whole,
        segments=segments,
        marks=marks,
        description=_describe(presentation, geometry),
        text_px=text_px,
        header_px=frame.top,
        readout=frame.readout,
    )


def _choose_score(
    scores: tuple[ScoreInTime, ...], room: float, tall: float, text_px: float
) -> tuple[ScoreInTime, ScoreGeometry, float]:
    """The score whose notes are largest where the whole of it is seen, and how much larger it is drawn.

    Where all of them would be too small to be read, the one whose staves come nearest to the wanted height.
    """
    read = [(score, read_geometry(score)) for score in scores]
    fitting = [
        (min(room / geometry.width, tall / geometry.height), score, geometry) for score, geometry in read
    ]
    zoom, score, geometry = max(fitting, key=lambda each: each[0])
    if zoom * _STAFF_PX >= _LEAST * text_px:
        return score, geometry, min(zoom, _MOST * text_px / _STAFF_PX)
    filling = [(room / geometry.width, score, geometry) for score, geometry in read]
    zoom, score, geometry = min(
        filling, key=lambda each: abs(math.log(each[0] * _STAFF_PX / (_WANTED * text_px)))
    )
    return score, geometry, zoom


def _color(score: ScoreInTime, left: float, top: float, wide: float, high: float, theme: Theme) -> str:
    """The engraving in one color, without style sheets, within the drawing."""
    svg = _PLACEHOLDER.sub("", _STYLE.sub("", score.svg))
    for attribute, kinds in _LETTERINGS.items():
        kind = "font-weight" if attribute == "bold" else "font-style"
        svg = kinds.sub(rf'<g \1 {kind}="{attribute}"', svg)
    ids = {name for names, _, _ in score.notes for name in names.split()}
    svg = strip_names(svg, ids=ids)
    svg = _TINTED.sub(rf'fill="{theme.accent}" fill-opacity="\1" stroke="{theme.accent}"', svg)
    svg = svg.replace("currentColor", theme.text).replace("Times, serif", FONT_FAMILY)
    svg = _NOTE_SIGN.sub(rf' font-family="{SCRIPTS_FAMILY}">\1<', svg)
    root = _ROOT.search(svg)
    if root is None:
        raise ValueError("This is no score of core.music.engraving.")
    body = svg[root.end() :]
    return (
        f'<svg x="{left:.2f}" y="{top:.2f}" width="{wide:.2f}" height="{high:.2f}" viewBox="0 0 {root[1]} {root[2]}" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" fill="{theme.text}" stroke="{theme.text}">{body}'
    )


def _describe(presentation: Presentation, geometry: ScoreGeometry) -> str:
    n_lines = len(geometry.systems)
    lines = "one line" if n_lines == 1 else f"{n_lines} lines"
    about = f": {presentation.subtitle}" if presentation.subtitle else ""
    return f"Score in {lines}{about}."
