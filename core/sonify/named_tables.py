"""Tables that a command line names: files, several at once, a folder, a database, an example; and corrections to how they are read."""

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
    from core.tables.engine.large_tables import LargeTable
    from core.tables.raw_table import ReadOptions
    from core.tables.table import Table

_ADVICE = "Keep only the columns to be heard."


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `read_named_tables` takes besides names."""
    parser.add_argument("--select", help="one SELECT on a database that is named as db:NAME")
    parser.add_argument(
        "--correct",
        action="append",
        metavar="KEY=CHOICE",
        help="overrule an assumption, such as turn='as it is'; `inspect --json` lists keys and choices under decisions",
    )


def read_named_tables(
    names: Sequence[str], *, select: str | None = None, corrections: Sequence[str] | None = None
) -> tuple[Table, LargeTable | None]:
    """Read what was named as one table.

    Parameters
    ----------
    names : sequence of str
        ``example:ID``, ``db:NAME/TABLE``, ``db:NAME`` with a SELECT, a folder, or a file; of files several, which are joined.
    select : str, optional
    corrections : sequence of str, optional
        ``KEY=CHOICE``, in the order in which they are made.

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

    options = read_corrections(corrections or ())
    if len(names) == 1:
        example = example_id(names[0], EXAMPLES)
        if example is not None:
            return load_example(example), None
    sources = [large_job.find_source(name, select) for name in names]
    if len(names) > 1 and any(sources):
        raise InputError("Several tables can be joined where each is a file that fits in memory. Name one.")
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


def read_corrections(corrections: Sequence[str]) -> ReadOptions:
    """Corrections as the shell writes them.

    Raises
    ------
    InputError
        If one is not written KEY=CHOICE, or its choice is not known.

    Examples
    --------
    >>> read_corrections(["decimal=,", "placeholder:level=value"]).choice("placeholder:level")
    'value'
    """
    from core.tables.raw_table import ReadOptions

    options = ReadOptions()
    for text in corrections:
        key, sign, choice = text.rpartition("=")
        if not sign or not key:
            raise InputError(f"A correction is written KEY=CHOICE, not {text!r:.80}.")
        try:
            options = options.correct(key, choice)
        except KeyError:
            raise InputError(
                f"The correction {key!r:.40} cannot be {choice!r:.40}. `inspect --json` lists the choices."
            ) from None
    return options
