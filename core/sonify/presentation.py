"""Presentation of a sonified table: the chart with its notes, what each point says, the mapping in words, the data."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import pandas as pd

from core.arrays import FloatArray
from core.errors import plural
from core.presentation.presentation import (
    ChartPicture,
    Presentation,
    RollPicture,
    Series,
    ShownNote,
    ShownPoint,
    Voice,
)
from core.sonify.charts import axis_values, name_axis
from core.sonify.descriptions import LAST_YEAR, axis_title, number
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.job import PlayedTable

ACCOMPANIMENT = "Accompaniment"
"""Name of the voice that holds the composed notes."""
_FAINT = 1
_MOST_DIGITS = 10


def present(
    played: PlayedTable, *, title: str = "", source: str = "", license_text: str = "", language: str = "en"
) -> Presentation:
    """What a picture, a film or a web page shows of a sonified table.

    Parameters
    ----------
    played : PlayedTable
    title : str
        The names of the voices if not given.
    source, license_text : str
        Where the data come from, and under what terms.
    language : str
        BCP 47 code of the title.

    Examples
    --------
    >>> from core.sonify.job import play_table
    >>> from core.sonify.settings import Settings, Voice
    >>> from core.tables.table import read_text
    >>> table = read_text("month,rain (mm)\\n1,30\\n2,\\n3,70")
    >>> settings = Settings(voices=(Voice(column="rain (mm)"),), time="month", duration_sec=1.0)
    >>> shown = present(play_table(table, settings, engine="embedded"))
    >>> shown.title, shown.subtitle, [point.value_text for point in shown.points]
    ('rain (mm)', 'month from 1 to 3 · 3 rows, 2 notes', ['30', 'no data', '70'])
    """
    made = played.sonification
    names = [voice.name for voice in made.voices]
    voices = [Voice(name=name, unit=unit) for name, unit in zip(names, _list_units(played), strict=True)]
    if _is_accompanied(made):
        voices.append(Voice(name=ACCOMPANIMENT))
    points, track = list_points(played), made.captions
    return Presentation(
        title=title or _name_voices(made),
        subtitle=_describe_extent(made, points),
        sound=played.sound,
        pictures=(_draw_chart(played), RollPicture()),
        voices=tuple(voices),
        notes=tuple(list_notes(made)),
        points=tuple(points),
        mapping=played.words,
        source=source,
        license=license_text,
        columns=_list_columns(played, points),
        language=language,
        captions=track.captions if track else (),
        are_captions_in_sound=track is None or track.is_in_sound,
        captions_language=track.language if track else language,
    )


def list_notes(sonification: Sonification) -> list[ShownNote]:
    """Piano-roll notes: the data, and behind them the composed notes."""
    notes = [
        ShownNote(onset_sec=onset, duration_sec=duration, pitch=pitch, velocity=int(velocity), voice=place)
        for place, result in enumerate(sonification.voices)
        for onset, duration, pitch, velocity in _list_rows(
            result.points[result.points["sounds"]], "onset_sec", "duration_sec", "pitch", "velocity"
        )
    ]
    if sonification.composition is not None and sonification.composition.accompanied is not None:
        # As faint as notes are drawn: the data stand before it.
        notes += [
            ShownNote(
                onset_sec=onset,
                duration_sec=duration,
                pitch=pitch,
                velocity=_FAINT,
                voice=len(sonification.voices),
            )
            for onset, duration, pitch in _list_rows(
                sonification.composition.accompanied.notes, "onset_sec", "duration_sec", "pitch"
            )
        ]
    return notes


def list_points(played: PlayedTable) -> list[ShownPoint]:
    """Points for exploration by keyboard and for the large words of a film, a voice after the other."""
    points = []
    for place, (result, unit) in enumerate(zip(played.sonification.voices, _list_units(played), strict=True)):
        labels, peaks = played.labels[place], set(played.peaks[place])
        n_points = len(result.points)
        for i, (onset, room, value) in enumerate(
            _list_rows(result.points, "onset_sec", "duration_sec", "value")
        ):
            gap = bool(np.isnan(value))
            value_text = "no data" if gap else number(value, unit)
            points.append(
                ShownPoint(
                    onset_sec=onset,
                    duration_sec=room,
                    label=labels[i],
                    value=None if gap else value,
                    kind="gap" if gap else "point",
                    peak=i in peaks,
                    voice=place,
                    place_text=labels[i].removesuffix(f", {value_text}, point {i + 1:,} of {n_points:,}"),
                    value_text=value_text,
                )
            )
    return points


def _list_units(played: PlayedTable) -> tuple[str, ...]:
    return played.units or ("",) * len(played.sonification.voices)


def _is_accompanied(made: Sonification) -> bool:
    return made.composition is not None and made.composition.accompanied is not None


def _list_rows(table: pd.DataFrame, *columns: str) -> list[list[float]]:
    """Rows of some columns of a table, as lists."""
    rows: list[list[float]] = table[list(columns)].to_numpy(dtype=float).tolist()
    return rows


def _describe_extent(made: Sonification, points: list[ShownPoint]) -> str:
    """Such as "March 1958 to December 2001 · 2,284 rows, 300 notes"."""
    n_points = len(made.voices[0].points)
    counted = _count_notes(made)
    if made.rows.names is not None or made.settings.time is None:
        return counted
    first, last = points[0].place_text.partition(" to ")[0], points[n_points - 1].place_text
    last = last.rpartition(" to ")[2]
    is_range = first != last
    extent = f"{first} to {last}" if is_range else first
    is_clear = made.rows.is_date or (_is_year(first) and _is_year(last))
    return (
        f"{extent} · {counted}"
        if is_clear
        else f"{made.settings.time} {'from ' * is_range}{extent} · {counted}"
    )


def _is_year(text: str) -> bool:
    return text.isdigit() and 1500 <= int(text) <= LAST_YEAR


def _count_notes(made: Sonification) -> str:
    """How many rows became how many notes."""
    n_sounding = [int(voice.points["sounds"].sum()) for voice in made.voices]
    counted = plural(max(n_sounding), "note")
    if len(n_sounding) > 1:
        counted = f"{'' if min(n_sounding) == max(n_sounding) else 'up to '}{counted} per voice"
    n_rows = int(made.groups.edges[-1])
    # What an engine has aggregated before has no rows to be counted.
    if made.is_aggregated or n_rows == max(n_sounding):
        return counted
    return f"{plural(n_rows, 'time step' if made.settings.split else 'row')}, {counted}"


def _name_voices(made: Sonification) -> str:
    """Such as "Seattle: rain, wind" or "Oslo, Rome: rain"."""
    voices = [result.voice for result in made.voices]
    labels = list(dict.fromkeys(voice.label for voice in voices if voice.label is not None))
    values = list(dict.fromkeys(voice.value_name for voice in voices))
    if labels and (len(labels) == 1 or len(values) == 1):
        return f"{', '.join(labels)}: {', '.join(values)}"
    return ", ".join(result.name for result in made.voices)


def _draw_chart(played: PlayedTable) -> ChartPicture:
    made = played.sonification
    scales: dict[int, list[VoiceResult]] = {}
    for result in made.voices:
        scales.setdefault(result.pitch_scale, []).append(result)
    panels = {scale: place for place, scale in enumerate(scales)}
    units = {result.voice.column: unit for result, unit in zip(made.voices, _list_units(played), strict=True)}
    lines = [trace for trace in played.chart["data"] if trace.get("mode") == "lines"]
    times, places = played.playhead
    return ChartPicture(
        series=tuple(
            _draw_series(made, result, place, panels[result.pitch_scale], lines[place])
            for place, result in enumerate(made.voices)
        ),
        panel_titles=tuple(axis_title(members, units) for members in scales.values()),
        x_title=name_axis(made),
        x_is_date=made.rows.is_date,
        x_names=played.place_names,
        x_period=made.rows.period,
        times_sec=np.asarray(times, dtype=float),
        place_x=np.asarray(places, dtype=float),
    )


def _draw_series(
    made: Sonification, result: VoiceResult, voice: int, panel: int, line: dict[str, Any]
) -> Series:
    sounding = result.points[result.points["sounds"]]
    y = _read_numbers(line["y"])
    x = line["x0"] + line["dx"] * np.arange(len(y)) if "x0" in line else _read_numbers(line["x"])
    return Series(
        voice=voice,
        panel=panel,
        x=x,
        y=y,
        note_x=axis_values(made, sounding["time"].to_numpy(dtype=float)),
        note_y=sounding["value"].to_numpy(dtype=float),
        onset_sec=sounding["onset_sec"].to_numpy(dtype=float),
        duration_sec=sounding["duration_sec"].to_numpy(dtype=float),
    )


def _read_numbers(values: Any) -> FloatArray:
    """Numbers of a Plotly trace, which has them as a list or as base64 of an array."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"]).astype(float)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _list_columns(played: PlayedTable, points: list[ShownPoint]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    made = played.sonification
    units = {result.voice.column: unit for result, unit in zip(made.voices, _list_units(played), strict=True)}
    n_points = len(made.voices[0].points)
    columns = [(name_axis(made), tuple(point.place_text for point in points[:n_points]))]
    for place, result in enumerate(made.voices):
        own = points[place * n_points : (place + 1) * n_points]
        columns.append((axis_title([result], units), _write_cells([point.value for point in own])))
    return tuple(columns)


def _write_cells(values: list[float | None]) -> tuple[str, ...]:
    """Numbers as the file has them; where some are longer than anybody reads, such as means, all with as many decimals.

    Examples
    --------
    >>> _write_cells([111.63, None, -1234567.89])
    ('111.63', 'no data', '−1,234,567.89')
    >>> _write_cells([100 / 3, 2.5])
    ('33.33', '2.50')
    """
    known = [value for value in values if value is not None]
    texts = [f"{value:,.12g}" for value in known]
    most = max(map(abs, known), default=0.0)
    if any(sum(letter.isdigit() for letter in text) > _MOST_DIGITS for text in texts):
        decimals = 3 - math.floor(math.log10(most))
        form = f",.{max(0, decimals)}f" if abs(decimals) <= _MOST_DIGITS else ".6g"
        texts = [f"{value:{form}}" for value in known]
    rest = iter(texts)
    return tuple("no data" if value is None else next(rest).replace("-", "−") for value in values)
