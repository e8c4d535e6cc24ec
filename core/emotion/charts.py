"""Chart of valence and arousal over a piece: the target, and the classifier's rating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.charts import pick_color, set_mood_axes
from core.emotion.moods import AXIS_NAMES, Mood

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 250


def mood_figure(
    times_sec: Sequence[float],
    targets: Sequence[Mood],
    heard: Sequence[tuple[float, Mood]],
    *,
    beginning_sec: float = 0.0,
    colors: Sequence[str] = (),
) -> go.Figure:
    """Draw valence and arousal over time.

    Parameters
    ----------
    times_sec : sequence of float
        Of the targets, in seconds.
    targets : sequence of Mood
    heard : sequence of (float, Mood)
        From the classifier; drawn with markers.
    beginning_sec : float
        The end of the opening notes, which have no target; shaded.
    colors : sequence of str, optional
        CSS colors of valence and arousal.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, name in enumerate(("valence", "arousal")):
        color = pick_color(colors, place)
        figure.add_scatter(
            x=list(times_sec),
            y=[getattr(mood, name) for mood in targets],
            mode="lines",
            name=f"{AXIS_NAMES[name]}, target",
            line={"color": color, "width": 1.6, "dash": "dot"},
        )
        figure.add_scatter(
            x=[time for time, _ in heard],
            y=[getattr(mood, name) for _, mood in heard],
            mode="lines+markers",
            name=f"{AXIS_NAMES[name]}, rated",
            line={"color": color, "width": 2},
            marker={"size": 7, "symbol": ("circle", "diamond")[place]},
        )
    if beginning_sec > 0:
        figure.add_vrect(x0=0, x1=beginning_sec, fillcolor="#7D8790", opacity=0.15, line_width=0)
    set_mood_axes(figure, _HEIGHT)
    figure.update_xaxes(rangemode="tozero")
    return figure
