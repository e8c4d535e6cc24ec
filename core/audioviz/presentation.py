"""Presentation of a visualized sound: its ten scene parameters over time, for picture, film and web page."""

from __future__ import annotations

import numpy as np

from core.arrays import Float32Array
from core.audio.flac import FlacSound
from core.audioviz.charts import thin_out
from core.audioviz.extract import MODEL_TITLES, Hearing
from core.audioviz.settings import DRAWN_RATE_HZ, VizSettings
from core.audioviz.sound_measures import MEASURED_NUMBERS, PARAMETERS
from core.presentation.presentation import ChartPicture, Presentation, Series, ShownPoint, Voice

_MAX_POINTS = 600  # of a curve
_PER_PANEL = 2  # ten panels of their own would be too low to be read
_MOVES = 0.1  # deviation from which a parameter is seen to move


def present(
    hearing: Hearing,
    parameters: Float32Array,
    settings: VizSettings,
    sound: FlacSound,
    *,
    title: str = "",
    source: str = "",
    license_text: str = "",
    language: str = "en",
) -> Presentation:
    """What a picture or a web page shows of a visualized sound.

    Parameters
    ----------
    hearing : Hearing
    parameters : ndarray of float32, shape=(n, 10)
        At `core.audioviz.settings.DRAWN_RATE_HZ`.
    settings : VizSettings
        From which they were made.
    sound : FlacSound
    title : str
        "Scene parameters" if not given.
    source, license_text : str
        Where the sound comes from, and under what terms.
    language : str
        BCP 47 code of the title.
    """
    means, starts = thin_out(parameters, _MAX_POINTS)
    times, nothing = starts / DRAWN_RATE_HZ, np.empty(0)
    series = tuple(
        Series(
            voice=place,
            panel=place // _PER_PANEL,
            x=times,
            y=np.clip(means[:, place], 0.0, 1.0),
            note_x=nothing,
            note_y=nothing,
            onset_sec=nothing,
            duration_sec=nothing,
        )
        for place in range(len(PARAMETERS))
    )
    end = hearing.duration_sec
    picture = ChartPicture(
        series=series,
        panel_titles=tuple(
            ", ".join(PARAMETERS[first : first + _PER_PANEL])
            for first in range(0, len(PARAMETERS), _PER_PANEL)
        ),
        x_title="Time (s)",
        x_is_date=False,
        times_sec=np.array([0.0, end]),
        place_x=np.array([0.0, end]),
    )
    moving = int((parameters.std(axis=0) >= _MOVES).sum())
    points = _list_points(parameters, end)
    return Presentation(
        title=title or "Scene parameters",
        subtitle=f"{MODEL_TITLES[settings.model]}, {settings.mapping} mapping",
        sound=sound,
        pictures=(picture,),
        voices=tuple(Voice(name=name) for name in PARAMETERS),
        points=points,
        mapping=(
            f"Analysis model: {MODEL_TITLES[settings.model]}. {_count_moving(moving)} of the ten scene parameters change noticeably.",
            *_describe_numbers(settings),
        ),
        source=source,
        license=license_text,
        columns=(
            ("Time (s)", tuple(point.place_text for point in points)),
            *(
                (name, tuple(f"{parameters[row, place]:.2f}" for row in _rows(parameters, end)))
                for place, name in enumerate(PARAMETERS)
            ),
        ),
        language=language,
    )


def _count_moving(n: int) -> str:
    return "All" if n == len(PARAMETERS) else "None" if n == 0 else str(n)


def _describe_numbers(settings: VizSettings) -> tuple[str, ...]:
    """What drives each parameter, where that is a measure."""
    if settings.model != "measured" or settings.mapping != "deterministic":
        return ()
    numbers = list(MEASURED_NUMBERS.items())
    return tuple(
        f"{name}: {numbers[place][1]}." for name, place in zip(PARAMETERS, settings.order, strict=True)
    )


def _rows(parameters: Float32Array, end_sec: float) -> list[int]:
    """A row each second."""
    return [min(round(second * DRAWN_RATE_HZ), len(parameters) - 1) for second in range(max(1, int(end_sec)))]


def _list_points(parameters: Float32Array, end_sec: float) -> tuple[ShownPoint, ...]:
    points = []
    for second, row in enumerate(_rows(parameters, end_sec)):
        strongest = int(parameters[row].argmax())
        value = f"{PARAMETERS[strongest]} {parameters[row, strongest]:.0%}"
        points.append(
            ShownPoint(
                onset_sec=float(second),
                duration_sec=min(1.0, end_sec - second),
                label=f"{second} s, strongest {value}",
                value=float(parameters[row, strongest]),
                kind="point",
                place_text=f"{second} s",
                value_text=value,
            )
        )
    return tuple(points)
