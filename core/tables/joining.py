"""Join tables: several files become one table, side by side on their time or, where their columns are the same, stacked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from core import limits
from core.errors import InputError, plural
from core.files.reading import check_file_size
from core.tables.column_roles import are_years
from core.tables.columns import Column, clean_name, make_names_unique, shorten
from core.tables.decisions import Decision
from core.tables.raw_table import ReadOptions, check_size
from core.tables.table import Table, read_table

_ADVICE = "Use fewer files, or only the columns to be played."
_CHOICES = (
    ("stacked", "stacked, with a column of file names"),
    ("joined", "side by side on their time"),
)
_FILE_COLUMN = "file"


class _Part(NamedTuple):
    """One table and the column that joins it to the others."""

    label: str
    table: Table
    time: str | None
    keys: list[str]  # the time, and the labels of its series where a moment has several rows


def read_tables(files: Sequence[tuple[str, bytes]], *, options: ReadOptions | None = None) -> Table:
    """Read several files as one table.

    Parameters
    ----------
    files : sequence of (str, bytes)
        What each is called, and the file as it is; see `core.tables.table.read_table`.
    options : ReadOptions, optional
        Corrections, for all of the files. ``"join"`` may be ``"stacked"`` or ``"joined"``.

    Raises
    ------
    InputError
        If a file is no table (its name is said), if there are too many or they are too large together, or if they have no
        time in common.

    Examples
    --------
    >>> files = [("rain.csv", b"day,rain\\n1,30\\n2,80\\n"), ("wind.csv", b"day;wind\\n2;4,5\\n3;1,5\\n")]
    >>> read_tables(files).frame
       day  rain  wind
    0    1  30.0   NaN
    1    2  80.0   4.5
    2    3   NaN   1.5
    """
    options = options or ReadOptions()
    if not files:
        raise InputError("No file was given. Upload a table with one row per time step.")
    if len(files) > limits.MAX_TABLE_FILES:
        raise InputError(f"{len(files):,} files were given; the limit is {limits.MAX_TABLE_FILES}. {_ADVICE}")
    check_file_size(
        sum(len(data) for _, data in files), limits.MAX_TABLE_BYTES, "All files together", advice=_ADVICE
    )
    if len(files) == 1:
        return read_table(files[0][1], name=files[0][0], options=options)
    return join_tables([_read(name, data, options) for name, data in files], options)


def _read(name: str, data: bytes, options: ReadOptions) -> Table:
    try:
        return read_table(data, name=name, options=options)
    except InputError as error:
        raise InputError(f"{shorten(clean_name(name, fallback='A file'))}: {error}") from error


def join_tables(tables: Sequence[Table], options: ReadOptions) -> Table:
    """Join tables already read; see `read_tables`."""
    labels = make_names_unique(_stem(table.source_name) for table in tables)
    shapes = [{column.name: column.kind for column in table.columns} for table in tables]
    is_same = all(set(shape) == set(shapes[0]) for shape in shapes)
    if is_same and options.choice("join") != "joined" and _FILE_COLUMN not in shapes[0]:
        return _stack(tables, labels, options)
    parts = _align([_describe(label, table) for label, table in zip(labels, tables, strict=True)])
    frame, columns, sentence = _put_side_by_side(parts)
    choices = _CHOICES if is_same else ()
    decision = Decision(key="join", sentence=sentence, chosen="joined" if is_same else "", choices=choices)
    return _finish(tables, frame, columns, decision, options)


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] or name


def _stack(tables: Sequence[Table], labels: list[str], options: ReadOptions) -> Table:
    names = [column.name for column in tables[0].columns]
    check_size(sum(len(table.frame) for table in tables), len(names) + 1)
    stacked = {_FILE_COLUMN: pd.Series(np.repeat(labels, [len(table.frame) for table in tables]))}
    kinds = {}
    for name in names:
        pieces = [(_column(table, name), table.frame[name]) for table in tables]
        known = [(column, values) for column, values in pieces if column.kind != "empty"] or pieces
        kinds[name] = known[0][0]
        if len({column.kind for column, _ in known}) > 1:
            raise InputError(
                f"“{shorten(name)}” holds {_list({column.kind for column, _ in known})} in different files. "
                "In files with the same columns, each column must hold the same kind of data."
            )
        stacked[name] = pd.concat([_fill(values, known[0][1]) for _, values in pieces], ignore_index=True)
    frame = pd.DataFrame(stacked)
    columns = [_count(replace(kinds[n], name=n), frame[n]) for n in names]
    label = Column(
        name=_FILE_COLUMN, original_name=_FILE_COLUMN, kind="text", n_missing=0, n_infinite=0, n_unreadable=0
    )
    sentence = f"{len(tables)} files have the same columns, so they were stacked; “{_FILE_COLUMN}” names the file of each row."
    decision = Decision(key="join", sentence=sentence, chosen="stacked", choices=_CHOICES)
    return _finish(tables, frame, [label, *columns], decision, options)


def _column(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def _fill(values: pd.Series, like: pd.Series) -> pd.Series:
    """Give an all-missing column the type it has in the other files."""
    return values.astype(like.dtype) if values.isna().all() and like.dtype.kind in "Mf" else values


def _describe(label: str, table: Table) -> _Part:
    suggestion = table.suggest()
    if suggestion.time is None:
        # A single column may be the time of the others as well as a value.
        candidates = table.time_candidates()
        return _Part(label, table, candidates[0] if candidates and not suggestion.values else None, [])
    keys = [suggestion.time]
    if suggestion.split is not None:
        keys += [suggestion.split, *(column for column, _ in suggestion.conditions)]
    return _Part(label, table, suggestion.time, keys)


def _align(parts: list[_Part]) -> list[_Part]:
    """Unify the time columns: the first table's name and type; years become dates where another file has dates."""
    timed = [part for part in parts if part.time is not None]
    if not timed or len(timed) < len(parts):
        return parts
    name = str(timed[0].time)
    kinds = {_column(part.table, str(part.time)).kind for part in parts}
    aligned = []
    for part in parts:
        times = part.table.frame[str(part.time)]
        if len(kinds) > 1 and times.dtype.kind != "M":
            times = _make_dates(times, part)
        frame = part.table.frame.assign(**{str(part.time): times}).rename(columns={str(part.time): name})
        kind = "date" if times.dtype.kind == "M" else _column(part.table, str(part.time)).kind
        columns = tuple(
            replace(c, name=name, kind=kind) if c.name == part.time else c for c in part.table.columns
        )
        keys = [name if key == part.time else key for key in part.keys]
        if list(frame.columns).count(name) > 1:
            raise InputError(
                f"{part.label} has a column “{shorten(name)}” beside its time “{part.time}”. Rename one."
            )
        aligned.append(
            part._replace(table=replace(part.table, frame=frame, columns=columns), time=name, keys=keys)
        )
    return aligned


def _make_dates(times: pd.Series, part: _Part) -> pd.Series:
    years = times.to_numpy(dtype=float)
    known = np.isfinite(years)
    if not are_years(years[known]):
        raise InputError(
            f"The time of {shorten(part.label)}, “{shorten(str(part.time))}”, is a number, and another file has dates. "
            "Files are joined on dates, on years or on numbers of one kind."
        )
    dates = (
        (np.where(known, years, 1970) - 1970)
        .astype(np.int64)
        .astype("datetime64[Y]")
        .astype("datetime64[us]")
    )
    dates[~known] = np.datetime64("NaT")
    return pd.Series(dates, index=times.index)


def _put_side_by_side(parts: list[_Part]) -> tuple[pd.DataFrame, list[Column], str]:
    if any(part.time is None for part in parts):
        return _put_row_by_row(parts)
    long = [part for part in parts if len(part.keys) > 1]
    on = long[0].keys if long else [str(parts[0].time)]
    for part in long[1:]:
        if set(part.keys) != set(on):
            raise InputError(
                f"{shorten(long[0].label)} and {shorten(part.label)} both have several rows per time step, distinguished by "
                f"{_list(on[1:])} and {_list(part.keys[1:])}. Such files need the same columns of labels."
            )
    merged, columns = parts[0].table.frame.dropna(subset=[on[0]]), [*parts[0].table.columns]
    n_lost = len(parts[0].table.frame) - len(merged)
    in_all = set(merged[on[0]])
    for part in parts[1:]:
        known = part.table.frame.dropna(subset=[on[0]])
        n_lost += len(known) and len(part.table.frame) - len(known)
        shared = [key for key in on if key in known.columns and key in merged.columns]
        n_before = len(known)
        known = known.drop_duplicates(subset=shared) if part not in long else known
        n_lost += n_before - len(known)
        in_all &= set(known[on[0]])
        new = [column for column in part.table.columns if column.name not in shared]
        names = make_names_unique(
            [
                *merged.columns,
                *(c.name if c.name not in merged.columns else f"{c.name} ({part.label})" for c in new),
            ]
        )[len(merged.columns) :]
        renamed = known.rename(columns={c.name: n for c, n in zip(new, names, strict=True)})
        check_size(len(merged) + len(known), len(merged.columns) + len(new))
        merged = merged.merge(renamed[[*shared, *names]], on=shared, how="outer", sort=False)
        check_size(len(merged), len(merged.columns))
        columns += [replace(c, name=n) for c, n in zip(new, names, strict=True)]
    merged = merged.sort_values(on[0], kind="stable").reset_index(drop=True)
    sentence = (
        f"{len(parts)} files were joined on {_list(on)}: {plural(merged[on[0]].nunique(), 'time step')}, "
        f"{len(in_all):,} of them in all files."
    )
    sentence += f" {plural(n_lost, 'row')} without a time were left out." * bool(n_lost)
    return merged, [_count(column, merged[column.name]) for column in columns], sentence


def _put_row_by_row(parts: list[_Part]) -> tuple[pd.DataFrame, list[Column], str]:
    lengths = {len(part.table.frame) for part in parts}
    if len(lengths) > 1:
        lacking = next(part for part in parts if part.time is None)
        raise InputError(
            f"{shorten(lacking.label)} has no time column, and the files have {_list(sorted(lengths))} rows, so they "
            "cannot be joined. Add a column of dates, years or rising numbers, or upload it on its own."
        )
    columns = [(part.label, column) for part in parts for column in part.table.columns]
    check_size(lengths.pop(), len(columns))
    counts = pd.Series([column.name for _, column in columns]).value_counts()
    names = make_names_unique(
        f"{column.name} ({label})" if counts[column.name] > 1 else column.name for label, column in columns
    )
    series = (part.table.frame[column.name] for part in parts for column in part.table.columns)
    frame = pd.DataFrame(dict(zip(names, series, strict=True)))
    told = [replace(column, name=name) for (_, column), name in zip(columns, names, strict=True)]
    return (
        frame,
        told,
        f"{len(parts)} files without a time in common have the same number of rows; they were placed side by side.",
    )


def _count(column: Column, values: pd.Series) -> Column:
    n_missing = int(values.isna().sum())
    n_infinite = int(np.isinf(values.to_numpy(dtype=float)).sum()) if column.kind == "number" else 0
    return replace(column, n_missing=n_missing, n_unreadable=0, n_infinite=n_infinite)


def _list(words: Iterable[object]) -> str:
    return " and ".join(f"“{shorten(word)}”" if isinstance(word, str) else str(word) for word in words)


def _finish(
    tables: Sequence[Table], frame: pd.DataFrame, columns: list[Column], join: Decision, options: ReadOptions
) -> Table:
    """Build the joined table and merge the decisions of its files."""
    decisions: dict[str, Decision] = {"join": join}
    warnings = []
    for table in tables:
        name = shorten(table.source_name)
        for decision in table.decisions:
            known = decisions.get(decision.key)
            if known is None:
                decisions[decision.key] = replace(decision, sentence=f"{name}: {decision.sentence}")
            elif not known.sentence.endswith(decision.sentence):
                # A correction is for all files; what differs is only told.
                warnings.append(f"{name}: {decision.sentence}")
        warnings += [f"{name}: {warning}" for warning in table.warnings]
    digest = hashlib.sha256("".join(table.sha256 for table in tables).encode()).hexdigest()
    return Table(
        frame=frame,
        columns=tuple(columns),
        guess=tables[0].guess | {"files": f"{len(tables)}"},
        options=options,
        warnings=tuple(warnings),
        source_name=clean_name(", ".join(table.source_name for table in tables), fallback="tables"),
        sha256=digest,
        decisions=tuple(decisions.values()),
    )
