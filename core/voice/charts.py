"""The transcription as a picture: the pitch curve with the notes as boxes over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.music.midi import note_name
from core.voice.pitch_tracking import VOICED
from core.voice.transcription import Transcription

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 320
_MOST_NAMES = 14  # on the axis
_MOST_POINTS = 4_000
# Seen on light and on dark ground.
_CURVE, _NOTE, _RULE = "#E0762F", "#4C8DD6", "#7D8790"
_BOX_OPACITY = 0.35


def transcription_figure(transcription: Transcription, colours: Sequence[str] = ()) -> go.Figure:
    """Draw the sung pitch over time, and the notes that were read as boxes a semitone high.

    Parameters
    ----------
    transcription : Transcription
    colours : sequence of str, optional
        CSS colours: of the curve, of the notes.

    Returns
    -------
    plotly.graph_objects.Figure
        Time in seconds against MIDI number, with the names of the notes on the axis. The boxes stand where the
        singer's own scale has them, so a curve in the middle of its box is in tune with the rest.
    """
    import plotly.graph_objects as go

    curve = colours[0] if colours else _CURVE
    note_colour = colours[1] if len(colours) > 1 else _NOTE
    figure = go.Figure([_boxes(transcription, note_colour), _curve(transcription, curve)])
    figure.add_trace(_hover(transcription))
    low = min(note.pitch for note in transcription.notes) - 2
    high = max(note.pitch for note in transcription.notes) + 2
    every = next(step for step in (1, 2, 3, 6, 12) if (high - low) / step <= _MOST_NAMES or step == 12)
    names = np.arange(low, high + 1, every)
    figure.update_yaxes(
        tickvals=names, ticktext=[note_name(float(pitch)) for pitch in names], range=[low, high],
        automargin=True, zeroline=False, title_text="pitch", title_standoff=4,
    )  # fmt: skip
    figure.update_xaxes(title_text="seconds", zeroline=False)
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 8, "r": 12, "t": 12, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hovermode="closest",
    )
    return figure


def _boxes(transcription: Transcription, colour: str) -> go.Scatter:
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
    return go.Scatter(
        x=x, y=y, mode="lines", fill="toself", name="notes", hoverinfo="skip",
        fillcolor=_transparent(colour), line={"width": 1.5, "color": colour},
    )  # fmt: skip


def _curve(transcription: Transcription, colour: str) -> go.Scatter:
    import plotly.graph_objects as go

    voiced = transcription.confidence >= VOICED
    pitch = np.where(voiced, 69.0 + 12.0 * np.log2(transcription.f0_hz / 440.0), np.nan)
    step = -(-len(pitch) // _MOST_POINTS)
    return go.Scatter(
        x=transcription.times_sec[::step], y=pitch[::step], mode="lines", name="sung pitch",
        line={"width": 2, "color": colour}, connectgaps=False, hoverinfo="skip",
    )  # fmt: skip


def _hover(transcription: Transcription) -> go.Scatter:
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
        mode="markers", marker={"size": 14, "opacity": 0, "color": _RULE}, text=text, hoverinfo="text", showlegend=False,
    )  # fmt: skip


def _transparent(colour: str) -> str:
    """A hexadecimal colour with the boxes' opacity; another CSS colour as it is."""
    if len(colour) != 7 or not colour.startswith("#"):
        return colour
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BOX_OPACITY})"


def description(transcription: Transcription) -> str:
    """Describe the figure in a sentence for a screen reader."""
    notes = transcription.notes
    low, high = (note_name(float(pick(note.pitch for note in notes))) for pick in (min, max))
    count = f"{len(notes)} notes" if len(notes) > 1 else "One note"
    span = f"between {low} and {high}" if low != high else f"at {low}"
    return f"Pitch curve of the voice with boxes for the notes: {count} {span}."
