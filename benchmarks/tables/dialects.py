"""Random table dialects: everything that may differ between two files with the same content."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import Any

from benchmarks.tables.time_forms import FORMS, LANGUAGES, PART_NAMES, SHORT_MONTHS


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One way of writing a table down; the defaults are the plainest.

    Attributes
    ----------
    seed : int
        Of the numbers and of the first moment.
    orientation : str
        ``"columns"`` (a column a series), ``"long"`` (moment, label, value), ``"across"`` (moments across the top, a row
        a label) or ``"months across"`` (years down).
    number : str
        ``"ordinary"``, ``"small"``, ``"large"``, ``"whole"`` or ``"signed"``.
    """

    seed: int = 0
    orientation: str = "columns"
    spacing: str = "day"
    time_form: str = "iso"
    language: str = "en"
    n_rows: int = 24
    n_values: int = 2
    number: str = "ordinary"
    sign: str = "-"
    decimal: str = "."
    grouping: str = ""
    affix: str = ""
    marks: str = ""
    missing: str = ""
    placeholder: str = ""
    delimiter: str = ","
    quoting: str = "minimal"
    header_depth: int = 1
    units_row: bool = False
    titles: int = 0
    comments: bool = False
    totals: str = ""
    source: str = ""
    index: str = ""
    text_column: bool = False
    trailing: bool = False
    encoding: str = "utf-8"
    line_end: str = "\n"

    def differences(self) -> dict[str, Any]:
        """The factors in which this dialect is not plain, without its seed."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name != "seed" and getattr(self, field.name) != field.default
        }


#: Each factor's values; those that are drawn more often stand there more often.
_VALUES: dict[str, tuple[Any, ...]] = {
    "n_rows": (16, 20, 24, 31, 40, 60),
    "n_values": (1, 2, 3, 4),
    "number": ("ordinary", "ordinary", "small", "large", "large", "whole", "signed"),
    "sign": ("-", "-", "-", "−", "trailing", "brackets"),
    "decimal": (".", ","),
    "grouping": ("", "", "", ",", ".", " ", "\xa0", "\u202f", "'", "’"),
    "affix": ("", "", "", "", "", " km", "%", " %", " °C", "$", "€ ", " €"),
    "marks": ("", "", "", "", "", "", "*", " p", "[1]"),
    "missing": ("none", "none", "", "NA", "n/a", "-", "..", "null", "NaN", ".", "#N/A", "—", "missing"),
    "placeholder": ("", "", "", "", "", "-999", "-9999", "9999999", "-99.99", "1e20"),
    "delimiter": (",", ",", ",", ";", ";", "\t", "\t", "|", " "),
    "quoting": ("minimal", "minimal", "all", "texts"),
    "header_depth": (0, 1, 1, 1, 1, 2, 3),
    "units_row": (False, False, False, True),
    "titles": (0, 0, 0, 1, 2, 3),
    "comments": (False, False, False, True),
    "totals": (
        "",
        "",
        "",
        "Total",
        "Average",
        "Sum",
        "Summe",
        "Gesamt",
        "Mean",
        "Grand total",
        "Totaal",
        "Moyenne",
    ),
    "source": (
        "",
        "",
        "",
        "Source: harbor office",
        "Quelle: Hafenamt, Kiel",
        "* provisional figures",
        "(c) 2024, the office",
    ),
    "index": ("", "", "", "", "unnamed", "Unnamed: 0", "id"),
    "text_column": (False, False, True),
    "trailing": (False, False, False, False, True),
    "encoding": ("utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16"),
    "line_end": ("\n", "\n", "\r\n", "\r"),
    "language": LANGUAGES,
    "orientation": ("columns", "columns", "columns", "columns", "long", "across", "months across"),
    "spacing": tuple(FORMS),
}


def draw_dialect(seed: int) -> Dialect:
    """The dialect of a seed: any value of any factor, as far as they go together."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    drawn = {name: rng.choice(values) for name, values in _VALUES.items()}
    drawn["time_form"] = rng.choice(tuple(FORMS[str(drawn["spacing"])]))
    if drawn["orientation"] == "across":
        drawn["spacing"] = rng.choice(("year", "year", "quarter", "month"))
        forms = {
            "year": ("Y",),
            "quarter": ("Qq Y", "YQq", "Y-Qq"),
            "month": ("Mon Y", "iso month", "Mon-y", "m/Y"),
        }
        drawn["time_form"] = rng.choice(forms[str(drawn["spacing"])])
    return settle(Dialect(seed=seed, **drawn))


def settle(dialect: Dialect) -> Dialect:
    """Take back what does not go together, or what nobody could read: each rule says why."""
    settled = dialect
    for rule in (_settle_time, _settle_orientation, _settle_numbers, _settle_texts):
        settled = dataclasses.replace(settled, **rule(settled))
    # What a later rule took back can leave an earlier one nothing to do, or more.
    return settled if settled == dialect else settle(settled)


def _settle_time(d: Dialect) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if d.orientation == "months across":
        changed |= {"spacing": "month", "time_form": "Mon Y", "n_rows": 60}
    elif d.time_form not in FORMS[d.spacing] or (d.orientation != "columns" and d.time_form in PART_NAMES):
        changed["time_form"] = next(iter(FORMS[d.spacing]))
    if not any(word in d.time_form for word in ("Mon", "Month")) and d.orientation != "months across":
        changed["language"] = "en"  # nothing of it would be seen
    if d.time_form in ("excel serial", "Y", "Ymd", "Ym", *PART_NAMES) and d.orientation == "columns":
        # Without a name, 20210105 or three columns of small whole numbers are no dates to anybody.
        changed["header_depth"] = max(d.header_depth, 1)
    if d.spacing == "year" and d.n_rows > 40:
        changed["n_rows"] = 40
    return changed


def _settle_orientation(d: Dialect) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if d.orientation != "columns":
        changed |= {"header_depth": 1, "units_row": False, "text_column": False}
    if d.orientation in ("across", "months across"):
        # A total below the rows of a year or of a region is one of their sums; that is another table.
        changed |= {"index": "", "totals": "", "n_values": 3, "marks": "", "trailing": False}
    if d.orientation == "across":
        changed["n_rows"] = min(d.n_rows, 20)
    if d.header_depth > 1:
        changed["n_values"] = max(d.n_values, 2)
    if d.header_depth == 0:
        changed |= {"units_row": False, "titles": 0, "comments": False}
        changed["index"] = "" if d.index != "unnamed" else d.index
    if d.orientation == "long":
        changed["n_values"] = 1
    return changed


def _settle_numbers(d: Dialect) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if d.grouping == d.decimal or d.number not in ("large", "whole"):
        changed["grouping"] = ""
    if d.number != "signed":
        changed["sign"] = "-"
    elif d.affix or d.sign in ("trailing", "brackets"):
        changed["affix"] = ""  # (12.5 km) and 3 km- are nobody's
    if d.number == "signed" or d.number == "large":
        changed["placeholder"] = ""  # it would not lie apart
    if d.affix.strip() and d.placeholder:
        changed["placeholder"] = ""
    if d.affix or d.number == "signed":
        changed["marks"] = ""
    if d.units_row:
        changed["affix"] = ""
    if d.number == "large" and d.grouping in (".", ",") and d.decimal not in (".", ","):
        changed["grouping"] = ""
    return changed


def _settle_texts(d: Dialect) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if d.delimiter == " ":
        # A space within or an empty cell would be a delimiter more or less, where nothing is quoted.
        changed |= {
            "quoting": "minimal",
            "header_depth": min(d.header_depth, 1),
            "units_row": False,
            "trailing": False,
        }
        changed |= {
            "text_column": False,
            "index": "" if d.index == "unnamed" else d.index,
            "source": "",
            "totals": "",
        }
        if d.missing in ("", "missing"):
            changed["missing"] = "NA"
        if d.grouping.isspace() or d.affix.strip() != d.affix:
            changed |= {"grouping": "", "affix": ""}
        if d.marks.startswith(" "):
            changed["marks"] = ""
        if " " in _sample_time(d) and d.orientation not in ("across", "months across"):
            changed["delimiter"] = ";"
        if d.orientation == "across" and " " in _sample_time(d):
            changed["delimiter"] = ";"
        changed["placeholder"] = d.placeholder
    if d.n_values == 1 and d.missing == "" and d.orientation == "columns":
        changed["missing"] = "NA"
    needed = SHORT_MONTHS[d.language] + d.grouping + d.affix + d.sign + d.missing + "ń" * (d.language == "pl")
    if d.encoding == "cp1252" and any(ord(letter) > 255 and letter not in "’—€" for letter in needed):
        changed["encoding"] = "utf-8"
    return changed


def _sample_time(d: Dialect) -> str:
    import datetime as dt

    return " ".join(FORMS[d.spacing][d.time_form](dt.datetime(2021, 3, 1), d.language)[:1])
