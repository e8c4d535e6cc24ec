"""The mood of a piece along its time: what was asked for and what the judge hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.emotion.moods import Mood

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 250


def mood_figure(
    times_sec: Sequence[float],
    targets: Sequence[Mood],
    heard: Sequence[tuple[float, Mood]],
    *,
    beginning_sec: float = 0.0,
    colours: Sequence[str] = (),
) -> go.Figure:
    """Draw valence and arousal over time.

    Parameters
    ----------
    times_sec : sequence of float
        Of the targets, in seconds.
    targets : sequence of Mood
    heard : sequence of (float, Mood)
        From the judge; drawn with marks.
    beginning_sec : float
        The end of the visitor's own notes, which have no target; shaded.
    colours : sequence of str, optional
        CSS colours of valence and arousal.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, name in enumerate(("valence", "arousal")):
        colour = colours[place] if place < len(colours) else None
        figure.add_scatter(
            x=np.asarray(times_sec), y=[getattr(mood, name) for mood in targets], mode="lines", name=f"{name} asked for",
            line={"color": colour, "width": 1.6, "dash": "dot"},
        )  # fmt: skip
        figure.add_scatter(
            x=[time for time, _ in heard], y=[getattr(mood, name) for _, mood in heard], mode="lines+markers",
            name=f"{name} heard", line={"color": colour, "width": 2},
            marker={"size": 7, "symbol": ("circle", "diamond")[place]},
        )  # fmt: skip
    if beginning_sec > 0:
        figure.add_vrect(x0=0, x1=beginning_sec, fillcolor="#7D8790", opacity=0.15, line_width=0)
    figure.update_yaxes(range=[-1.08, 1.08], tickvals=[-1, -0.5, 0, 0.5, 1], zeroline=True, automargin=True)
    figure.update_xaxes(title_text="seconds", rangemode="tozero")
    figure.update_layout(
        height=_HEIGHT, margin={"l": 8, "r": 12, "t": 8, "b": 8}, hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return figure
