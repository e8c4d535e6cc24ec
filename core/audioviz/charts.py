"""Charts over time: lanes of features, styles, mel spectrogram, self-similarity; thinned for browsers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray, IntArray
from core.audioviz.mel_windows import band_centers_hz
from core.charts import set_layout

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.audioviz.extract import Hearing

MAX_POINTS = 800  # along the time axis of a line
MAX_COLUMNS = 700  # of a picture
MAX_BLOCKS = 220  # a side of the similarity matrix
_LANE_PX = 34
_HEIGHT = 330
_TICKS_HZ = (100, 500, 1_000, 2_000, 4_000, 8_000)

Array = NDArray[np.floating[Any]]


def thin_out(values: Array, most: int) -> tuple[FloatArray, IntArray]:
    """Downsample by averaging to at most `most` rows.

    Parameters
    ----------
    values : ndarray, shape=(n, d)
    most : int

    Returns
    -------
    means : ndarray of float64, shape=(m, d)
    starts : ndarray of int, shape=(m,)
        The first row of each stretch.
    """
    step = max(1, -(-len(values) // most))
    starts = np.arange(0, len(values), step)
    counts = np.diff(np.append(starts, len(values)))
    means = np.add.reduceat(np.asarray(values, dtype=np.float64), starts, axis=0) / counts[:, None]
    return means, starts


def lanes_figure(
    times_sec: Array,
    values: Array,
    names: Sequence[str],
    *,
    details: Sequence[str] = (),
    colors: Sequence[str] = (),
) -> go.Figure:
    """Several curves over time, each in a lane of its own.

    Parameters
    ----------
    times_sec : ndarray, shape=(n,)
        Evenly spaced.
    values : ndarray, shape=(n, d)
        In [0, 1]; the first column is the lane at the top.
    names : sequence of str, length d
        Beside the lanes.
    details : sequence of str, length d, optional
        What is said where a visitor points at a lane; its name without them.
    colors : sequence of str
        CSS colors that the lanes take in turn.
    """
    import plotly.graph_objects as go

    means, starts = thin_out(values, MAX_POINTS)
    seconds = np.round(np.asarray(times_sec)[starts], 2)
    step = float(times_sec[starts[1]] - times_sec[0]) if len(starts) > 1 else 1.0
    figure = go.Figure()
    for place, name in enumerate(names):
        base = len(names) - 1 - place
        told = f"{details[place] if details else name}: %{{customdata}} % at %{{x:.1f}} s<extra></extra>"
        figure.add_scatter(
            x0=float(times_sec[0]) if len(times_sec) else 0.0,
            dx=step,
            y=_round(base + 0.86 * np.clip(means[:, place], 0, 1), 3),
            mode="lines",
            line={"width": 1.4, "color": colors[place % len(colors)] if colors else None},
            name=name,
            # Whole hundredths are enough to read, and a quarter of the bytes.
            customdata=np.rint(100 * np.clip(means[:, place], -1, 1)).astype(np.int8),
            hovertemplate=told,
            showlegend=False,
        )
    middles = [len(names) - 0.57 - i for i in range(len(names))]
    figure.update_yaxes(tickvals=middles, ticktext=list(names), range=[-0.08, len(names)])
    figure.update_yaxes(showgrid=False, zeroline=False)
    return _set_time_axis(figure, seconds, max(220, 40 + _LANE_PX * len(names)))


def measures_figure(hearing: Hearing, *, colors: Sequence[str] = ()) -> go.Figure:
    """The measures over time, each scaled between its own minimum and maximum; hover shows the bounds."""
    lanes, names, details = scale_measures(hearing)
    return lanes_figure(hearing.times_sec, lanes, names, details=details, colors=colors)


def scale_measures(
    hearing: Hearing,
) -> tuple[FloatArray, tuple[str, ...], tuple[str, ...]]:
    """The measures without chroma, (n, k) in [0, 1], their names, and their names with original bounds."""
    from core.audioviz.sound_measures import UNITS

    values = np.asarray(hearing.measured, dtype=np.float64)
    low, high = np.percentile(values, [1, 99], axis=0)
    scaled = np.clip((values - low) / np.where(high - low > 1e-9, high - low, 1.0), 0, 1)
    keep = [i for i, name in enumerate(hearing.measured_names) if not name.startswith("chroma")]
    names = tuple(hearing.measured_names[i] for i in keep)
    details = tuple(_name_bounds(hearing.measured_names[i], low[i], high[i], UNITS) for i in keep)
    return scaled[:, keep], names, details


def _name_bounds(name: str, low: float, high: float, units: Mapping[str, str]) -> str:
    """Label a measure with its bounds, such as ``"centroid, 97 to 592 Hz"``; binary ones have none."""
    unit = units.get(name, "")
    if unit == "0 or 1":
        return name
    least, most = (f"{value:.3g}" if abs(value) >= 0.01 else "0" for value in (low, high))
    return f"{name}, {least} to {most} {unit}".rstrip()


def styles_figure(hearing: Hearing, *, colors: Sequence[str] = ()) -> go.Figure:
    """Probabilities of the styles over time, stacked to 1.

    Raises
    ------
    ValueError
        If the model knows no styles.
    """
    import plotly.graph_objects as go

    if hearing.style_probabilities is None:
        raise ValueError(f"The model {hearing.model} knows no styles.")
    means, starts = thin_out(hearing.style_probabilities, MAX_POINTS // 2)
    seconds = np.round(hearing.times_sec[starts], 2)
    figure = go.Figure()
    for place, name in enumerate(hearing.style_names):
        color = colors[place % len(colors)] if colors else None
        # From the second round of colors on lines are dotted, so that no two styles look alike.
        dash = "solid" if not colors or place < len(colors) else "dot"
        pattern = {"shape": "/", "size": 5, "solidity": 0.35} if dash == "dot" else None
        figure.add_scatter(
            x=seconds,
            y=_round(means[:, place], 3),
            mode="lines",
            stackgroup="styles",
            name=name,
            line={"width": 1.4, "color": color, "dash": dash},
            fillpattern=pattern,
            hovertemplate=f"{name} %{{y:.0%}} at %{{x:.1f}} s<extra></extra>",
        )
    figure.update_yaxes(range=[0, 1], tickformat=".0%")
    return _set_time_axis(figure, seconds, _HEIGHT)


def mel_figure(hearing: Hearing, *, dark: bool = False) -> go.Figure:
    """Mel spectrogram with a range of 70 dB."""
    means, starts = thin_out(hearing.mel_db.T, MAX_COLUMNS)
    loudest = float(means.max())
    # Whole decibels are enough for a picture, and an eighth of the bytes.
    level = np.clip(np.rint(means.T - loudest), -70, 0).astype(np.int8)
    seconds = np.round(hearing.times_sec[starts], 2)
    centers = band_centers_hz()
    bands = np.interp(_TICKS_HZ, centers, np.arange(len(centers)))
    step = float(seconds[1] - seconds[0]) if len(seconds) > 1 else 1.0
    figure = _draw_matrix(level, step, "dB", "%{z} dB at %{x:.1f} s<extra></extra>", dark)
    hz = [f"{f // 1000} kHz" if f >= 1000 else f"{f} Hz" for f in _TICKS_HZ]
    figure.update_yaxes(tickvals=bands.tolist(), ticktext=hz)
    return _set_time_axis(figure, seconds, _HEIGHT)


def compare_moments(hearing: Hearing, most: int = MAX_BLOCKS) -> tuple[FloatArray, FloatArray]:
    """Self-similarity matrix of the model's features.

    Returns
    -------
    likeness : ndarray of float64, shape=(m, m)
        Cosine between the model's numbers, each smoothed over a second, centerd and brought to a deviation of 1.
    starts_sec : ndarray of float64, shape=(m,)
    """
    from scipy.ndimage import uniform_filter1d

    codes = np.asarray(hearing.scaled_codes, dtype=np.float64)
    codes = uniform_filter1d(codes, round(hearing.rate_hz), axis=0, mode="nearest")
    codes = (codes - codes.mean(axis=0)) / np.maximum(codes.std(axis=0), 1e-2)
    means, starts = thin_out(codes, most)
    unit = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return np.clip(unit @ unit.T, -1, 1), np.asarray(hearing.times_sec[starts])


def similarity_figure(likeness: NDArray[np.int8], starts_sec: FloatArray, *, dark: bool = False) -> go.Figure:
    """The similarity matrix as a heat map; both axes are seconds.

    Parameters
    ----------
    likeness : ndarray of int8, shape=(m, m)
        What `compare_moments` gives, in hundredths: an eighth of the bytes.
    starts_sec : ndarray of float64, shape=(m,)
    dark : bool
    """
    step = float(starts_sec[1] - starts_sec[0]) if len(starts_sec) > 1 else 1.0
    told = "%{x:.1f} s and %{y:.1f} s: similarity %{z} of 100<extra></extra>"
    figure = _draw_matrix(likeness, step, "Similarity", told, dark)
    figure.update_traces(y0=0.0, dy=step, zmin=-100, zmax=100)
    figure.update_traces(colorbar={"tickvals": [-100, 0, 100], "ticktext": ["\u22121", "0", "1"]})
    figure.update_yaxes(title_text="Time (s)", autorange="reversed")
    return _set_time_axis(figure, starts_sec, 460)


def _round(values: Array, digits: int) -> Float32Array:
    """Fewer digits, fewer bytes to the browser."""
    return np.round(values, digits).astype(np.float32)


def _draw_matrix(z: NDArray[Any], step_sec: float, unit: str, told: str, dark: bool) -> go.Figure:
    import plotly.graph_objects as go

    colorbar = {"title": {"text": unit}, "thickness": 10}
    scale = "Inferno" if dark else "Viridis"
    return go.Figure(
        go.Heatmap(z=z, x0=0.0, dx=step_sec, colorscale=scale, colorbar=colorbar, hovertemplate=told)
    )


def _set_time_axis(figure: go.Figure, seconds: Array, height: int) -> go.Figure:
    figure.update_xaxes(title_text="Time (s)", range=[0, float(seconds[-1]) if len(seconds) else 1.0])
    figure.update_yaxes(automargin=True, fixedrange=True)
    set_layout(figure, height)
    return figure
