"""Jobs of Sonify Data: read a table, compose and render it, measure fidelity against musicality, render a quiz question.

Each is one function with plain arguments and a plain result. An example is named by its id, so that nothing of it travels;
of a visitor's own table only the columns that are heard do (`keep_columns`).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.audio.flac import FlacSound
from core.errors import InputError
from core.progress import Progress, ignore_progress, scale_progress
from core.sonify.direct_mapping import Sonification
from core.sonify.examples import load_example
from core.sonify.large_job import heard_settings, tell_engine
from core.sonify.settings import Settings, Voice
from core.sonify.suggestion import SuggestedTable, suggest
from core.tables.engine.large_tables import AggregatedTable
from core.tables.table import ReadOptions, Table, read_table, read_text, shorten

if TYPE_CHECKING:
    import pandas as pd

    from core.sonify.compose import Composers
    from core.synth import Engine, Rendering

# Of the work, what composing takes; the rest is playing the notes and drawing them.
_COMPOSING_SHARE = 0.7
_QUIZ_SEC, _QUIZ_PROGRAM = 6.0, 12


@dataclass(frozen=True, kw_only=True)
class PlayedTable:
    """A rendered sonification with its charts and descriptions.

    Attributes
    ----------
    sonification : Sonification
        Without the rows, of which there may be more than a million: what is left knows the points.
    sound : FlacSound
    note : str or None
        What a visitor should know of how it was played.
    sound_facts : dict
        How the sound was made, as the report tells it.
    labels : tuple of tuple of str
        What every point is called, a voice each.
    peaks : tuple of tuple of int
        Points that a listener would look for, a voice each.
    words : tuple of str
        What is heard.
    chart : dict
        Plotly's figure without colors, two traces a voice.
    chart_words : str
        The same for a screen reader.
    playhead : (list of float, list of float)
        Time in the sound, in seconds, and the place on the chart.
    place_names : tuple of (float, str)
        Places on an axis of names and the names there; empty for other axes.
    units : tuple of str
        Unit of each voice's values; empty where none is known.
    """

    sonification: Sonification
    sound: FlacSound
    note: str | None
    sound_facts: dict[str, Any]
    labels: tuple[tuple[str, ...], ...]
    peaks: tuple[tuple[int, ...], ...]
    words: tuple[str, ...]
    chart: dict[str, Any]
    chart_words: str
    playhead: tuple[list[float], list[float]]
    place_names: tuple[tuple[float, str], ...] = ()
    units: tuple[str, ...] = ()


def read_upload(data: bytes, name: str, options: ReadOptions) -> SuggestedTable:
    """Read an uploaded table, or a chart with its data, and suggest settings; raises as `core.tables.table.read_table`."""
    from core.sonify.chart_specs.reading import read_chart_spec

    return read_chart_spec(data, name=name, options=options) or suggest(
        read_table(data, name=name, options=options)
    )


def read_uploads(names: tuple[str, ...], options: ReadOptions, *contents: bytes) -> SuggestedTable:
    """Read several uploaded tables as one, joined on their time; raises as `core.tables.joining.read_tables`."""
    from core.sonify.chart_specs.reading import is_chart_spec
    from core.tables.joining import read_tables

    for name, data in zip(names, contents, strict=True):
        if is_chart_spec(data):
            raise InputError(
                f"“{shorten(name)}” is a chart with its data, which is opened by itself. Remove the other files, or upload its data as a table."
            )
    return suggest(read_tables(list(zip(names, contents, strict=True)), options=options))


def read_pasted(text: str, options: ReadOptions) -> SuggestedTable:
    """Read pasted rows and suggest settings; raises as `core.tables.table.read_text`."""
    return suggest(read_text(text, options=options))


def keep_columns(table: Table, settings: Settings) -> Table:
    """Keep the columns that the settings play, filter or sort by, with all rows.

    Examples
    --------
    >>> table = read_text("month,rain,wind\\n1,30,2\\n2,55,1")
    >>> list(keep_columns(table, Settings(voices=(Voice(column="wind"),), time="month")).frame)
    ['month', 'wind']
    """
    used = {voice.column for voice in settings.voices} | {settings.time}
    used |= {settings.split, *(condition.column for condition in settings.filters)}
    return replace(table, frame=table.frame[[name for name in table.frame.columns if name in used]])


def play_table(
    source: str | Table | AggregatedTable,
    settings: Settings,
    *,
    engine: Engine = "auto",
    soundfont: Path | None = None,
    former: Sonification | None = None,
    progress: Progress | None = None,
) -> PlayedTable:
    """Compose a table in the mode of the settings, render the sound, and draw and describe it.

    Parameters
    ----------
    source : str, Table or AggregatedTable
        The id of an example, a table with the columns that the settings use, or the points of a table beyond memory.
    settings : Settings
    engine : {"auto", "fluidsynth", "embedded"}
    soundfont : Path, optional
        An SF2 file of the visitor's own; it is read here for the first time.
    former : Sonification, optional
        Of the same table; see `core.sonify.compose.compose`.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    DashboardError
        If the settings cannot be met, the SoundFont cannot be used, or a network's files are missing.
    """
    from core.sonify.audibility import play
    from core.sonify.compose import compose
    from core.sonify.descriptions import units_of
    from core.sonify.spoken_captions import speak_over, without_captions

    tell = progress or ignore_progress
    table = _open(source)
    made = compose(
        table,
        _fit(source, settings),
        _load_composers(),
        engine=engine,
        soundfont=soundfont,
        progress=scale_progress(tell, 0.0, _COMPOSING_SHARE),
        former=former and without_captions(former),
    )
    if isinstance(source, AggregatedTable):
        made = tell_engine(made, source, settings)
    tell(_COMPOSING_SHARE, "Rendering the notes")
    made, rendering = play(made, engine, soundfont)
    made, rendering = speak_over(made, rendering, units_of(table))
    tell(0.9, "Encoding the sound")
    return describe_played(made, table, rendering)


def describe_played(made: Sonification, table: Table, rendering: Rendering) -> PlayedTable:
    """Draw and describe a sonification that was rendered.

    Parameters
    ----------
    made : Sonification
    table : Table
        What it was made from.
    rendering : Rendering
    """
    from core.sonify import charts, descriptions

    voices, units = made.voices, descriptions.units_of(table)
    with ThreadPoolExecutor(max_workers=1) as pool:
        encoding = pool.submit(FlacSound.of, rendering.audio)  # which needs no Python meanwhile
        return PlayedTable(
            sonification=_without_rows(made),
            note=rendering.note,
            sound_facts=rendering.report(),
            labels=tuple(
                tuple(descriptions.point_labels(made, voice, units.get(voice.voice.column, "")))
                for voice in voices
            ),
            peaks=tuple(
                tuple(descriptions.peaks(voice.points["value"].to_numpy(dtype=float))) for voice in voices
            ),
            words=tuple(descriptions.mapping_in_words(made, units)),
            chart=_list_chart(charts.chart(made, table)),
            chart_words=charts.description(made, units),
            playhead=charts.playhead_map(made),
            place_names=charts.list_names(made),
            units=tuple(units.get(voice.voice.column, "") for voice in voices),
            sound=encoding.result(),
        )


def _list_chart(figure: Any) -> dict[str, Any]:
    """A Plotly figure as plain data, without Plotly's default template."""
    # Through JSON, as it goes to the browser: no array of objects stays.
    chart: dict[str, Any] = json.loads(figure.to_json())
    del chart["layout"]["template"]
    return chart


def _without_rows(made: Sonification) -> Sonification:
    rows = made.rows
    return replace(
        made,
        rows=replace(rows, index=rows.index[:0], time=rows.time[:0], names=rows.names and (), series=()),
    )


def measure_trade(source: str | Table | AggregatedTable, settings: Settings) -> pd.DataFrame:
    """Measure the trade-off between fidelity and musicality; see `core.sonify.compose.trade`."""
    from core.sonify.compose import trade

    return trade(_open(source), _fit(source, settings), _load_composers())


def play_question(seed: int, place: int) -> FlacSound:
    """Render a question of the trend quiz; see `core.sonify.trend_quiz.question`."""
    from core import synth
    from core.sonify.direct_mapping import sonify
    from core.sonify.trend_quiz import question

    values = question(seed, place).values
    settings = Settings(
        voices=(Voice(column="hidden", program=_QUIZ_PROGRAM),),
        scale="chromatic",
        scaling="linear",
        duration_sec=_QUIZ_SEC,
    )
    table = read_text("hidden\n" + "\n".join(str(float(value)) for value in values))
    # Always embedded: a quiz needs no process of its own, and all questions sound alike.
    return FlacSound.of(synth.render(sonify(table, settings).midi, engine="embedded").audio)


def _open(source: str | Table | AggregatedTable) -> Table:
    if isinstance(source, AggregatedTable):
        return source.table
    return _load_example(source) if isinstance(source, str) else source


def _fit(source: str | Table | AggregatedTable, settings: Settings) -> Settings:
    """Adapt settings to the data: for aggregated points, the engine has already filtered the rows."""
    return heard_settings(settings) if isinstance(source, AggregatedTable) else settings


@cache
def _load_example(name: str) -> Table:
    return load_example(name)


@cache
def _load_composers() -> Composers:
    from core.sonify.compose import Composers

    return Composers.from_weights()
