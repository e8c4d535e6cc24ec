"""Column decisions: what reading one column took for granted, in a sentence each, and the visitor's choice carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.errors import plural
from core.tables.cells.dates import ParsedDates, Times
from core.tables.cells.durations import Durations
from core.tables.cells.number_marks import ABOVE, BELOW, MarkedNumbers
from core.tables.cells.placeholders import Placeholder
from core.tables.decisions import Decision
from core.tables.raw_table import ReadOptions

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_SHOWN = 3


class ToldMarks(NamedTuple):
    """Values of cells that held more than a number, which of them are gaps, and the decisions on them."""

    values: Floats
    is_gap: Flags
    decisions: tuple[Decision, ...]


class ToldPlaceholders(NamedTuple):
    """Values with placeholders replaced by gaps, if they count as gaps."""

    values: Floats
    n_gaps: int
    decision: Decision


class ToldDates(NamedTuple):
    """Dates after the visitor's choices, and the decisions on them."""

    values: Times
    offsets: tuple[tuple[int, int], ...]
    decisions: tuple[Decision, ...]


def tell_marks(found: MarkedNumbers, cells: pa.Array, name: str, options: ReadOptions) -> ToldMarks:
    """Apply the choices on limits, footnote marks and ranges; report them with units and multipliers."""
    values, is_gap = found.values.copy(), np.zeros(len(found.values), np.bool_)
    decisions = []
    if (found.limits > 0).any() or found.is_undetected.any():
        decisions.append(_settle_limits(found, values, is_gap, cells, name, options))
    if found.is_noted.any():
        decisions.append(_settle_notes(found, values, is_gap, cells, name, options))
    if np.isfinite(found.middles).any():
        decisions.append(_settle_ranges(found, values, cells, name, options))
    if found.multipliers:
        ordered = sorted(found.multipliers.items(), key=lambda item: item[1])[:6]
        words = [f"{word} means {factor:,.0f}" for word, factor in ordered]
        decisions.append(_tell(f"suffix:{name}", f"In “{name}”, {_list(words)}."))
    if found.unit:
        decisions.append(_tell(f"unit:{name}", _tell_units(found, name)))
    return ToldMarks(values, is_gap, tuple(decisions))


def _settle_limits(
    found: MarkedNumbers, values: Floats, is_gap: Flags, cells: pa.Array, name: str, options: ReadOptions
) -> Decision:
    key = f"limit:{name}"
    choices = {"limit": "the limit itself", "half": "half of the limit", "gap": "missing"}
    chosen = options.choice(key) or "limit"
    chosen = chosen if chosen in choices else "limit"
    below, above = found.limits == BELOW, found.limits == ABOVE
    if chosen == "half":
        values[below] /= 2
    elif chosen == "gap":
        values[below | above] = np.nan
        is_gap |= below | above
    is_gap |= found.is_undetected
    told = []
    for kind, where in ((below, "below"), (above, "above")):
        if kind.any():
            share = chosen if where == "below" or chosen == "gap" else "limit"
            told.append(
                f"{_count(kind)} {where} a limit, such as “{_show(cells, kind)}”; {_each(kind)} as {choices[share]}"
            )
    if found.is_undetected.any():
        kind = found.is_undetected
        told.append(
            f"{_count(kind)} below an unnamed limit (“{_show(cells, kind)}”); {_each(kind)} as missing"
        )
    sentence = f"In “{name}”, {'; '.join(told)}."
    if not (below | above).any():
        return _tell(key, sentence)
    return Decision(key=key, sentence=sentence, chosen=chosen, choices=tuple(choices.items()))


def _settle_notes(
    found: MarkedNumbers, values: Floats, is_gap: Flags, cells: pa.Array, name: str, options: ReadOptions
) -> Decision:
    key = f"footnote:{name}"
    noted = found.is_noted
    chosen = "gap" if options.choice(key) == "gap" else "number"
    count = int(noted.sum())
    what = "was removed" if count == 1 else "were removed"
    if chosen == "gap":
        values[noted] = np.nan
        is_gap |= noted
        what = "makes it missing" if count == 1 else "make them missing"
    sentence = f"In “{name}”, the footnote marks of {plural(count, 'number')}, such as “{_show(cells, noted)}”, {what}."
    if count == 1:
        sentence = f"In “{name}”, the footnote mark of “{_show(cells, noted)}” {what}."
    return Decision(
        key=key,
        sentence=sentence,
        chosen=chosen,
        choices=(("number", "keep the number"), ("gap", "missing")),
    )


def _settle_ranges(
    found: MarkedNumbers, values: Floats, cells: pa.Array, name: str, options: ReadOptions
) -> Decision:
    key = f"range:{name}"
    ranges = np.isfinite(found.middles)
    chosen = "middle" if options.choice(key) == "middle" else "gap"
    if chosen == "middle":
        values[ranges] = found.middles[ranges]
    what = "the middle of its range" if chosen == "middle" else "missing"
    sentence = (
        f"In “{name}”, {_count(ranges)} a range, such as “{_show(cells, ranges)}”; {_each(ranges)} as {what}."
    )
    return Decision(
        key=key,
        sentence=sentence,
        chosen=chosen,
        choices=(("gap", "missing"), ("middle", "the middle of the range")),
    )


def _tell_units(found: MarkedNumbers, name: str) -> str:
    sentence = f"“{name}” is in {found.unit}: the unit is written in the cells."
    if found.converted:
        sentence += f" {_count_units(found.converted)} {_are(found.converted)} converted."
    if found.foreign:
        sentence += f" {_count_units(found.foreign)} {_are(found.foreign)} not read, because that is another kind of unit."
    return sentence


def _count_units(units: Counter[str]) -> str:
    total = sum(units.values())
    return f"{plural(total, 'cell')} in {_list([unit for unit, _ in units.most_common(_SHOWN)])}"


def _are(units: Counter[str]) -> str:
    return "was" if sum(units.values()) == 1 else "were"


def tell_placeholders(
    found: Sequence[Placeholder], values: Floats, name: str, options: ReadOptions
) -> ToldPlaceholders | None:
    """Turn placeholders into gaps, unless the visitor wants them as values."""
    if not found:
        return None
    key = f"placeholder:{name}"
    chosen = "value" if options.choice(key) == "value" else "gap"
    count = sum(placeholder.n_cells for placeholder in found)
    where = [f"{placeholder.value:.10g} is in {plural(placeholder.n_cells, 'cell')}" for placeholder in found]
    what = "is treated as missing" if len(found) == 1 else "are treated as missing"
    if chosen == "value":
        what = "is kept as a value" if len(found) == 1 else "are kept as values"
    it = "it" if len(found) == 1 else "they"
    sentence = f"{_list(where)} of “{name}”, far from all other values, so {it} {what}."
    if chosen == "gap":
        values = values.copy()
        for placeholder in found:
            values[values == placeholder.value] = np.nan
    decision = Decision(
        key=key, sentence=sentence, chosen=chosen, choices=(("gap", "missing"), ("value", "a value"))
    )
    return ToldPlaceholders(values, count if chosen == "gap" else 0, decision)


def tell_dates(dates: ParsedDates, name: str, options: ReadOptions) -> ToldDates:
    """Report UTC offsets, year ranges and nonexistent weeks, and apply the visitor's choices."""
    values, offsets, decisions = dates.values, dates.offsets, []
    if dates.minutes is not None:
        key = f"offset:{name}"
        chosen = "as written" if options.choice(key) == "as written" else "UTC"
        sentence = f"The times in “{name}” are converted to UTC by their offsets ({_list_offsets(dates)}), so that the time axis is even."
        if chosen == "as written":
            values, offsets = values + dates.minutes.astype("timedelta64[m]"), ()
            sentence = f"The times in “{name}” are kept as written; their offsets ({_list_offsets(dates)}) are ignored, so they are not in UTC."
        choices = (("UTC", "in UTC, evenly spaced"), ("as written", "as written, without the offset"))
        decisions.append(Decision(key=key, sentence=sentence, chosen=chosen, choices=choices))
    if dates.span:
        key = f"span:{name}"
        chosen = "last" if options.choice(key) == "last" else "first"
        if chosen == "last":
            years = values.astype("datetime64[Y]") + dates.span
            values = years.astype("datetime64[us]")
        sentence = f"Each cell of “{name}” names two years, as in 2014/15; the {chosen} one is used."
        choices = (("first", "the first year"), ("last", "the last year"))
        decisions.append(Decision(key=key, sentence=sentence, chosen=chosen, choices=choices))
    if dates.has_ends:
        sentence = f"Each cell of “{name}” names two dates; the first one is used."
        decisions.append(_tell(f"ends:{name}", sentence))
    if dates.has_last_months:
        sentence = f"Each cell of “{name}” names the first and last month of a period; the last one is used."
        decisions.append(_tell(f"months:{name}", sentence))
    if dates.has_weeks:
        sentence = f"The numbers next to the years in “{name}” go beyond 12, so they are read as weeks."
        decisions.append(_tell(f"week numbers:{name}", sentence))
    count, shown = dates.no_weeks
    if count:
        have = "is a week that does" if count == 1 else "are weeks that do"
        sentence = f"In “{name}”, {_list(shown)} {have} not exist; {'it is' if count == 1 else f'{count} cells are'} treated as missing."
        decisions.append(_tell(f"weeks:{name}", sentence))
    return ToldDates(values, offsets, tuple(decisions))


def _list_offsets(dates: ParsedDates) -> str:
    if dates.zones:
        return _list(dates.zones[:_SHOWN])
    minutes = np.unique(dates.minutes if dates.minutes is not None else [])
    shown = [
        f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in minutes[:_SHOWN].tolist()
    ]
    return _list(shown) if len(minutes) <= _SHOWN else ", ".join(shown) + ", …"


def tell_clock(found: Durations, name: str) -> tuple[Decision, ...]:
    """Report whether times are durations or clock times, and whether they continue past midnight."""
    if found.is_clock:
        sentence = f"“{name}” contains times of day; they are read as seconds since midnight."
    else:
        sentence = f"“{name}” contains durations; they are read as seconds."
    first = _tell(f"clock:{name}", sentence)
    if found.is_open:
        choices = (("hours", "1:30 has hours and minutes"), ("minutes", "1:30 has minutes and seconds"))
        chosen = "hours" if found.as_hours else "minutes"
        first = Decision(key=first.key, sentence=sentence, chosen=chosen, choices=choices)
    if not found.n_midnights:
        return (first,)
    is_next = bool(np.nanmax(found.seconds) > 86_400)
    times = "midnight" if found.n_midnights == 1 else f"midnight {found.n_midnights:,} times"
    what = "what comes after is the next day" if is_next else "it is kept as it is written"
    return (
        first,
        Decision(
            key=f"midnight:{name}",
            sentence=f"“{name}” runs past {times}; {what}.",
            chosen="next day" if is_next else "as written",
            choices=(("next day", "the next day"), ("as written", "as written")),
        ),
    )


def tell_names(kind: str, name: str) -> Decision:
    """Report that month or quarter names became numbers."""
    last = {"months": "1 (January) to 12", "quarters": "1 to 4"}[kind]
    return _tell(
        f"names:{name}", f"“{name}” names {kind} without a year; they are read as the numbers {last}."
    )


def tell_codes(name: str, example: str, options: ReadOptions) -> Decision:
    """Report that numbers with leading zeros are labels."""
    key = f"code:{name}"
    chosen = "numbers" if options.choice(key) == "numbers" else "labels"
    what = "are codes, so they are kept as labels" if chosen == "labels" else "are read as numbers"
    sentence = f"The numbers in “{name}” are written with leading zeros, such as {example[:40]}; they {what}."
    return Decision(
        key=key, sentence=sentence, chosen=chosen, choices=(("labels", "labels"), ("numbers", "numbers"))
    )


def _tell(key: str, sentence: str) -> Decision:
    return Decision(key=key, sentence=sentence)


def _count(kind: Flags) -> str:
    count = int(kind.sum())
    return f"{plural(count, 'cell')} {'is' if count == 1 else 'are'}"


def _each(kind: Flags) -> str:
    return "it is treated" if int(kind.sum()) == 1 else "each is treated"


def _show(cells: pa.Array, kind: Flags) -> str:
    return str(cells[int(np.flatnonzero(kind)[0])].as_py())[:40]


def _list(words: Iterable[str]) -> str:
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
