"""Date and time formats in use, for each spacing from quarters of an hour to years.

The names of months stand here once more, and not as :mod:`core.tables` has them, so that a wrong one is found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Moment = dt.datetime
#: From a moment and a language to the cells that tell it: one, or one for each part.
Form = Callable[[Moment, str], tuple[str, ...]]

LONG_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "pl": "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
}
SHORT_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "pl": "sty lut mar kwi maj cze lip sie wrz paź lis gru",
}
LANGUAGES = tuple(LONG_MONTHS)
PART_NAMES = {
    "date and clock": ("Date", "Time"),
    "year and month": ("Year", "Month"),
    "year, month, day": ("Year", "Month", "Day"),
    "year and quarter": ("Year", "Quarter"),
}
_SERIAL_ZERO = dt.datetime(1899, 12, 30)
_EPOCH = dt.datetime(1970, 1, 1)


def _long(moment: Moment, language: str) -> str:
    return LONG_MONTHS[language].split()[moment.month - 1]


def _short(moment: Moment, language: str) -> str:
    return SHORT_MONTHS[language].split()[moment.month - 1]


def _quarter(moment: Moment) -> int:
    return (moment.month - 1) // 3 + 1


def _strftime(pattern: str) -> Form:
    return lambda moment, _: (moment.strftime(pattern),)


def _offset_form(moment: Moment, _: str) -> tuple[str, ...]:
    """Written with +02:00; the moment itself is in UTC."""
    return ((moment + dt.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),)


def _week(moment: Moment, between: str) -> tuple[str, ...]:
    year, week, _ = moment.isocalendar()
    return (f"{year}{between}W{week:02d}",)


_DAYS: dict[str, Form] = {
    "iso": _strftime("%Y-%m-%d"),
    "Y/m/d": _strftime("%Y/%m/%d"),
    "Ymd": _strftime("%Y%m%d"),
    "d.m.Y": _strftime("%d.%m.%Y"),
    "d.m.y": _strftime("%d.%m.%y"),
    "d/m/Y": _strftime("%d/%m/%Y"),
    "m/d/Y": _strftime("%m/%d/%Y"),
    "m/d/Y bare": lambda moment, _: (f"{moment.month}/{moment.day}/{moment.year}",),
    "d-m-Y": _strftime("%d-%m-%Y"),
    "d Mon Y": lambda moment, language: (f"{moment.day} {_short(moment, language)} {moment.year}",),
    "d Month Y": lambda moment, language: (f"{moment.day} {_long(moment, language)} {moment.year}",),
    "d. Month Y": lambda moment, language: (f"{moment.day}. {_long(moment, language)} {moment.year}",),
    "Month d, Y": lambda moment, _: (f"{_long(moment, 'en')} {moment.day}, {moment.year}",),
    "d-Mon-y": lambda moment, language: (
        f"{moment.day:02d}-{_short(moment, language)}-{moment.year % 100:02d}",
    ),
    "iso midnight": _strftime("%Y-%m-%d 00:00:00"),
    "excel serial": lambda moment, _: (str((moment - _SERIAL_ZERO).days),),
    "year, month, day": lambda moment, _: (str(moment.year), str(moment.month), str(moment.day)),
}
FORMS: dict[str, dict[str, Form]] = {
    "quarter hour": {
        "iso": _strftime("%Y-%m-%d %H:%M"),
        "iso T": _strftime("%Y-%m-%dT%H:%M:%S"),
        "iso Z": _strftime("%Y-%m-%dT%H:%M:%SZ"),
        "iso offset": _offset_form,
        "iso thousandths": _strftime("%Y-%m-%d %H:%M:%S.000"),
        "d.m.Y": _strftime("%d.%m.%Y %H:%M"),
        "m/d/Y AM": lambda moment, _: (f"{moment:%m/%d/%Y} {(moment.hour - 1) % 12 + 1}:{moment:%M %p}",),
        "epoch s": lambda moment, _: (str(int((moment - _EPOCH).total_seconds())),),
        "epoch ms": lambda moment, _: (str(int((moment - _EPOCH).total_seconds() * 1000)),),
        "date and clock": lambda moment, _: (f"{moment:%Y-%m-%d}", f"{moment:%H:%M}"),
    },
    "day": _DAYS,
    "week": {
        **{name: form for name, form in _DAYS.items() if name != "year, month, day"},
        "Y-Www": lambda moment, _: _week(moment, "-"),
        "YWww": lambda moment, _: _week(moment, ""),
    },
    "month": {
        **{name: form for name, form in _DAYS.items() if name != "year, month, day"},
        "iso month": _strftime("%Y-%m"),
        "m/Y": _strftime("%m/%Y"),
        "m-Y": _strftime("%m-%Y"),
        "m.Y": _strftime("%m.%Y"),
        "Ym": _strftime("%Y%m"),
        "YMm": lambda moment, _: (f"{moment.year}M{moment.month:02d}",),
        "Mon Y": lambda moment, language: (f"{_short(moment, language)} {moment.year}",),
        "Month Y": lambda moment, language: (f"{_long(moment, language)} {moment.year}",),
        "Mon-y": lambda moment, language: (f"{_short(moment, language)}-{moment.year % 100:02d}",),
        "Y Mon": lambda moment, language: (f"{moment.year} {_short(moment, language)}",),
        "year and month": lambda moment, _: (str(moment.year), str(moment.month)),
    },
    "quarter": {
        "YQ0q": lambda moment, _: (f"{moment.year}Q{_quarter(moment):02d}",),
        "YQq": lambda moment, _: (f"{moment.year}Q{_quarter(moment)}",),
        "Y-Qq": lambda moment, _: (f"{moment.year}-Q{_quarter(moment)}",),
        "Y Qq": lambda moment, _: (f"{moment.year} Q{_quarter(moment)}",),
        "Qq Y": lambda moment, _: (f"Q{_quarter(moment)} {moment.year}",),
        "Qq/Y": lambda moment, _: (f"Q{_quarter(moment)}/{moment.year}",),
        "qQy": lambda moment, _: (f"{_quarter(moment)}Q{moment.year % 100:02d}",),
        "iso": _strftime("%Y-%m-%d"),
        "year and quarter": lambda moment, _: (str(moment.year), str(_quarter(moment))),
    },
    "year": {
        "Y": _strftime("%Y"),
        "FY": _strftime("FY%Y"),
        "Y/y": lambda moment, _: (f"{moment.year}/{(moment.year + 1) % 100:02d}",),
        "iso": _strftime("%Y-%m-%d"),
    },
}
#: Forms that tell a year only: its month is not held against the reader.
YEARLY = ("Y", "FY", "Y/y")


def make_moments(spacing: str, n: int, start: Moment) -> list[Moment]:
    """Evenly spaced moments: from midnight, a Monday, or the first of the month."""
    if spacing in ("quarter hour", "day"):
        step = dt.timedelta(minutes=15) if spacing == "quarter hour" else dt.timedelta(days=1)
        return [start + i * step for i in range(n)]
    if spacing == "week":
        monday = start - dt.timedelta(days=start.weekday())
        return [monday + dt.timedelta(weeks=i) for i in range(n)]
    months = {"month": 1, "quarter": 3, "year": 12}[spacing]
    first = 12 * start.year + (start.month - 1) // months * months
    return [dt.datetime((first + i * months) // 12, (first + i * months) % 12 + 1, 1) for i in range(n)]
