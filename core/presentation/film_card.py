"""Opening card of a film: title, what maps to what, and the notes of the whole piece in small."""

from __future__ import annotations

import numpy as np

from core.errors import plural
from core.presentation.film_layout import FilmLayout
from core.presentation.film_planes import Planes
from core.presentation.film_text import FittedText, begin_picture, shrink_to_fit, to_film, write_bullet
from core.presentation.presentation import Presentation, WaveformPicture
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme

_MOST_SENTENCES = 12
# How small the mapping's letters may become, by those of the subtitle, and how far down it may then reach, by the height:
# the notes below it make room before a sentence is left out.
_FITS = (
    (1.3, 0.74),
    (1.2, 0.74),
    (1.1, 0.74),
    (1.0, 0.74),
    (1.0, 0.82),
    (0.9, 0.82),
    (0.8, 0.84),
    (0.7, 0.84),
)
_LOWEST = 0.91
_MOST_NOTES = 1500


def draw_card(presentation: Presentation, layout: FilmLayout, theme: Theme) -> Planes:
    """Draw the opening card.

    Parameters
    ----------
    presentation : Presentation
    layout : FilmLayout
    theme : Theme

    Returns
    -------
    Planes
        A whole frame.
    """
    width, height = layout.width, layout.height
    unit = layout.unit
    left, room = 1.5 * layout.margin, width - 3 * layout.margin
    svg = begin_picture(width, height, theme.background)
    top = 0.13 * height
    bar = 9 * unit
    svg.rect(left, top - 44 * unit, 120 * unit, bar, fill=theme.accent, radius=bar / 2)
    title = shrink_to_fit(presentation.title, room, 1.5 * layout.title_px, lines=4, least=0.55, bold=True)
    title.write(svg, left, top, theme.text)
    subtitle = shrink_to_fit(presentation.subtitle, room, 1.2 * layout.subtitle_px, lines=2)
    y = top + title.height + 10 * unit
    subtitle.write(svg, left, y, theme.muted)
    y = _write_mapping(svg, presentation, layout, theme, y + subtitle.height + 46 * unit)
    strip = (left, max(y + 30 * unit, 0.62 * height), left + room, _LOWEST * height)
    _draw_notes(svg, presentation, theme, strip)
    _draw_wave(svg, presentation, theme, strip)
    credit = shrink_to_fit(credit_line(presentation), room, layout.small_px, least=0.8)
    credit.write(svg, left, 0.945 * height - credit.height / 2, theme.muted)
    return to_film(svg)


def _write_mapping(
    svg: SvgWriter, presentation: Presentation, layout: FilmLayout, theme: Theme, y: float
) -> float:
    """What maps to what; return where it ends. What does not fit at any size is counted in words."""
    left, room = 1.5 * layout.margin, layout.width - 3 * layout.margin
    indent, texts = 1.4 * layout.subtitle_px, presentation.mapping[:_MOST_SENTENCES]
    for share, low in _FITS:  # all in one size
        size = share * layout.subtitle_px
        sentences = [shrink_to_fit(text, room - indent, size, lines=4, least=1.0) for text in texts]
        needed = sum(sentence.height + 0.5 * size for sentence in sentences) - 0.5 * size
        if y + needed <= low * layout.height and not any(map(_is_cut, sentences)):
            break
    n_shown = 0
    for sentence in sentences:
        is_last = n_shown + 1 == len(presentation.mapping)
        # Others leave room for the line that counts the rest.
        needed = sentence.height + (0 if is_last else 1.75 * size)
        if y + needed > low * layout.height:
            break
        write_bullet(svg, left, y, size, theme.accent)
        sentence.write(svg, left + indent, y, theme.text)
        y += sentence.height + 0.5 * size
        n_shown += 1
    rest = len(presentation.mapping) - n_shown
    if rest:
        told = f"and {plural(rest, 'more sentence')} on what maps to what"
        more = shrink_to_fit(told, room - indent, size)
        more.write(svg, left + indent, y, theme.muted)
        y += more.height
    return y


def _is_cut(text: FittedText) -> bool:
    return bool(text.lines) and text.lines[-1].endswith("…")


def credit_line(presentation: Presentation) -> str:
    """Where data or recording come from, and under which license."""
    named = (("Source", presentation.source), ("License", presentation.license))
    return "  ·  ".join(f"{name}: {text}" for name, text in named if text)


def _draw_notes(
    svg: SvgWriter, presentation: Presentation, theme: Theme, box: tuple[float, float, float, float]
) -> None:
    """All notes in small, the pitches over time: the first begins at the left, the last ends at the right."""
    notes = presentation.notes
    if not notes:
        return
    left, top, right, bottom = box
    unit = min(svg.width, svg.height) / 1080
    thick = 8 * unit
    pitches = np.array([note.pitch for note in notes])
    low, high = float(pitches.min()), float(pitches.max())
    begin = min(note.onset_sec for note in notes)
    end = max(note.onset_sec + note.duration_sec for note in notes)
    span, a_second = max(high - low, 6.0), (right - left) / max(end - begin, 1e-3)
    n_shown = min(len(notes), _MOST_NOTES)
    for i in np.unique(np.linspace(0, len(notes) - 1, n_shown).round().astype(int)).tolist():
        note = notes[i]
        x = left + a_second * (note.onset_sec - begin)
        y = bottom - (bottom - top) * (note.pitch - low) / span
        long = min(max(a_second * note.duration_sec - 2 * unit, thick), right - x + thick)
        color = theme.voices[note.voice % len(theme.voices)]
        opacity = 0.3 + 0.5 * note.velocity / 127
        svg.rect(x, y - thick / 2, long, thick, fill=color, radius=thick / 2, opacity=opacity)


def _draw_wave(
    svg: SvgWriter, presentation: Presentation, theme: Theme, box: tuple[float, float, float, float]
) -> None:
    """The waveform in small, where that is the picture."""
    found = next((picture for picture in presentation.pictures if isinstance(picture, WaveformPicture)), None)
    if found is None or presentation.notes or not len(found.low):
        return
    left, top, right, bottom = box
    step = 10 * min(svg.width, svg.height) / 1080
    n_bars = min(int((right - left) / step), len(found.low))
    edges = np.linspace(0, len(found.low), n_bars + 1).astype(int)[:-1]
    tall = np.maximum.reduceat(found.high, edges) - np.minimum.reduceat(found.low, edges)
    tall *= (bottom - top) / max(float(tall.max()), 1e-9)
    for i, height in enumerate(tall.tolist()):
        x, high = left + i * (right - left) / n_bars, max(height, 0.6 * step)
        y = (top + bottom - high) / 2
        svg.rect(x, y, 0.6 * step, high, fill=theme.accent, radius=0.3 * step, opacity=0.6)
