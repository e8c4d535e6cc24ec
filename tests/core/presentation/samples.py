"""Presentations that the tests of drawings, films and pages draw: lines of any values, titles of any kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.presentation.presentation import (
    ChartPicture,
    Presentation,
    RollPicture,
    Series,
    ShownNote,
    Voice,
    WaveformPicture,
)

DAY_MS = 86_400_000.0
HEBREW = "\u05de\u05d7\u05d9\u05e8\u05d9 Apple \u05d5-IBM (2020)!"
ARABIC = "\u062f\u0631\u062c\u0629 \u0627\u0644\u062d\u0631\u0627\u0631\u0629 2020"
HOSTILE = (
    '<script>alert("1")</script> & \u202ea very long title\x00 that goes on about rainfall in Norway, ' * 9
)


def present_lines(
    lines: Sequence[ArrayLike],
    *,
    title: str = "Rain",
    names: Sequence[str] = ("rain", "wind", "sun", "snow"),
    is_date: bool = True,
    panels: Sequence[int] = (0, 0, 0, 0),
    duration_sec: float = 2.0,
) -> Presentation:
    """A chart of one line a voice, a piano roll and a waveform."""
    values = [np.asarray(line, dtype=float) for line in lines]
    n_points = len(values[0])
    x = np.arange(n_points) * 30 * DAY_MS if is_date else 1_990.0 + np.arange(n_points)
    times = np.linspace(0.0, duration_sec, n_points + 1)
    series, notes = [], []
    for voice, y in enumerate(values):
        sounds = np.isfinite(y)
        series.append(
            Series(
                voice=voice,
                panel=panels[voice],
                x=x,
                y=y,
                note_x=x[sounds],
                note_y=y[sounds],
                onset_sec=times[:-1][sounds],
                duration_sec=np.diff(times)[sounds],
            )
        )
        notes += [
            ShownNote(
                onset_sec=t,
                duration_sec=duration_sec / n_points,
                pitch=60.0 + voice,
                velocity=90,
                voice=voice,
            )
            for t in times[:-1][sounds].tolist()
        ]
    n_panels = 1 + max(panels[: len(values)])
    sr = 8_000
    y = np.sin(np.arange(round(sr * duration_sec)) / 9) * np.linspace(0.1, 0.9, round(sr * duration_sec))
    return Presentation(
        title=title,
        subtitle="January 1990 to May 2023",
        source="a-file.csv",
        sound=FlacSound.of(Audio(y.astype(np.float32), sr)),
        pictures=(
            ChartPicture(
                series=tuple(series),
                panel_titles=tuple(f"{names[panels.index(panel)]} (mm)" for panel in range(n_panels)),
                x_title="month",
                x_is_date=is_date,
                times_sec=times,
                place_x=np.append(x, x[-1]),
            ),
            RollPicture(),
            WaveformPicture(),
        ),
        voices=tuple(Voice(name=name, unit="mm") for name in names[: len(values)]),
        notes=tuple(notes),
    )
