"""Read a chart specification (JSON) as a table with the settings that it asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from core import limits
from core.errors import InputError
from core.sonify.chart_specs.chart_spec import ChartSpec, write_columns
from core.sonify.chart_specs.highcharts import is_highcharts, read_highcharts
from core.sonify.chart_specs.maidr import is_maidr, read_maidr
from core.sonify.chart_specs.vega import is_vega, read_vega
from core.sonify.settings import DEFAULT_PROGRAMS, Settings
from core.sonify.suggestion import SuggestedTable, suggest
from core.tables.columns import clean_name, make_names_unique
from core.tables.decisions import Decision
from core.tables.table import ReadOptions, Table, read_table

MAX_SPEC_BYTES = 20 * limits.MEGABYTE
_READERS = ((is_highcharts, read_highcharts), (is_maidr, read_maidr), (is_vega, read_vega))


def find_chart_spec(document: object) -> ChartSpec | None:
    """Read a document that was parsed from JSON, if it is a chart specification.

    Raises
    ------
    InputError
        If it is one, but has nothing to play.

    Examples
    --------
    >>> find_chart_spec({"rain": [1, 2, 3]}) is None
    True
    >>> find_chart_spec({"chart": {}, "series": [{"data": [1, 2, 3]}]}).kind
    'a Highcharts chart'
    """
    if not isinstance(document, Mapping):
        return None
    for matches, read in _READERS:
        if matches(document):
            return read(document)
    return None


def is_chart_spec(data: bytes) -> bool:
    """Whether a file is a chart specification; raises as `find_chart_spec`.

    Examples
    --------
    >>> is_chart_spec(b'{"chart": {}, "series": [{"data": [1, 2, 3]}]}'), is_chart_spec(b"month,rain")
    (True, False)
    """
    return find_chart_spec(_parse(data)) is not None


def read_chart_spec(
    data: bytes | Mapping[str, Any], *, name: str = "chart", options: ReadOptions | None = None
) -> SuggestedTable | None:
    """Read a chart specification as a table, with the settings that it asks for.

    Parameters
    ----------
    data : bytes or mapping
        A file, or a document that was parsed from one.
    name : str
        What the visitor calls it.
    options : ReadOptions, optional
        The visitor's corrections of the table.

    Returns
    -------
    SuggestedTable or None
        None if it is no chart specification, but any other file. The decisions of the table tell what was not used.

    Raises
    ------
    InputError
        If it is one, but has nothing to play, or more than 20 MB.

    Examples
    --------
    >>> chart = {"chart": {}, "series": [{"name": "Rain", "data": [30, 80, 55], "sonification": {"tracks": [{"instrument": "flute"}]}}]}
    >>> read = read_chart_spec(chart)
    >>> read.settings.voices[0].column, read.settings.voices[0].program, read.settings.duration_sec
    ('Rain', 73, 6.0)
    >>> read_chart_spec(b"month,rain\\n1,30\\n") is None
    True
    """
    document = _parse(data) if isinstance(data, bytes) else data
    spec = find_chart_spec(document)
    if spec is None:
        return None
    named = f"{spec.title} ({name})" if spec.title else name
    table = read_table(write_columns(spec), name=named, options=options)
    return _fit(spec, table)


def _parse(data: bytes) -> object:
    """The document of a file that could be a chart; None of any other."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if not text.lstrip().startswith(b"{") or len(text) > MAX_SPEC_BYTES:
        return None
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return None  # The reader of tables says what is wrong.
    return document


def _fit(spec: ChartSpec, table: Table) -> SuggestedTable:
    """Settings of the specification for the table as it was read."""
    suggested = suggest(table)
    # The reader of tables has cleaned the names, each in its place.
    names = dict(zip(spec.columns, make_names_unique(spec.columns), strict=True))
    known = {column.original_name: column.name for column in table.columns}
    names = {raw: known.get(raw, known.get(clean, clean)) for raw, clean in names.items()}
    numbers = table.number_columns()
    units = {names[raw]: clean_name(unit, fallback="") for raw, unit in spec.units.items()}
    columns = tuple(replace(column, unit=units.get(column.name) or column.unit) for column in table.columns)
    voices = [
        {
            "column": names[voice.column],
            "label": voice.label,
            "program": DEFAULT_PROGRAMS[place % len(DEFAULT_PROGRAMS)],
            **voice.options,
        }
        for place, voice in enumerate(spec.voices)
        if names[voice.column] in numbers
    ]
    if not voices:
        raise InputError(
            f"This is {spec.kind}, but its values are no numbers, and only numbers can be played."
        )
    base = asdict(suggested.settings)
    time = None if spec.time is None else names[spec.time]
    split = None if spec.split is None else names[spec.split]
    own = {
        "voices": voices,
        "time": time if time in table.frame.columns else None,
        "split": split if split in table.frame.columns else None,
        "filters": (),
    }
    if own["time"] not in (*table.number_columns(), *table.date_columns()):
        own["rhythm"] = "uniform"
    settings = Settings.from_dict(json.loads(json.dumps({**base, **spec.settings, **own})))
    return SuggestedTable(
        table=replace(table, columns=columns, decisions=(*_tell(spec), *table.decisions)),
        settings=settings,
        times=tuple(dict.fromkeys([*([settings.time] if settings.time else []), *suggested.times])),
        is_complete=True,
    )


def _tell(spec: ChartSpec) -> list[Decision]:
    """What was read, and what was not used."""
    told = [
        Decision(
            key="chart", sentence=f"The file is {spec.kind}: its data and its settings for sound are used."
        )
    ]
    return told + [
        Decision(key=f"chart:{place}", sentence=sentence)
        for place, sentence in enumerate(spec.unused, start=1)
    ]
