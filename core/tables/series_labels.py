"""Series labels: the column that identifies the series in a long table (time, label, value per row)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.tables.columns import Column
from core.tables.name_words import list_words, split_words

Codes = npt.NDArray[np.int64]

N_LABELS = 4
# A time has several series when this share of the rows stands in moments that have more than one row.
_MIN_REPEATED = 0.1
# "Unique or nearly": files repeat a row now and then.
_MIN_UNIQUE = 0.95
_MAX_LABELS = 20_000
_MAX_COLUMNS = 40
# Numbering the labels of a million rows takes 20 ms a column.
_LARGE, _MAX_COLUMNS_OF_LARGE = 200_000, 8
_MAX_CONDITIONS = 6
_MAX_CODES = 500
_MIN_PRESENT = 0.8  # of the moments, for labels that are numbers

# What a column is named for whose labels are series of their own, and for one whose labels are different measures.
_PLACE_WORDS = list_words(
    "country countries city town region state province county station site location place geo area entity nation land stadt "
    "ort pays ville region pais ciudad paese citta plaats kraj miasto name ticker symbol company firm product item store "
    "shop species sensor device machine line group category territory municipality district school team player party "
    "stock fund asset currency"
)
_MEASURE_WORDS = list_words(
    "indicator measure metric variable var series statistic parameter element subject type kind unit units sex gender age "
    "ages scenario estimate status frequency freq adjustment adjusted method source transaction"
)
_CODE_WORDS = list_words("code codes iso iso2 iso3 id abbr abbreviation key fips short nr no")
_ALL_WORDS = list_words(
    "total totals all overall world sum grand global both subtotal gesamt insgesamt summe ensemble totaal totale razem "
    "ogolem suma tous todos tutti alle average"
)


class Series(NamedTuple):
    """Label column and fixed columns that separate the series; see `core.tables.column_roles.Suggestion`."""

    split: str | None = None
    labels: list[str] = []  # noqa: RUF012 - a NamedTuple's default, which nothing changes
    conditions: list[tuple[str, str]] = []  # noqa: RUF012 - as above


def find_series(
    frame: pd.DataFrame, columns: Sequence[Column], *, time: str, value: str, codes: Sequence[str] = ()
) -> Series:
    """Find the label column that makes repeated times unique.

    Parameters
    ----------
    frame : pandas.DataFrame
    columns : sequence of Column
    time, value : str
        The columns that are heard.
    codes : sequence of str
        Columns of numbers that may be labels, such as a station's number; they are tried after words.

    Returns
    -------
    Series
        Of columns that part the rows alike, such as a country's name and its code, the name. Where one column is not
        enough, the split is the one that names things (places, products); the others become conditions: one label of each,
        "Total" where there is one, otherwise the commonest.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> rows = [f"{year},{place},{sex},{year % 7}" for year in (2001, 2002, 2003) for place in "NS" for sex in "mf"]
    >>> table = read_text("year,place,sex,n\\n" + "\\n".join(rows))
    >>> find_series(table.frame, table.columns, time="year", value="n")
    Series(split='place', labels=['N', 'S'], conditions=[('sex', 'm')])
    """
    if _rises(frame[time]):
        return Series()
    rows = np.flatnonzero(frame[time].notna().to_numpy())
    moments = _number(frame[time].iloc[rows])
    if not _repeats(moments):
        return Series()
    most = _MAX_COLUMNS if len(rows) <= _LARGE else _MAX_COLUMNS_OF_LARGE
    words = [column.name for column in columns if column.kind == "text"][:most]
    parts = _number_labels(frame, words, rows, moments, _MAX_LABELS)
    chosen = _choose(parts, moments)
    if not chosen:
        numbers = _number_labels(frame, [c for c in codes if c != time][:most], rows, moments, _MAX_CODES)
        parts |= _keep_regular(numbers, moments)
        chosen = _choose(parts, moments)
    if not chosen:
        return Series()
    chosen[0] = _prefer_names(frame, parts, chosen, rows)
    known = frame[value].iloc[rows].notna().to_numpy()
    kept = np.ones(len(rows), bool)
    conditions = []
    for name in chosen[1:]:
        code, label = _choose_condition(frame[name].iloc[rows], parts[name], known & kept)
        kept &= parts[name] == code
        conditions.append((name, label))
    labels = _list_commonest(frame[chosen[0]].iloc[rows], parts[chosen[0]], known & kept)
    return Series(chosen[0], labels, conditions)


def is_all_label(label: str) -> bool:
    """Whether a label is a total of the others, such as "Total" or "World".

    Examples
    --------
    >>> is_all_label("Both sexes"), is_all_label("TOTAL"), is_all_label("Total Wine Ltd of Oslo")
    (True, True, False)
    """
    words = split_words(label)
    return len(words) <= 3 and bool(_ALL_WORDS & set(words[:2]))


def _rises(times: pd.Series) -> bool:
    """Whether times are strictly increasing and therefore unique."""
    values = times.to_numpy()
    values = values.view(np.int64) if values.dtype.kind == "M" else values
    # NaT is the smallest integer, and NaN is never greater: a gap anywhere says no.
    return len(values) > 1 and bool(values[1] > values[0]) and bool(np.all(values[1:] > values[:-1]))


def _number(values: pd.Series) -> Codes:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _repeats(moments: Codes) -> bool:
    if not len(moments):
        return False
    counts = np.bincount(moments)
    return bool(counts[counts > 1].sum() >= _MIN_REPEATED * len(moments))


def _number_labels(
    frame: pd.DataFrame, names: Sequence[str], rows: Codes, moments: Codes, most: int
) -> dict[str, Codes]:
    """Candidate label columns as integer codes (-1: missing): labels repeat, and differ at the same time."""
    parts = {}
    for name in names:
        codes = _number(frame[name].iloc[rows])
        n_labels = int(codes.max(initial=-1)) + 1
        if not 2 <= n_labels <= min(most, len(rows) / 2):
            continue
        if _count_pairs(moments, codes) > 1.02 * (moments.max() + 1):
            parts[name] = codes
    return parts


def _count_pairs(first: Codes, second: Codes) -> int:
    return len(pd.unique(first * (int(second.max(initial=0)) + 2) + second + 1))


def _choose(parts: dict[str, Codes], moments: Codes) -> list[str]:
    """Choose the column to split by and the columns to fix; empty where none makes times unique."""
    n_rows = len(moments)
    n_pairs = {name: _count_pairs(moments, codes) for name, codes in parts.items()}
    alone = [name for name in parts if n_pairs[name] >= _MIN_UNIQUE * n_rows]
    if alone:
        return [min(alone, key=lambda name: (_is_code(name), _is_measure(name), parts[name].max()))]
    ranked = sorted(
        parts, key=lambda name: (_is_measure(name), not _is_place(name), _is_code(name), -n_pairs[name])
    )
    for split in ranked[:3]:
        fixed = _fix_others(parts, split, ranked, moments)
        if fixed is not None:
            return [split, *fixed]
    return []


def _fix_others(parts: dict[str, Codes], split: str, ranked: list[str], moments: Codes) -> list[str] | None:
    """Further columns, beside the one to split by, needed to make times unique; strongest first."""
    together = _join(moments, parts[split])
    fixed: list[str] = []
    while len(fixed) < _MAX_CONDITIONS:
        n_now = int(together.max()) + 1
        if n_now >= _MIN_UNIQUE * len(moments):
            return fixed
        rest = [name for name in ranked if name != split and name not in fixed]
        counts = {name: _count_pairs(together, parts[name]) for name in rest}
        best = max(rest, key=lambda name: (counts[name], not _is_code(name)), default=None)
        if best is None or counts[best] <= 1.02 * n_now:
            return None
        fixed.append(best)
        together = _join(together, parts[best])
    return None


def _keep_regular(numbers: dict[str, Codes], moments: Codes) -> dict[str, Codes]:
    """Keep numeric label columns whose labels occur at most times; others differ by chance."""
    n_moments = int(moments.max()) + 1
    return {
        name: part
        for name, part in numbers.items()
        if _count_pairs(moments, part) >= _MIN_PRESENT * n_moments * (int(part.max()) + 1)
    }


def _prefer_names(frame: pd.DataFrame, parts: dict[str, Codes], chosen: list[str], rows: Codes) -> str:
    """Among equivalent label columns, prefer names to codes such as NOR and SWE."""
    split = chosen[0]
    n_labels = int(parts[split].max()) + 1
    for other in [split, *(name for name in parts if name not in chosen)]:
        labels = frame[other].iloc[rows[_find_first(parts[other])[:50]]].astype(str)
        is_code = all(label.isdigit() or (len(label) <= 4 and label.isupper()) for label in labels)
        is_same = int(parts[other].max()) + 1 == n_labels == _count_pairs(parts[split], parts[other])
        if is_same and not is_code:
            return other
    return split


def _join(first: Codes, second: Codes) -> Codes:
    return np.asarray(pd.factorize(first * (int(second.max(initial=0)) + 2) + second + 1)[0], dtype=np.int64)


def _choose_condition(labels: pd.Series, codes: Codes, known: npt.NDArray[np.bool_]) -> tuple[int, str]:
    counts = np.bincount(codes[known & (codes >= 0)], minlength=int(codes.max()) + 1)
    first = _find_first(codes)
    whole = [
        code
        for code in np.argsort(-counts, kind="stable")[:200]
        if is_all_label(str(labels.iloc[first[code]]))
    ]
    code = int(whole[0]) if whole and counts[whole[0]] else int(np.argmax(counts))
    return code, str(labels.iloc[first[code]])


def _list_commonest(labels: pd.Series, codes: Codes, known: npt.NDArray[np.bool_]) -> list[str]:
    """Labels by number of values, totals last; ties in the file's order."""
    counts = np.bincount(codes[known & (codes >= 0)], minlength=int(codes.max()) + 1)
    first = _find_first(codes)
    order = [int(code) for code in np.argsort(-counts, kind="stable")[: 10 * N_LABELS] if counts[code]]
    names = [str(labels.iloc[first[code]]) for code in order]
    return sorted(names, key=is_all_label)[:N_LABELS]


def _find_first(codes: Codes) -> Codes:
    """First position of each code."""
    places = np.full(int(codes.max(initial=-1)) + 1, -1, dtype=np.int64)
    known = np.flatnonzero(codes >= 0)
    places[codes[known][::-1]] = known[::-1]
    return places


def _is_place(name: str) -> bool:
    return bool(_PLACE_WORDS & set(split_words(name)))


def _is_measure(name: str) -> bool:
    return bool(_MEASURE_WORDS & set(split_words(name)))


def _is_code(name: str) -> bool:
    return bool(_CODE_WORDS & set(split_words(name)))
