"""Waveform as SVG: bars over time in the colors of the named parts, joins as dashed lines."""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray, IntArray
from core.audio.flac import FlacSound
from core.presentation.axis import Axis
from core.presentation.frame import draw_frame, draw_pointer
from core.presentation.presentation import Drawing, Presentation, WaveformPicture
from core.presentation.svg_writing import SvgWriter
from core.presentation.themes import Theme
from core.presentation.time_axis import FOOT, draw_time_axis

# Of the text's size: from one bar to the next, how thick it is, and its least height.
_STEP, _THICK, _LEAST = 0.26, 0.16, 0.08
_BLOCK_SEC = 30.0


def draw_waveform(
    presentation: Presentation,
    picture: WaveformPicture,
    width: int,
    height: int,
    theme: Theme,
    *,
    is_titled: bool = True,
    readout_px: int = 0,
    text_px: float | None = None,
) -> Drawing:
    """Draw the waveform; parameters as of `core.presentation.drawing.draw`."""
    svg = SvgWriter(width, height)
    names = list(dict.fromkeys(stretch.name for stretch in picture.stretches))
    legend = [
        (theme.voices[i % len(theme.voices)], name) for i, name in enumerate(_order(presentation, names))
    ]
    frame = draw_frame(
        svg,
        presentation,
        theme,
        is_titled=is_titled,
        readout_px=readout_px,
        text_px=text_px,
        legend=legend if len(names) > 1 else (),
        pointer="Join" if picture.joins_sec else "",
    )
    text_px, duration = frame.text_px, max(presentation.sound.duration_sec, 1e-3)
    base, top = frame.bottom - FOOT * text_px, frame.top + 0.8 * text_px
    across = Axis(low=0.0, high=duration, begin=frame.left, end=frame.right)
    step = _STEP * text_px
    n_bars = max(8, int((across.end - across.begin) / step))
    low, high = _reduce(picture, presentation.sound, n_bars)
    bounds = np.linspace(0.0, duration, n_bars + 1)
    voice = _choose_voices(presentation, picture, (bounds[:-1] + bounds[1:]) / 2)
    _shade_added(svg, picture, presentation, across, top, base, theme)
    marks = _place_bars(across, low, high, bounds, voice, top, base - 0.8 * text_px, text_px)
    for number in np.unique(voice).tolist():
        _draw_bars(svg, marks[voice == number], theme.voices[number % len(theme.voices)], _THICK * text_px)
    _draw_joins(svg, picture, across, top, base, text_px, theme)
    draw_time_axis(svg, across, base, frame, theme)
    return Drawing(
        svg=svg.finish(),
        width=width,
        height=height,
        segments=np.array([[0.0, duration, across.begin, across.end, top, base]]),
        marks=marks,
        description=_describe(picture, duration),
        text_px=text_px,
        header_px=frame.top,
        readout=frame.readout,
    )


def _order(presentation: Presentation, names: list[str]) -> list[str]:
    """Names of the parts in the order of the voices."""
    known = [voice.name for voice in presentation.voices]
    return known if set(names) <= set(known) else names


def _reduce(picture: WaveformPicture, sound: FlacSound, n_bars: int) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest sample of each bar, the loudest at 1 or -1."""
    low, high = picture.low, picture.high
    if not len(low) or len(low) < n_bars:
        low, high = _measure(sound, n_bars)
    edges = np.linspace(0, len(low), min(n_bars, len(low)) + 1).astype(int)[:-1]
    low, high = np.minimum.reduceat(low, edges), np.maximum.reduceat(high, edges)
    if len(low) < n_bars:
        at = np.linspace(0, len(low) - 1, n_bars)
        low, high = np.interp(at, np.arange(len(low)), low), np.interp(at, np.arange(len(high)), high)
    peak = max(float(high.max()), -float(low.min()), 1e-9)
    return low / peak, high / peak


def _measure(sound: FlacSound, n_bins: int) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest sample of each of as many stretches, decoded block by block: a long sound is never whole in memory."""
    low, high = np.zeros(n_bins), np.zeros(n_bins)
    block = max(1, round(_BLOCK_SEC * sound.sr))
    for start in range(0, sound.n_samples, block):
        y = np.atleast_2d(sound.decode_between(start, min(start + block, sound.n_samples)).y)
        bins = (start + np.arange(y.shape[1])) * n_bins // max(1, sound.n_samples)
        first = np.flatnonzero(np.diff(bins, prepend=-1))
        at = bins[first]
        low[at] = np.minimum(low[at], np.minimum.reduceat(y.min(axis=0), first))
        high[at] = np.maximum(high[at], np.maximum.reduceat(y.max(axis=0), first))
    return low, high


def _choose_voices(presentation: Presentation, picture: WaveformPicture, times: FloatArray) -> IntArray:
    names = _order(presentation, list(dict.fromkeys(stretch.name for stretch in picture.stretches)))
    voice = np.zeros(len(times), dtype=np.int64)
    for stretch in picture.stretches:
        voice[(times >= stretch.begin_sec) & (times < stretch.end_sec)] = names.index(stretch.name)
    return voice


def _shade_added(
    svg: SvgWriter,
    picture: WaveformPicture,
    presentation: Presentation,
    across: Axis,
    top: float,
    base: float,
    theme: Theme,
) -> None:
    """Tint the ground of all parts but the first voice's."""
    names = _order(presentation, list(dict.fromkeys(stretch.name for stretch in picture.stretches)))
    for stretch in picture.stretches:
        voice = names.index(stretch.name)
        begin, end = across.place(np.array([stretch.begin_sec, stretch.end_sec])).tolist()
        if voice:
            fill = theme.voices[voice % len(theme.voices)]
            svg.rect(begin, top, end - begin, base - top, fill=fill, opacity=0.1)


def _place_bars(
    across: Axis,
    low: FloatArray,
    high: FloatArray,
    bounds: FloatArray,
    voice: IntArray,
    top: float,
    bottom: float,
    text_px: float,
) -> FloatArray:
    middle, reach = (top + bottom) / 2, (bottom - top) / 2
    thick = _THICK * text_px
    x = across.place((bounds[:-1] + bounds[1:]) / 2) - thick / 2
    tall = np.maximum((high - low) * reach, _LEAST * text_px)
    y = middle - (high + low) / 2 * reach - tall / 2
    n = len(x)
    return np.column_stack([bounds[:-1], bounds[1:], x, y, np.full(n, thick), tall, voice.astype(float)])


def _draw_bars(svg: SvgWriter, marks: FloatArray, color: str, thick: float) -> None:
    """One path of upright lines with round ends."""
    path = "".join(
        f"M{x + thick / 2:.1f} {y + thick / 2:.1f}v{max(0.01, tall - thick):.2f}"
        for _, _, x, y, _, tall, _ in marks.tolist()
    )
    svg.add(
        f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{thick:.2f}" stroke-linecap="round"/>'
    )


def _draw_joins(
    svg: SvgWriter,
    picture: WaveformPicture,
    across: Axis,
    top: float,
    base: float,
    text_px: float,
    theme: Theme,
) -> None:
    for x in across.place(np.array(picture.joins_sec, dtype=float)).tolist():
        svg.line(x, top, x, base, stroke=theme.muted, width=max(1.0, text_px / 16), dash=0.35 * text_px)
        draw_pointer(svg, x, top, text_px, theme)


def _describe(picture: WaveformPicture, duration_sec: float) -> str:
    parts = "; ".join(
        f"{stretch.name} from {stretch.begin_sec:.1f} to {stretch.end_sec:.1f} s"
        for stretch in picture.stretches
    )
    return f"Waveform of {duration_sec:.1f} seconds{': ' if parts else ''}{parts}."
