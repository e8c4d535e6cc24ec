"""Example tables that are installed with the app's own packages, so that they work without a network.

The files are read where statsmodels and plotly keep them; neither package is imported, because that takes
seconds. Headings are put into words, and a wide table becomes a long one, before
:func:`core.tables.table.read_table` reads it like a visitor's file.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from core.errors import InputError
from core.tables.table import Table, read_table


@dataclass(frozen=True, kw_only=True)
class Example:
    """A table with what it is about and how it is best heard.

    ``time`` and ``values`` are column names; ``units`` says the unit of a value column; ``filters`` are
    ``(column, operator, value)`` triples that leave one series of a table that holds several.
    """

    id: str
    title: str
    about: str
    source: str
    time: str
    values: tuple[str, ...]
    units: dict[str, str] = field(default_factory=dict)
    filters: tuple[tuple[str, str, str], ...] = ()


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
    """
    if example_id not in EXAMPLES:
        raise InputError(f"There is no example “{example_id[:40]}”. The examples are {', '.join(EXAMPLES)}.")
    package, path, reword = _FILES[example_id]
    frame = reword(pd.read_csv(io.BytesIO(_package_file(package, path))))
    csv = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
    return read_table(csv, name=EXAMPLES[example_id].title)


def _package_file(package: str, path: str) -> bytes:
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / path
        if file.is_file():
            data = file.read_bytes()
            return gzip.decompress(data) if file.suffix == ".gz" else data
    raise InputError(
        f"This example comes with the package {package}, which lacks its data here. Choose another."
    )


def _co2(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"co2": "CO2"})


def _sunspots(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"YEAR": "year", "SUNACTIVITY": "sunspots"}).astype({"year": int})


def _elnino(frame: pd.DataFrame) -> pd.DataFrame:
    """Twelve columns, one a month, become one row a month."""
    months = [name for name in frame.columns if name != "YEAR"]
    long = frame.melt(id_vars="YEAR", value_vars=months, value_name="sea temperature")
    number = long["variable"].map({name: position for position, name in enumerate(months, start=1)})
    long["date"] = long["YEAR"].astype(int).astype(str) + "-" + number.astype(str).str.zfill(2)
    return long.sort_values("date")[["date", "sea temperature"]]


def _nile(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"volume": "flow"})


def _macro(frame: pd.DataFrame) -> pd.DataFrame:
    """Year and quarter become one date."""
    quarter = frame["year"].astype(int).astype(str) + "Q" + frame["quarter"].astype(int).astype(str)
    frame.insert(0, "date", quarter)
    names = {
        "unemp": "unemployment",
        "infl": "inflation",
        "realgdp": "real GDP",
        "realcons": "real consumption",
        "realinv": "real investment",
        "realgovt": "real government spending",
        "realdpi": "real disposable income",
        "cpi": "consumer prices",
        "m1": "money stock M1",
        "tbilrate": "treasury bill rate",
        "pop": "population",
        "realint": "real interest rate",
    }
    return frame.rename(columns=names)[["date", *names.values()]]


def _stocks(frame: pd.DataFrame) -> pd.DataFrame:
    names = {"AAPL": "Apple", "AMZN": "Amazon", "FB": "Facebook", "GOOG": "Google", "MSFT": "Microsoft"}
    return frame.rename(columns=names | {"NFLX": "Netflix"})


def _gapminder(frame: pd.DataFrame) -> pd.DataFrame:
    names = {"lifeExp": "life expectancy", "gdpPercap": "income per person", "pop": "population"}
    return frame.rename(columns=names)[["country", "continent", "year", *names.values()]]


_FILES: dict[str, tuple[str, str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "co2": ("statsmodels", "datasets/co2/co2.csv", _co2),
    "sunspots": ("statsmodels", "datasets/sunspots/sunspots.csv", _sunspots),
    "elnino": ("statsmodels", "datasets/elnino/elnino.csv", _elnino),
    "nile": ("statsmodels", "datasets/nile/nile.csv", _nile),
    "macro": ("statsmodels", "datasets/macrodata/macrodata.csv", _macro),
    "stocks": ("plotly", "package_data/datasets/stocks.csv.gz", _stocks),
    "gapminder": ("plotly", "package_data/datasets/gapminder.csv.gz", _gapminder),
}

_ALL = (
    Example(
        id="co2",
        title="CO2 over Mauna Loa, 1958 to 2001",
        about="Weekly carbon dioxide in the air over Hawaii: listen for the yearly breath of the forests "
        "on a line that never stops rising.",
        source="Keeling and Whorf 2004, Scripps Institution of Oceanography, CDIAC; with statsmodels.",
        time="date",
        values=("CO2",),
        units={"CO2": "ppm"},
    ),
    Example(
        id="sunspots",
        title="Sunspots, 1700 to 2008",
        about="Yearly sunspot numbers: listen for a wave of about eleven years whose crests grow and shrink.",
        source="NOAA National Geophysical Data Center; with statsmodels.",
        time="year",
        values=("sunspots",),
    ),
    Example(
        id="elnino",
        title="Sea temperature off Peru, 1950 to 2010",
        about="Monthly sea surface temperature in the region Niño 1+2: listen for the El Niño years 1983 and 1998, "
        "when the sea stays warm.",
        source="NOAA National Weather Service, ERSST.V3B; with statsmodels.",
        time="date",
        values=("sea temperature",),
        units={"sea temperature": "°C"},
    ),
    Example(
        id="nile",
        title="Flow of the Nile, 1871 to 1970",
        about="Yearly flow at Aswan: listen for the step down around 1899, when the river lost a fifth of its water.",
        source="Cobb 1978, The Problem of the Nile, Biometrika 65; with statsmodels.",
        time="year",
        values=("flow",),
        units={"flow": "10⁸ m³"},
    ),
    Example(
        id="macro",
        title="The economy of the United States, 1959 to 2009",
        about="Quarterly figures as two voices: listen for unemployment rising some quarters after "
        "inflation has peaked, and for the fall of prices in 2008.",
        source="Federal Reserve Bank of St. Louis (FRED) and Bureau of Labor Statistics; with statsmodels.",
        time="date",
        values=("unemployment", "inflation"),
        units={
            "unemployment": "%",
            "inflation": "% a year",
            "real GDP": "billion 2005 US$",
            "real consumption": "billion 2005 US$",
            "real investment": "billion 2005 US$",
            "real government spending": "billion 2005 US$",
            "real disposable income": "billion 2005 US$",
            "consumer prices": "1982-84 = 100",
            "treasury bill rate": "%",
            "real interest rate": "%",
        },
    ),
    Example(
        id="stocks",
        title="Stocks of technology companies, 2018 and 2019",
        about="Weekly prices as multiples of the first week: listen for both voices falling together at the "
        "end of 2018, and for which one recovers.",
        source="Plotly sample data sets.",
        time="date",
        values=("Apple", "Netflix"),
        units=dict.fromkeys(
            ("Apple", "Amazon", "Facebook", "Google", "Microsoft", "Netflix"), "× first week"
        ),
    ),
    Example(
        id="gapminder",
        title="Lives and incomes of nations, 1952 to 2007",
        about="Figures for 142 countries every five years, here Norway: listen for income overtaking the calm rise "
        "of life expectancy, then choose another country in the row filter.",
        source="Gapminder Foundation, CC BY; with Plotly.",
        time="year",
        values=("life expectancy", "income per person"),
        units={"life expectancy": "years", "income per person": "US$ of 2005", "population": "people"},
        filters=(("country", "is", "Norway"),),
    ),
)

#: The examples by their id, in the order of the menu.
EXAMPLES: dict[str, Example] = {example.id: example for example in _ALL}
