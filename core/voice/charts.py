"""Chart of a transcription: the pitch curve with the notes as boxes over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.charts import pick_color, set_layout
from core.music.midi import note_name
from core.voice.pitch_tracking import VOICED, hz_to_midi
from core.voice.transcription import Transcription

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 320
_MOST_NAMES = 14  # on the axis
_MOST_POINTS = 4_000
# Seen on light and on dark ground.
_CURVE, _NOTE, _RULE = "#E0762F", "#4C8DD6", "#7D8790"
_BOX_OPACITY = 0.35


def transcription_figure(transcription: Transcription, colors: Sequence[str] = ()) -> go.Figure:
    """Draw the sung pitch over time, and the notes that were read as boxes a semitone high.

    Parameters
    ----------
    transcription : Transcription
    colors : sequence of str, optional
        CSS colors: of the curve, of the notes.

    Returns
    -------
    plotly.graph_objects.Figure
        Time in seconds against MIDI number, with the names of the notes on the axis. The boxes stand where the
        singer's own scale has them, so a curve in the middle of its box is in tune with the rest.
    """
    import plotly.graph_objects as go

    curve, note_color = (pick_color(colors, k) or default for k, default in enumerate((_CURVE, _NOTE)))
    figure = go.Figure(
        [
            _draw_boxes(transcription, note_color),
            _draw_curve(transcription, curve),
            _add_hover(transcription),
        ]
    )
    low = min(note.pitch for note in transcription.notes) - 2
    high = max(note.pitch for note in transcription.notes) + 2
    every = next(step for step in (1, 2, 3, 6, 12) if (high - low) / step <= _MOST_NAMES or step == 12)
    names = np.arange(low, high + 1, every)
    figure.update_yaxes(
        tickvals=names, ticktext=[note_name(float(pitch)) for pitch in names], range=[low, high]
    )
    figure.update_yaxes(automargin=True, zeroline=False, title_text="pitch", title_standoff=4)
    figure.update_xaxes(title_text="seconds", zeroline=False)
    set_layout(figure, _HEIGHT, top=12)
    return figure


def _draw_boxes(transcription: Transcription, color: str) -> go.Scatter:
    """All notes as one trace: rectangles with gaps between."""
    import plotly.graph_objects as go

    tuning = transcription.tuning_cents / 100.0
    x: list[float | None] = []
    y: list[float | None] = []
    for note in transcription.notes:
        start, end = note.onset_sec, note.onset_sec + note.duration_sec
        low, high = note.pitch + tuning - 0.5, note.pitch + tuning + 0.5
        x += [start, end, end, start, start, None]
        y += [low, low, high, high, low, None]
    line = {"width": 1.5, "color": color}
    fill = {"fill": "toself", "fillcolor": _add_opacity(color), "hoverinfo": "skip"}
    return go.Scatter(x=x, y=y, mode="lines", name="notes", line=line, **fill)


def _draw_curve(transcription: Transcription, color: str) -> go.Scatter:
    import plotly.graph_objects as go

    voiced = transcription.confidence >= VOICED
    pitch = np.where(voiced, hz_to_midi(transcription.f0_hz), np.nan)
    step = -(-len(pitch) // _MOST_POINTS)
    line = {"width": 2, "color": color}
    x, y = transcription.times_sec[::step], pitch[::step]
    return go.Scatter(
        x=x, y=y, mode="lines", name="sung pitch", line=line, connectgaps=False, hoverinfo="skip"
    )


def _add_hover(transcription: Transcription) -> go.Scatter:
    """Marks in the middle of the notes, not seen, that tell about them."""
    import plotly.graph_objects as go

    notes = transcription.notes
    tuning = transcription.tuning_cents / 100.0
    text = [
        f"{note_name(float(note.pitch))}<br>sung {100 * (note.pitch_sung - tuning - note.pitch):+.0f} cents off<br>"
        f"{note.duration_sec:.2f} s, {note.duration_beat:g} beats"
        for note in notes
    ]
    return go.Scatter(
        x=[note.onset_sec + note.duration_sec / 2 for note in notes],
        y=[note.pitch + tuning for note in notes],
        mode="markers",
        marker={"size": 14, "opacity": 0, "color": _RULE},
        text=text,
        hoverinfo="text",
        showlegend=False,
    )


def _add_opacity(color: str) -> str:
    """A hexadecimal color with the boxes' opacity; another CSS color as it is."""
    if len(color) != 7 or not color.startswith("#"):
        return color
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BOX_OPACITY})"


def description(transcription: Transcription) -> str:
    """Describe the figure in a sentence for a screen reader."""
    notes = transcription.notes
    low, high = (note_name(float(pick(note.pitch for note in notes))) for pick in (min, max))
    count = f"{len(notes)} notes" if len(notes) > 1 else "One note"
    span = f"between {low} and {high}" if low != high else f"at {low}"
    return f"Pitch curve of the voice with boxes for the notes: {count} {span}."
