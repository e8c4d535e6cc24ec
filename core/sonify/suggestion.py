"""Default settings for a table: which columns and labels play, and which columns can be the time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core import limits
from core.sonify.examples import Example
from core.sonify.pitch_scales import choose_registers, group_without_scalings
from core.sonify.row_selection import select_rows
from core.sonify.settings import DEFAULT_PROGRAMS, Filter, Settings, Voice, default_duration_sec
from core.sonify.splitting import select_label
from core.tables.decisions import Decision
from core.tables.table import Suggestion, Table, shorten


@dataclass(frozen=True, kw_only=True)
class SuggestedTable:
    """A table with its suggested settings and label counts.

    Attributes
    ----------
    table : Table
    settings : Settings
        As it is heard where nobody chose.
    times : tuple of str
        Columns that can be the time axis, the likeliest first.
    is_complete : bool
        Whether all settings are those that the file itself asks for, not only the columns.
    """

    table: Table
    settings: Settings
    times: tuple[str, ...]
    is_complete: bool = False


def pair_voices(columns: Sequence[str], labels: Sequence[str]) -> list[tuple[str, str | None]]:
    """Voices: each column for each label, or each column of all rows without labels.

    Examples
    --------
    >>> pair_voices(["temp", "rain"], ["Oslo", "Rome"])
    [('temp', 'Oslo'), ('rain', 'Oslo'), ('temp', 'Rome'), ('rain', 'Rome')]
    >>> pair_voices(["temp"], [])
    [('temp', None)]
    """
    if not labels:
        return [(column, None) for column in columns]
    return [(column, label) for label in labels for column in columns]


def tell_split(suggested: SuggestedTable) -> tuple[Decision, ...]:
    """Describe by which label column a table is split, if any.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> rows = "".join(f"{year};{city};{year * 7 % 5}\\n" for year in range(2000, 2020) for city in ("Oslo", "Rome"))
    >>> [told.sentence for told in tell_split(suggest(read_text("year;city;rain\\n" + rows)))]
    ['The rows hold several series. Each “city” is a voice: Oslo, Rome.']
    """
    settings = suggested.settings
    if settings.split is None or any(told.key == "split" for told in suggested.table.decisions):
        return ()
    labels = ", ".join(shorten(voice.label or "", 24) for voice in settings.voices)
    kept = "".join(
        f" Only rows in which “{shorten(f.column, 24)}” is “{shorten(f.value, 24)}” are played."
        for f in settings.filters
    )
    sentence = f"The rows hold several series. Each “{shorten(settings.split)}” is a voice: {labels}.{kept}"
    choices = ((settings.split, f"by {shorten(settings.split, 20)}"), ("", "not split"))
    return (Decision(key="split", sentence=sentence, chosen=settings.split, choices=choices),)


def _prefer_distinct(table: Table, found: Suggestion) -> list[str]:
    """Rank numeric columns; those that are identical for every label come last."""
    if (
        found.split is None
        or found.time is None
        or len(found.labels) < 2
        or not any(told.key == "join" for told in table.decisions)
    ):
        return found.values
    first, second = (
        table.frame.loc[select_label(table, found.split, label), [found.time, *found.values]]
        .drop_duplicates(found.time)
        .set_index(found.time)
        for label in found.labels[:2]
    )
    shared = first.index.intersection(second.index)
    same = {name for name in found.values if first.loc[shared, name].equals(second.loc[shared, name])}
    return sorted(found.values, key=lambda name: name in same)


def suggest(table: Table, example: Example | None = None) -> SuggestedTable:
    """Suggest settings for a table from one pass over it, or use those of an example.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> suggested = suggest(read_text("month,rain\\n1,30\\n2,80\\n3,55"))
    >>> suggested.times, suggested.settings.voices[0].column, suggested.settings.duration_sec
    (('month',), 'rain', 5.0)
    """
    if example is not None:
        found = Suggestion(time=example.time, values=example.values)
        filters = tuple(Filter(column=c, operator=o, value=v) for c, o, v in example.filters)
    else:
        found = table.suggest()
        found = found._replace(values=_prefer_distinct(table, found)[:1])
        filters = tuple(Filter(column=column, value=label) for column, label in found.conditions)
    labels = found.labels if found.split is not None else []
    voices = tuple(
        Voice(column=column, label=label, program=DEFAULT_PROGRAMS[place])
        for place, (column, label) in enumerate(pair_voices(found.values, labels)[: limits.MAX_VOICES])
    )
    chosen = Settings(voices=voices, time=found.time, filters=filters, split=found.split)
    registers = choose_registers(group_without_scalings(table, chosen), chosen.mode)
    voices = tuple(
        replace(voice, low=low, high=high) for voice, (low, high) in zip(voices, registers, strict=True)
    )
    chosen = replace(chosen, voices=voices)
    n_points = min(len(select_rows(table, chosen).index), chosen.n_notes)
    return SuggestedTable(
        table=table,
        settings=replace(chosen, duration_sec=default_duration_sec(n_points)),
        times=tuple(table.time_candidates()),
    )
