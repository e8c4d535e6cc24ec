"""Example tables, such as CO2 and sunspots, from the data sets of statsmodels and plotly.

They work offline. The files are read where the packages keep them; neither package is imported, because that takes
seconds. Titles, questions, units and columns are in ``examples.toml``.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from core.errors import InputError
from core.tables.table import Table, read_table


@dataclass(frozen=True, kw_only=True)
class Example:
    """An example table with a listening hint and recommended settings.

    ``short`` is the title where there is little room, ``old_title`` the one that older links have.
    ``time`` and ``values`` are column names; ``units`` says the unit of a value column; ``filters`` are
    ``(column, operator, value)`` triples that leave one series of a table that holds several. ``columns`` are
    the headings in the ``file`` of the ``package`` and those of the table.
    """

    id: str
    title: str
    short: str
    about: str
    source: str
    package: str
    file: str
    columns: dict[str, str]
    time: str
    values: list[str]
    units: dict[str, str] = field(default_factory=dict)
    filters: list[list[str]] = field(default_factory=list)
    old_title: str = ""


_TEXT = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
#: The examples by their id, in the order of the menu.
EXAMPLES = {key: Example(id=key, **facts) for key, facts in tomllib.loads(_TEXT).items()}


def load_example(example_id: str) -> Table:
    """Read an example.

    Parameters
    ----------
    example_id : str
        A key of :data:`EXAMPLES`.

    Returns
    -------
    Table
        Named after the example's title. Its ``sha256`` is that of the table as it was put into words.

    Raises
    ------
    InputError
        When there is no such example, or its package came without its data.

    Examples
    --------
    >>> load_example("nile").frame.head(2)
       year  flow
    0  1871  1120
    1  1872  1160
    """
    if example_id not in EXAMPLES:
        raise InputError(f"There is no example “{example_id[:40]}”. The examples are {', '.join(EXAMPLES)}.")
    example = EXAMPLES[example_id]
    frame = pd.read_csv(io.BytesIO(_read_package_file(example.package, example.file)))
    if example_id == "elnino":  # twelve columns, one a month, become one row a month
        frame = frame.melt(id_vars="YEAR", var_name="month")
        frame["date"] = pd.to_datetime(frame["month"] + frame["YEAR"].astype(str), format="%b%Y").dt.strftime(
            "%Y-%m"
        )
        frame = frame.sort_values("date")
    elif example_id == "macro":  # year and quarter become one date
        frame["date"] = frame["year"].astype(str) + "Q" + frame["quarter"].astype(str)
    frame = frame.rename(columns=example.columns)[list(example.columns.values())]
    table = read_table(frame.to_csv(index=False, lineterminator="\n").encode(), name=example.title)
    units = example.units
    columns = tuple(replace(column, unit=units.get(column.name, column.unit)) for column in table.columns)
    return replace(table, columns=columns)


def _read_package_file(package: str, path: str) -> bytes:
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / path
        if file.is_file():
            data = file.read_bytes()
            return gzip.decompress(data) if file.suffix == ".gz" else data
    raise InputError(
        f"The data of this example are missing from the package {package}. Choose another example."
    )
