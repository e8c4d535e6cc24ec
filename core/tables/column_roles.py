"""Column roles: time axis, values, index, ID, coordinate or constant; and which columns to play by default."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.tables.columns import Column
from core.tables.name_words import list_words, split_words
from core.tables.series_labels import find_series
from core.tables.time_parts import PART_RANGES, recognize_part

Floats = npt.NDArray[np.float64]
Role = Literal[
    "value", "flag", "code", "spread", "coordinate", "time part", "index", "id", "constant", "empty"
]

# Names that say "this is when", in English and in what the common sources use.
_TIME_NAME = re.compile(
    r"(^|[^a-z])(years?|yr|dates?|datetime|time|timestamp|months?|days?|hours?|minutes?|seconds?|weeks?|quarter"
    r"|index|idx|t|step|datum|jahr|fecha|annee|année|decimal[ _]?date|epoch|iteration|generation|period|season"
    r"|año|ano|anno|jaar|rok|data|dia|día|tag|jour|giorno|dag|zeit|heure|hora|ora|tijd|czas|kwartal|quartal|trimestre)"
    r"([^a-z]|$)",
    re.IGNORECASE,
)
_YEARS = (1500, 2200)
# Dates that tell of the record, not of what it records.
_RECORD_WORDS = list_words(
    "updated update modified changed created creation published publication released release retrieved downloaded "
    "accessed inserted loaded ingested imported exported birth born dob death expiry expires expiration end until "
    "due closed stand abruf"
)
_INDEX_WORDS = list_words("index idx id row rows rowid rownum rownames nr no num number n obs lfd x i lap")
_ID_WORDS = list_words(
    "id ids uid uuid guid code codes key zip zipcode postcode postal plz cap fips iso isbn ean sku phone usaf wban wmo "
    "nuts naics hs ticker ssn barcode kennung schlussel identifiant clave codigo codice kod identifier objectid fid gid"
)
_FLAG_WORDS = list_words(
    "flag flags qc qa quality status count counts nobs samples missing estimated imputed provisional valid is has "
    "weight weights rank ranking decile percentile version revision sort order precision accuracy"
)
_SPREAD_WORDS = list_words(
    "error errors err std stdev stddev sd se sem sigma uncertainty unc lower upper ci lcl ucl variance var deviation dev "
    "mad iqr margin moe low95 high95 conf confidence fehler erreur"
)
# Numbers that arrange a study and are not what it measured.
_DESIGN_WORDS = list_words(
    "age grade class cohort stage round trial block replicate rep wave session batch subject participant patient student "
    "group cluster fold level tier category klasse alter groupe edad grupo classe gruppo klas idade wiek"
)
_MAX_LEVELS = 120
# Columns of years that say when something began or ended, of which there are many in no order.
_YEAR_WORDS = list_words(
    "year yr founded established built opened closed born birth died death since start end first last introduced launched "
    "vintage debut baujahr jahr gegrundet eroffnet annee ano anno fundada fondee created released release from to"
)
_COORDINATE_WORDS = list_words(
    "lat latitude lon lng long longitude easting northing breite lange breitengrad langengrad latitud longitud latitudine "
    "longitudine"
)
# Where a table has its own word for what it holds, that comes before its parts; other names tell nothing of their worth.
_TOLD_FIRST = list_words(
    "value values val wert valor valore valeur waarde wartosc obsvalue total mean average avg mittelwert moyenne"
)
_ORDER_OF_ROLES = {role: place for place, role in enumerate(get_args(Role))}
# What exchanges and brokers call the prices of a day, in the eight languages; the closing price is the one to hear.
_CLOSING = list_words(
    "close last settle schluss schlusskurs schlußkurs cierre ultimo cloture fermeture dernier chiusura slot slotkoers sluiting "
    "fechamento zamkniecie"
)
_OPENING = list_words(
    "open opening eroffnung eroffnungskurs erster apertura ouverture abertura openingskoers otwarcie"
)
_PRICES = dict.fromkeys(_CLOSING, 0) | {"adj": 1} | dict.fromkeys(_OPENING, 3)
_PRICES |= dict.fromkeys(
    ["high", "hoch", "tageshoch", "maximo", "haut", "massimo", "hoog", "hoogste", "maxima", "najwyzszy"], 4
)
_PRICES |= dict.fromkeys(
    ["low", "tief", "tagestief", "minimo", "bas", "laag", "laagste", "minima", "najnizszy"], 5
)
_PRICES |= dict.fromkeys(["volume", "vol", "volumen", "volumes", "wolumen", "stucke"], 6)
_INITIALS = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
# A column that has fewer values than this share of the fullest one comes after the others.
_SPARSE = 0.5
_SAMPLE = 2_000


class Suggestion(NamedTuple):
    """Default columns to play and the default time axis.

    Attributes
    ----------
    time : str or None
        The column that orders the rows; None for the order of the file.
    values : list of str
        Columns of numbers, the best first; empty without one.
    split : str or None
        The column whose labels tell several series apart, where a moment has several rows.
    labels : list of str
        Of that column, the commonest four.
    conditions : list of (str, str)
        Further columns and a label of each, without which a moment would still have several rows of one series.
    """

    time: str | None
    values: list[str]
    split: str | None = None
    labels: list[str] = []  # noqa: RUF012 - a NamedTuple's default, which nothing changes
    conditions: list[tuple[str, str]] = []  # noqa: RUF012 - as above


def suggest(frame: pd.DataFrame, columns: Sequence[Column]) -> Suggestion:
    """Suggest the columns to play and the time axis.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> read_text("day,town,id,snow\\n1,Bern,7,3\\n1,Chur,8,5\\n2,Bern,7,4\\n2,Chur,8,2").suggest()
    Suggestion(time='day', values=['snow', 'id'], split='town', labels=['Bern', 'Chur'], conditions=[])
    """
    numbers = [column.name for column in columns if column.kind == "number"]
    roles = {
        column.name: recognize_role(frame[column.name], column, is_first=column is columns[0])
        for column in columns
        if column.name in numbers
    }
    likely = [
        name for name in time_candidates(frame, columns) if _is_likely_time(frame, columns, name, roles)
    ]
    time = next((name for name in likely if set(numbers) - {name}), None)
    values = rank_values(frame, [name for name in numbers if name != time], roles)
    if time is None or not values:
        return Suggestion(time, values)
    codes = [name for name in values if roles[name] in ("id", "code", "index")]
    codes += [name for name in values if name not in codes] if len(values) > 1 else []
    series = find_series(frame, columns, time=time, value=values[0], codes=codes)
    # Numbers that turn out to be labels, such as ages, are not what is heard.
    values.sort(key=lambda name: name == series.split)
    return Suggestion(time, values, series.split, series.labels, series.conditions)


def recognize_role(values: pd.Series, column: Column, *, is_first: bool = True) -> Role:
    """Role of a numeric column, from its name and its values.

    Unless its name says so, only the first column of a table is taken to count the rows.
    """
    finite = _finite(values)
    if not len(finite):
        return "empty"
    if not _varies(finite):
        return "constant"
    words = split_words(column.original_name)
    is_whole = bool(np.all(finite[:_SAMPLE] == np.floor(finite[:_SAMPLE])))
    if is_whole and _is_index(finite, words, column, len(values), is_first):
        return "index"
    if is_whole and (column.is_code or _ID_WORDS & set(words)):
        return "id"
    if column.is_part or _is_time_part(finite, column.name, is_whole) or _is_named_time(values, column.name):
        return "time part"
    return _recognize_by_name(finite, words, is_whole)


def _recognize_by_name(finite: Floats, words: list[str], is_whole: bool) -> Role:
    if is_whole and _YEAR_WORDS & set(words) and are_years(finite):
        return "time part"
    if _COORDINATE_WORDS & set(words[-1:] + words[:1]) and np.abs(finite).max() <= 1e7:
        return "coordinate"
    if _SPREAD_WORDS & set(words):
        return "spread"
    if _FLAG_WORDS & set(words) or (words[:1] == ["n"] and len(words) > 1) or words == ["n"]:
        return "flag"
    if (
        is_whole
        and len(np.unique(finite[:_SAMPLE])) <= 2
        and len(finite) > 8
        and set(finite[:_SAMPLE]) <= {0, 1}
    ):
        return "flag"
    is_design = bool(_DESIGN_WORDS & set(words)) and len(np.unique(finite[:_SAMPLE])) <= _MAX_LEVELS
    return "code" if is_whole and (is_design or _looks_like_codes(finite)) else "value"


def rank_values(frame: pd.DataFrame, names: list[str], roles: dict[str, Role]) -> list[str]:
    """Rank numeric columns by how suitable they are to play, best first.

    By role; then full columns before sparse ones; then closing prices before others and the names that analysts give to
    what they measure; then the order of the file.
    """
    n_known = {name: int(frame[name].notna().sum()) for name in names}
    most = max(n_known.values(), default=0)
    words = {name: set(split_words(name)) for name in names}
    if {"o", "h", "l", "c"} <= {name.strip().casefold() for name in names}:
        words = {name: {_INITIALS.get(name.strip().casefold(), "")} for name in names}
    is_market = any(w & _CLOSING for w in words.values()) and any(w & _OPENING for w in words.values())

    def key(name: str) -> tuple[int, bool, int, bool]:
        """Sort by role, gaps, price, name."""
        prices = [place for word, place in _PRICES.items() if word in words[name]]
        price = max(prices, default=2) if is_market else 0
        told = bool(words[name] & _TOLD_FIRST)
        return _ORDER_OF_ROLES[roles[name]], n_known[name] < _SPARSE * most, price, not told

    return sorted(names, key=key)


def time_candidates(frame: pd.DataFrame, columns: Sequence[Column]) -> list[str]:
    """Columns that can be the time axis, most likely first.

    Dates, those first that say when something was and not when it was written down; then numbers that are named like a
    time and run one way, or are plain years; then other strictly increasing numbers.
    """
    dates = [column.name for column in columns if column.kind == "date"]
    numbers = [column.name for column in columns if column.kind == "number"]
    dates.sort(key=lambda name: _doubt_date(_column(frame, name), name))
    named = [name for name in numbers if _is_named_time(frame[name], name)]
    named.sort(
        key=lambda name: (
            not _runs_one_way(_finite(_column(frame, name))),
            "year" not in (recognize_part(name) or ""),
        )
    )
    if any(column.kind == "text" for column in columns):
        named += [name for name in numbers if name not in named and _starts_again(frame[name], name)]
    rising = [name for name in numbers if name not in named and _is_rising(frame[name])]
    return dates + named + rising


def is_constant(values: pd.Series) -> bool:
    """Whether all known values of a column that has more than one are the same."""
    if values.dtype.kind in "iufb":
        finite = _finite(values)
        return len(finite) > 1 and not _varies(finite)
    known = values.iloc[:_SAMPLE].dropna()
    if len(known) < 2 or bool((known != known.iloc[0]).any()):
        return False
    return bool((values.dropna() == known.iloc[0]).all())


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    column: pd.Series = frame[name]
    return column


def _doubt_date(values: pd.Series, name: str) -> tuple[bool, bool, bool]:
    known = values.dropna()
    is_constant = len(known) > 1 and bool((known.iloc[:_SAMPLE] == known.iloc[0]).all())
    return is_constant, len(known) < _SPARSE * len(values), bool(_RECORD_WORDS & set(split_words(name)))


def _is_likely_time(
    frame: pd.DataFrame, columns: Sequence[Column], name: str, roles: dict[str, Role]
) -> bool:
    """Whether a candidate becomes the default time axis, which a growing quantity or an index does not."""
    if name not in roles:
        return not _doubt_date(frame[name], name)[0] and bool(frame[name].notna().mean() > 0.1)
    if _is_named_time(frame[name], name) or _starts_again(frame[name], name):
        return True
    if roles[name] in ("id", "constant") or (
        roles[name] == "index" and not split_words(_original(columns, name))
    ):
        return False
    steps = np.diff(np.clip(_finite(frame[name]), -1e100, 1e100))
    is_even = bool(np.allclose(steps, steps[0], rtol=1e-3, atol=0)) if len(steps) else False
    return is_even or not any(column.kind == "text" for column in columns)


def _original(columns: Sequence[Column], name: str) -> str:
    return next((column.original_name for column in columns if column.name == name), name)


def _is_index(finite: Floats, words: list[str], column: Column, n_rows: int, is_first: bool) -> bool:
    """Whether a column only counts the rows: 0, 1, 2, … or 1, 2, 3, …, or rising without a name."""
    is_unnamed = not words or words[:1] == ["unnamed"] or column.original_name.startswith("Unnamed:")
    if len(finite) != n_rows or n_rows < 2 or np.abs(finite[:_SAMPLE]).max() > 1e15:
        return False
    head = np.diff(finite[:_SAMPLE])
    if not (np.all(head > 0) or np.all(head == -1)):
        return False
    steps = np.diff(np.clip(finite, -1e100, 1e100))
    if is_unnamed or (_INDEX_WORDS & set(words) and len(words) <= 2):
        return bool(np.all(steps > 0)) or bool(np.all(steps == -1))
    # Unasked, a column that counts needs some rows to show it.
    return is_first and bool(np.all(steps == 1)) and finite[0] in (0, 1) and n_rows >= 4


def _is_time_part(finite: Floats, name: str, is_whole: bool) -> bool:
    part = recognize_part(name)
    if part is None or not is_whole:
        return False
    low, high = _PART_RANGES[part]
    return bool(finite.min() >= low and finite.max() <= high)


# What a column so called may hold and be a part of a time, also where it is not put together.
_PART_RANGES = PART_RANGES | {"year": (0, 9999), "week": (0, 53), "weekday": (0, 7)}


def _looks_like_codes(finite: Floats) -> bool:
    """Whether whole numbers of one length, five digits or more, look like IDs: unique and without a trend."""
    sample = finite[:_SAMPLE]
    if len(sample) < 20 or sample.min() < 10_000:
        return False
    n_digits = np.floor(np.log10(sample))
    if n_digits.min() != n_digits.max() or len(np.unique(sample)) != len(sample):
        return False
    moves = np.abs(np.diff(sample)).mean()
    # Of numbers that follow each other without any course, the mean move is a third of what they span.
    return bool(moves > 0.25 * np.ptp(sample) and np.ptp(sample) > 4 * sample.min())


def _is_named_time(values: pd.Series, name: str) -> bool:
    if not _TIME_NAME.search(name):
        return False
    finite = _finite(values)
    return _runs_one_way(finite) or are_years(finite)


def _starts_again(values: pd.Series, name: str) -> bool:
    """Whether a named time column restarts repeatedly, as in stacked series."""
    finite = _finite(values)
    if not _TIME_NAME.search(name) or recognize_part(name) == "month" or len(finite) < 4:
        return False
    back = np.flatnonzero(finite[1:] < finite[:-1]) + 1
    return bool(0 < len(back) <= len(finite) / 3 and np.all(finite[back] <= np.quantile(finite, 0.25)))


def _finite(values: pd.Series) -> Floats:
    numbers: Floats = values.to_numpy(dtype=float)
    is_finite = np.isfinite(numbers)
    return numbers if is_finite.all() else numbers[is_finite]


def _is_rising(values: pd.Series) -> bool:
    finite = _finite(values)
    return len(finite) == len(values) > 1 and bool(np.all(finite[1:] > finite[:-1]))


def _varies(finite: Floats) -> bool:
    head = finite[:_SAMPLE]
    return bool(np.any(head != head[0])) or bool(np.any(finite != finite[0]))


def _runs_one_way(values: Floats) -> bool:
    # Compared, not subtracted: differences of huge numbers overflow.
    before, after = values[:-1], values[1:]
    return bool(np.any(before != after)) and bool(np.all(before <= after) or np.all(before >= after))


def are_years(values: Floats) -> bool:
    """Whether finite numbers can be years: whole, and from 1500 to 2200."""
    if not len(values) or np.any(values != np.floor(values)):
        return False
    return bool(values.min() >= _YEARS[0] and values.max() <= _YEARS[1])
