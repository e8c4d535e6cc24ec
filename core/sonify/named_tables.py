"""Tables named on the command line: files, folders, databases, examples; and import options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core import limits
from core.command_line import example_id
from core.errors import InputError, TooLargeError
from core.files.reading import read_file

if TYPE_CHECKING:
    from core.sonify.suggestion import SuggestedTable
    from core.tables.engine.large_tables import LargeTable
    from core.tables.raw_table import ReadOptions
    from core.tables.table import Table

_MAX_CORRECTION_CHARS = 500
_ADVICE = "Keep only the columns to be played."


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the import options of `read_named_tables`."""
    parser.add_argument("--select", help="one SELECT statement for a database named as db:NAME")
    parser.add_argument(
        "--correct",
        action="append",
        metavar="KEY=CHOICE",
        help="override how a table is read, for example turn='as it is'; `inspect --json` lists keys and choices under decisions",
    )


def read_named_tables(
    names: Sequence[str],
    *,
    select: str | None = None,
    corrections: Sequence[str] | None = None,
    former: Sequence[tuple[str, str]] = (),
) -> tuple[Table, LargeTable | None]:
    """Read what was named as one table.

    Parameters
    ----------
    names : sequence of str
        ``example:ID``, ``db:NAME/TABLE``, ``db:NAME`` with a SELECT, a folder, or a file; of files several, which are joined.
    select : str, optional
    corrections : sequence of str, optional
        ``KEY=CHOICE``, in the order in which they are made.
    former : sequence of pairs of str, optional
        Made before those, such as by a settings file: a key and a choice.

    Returns
    -------
    table : Table
        Of one that is beyond memory a sample.
    large : LargeTable or None
        Such a table itself.

    Raises
    ------
    DashboardError
        If it cannot be read, or several names are not all files that fit in memory.
    OSError
        If there is no such file.

    Examples
    --------
    >>> table, large = read_named_tables(["example:nile"])
    >>> len(table.frame), large
    (100, None)
    """
    from core.sonify import large_job
    from core.sonify.examples import EXAMPLES, load_example
    from core.tables.engine.large_tables import FileSource, describe
    from core.tables.joining import read_tables

    options = read_corrections(corrections or (), former)
    if len(names) == 1:
        example = example_id(names[0], EXAMPLES)
        if example is not None:
            return load_example(example), None
    sources = [large_job.find_source(name, select) for name in names]
    if len(names) > 1 and any(sources):
        raise InputError("Several tables can only be joined if each is a file that fits in memory. Name one.")
    source = sources[0]
    if source is None:
        files = [
            (Path(name).name, read_file(Path(name), limits.MAX_TABLE_BYTES, advice=_ADVICE)) for name in names
        ]
        try:
            return read_tables(files, options=options), None
        except TooLargeError:
            if len(names) > 1:
                raise
            source = FileSource(path=Path(names[0]))
    large = describe(source, options)
    return large.table, large


def read_named_chart(
    names: Sequence[str],
    *,
    corrections: Sequence[str] | None = None,
    former: Sequence[tuple[str, str]] = (),
) -> SuggestedTable | None:
    """Read what was named as a chart specification; see `core.sonify.chart_specs.reading.read_chart_spec`.

    Parameters
    ----------
    names : sequence of str
        Of several names, and of anything that is no JSON file, none is a chart.
    corrections, former
        As for `read_named_tables`.
    """
    from core.sonify.chart_specs.reading import MAX_SPEC_BYTES, read_chart_spec

    path = Path(names[0]) if len(names) == 1 else None
    if path is None or not path.is_file() or path.stat().st_size > MAX_SPEC_BYTES:
        return None
    with path.open("rb") as file:
        if not file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return None
    data = read_file(path, MAX_SPEC_BYTES)
    return read_chart_spec(data, name=path.name, options=read_corrections(corrections or (), former))


def read_corrections(corrections: Sequence[str], former: Sequence[tuple[str, str]] = ()) -> ReadOptions:
    """Parse import corrections from the command line.

    Raises
    ------
    InputError
        If one is not written KEY=CHOICE, or its choice is not known.

    Examples
    --------
    >>> read_corrections(["decimal=,", "placeholder:level=value"]).choice("placeholder:level")
    'value'
    """
    pairs = list(former)
    for text in corrections:
        key, sign, choice = text.rpartition("=")
        if not sign or not key:
            raise InputError(f"A correction is written KEY=CHOICE, not {text!r:.80}.")
        pairs.append((key, choice))
    return correct_all(pairs)


def check_corrections(pairs: object) -> list[tuple[str, str]]:
    """Validate corrections of a settings file or link: pairs of a decision's key and a choice.

    Raises
    ------
    InputError
        If they are none.

    Examples
    --------
    >>> check_corrections([["day_first", "day first"]])
    [('day_first', 'day first')]
    """
    from core.tables.raw_table import MAX_CHOICES

    if (
        not isinstance(pairs, list | tuple)
        or len(pairs) > MAX_CHOICES
        or not all(_is_pair(pair) for pair in pairs)
    ):
        raise InputError(
            "The corrections of how the table is read must be a list of pairs: a name and a choice."
        )
    checked = [(key, choice) for key, choice in pairs]
    correct_all(checked)
    return checked


def _is_pair(pair: object) -> bool:
    return (
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(isinstance(text, str) and len(text) <= _MAX_CORRECTION_CHARS for text in pair)
    )


def correct_all(pairs: Sequence[tuple[str, str]]) -> ReadOptions:
    """Apply corrections to the reading options, in their order.

    Raises
    ------
    InputError
        If a choice is not known.
    """
    from core.tables.raw_table import ReadOptions

    options = ReadOptions()
    for key, choice in pairs:
        try:
            options = options.correct(key, choice)
        except KeyError:
            raise InputError(
                f"The correction {key!r:.40} cannot be {choice!r:.40}. `inspect --json` lists the choices."
            ) from None
    return options
