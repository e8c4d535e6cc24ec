"""Plotly layout that all charts share: margins, legend, axes of a mood over time, colors by place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go


def pick_color(colors: Sequence[str], place: int) -> str | None:
    """The color at a place; None, which is Plotly's own choice, where there are fewer."""
    return colors[place] if place < len(colors) else None


def set_layout(figure: go.Figure, height: int, *, top: int = 8, hovermode: str = "closest") -> None:
    """Set a figure's height and narrow margins, with the legend in a row above it.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    height, top : int
        Of the whole, and of the margin above, in pixels.
    hovermode : str
        As Plotly names it.
    """
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": top, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hovermode=hovermode,
    )


def set_mood_axes(figure: go.Figure, height: int) -> None:
    """Set the axes of valence and arousal, -1 to 1, over seconds."""
    figure.update_yaxes(range=[-1.08, 1.08], tickvals=[-1, -0.5, 0, 0.5, 1], zeroline=True, automargin=True)
    figure.update_xaxes(title_text="seconds")
    set_layout(figure, height, hovermode="x unified")
