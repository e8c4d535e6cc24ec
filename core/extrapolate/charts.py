"""Charts of an extended recording: waveform and mel spectrogram with additions and scored joins; mood over time."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.charts import set_layout, set_mood_axes
from core.extrapolate.joins import Join
from core.extrapolate.result import Measurements, Result
from core.extrapolate.spectrograms import N_MELS, mel_hz

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT, _MOOD_HEIGHT = 430, 240
_N_BINS, _N_COLUMNS = 1_400, 700
# More numbers than this run into each other; hovering tells the rest.
_MAX_NUMBERS = 12
# Neighbors' numbers stand at two heights, so that they can be read on a phone.
_LEVELS = (1_200, 1_420)
_PEAK = 1_000
_RANGE_DB = 65.0
_TICKS_HZ = (200, 1_000, 3_000, 10_000)
# From the page's background to its text, through the first color.
_LOUDNESS = {
    False: ("#FBFAF6", "#8FBFB7", "#0B6E63", "#06201D"),
    True: ("#0F1418", "#17544B", "#4FD1BC", "#F1FFFC"),
}
_COLORS = ("#0B6E63", "#B4530A", "#5B4BC4", "#B1275E")


@dataclass(frozen=True, kw_only=True, eq=False)
class SoundPicture:
    """Waveform and spectrogram of a sound at the resolution of a screen.

    Attributes
    ----------
    low, high : ndarray of int16, shape=(n_bins,)
        Lowest and highest sample of each stretch, the loudest of them at 1,000 or -1,000.
    mel_db : ndarray of int8, shape=(N_MELS, n_columns)
        Highest level of each band in each stretch, in whole dB below full scale.
    """

    low: NDArray[np.int16]
    high: NDArray[np.int16]
    mel_db: NDArray[np.int8]


def draw_sound(result: Result) -> SoundPicture:
    """Reduce a sound to chart resolution: 60 kB for any length."""
    low, high = envelope(result.parts, _N_BINS)
    peak = max(float(high.max()), -float(low.min()), 1e-6)
    mel = result.features.mel_db
    edges = np.linspace(0, mel.shape[1], min(_N_COLUMNS, mel.shape[1]) + 1).astype(int)[:-1]
    columns = np.maximum.reduceat(mel, edges, axis=1)
    deep = max(float(columns.max()) - _RANGE_DB, -127.0)
    return SoundPicture(
        low=np.rint(low * (_PEAK / peak)).astype(np.int16),
        high=np.rint(high * (_PEAK / peak)).astype(np.int16),
        # Whole decibels are enough for a picture, and a quarter of the bytes.
        mel_db=np.clip(np.rint(columns), deep, 127).astype(np.int8),
    )


def envelope(parts: Sequence[Float32Array], n_bins: int) -> tuple[Float32Array, Float32Array]:
    """Minimum and maximum sample of each of ``n_bins`` bins.

    Parameters
    ----------
    parts : sequence of ndarray, each shape=(channels, n)
    n_bins : int

    Returns
    -------
    low, high : ndarray of float32, shape=(n_bins,)
    """
    total = sum(part.shape[1] for part in parts)
    low, high = np.zeros(n_bins, np.float32), np.zeros(n_bins, np.float32)
    at = 0
    for part in parts:
        if not part.shape[1]:
            continue
        first, last = at * n_bins // total, (at + part.shape[1] - 1) * n_bins // total
        edges = np.clip(-(-np.arange(first, last + 1) * total // n_bins) - at, 0, part.shape[1] - 1)
        bins = slice(first, last + 1)
        low[bins] = np.minimum(low[bins], np.minimum.reduceat(part.min(axis=0), edges))
        high[bins] = np.maximum(high[bins], np.maximum.reduceat(part.max(axis=0), edges))
        at += part.shape[1]
    return low, high


def whole_figure(
    result: Measurements, picture: SoundPicture, *, colors: Sequence[str] = (), dark: bool = False
) -> go.Figure:
    """Draw waveform and mel spectrogram of the whole.

    Parameters
    ----------
    result : Measurements
    picture : SoundPicture
        Of the same result, by :func:`draw_sound`.
    colors : sequence of str, optional
        CSS colors of the recording, of what is new, and of joins that go beyond the limits.
    dark : bool
        Whether the page is dark: louder is then brighter, otherwise darker.

    Returns
    -------
    plotly.graph_objects.Figure
        New parts are shaded, every join is marked with its score.
    """
    from plotly.subplots import make_subplots

    colors = [*colors, *_COLORS[len(colors) :]]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.03, row_heights=[0.42, 0.58])
    _draw_waveform(figure, result, picture, colors)
    _draw_spectrogram(figure, result, picture, dark)
    _shade_new(figure, result, colors[1])
    figure.update_shapes(layer="above")
    _draw_joins(figure, result, colors)
    set_layout(figure, _HEIGHT)
    figure.update_xaxes(range=[0, result.duration_sec])
    figure.update_xaxes(title_text="Time (s)", row=2, col=1)
    figure.update_yaxes(
        showticklabels=False,
        zeroline=False,
        showgrid=False,
        range=[-1.05 * _PEAK, 1.95 * _PEAK],
        row=1,
        col=1,
    )
    return figure


def _shade_new(figure: go.Figure, result: Measurements, color: str) -> None:
    for added in result.added:
        span = {"x0": added.start_sec, "x1": added.stop_sec}
        figure.add_vrect(**span, fillcolor=color, opacity=0.13, line_width=0)


def _draw_waveform(
    figure: go.Figure, result: Measurements, picture: SoundPicture, colors: Sequence[str]
) -> None:
    width = result.duration_sec / len(picture.low)
    middles = (np.arange(len(picture.low)) + 0.5) * width
    new = np.zeros(len(middles), dtype=bool)
    for added in result.added:
        new |= (middles >= added.start_sec) & (middles < added.stop_sec)
    # One line up and down through every bin of a stretch; whole numbers have no gaps for the other stretches.
    both = np.column_stack([picture.low, picture.high])
    edges = [0, *(np.flatnonzero(np.diff(new)) + 1).tolist(), len(new)]
    shown = set()
    for start, stop in pairwise(edges):
        name, color = ("Added", colors[1]) if new[start] else ("Recording", colors[0])
        figure.add_scatter(
            x0=float(start * width + width / 4),
            dx=width / 2,
            y=both[start:stop].ravel(),
            mode="lines",
            name=name,
            legendgroup=name,
            showlegend=name not in shown,
            hoverinfo="skip",
            line={"color": color, "width": 1.2},
            row=1,
            col=1,
        )
        shown.add(name)


def _draw_spectrogram(figure: go.Figure, result: Measurements, picture: SoundPicture, dark: bool) -> None:
    width = result.duration_sec / picture.mel_db.shape[1]
    # As a picture file it has half the bytes of a heat map's numbers.
    figure.add_image(
        source=paint_spectrogram(picture.mel_db, _LOUDNESS[dark]),
        x0=width / 2,
        dx=width,
        y0=0,
        dy=1,
        hovertemplate="%{x:.1f} s<extra></extra>",
        row=2,
        col=1,
    )
    # Plotly would make the pixels of a picture square.
    figure.update_yaxes(scaleanchor=False, constrain="range", row=2, col=1)
    figure.update_xaxes(scaleanchor=False, constrain="range", row=2, col=1)
    ticks, names = np.interp(_TICKS_HZ, mel_hz(), np.arange(N_MELS)), [f"{tick:,} Hz" for tick in _TICKS_HZ]
    figure.update_yaxes(tickvals=ticks.tolist(), ticktext=names, automargin=True, row=2, col=1)
    figure.update_yaxes(showgrid=False, range=[-0.5, N_MELS - 0.5], row=2, col=1)


def paint_spectrogram(mel_db: NDArray[np.int8], colors: Sequence[str]) -> str:
    """Paint levels as a PNG, one pixel each, the first band at the top.

    Parameters
    ----------
    mel_db : ndarray of int8, shape=(bands, columns)
        Whole dB.
    colors : sequence of str
        Hexadecimal, at equal distances from the softest to the loudest.

    Returns
    -------
    str
        A "data:" address.

    Examples
    --------
    >>> paint_spectrogram(np.array([[-60, 0]], np.int8), ("#000000", "#ffffff"))[:22]
    'data:image/png;base64,'
    """
    from PIL import Image

    levels = mel_db.astype(np.int16) - int(mel_db.min())
    stops = np.array([[*bytes.fromhex(color.removeprefix("#"))] for color in colors])
    at = np.arange(levels.max() + 1) / max(1, levels.max()) * (len(stops) - 1)
    palette = np.column_stack([np.interp(at, np.arange(len(stops)), channel) for channel in stops.T])
    image = Image.fromarray(levels.astype(np.uint8), mode="P")
    image.putpalette(np.rint(palette).astype(np.uint8).tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _draw_joins(figure: go.Figure, result: Measurements, colors: Sequence[str]) -> None:
    joins = result.joins
    for good, name, color, symbol in (
        (True, "Join within limits", colors[0], "triangle-down"),
        (False, "Join over the limit", colors[3], "x"),
    ):
        chosen = [join for join in joins if join.good == good]
        if not chosen:
            continue
        numbered = len(joins) <= _MAX_NUMBERS
        figure.add_scatter(
            x=[round(join.time_sec, 3) for join in chosen],
            y=[_LEVELS[joins.index(join) % 2] for join in chosen],
            name=name,
            mode="markers+text" if numbered else "markers",
            text=[f"{join.score:.1f}" for join in chosen] if numbered else None,
            textposition="top center",
            textfont={"size": 11},
            customdata=[_describe_join(join) for join in chosen],
            hovertemplate="%{customdata}<extra></extra>",
            marker={"color": color, "size": 9, "symbol": symbol},
            row=1,
            col=1,
        )
    lines: list[Any] = [value for join in joins for value in (join.time_sec, join.time_sec, None)]
    for row, (low, high) in ((1, (-1.05 * _PEAK, 1.05 * _PEAK)), (2, (-0.5, N_MELS - 0.5))):
        y, line = [low, high, None] * len(joins), {"color": colors[2], "width": 1, "dash": "dot"}
        figure.add_scatter(x=lines, y=y, mode="lines", line=line, showlegend=False, row=row, col=1)
        figure.data[-1].hoverinfo = "skip"


def _describe_join(join: Join) -> str:
    beat = "" if join.phase_ms is None else f"<br>beat displaced by {join.phase_ms:.0f} ms (limit 30)"
    return (
        f"{join.time_sec:.2f} s: score {join.score:.2f}<br>level jump {join.level_jump_db:+.1f} dB (limit "
        f"{join.level_limit_db:.1f})<br>onset {join.flux_z:+.1f} standard deviations (limit 2){beat}<br>"
        f"continues from {join.source_in_sec:.1f} s of the recording"
    )


def mood_figure(result: Measurements, *, colors: Sequence[str] = ()) -> go.Figure:
    """Draw valence and arousal over time, with the additions shaded.

    Parameters
    ----------
    result : Measurements
    colors : sequence of str, optional
        CSS colors of the recording, which is not drawn here, what is new, and the two lines.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    colors = [*colors, *_COLORS[len(colors) :]]
    figure = go.Figure()
    times = [time for time, _ in result.mood]
    for place, (name, symbol) in enumerate((("Valence", "circle"), ("Arousal", "diamond"))):
        figure.add_scatter(
            x=times,
            y=[None if mood is None else getattr(mood, name.lower()) for _, mood in result.mood],
            name=name,
            mode="lines+markers" if len(times) <= 120 else "lines",
            line={"color": colors[(0, 2)[place]], "width": 2},
            marker={"size": 5, "symbol": symbol},
        )
    _shade_new(figure, result, colors[1])
    set_mood_axes(figure, _MOOD_HEIGHT)
    return figure.update_xaxes(range=[0, result.duration_sec], title_text="Time (s)")
