"""Table assembly: melt wide tables, recognize column types, combine time columns, report every assumption."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from core.errors import InputError, join_words, plural
from core.tables.cells.column_types import Recognized, guess_decimal, recognize_column
from core.tables.column_roles import is_constant
from core.tables.columns import Column, clean_name, make_names_unique, shorten
from core.tables.decisions import Decision
from core.tables.filled_down import fill_down
from core.tables.raw_table import RawTable, ReadOptions, check_size
from core.tables.readers.dialect import DELIMITER_NAMES
from core.tables.readers.text_encoding import ENCODINGS
from core.tables.row_roles import leave_out_rows
from core.tables.time_parts import Combined, combine_parts, keep_clocks_within_day
from core.tables.turning import turn_table

_DECIMALS = ((".", "point"), (",", "comma"))
_HEADERS = (("names", "names"), ("data", "data"))
_DAY_ORDERS = (("day first", "day first"), ("month first", "month first"))
# Columns of which it is told that they are constant, one by one.
_MAX_TOLD = 8


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """Parts of an assembled table; see `core.tables.table.Table`."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    guess: dict[str, str]
    options: ReadOptions
    warnings: tuple[str, ...]
    decisions: tuple[Decision, ...]


def assemble(raw: RawTable, asked: ReadOptions) -> Assembled:
    """Build a clean DataFrame from a reader's raw columns.

    Parameters
    ----------
    raw : RawTable
        Its cells are used up.
    asked : ReadOptions
        The visitor's own corrections.

    Raises
    ------
    InputError
        If it is too large, or holds nothing.
    """
    check_size(max(map(len, raw.cells), default=0), len(raw.cells))
    if raw.cells:
        raw = leave_out_rows(turn_table(fill_down(raw), asked))
    names = make_names_unique(raw.names)
    has_texts, decimal = _choose_decimal(raw)
    found = _recognize_columns(raw, names, decimal)
    kept = [i for i, column in enumerate(found) if str(raw.names[i]).strip() or column.kind != "empty"]
    if not kept or not len(found[0].values):
        raise InputError("This table is empty: no row has a value. It needs one row per time step.")
    columns = [_describe_column(raw, names[i], i, found[i]) for i in kept]
    pairs = [
        (names[i], column)
        for i, column in zip(kept, keep_clocks_within_day([found[i] for i in kept]), strict=True)
    ]
    combined = combine_parts([name for name, _ in pairs], [column for _, column in pairs], raw.options)
    frame, columns = _insert_times({name: column.values for name, column in pairs}, columns, combined)
    if combined is not None and any(decision.chosen == "turned" for decision in raw.decisions):
        frame = _drop_false_days(frame, combined)
    orders = {column.day_first for _, column in pairs if column.day_first is not None}
    # None where the columns differ, so that a second reading guesses each of them again.
    order = orders.pop() if len(orders) == 1 else None
    guess = raw.guess | ({"decimal": dict(_DECIMALS)[decimal]} if has_texts else {})
    if order is not None:
        guess["day order"] = "day first" if order else "month first"
    chosen = raw.options.day_first
    told = [*raw.decisions, *(decision for _, column in pairs for decision in column.decisions)]
    told += [combined.decision] if combined else []
    told += [*_decide_day_order(pairs, order), *_tell_repeated(columns), *_tell_constants(frame, columns)]
    known = {decision.key for decision in told}
    writing = _decide_writing(raw, decimal if has_texts else None)
    return Assembled(
        frame=frame,
        columns=tuple(columns),
        guess=guess,
        options=replace(raw.options, decimal=decimal, day_first=order if chosen is None else chosen),
        warnings=(*raw.warnings, *_warn_of_columns(pairs, is_order_told="day_first" in known)),
        decisions=(*(decision for decision in writing if decision.key not in known), *told),
    )


def _recognize_columns(raw: RawTable, names: list[str], decimal: str) -> list[Recognized]:
    found = []
    for name in names:
        # A column's texts are let go once it is converted: texts and frame together would be too much.
        cells = raw.cells.pop(0)
        day_first, options = raw.options.day_first, raw.options
        found.append(
            recognize_column(cells, name=name, decimal=decimal, day_first=day_first, options=options)
        )
        del cells
    return found


def _choose_decimal(raw: RawTable) -> tuple[bool, str]:
    """Whether any column is still text, and the decimal sign in which texts are read."""
    texts = [cells for cells in raw.cells if isinstance(cells, pa.Array | pa.ChunkedArray)]
    return bool(texts), raw.options.decimal or guess_decimal(texts, raw.options.delimiter)


def _describe_column(raw: RawTable, name: str, place: int, found: Recognized) -> Column:
    unit = found.unit or (raw.units[place] if raw.units else "")
    return Column(
        name=name,
        original_name=raw.names[place],
        kind=found.kind,
        n_missing=found.n_missing,
        n_infinite=found.n_infinite,
        n_unreadable=found.n_unreadable,
        unit=clean_name(unit, fallback=""),
        offsets=found.offsets,
        period=found.period,
        is_code=found.is_code,
    )


def _insert_times(
    series: dict[str, pd.Series], columns: list[Column], combined: Combined | None
) -> tuple[pd.DataFrame, list[Column]]:
    """Insert the combined time column before the first of its parts."""
    if combined is None or combined.decision.chosen == "separate":
        return pd.DataFrame(series, copy=False), columns
    name = make_names_unique([*series, combined.name])[-1]
    made = Column(
        name=name,
        original_name=name,
        kind="date",
        n_missing=int(combined.values.isna().sum()) - combined.n_invalid,
        n_infinite=0,
        n_unreadable=combined.n_invalid,
        period=combined.period,
    )
    parts = [replace(column, is_part=i in combined.places) for i, column in enumerate(columns)]
    place = combined.places[0]
    in_order = [*parts[:place], made, *parts[place:]]
    frame = pd.DataFrame({c.name: series.get(c.name, combined.values) for c in in_order}, copy=False)
    return frame, in_order


def _drop_false_days(frame: pd.DataFrame, combined: Combined) -> pd.DataFrame:
    """Drop empty rows for days that do not exist, such as February 30, after day columns were melted."""
    is_false = combined.values.isna() & frame[[*frame.columns][-1]].isna()
    return frame[~is_false].reset_index(drop=True) if is_false.any() else frame


def _decide_writing(raw: RawTable, decimal: str | None) -> Iterator[Decision]:
    """Decisions on the file format: encoding, sheet, delimiter, first row and decimal sign."""
    options = raw.options
    if options.encoding in ENCODINGS:
        sentence = f"The text is encoded as {ENCODINGS[options.encoding]}."
        yield Decision(
            key="encoding", sentence=sentence, chosen=options.encoding, choices=tuple(ENCODINGS.items())
        )
    if len(raw.sheets) > 1 and options.sheet in raw.sheets:
        choices = tuple((sheet, shorten(clean_name(sheet, fallback="?"))) for sheet in raw.sheets)
        sentence = f"The sheet “{dict(choices)[options.sheet]}” is used, one of {len(raw.sheets)}."
        yield Decision(key="sheet", sentence=sentence, chosen=options.sheet, choices=choices)
    if "delimiter" in raw.guess and options.delimiter in DELIMITER_NAMES:
        sentence = f"The columns are separated by a {DELIMITER_NAMES[options.delimiter]}."
        sentence = sentence if options.delimiter else "Each line is one cell, so there is one column."
        choices = tuple(DELIMITER_NAMES.items())
        yield Decision(key="delimiter", sentence=sentence, chosen=options.delimiter, choices=choices)
    if options.header is not None:
        chosen = "names" if options.header else "data"
        what = "holds the names of the columns" if options.header else "is data, so the columns have no names"
        yield Decision(key="header", sentence=f"The first row {what}.", chosen=chosen, choices=_HEADERS)
    if decimal is not None:
        sentence = f"The decimal separator is a {dict(_DECIMALS)[decimal]}."
        yield Decision(key="decimal", sentence=sentence, chosen=decimal, choices=_DECIMALS)


def _decide_day_order(found: list[tuple[str, Recognized]], order: bool | None) -> Iterator[Decision]:
    named = [(name, column) for name, column in found if column.day_first is not None]
    if order is None or not named or any(d.key == "day_first" for _, c in found for d in c.decisions):
        return
    chosen = "day first" if order else "month first"
    if all(column.is_order_proven for _, column in named):
        sentence = f"In “{shorten(named[0][0])}”, the {'day' if order else 'month'} comes first: some numbers are above 12."
        yield Decision(key="day_first", sentence=sentence)
        return
    first = "day" if order else "month"
    sentence = f"In “{shorten(named[0][0])}”, the {first} comes first."
    unclear = [f"“{shorten(name)}”" for name, column in named if column.is_ambiguous]
    if unclear:
        sentence = f"In {join_words(unclear)}, the order of day and month is ambiguous; the {first} is assumed to come first."
    yield Decision(key="day_first", sentence=sentence, chosen=chosen, choices=_DAY_ORDERS)


def _tell_repeated(columns: list[Column]) -> Iterator[Decision]:
    """Names that several columns have in the file."""
    named: dict[str, list[str]] = {}
    for column in columns:
        named.setdefault(column.original_name.strip(), []).append(column.name)
    repeated = {name: others for name, (_, *others) in named.items() if name and others}
    for name, others in list(repeated.items())[:_MAX_TOLD]:
        called = join_words([f"“{shorten(other)}”" for other in others[:_MAX_TOLD]])
        sentence = f"{len(others) + 1} columns are named “{shorten(clean_name(name, fallback='?'))}”; the others are called {called}"
        more = ", and so on." if len(others) > _MAX_TOLD else "."
        yield Decision(key=f"repeated:{name}", sentence=sentence + more)


def _tell_constants(frame: pd.DataFrame, columns: list[Column]) -> Iterator[Decision]:
    known = [column for column in columns if column.kind in ("number", "text")]
    same = [column for column in known if is_constant(frame[column.name])]
    for column in same[:_MAX_TOLD]:
        value = frame[column.name].dropna().iloc[0]
        is_number = column.kind == "number"
        written = f"{value:g}" if is_number else f"“{shorten(clean_name(str(value), fallback='?'))}”"
        rest = ", so there is nothing to play" * is_number
        sentence = f"“{shorten(column.name)}” is constant: {written} wherever it has a value{rest}."
        yield Decision(key=f"constant:{column.name}", sentence=sentence)
    if len(same) > _MAX_TOLD:
        yield Decision(
            key="constant", sentence=f"{plural(len(same) - _MAX_TOLD, 'further column')} are constant."
        )


def _warn_of_columns(pairs: list[tuple[str, Recognized]], *, is_order_told: bool) -> Iterator[str]:
    """Warnings about unreadable cells, and about ambiguous dates without a decision of their own."""
    for name, column in pairs:
        yield from _warn_of_column(
            name, replace(column, is_ambiguous=column.is_ambiguous and not is_order_told)
        )


def _warn_of_column(name: str, found: Recognized) -> list[str]:
    warnings = []
    label = f'"{shorten(name)}"'
    if found.n_unreadable:
        is_one = found.n_unreadable == 1
        what = {"number": ("a number", "numbers"), "date": ("a date", "dates")}[found.kind][not is_one]
        example = shorten(clean_name(found.example, fallback="?"))
        warnings.append(
            f"In the column {label}, {plural(found.n_unreadable, 'cell')} {'is' if is_one else 'are'} not {what}, "
            f"such as “{example}”; {'it is' if is_one else 'they are'} treated as missing."
        )
    if found.is_ambiguous:
        first, other = ("day", "month") if found.day_first else ("month", "day")
        warnings.append(
            f"The dates in {label} are ambiguous; the {first} is assumed to come first. "
            f"Choose “{other} first” if that is wrong."
        )
    return warnings
