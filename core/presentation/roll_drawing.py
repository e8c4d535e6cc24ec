"""Piano roll as SVG: notes as bars over time, louder ones more solid."""

from __future__ import annotations

import math

import numpy as np

from core.arrays import FloatArray
from core.music.midi import note_name
from core.music.spelling import show_accidentals
from core.presentation.axis import Axis
from core.presentation.frame import draw_frame
from core.presentation.letters import measure_text
from core.presentation.presentation import Drawing, Presentation, RollPicture
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme
from core.presentation.time_axis import FOOT, draw_time_axis

# The faintest and the most solid note.
_FAINT, _SOLID = 0.3, 1.0
_N_SHADES = 8
_BLACK_KEYS = (1, 3, 6, 8, 10)
_NAMED_CLASSES = ((0,), (0, 7), (0, 4, 7))
"""Pitch classes that are named at the side: as many as there is room for."""


def draw_roll(
    presentation: Presentation,
    picture: RollPicture,
    width: int,
    height: int,
    theme: Theme,
    *,
    is_titled: bool = True,
    readout_px: int = 0,
    text_px: float | None = None,
) -> Drawing:
    """Draw the piano roll; parameters as of `core.presentation.drawing.draw`."""
    svg = SvgWriter(width, height)
    voices = presentation.voices
    legend = [(theme.voices[i % len(theme.voices)], voice.name) for i, voice in enumerate(voices)]
    frame = draw_frame(
        svg,
        presentation,
        theme,
        is_titled=is_titled,
        readout_px=readout_px,
        text_px=text_px,
        legend=legend if len(voices) > 1 else (),
    )
    text_px = frame.text_px
    pitches = np.array([note.pitch for note in presentation.notes] or [60.0])
    low, high = _choose_range(pitches)
    base, top = frame.bottom - FOOT * text_px, frame.top + 0.5 * text_px
    up = Axis(low=low - 0.5, high=high + 0.5, begin=base, end=top)
    left = frame.left + measure_text("G♯4", text_px) + 0.5 * text_px
    across = Axis(low=0.0, high=max(presentation.sound.duration_sec, 1e-3), begin=left, end=frame.right)
    _draw_keys(svg, up, across, low, high, frame.left, text_px, theme)
    draw_time_axis(svg, across, base, frame, theme)
    marks = _place_notes(presentation, across, up, text_px)
    _draw_notes(svg, presentation, marks, theme)
    return Drawing(
        svg=svg.finish(),
        width=width,
        height=height,
        segments=np.array([[0.0, across.high, across.begin, across.end, top, base]]),
        marks=marks[np.argsort(marks[:, 0], kind="stable")],
        description=_describe(presentation, low, high),
        text_px=text_px,
        header_px=frame.top,
        readout=frame.readout,
    )


def _choose_range(pitches: FloatArray) -> tuple[int, int]:
    """Lowest and highest semitone that are drawn: an octave at least."""
    low, high = math.floor(pitches.min()) - 1, math.ceil(pitches.max()) + 1
    spare = max(0, 12 - (high - low))
    return max(0, low - spare // 2), min(127, high + spare - spare // 2)


def _draw_keys(
    svg: SvgWriter,
    up: Axis,
    across: Axis,
    low: int,
    high: int,
    left: float,
    text_px: float,
    theme: Theme,
) -> None:
    """Shade the black keys, and name as many of the others as there is room for."""
    key = abs(up.end - up.begin) / (high - low + 1)
    long = across.end - across.begin
    if key >= 0.2 * text_px:
        for pitch in range(low, high + 1):
            if pitch % 12 in _BLACK_KEYS:
                y = float(up.place(np.array([pitch + 0.5]))[0])
                svg.rect(across.begin, y, long, key, fill=theme.surface)
    named = [classes for classes in _NAMED_CLASSES if key * 12 / len(classes) >= 1.5 * text_px] or [(0,)]
    last = up.begin + 0.6 * text_px  # clear of the axis of time
    for pitch in range(low, high + 1):
        if pitch % 12 not in named[-1]:
            continue
        middle, edge = up.place(np.array([float(pitch), pitch - 0.5])).tolist()
        if pitch % 12 == 0:
            svg.line(across.begin, edge, across.end, edge, stroke=theme.border, width=max(1.0, text_px / 22))
        if last - middle >= 1.15 * text_px:
            name = show_accidentals(note_name(float(pitch)))
            svg.text(left, middle + 0.35 * text_px, name, size=text_px, fill=theme.muted)
            last = middle


def _place_notes(presentation: Presentation, across: Axis, up: Axis, text_px: float) -> FloatArray:
    """Marks of all notes, in the order of the presentation."""
    rows = [
        (note.onset_sec, note.onset_sec + note.duration_sec, note.pitch, float(note.voice))
        for note in presentation.notes
    ]
    begin, end, pitch, voice = np.array(rows, dtype=float).reshape(-1, 4).T
    key = abs(up.end - up.begin) / (up.high - up.low)
    thick = min(max(0.86 * key, 0.16 * text_px), 0.9 * text_px)
    x = across.place(np.clip(begin, 0.0, across.high))
    wide = np.maximum(across.place(np.clip(end, 0.0, across.high)) - x, max(1.5, 0.12 * text_px))
    y = up.place(pitch) - thick / 2
    return np.column_stack([begin, end, x, y, wide, np.full(len(x), thick), voice])


def _draw_notes(svg: SvgWriter, presentation: Presentation, marks: FloatArray, theme: Theme) -> None:
    """Draw the notes of one voice and one loudness as a group; later voices lie below the first."""
    shades: dict[tuple[int, int], list[str]] = {}
    for note, (_, _, x, y, wide, thick, _) in zip(presentation.notes, marks.tolist(), strict=True):
        shade = min(_N_SHADES - 1, max(0, note.velocity * _N_SHADES // 128))
        radius = min(0.3 * thick, 0.45 * wide)
        shades.setdefault((note.voice, shade), []).append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{thick:.1f}" rx="{radius:.1f}"/>'
        )
    for voice, shade in sorted(shades, key=lambda each: (-each[0], each[1])):
        opacity = _FAINT + (_SOLID - _FAINT) * shade / (_N_SHADES - 1)
        color = theme.voices[voice % len(theme.voices)]
        svg.add(f'<g fill="{color}" fill-opacity="{opacity:.2f}">{"".join(shades[voice, shade])}</g>')


def _describe(presentation: Presentation, low: int, high: int) -> str:
    n_notes = len(presentation.notes)
    lowest, highest = note_name(float(low)), note_name(float(high))
    return (
        f"Piano roll of {n_notes:,} notes over {presentation.sound.duration_sec:.0f} seconds, between "
        f"{show_accidentals(lowest)} and {show_accidentals(highest)}."
    )
