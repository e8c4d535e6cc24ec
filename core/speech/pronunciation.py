"""Pronunciation: what espeak-ng would say wrongly, spelled so that it is said as people say it.

Captions show "CO2", "1958" and "12. März"; said are the letters of the formula, English years in pairs, and days of the month as
ordinal numbers, in the languages in which they are.
"""

from __future__ import annotations

import re
from functools import cache

_FORMULA = re.compile(r"\b([A-Z]{1,3})(\d{1,2})\b")
# Values have commas between their thousands; 1900 and 2004 are said whole.
_ENGLISH_YEAR = re.compile(r"(?<![\d.,])(1[1-9](?!00)|20(?!0))(\d\d)(?![\d]|[.,]\d)")
_GERMAN = [
    "erster",
    "zweiter",
    "dritter",
    "vierter",
    "fünfter",
    "sechster",
    "siebter",
    "achter",
    "neunter",
    "zehnter",
    "elfter",
    "zwölfter",
    "dreizehnter",
    "vierzehnter",
    "fünfzehnter",
    "sechzehnter",
    "siebzehnter",
    "achtzehnter",
    "neunzehnter",
]
_GERMAN_UNITS = ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
_POLISH = [
    "pierwszego",
    "drugiego",
    "trzeciego",
    "czwartego",
    "piątego",
    "szóstego",
    "siódmego",
    "ósmego",
    "dziewiątego",
    "dziesiątego",
    "jedenastego",
    "dwunastego",
    "trzynastego",
    "czternastego",
    "piętnastego",
    "szesnastego",
    "siedemnastego",
    "osiemnastego",
    "dziewiętnastego",
]


def pronounce(text: str, language: str) -> str:
    """Spell what the program would say wrongly.

    Parameters
    ----------
    text : str
        As a caption shows it.
    language : str
        A key of `core.speech.languages.LANGUAGES`.

    Examples
    --------
    >>> pronounce("CO2, March 12, 1958", "en"), pronounce("1905, 2004, 2023", "en"), pronounce("1958", "de")
    ('C O 2, March 12th, 19 58', '19 oh 5, 2004, 20 23', '1958')
    >>> pronounce("12. März 1958", "de"), pronounce("21 marca 1958", "pl"), pronounce("1 mars 1958", "fr")
    ('zwölfter März 1958', 'dwudziestego pierwszego marca 1958', '1er mars 1958')
    """
    text = _FORMULA.sub(lambda found: f"{' '.join(found[1])} {found[2]}", text)
    if language in _DAYS:
        text = _find_day(language).sub(lambda found: _say_day(found, language), text)
    if language == "en":
        text = _ENGLISH_YEAR.sub(lambda found: f"{found[1]} {_say_second_half(found[2])}", text)
    return text


# Around a month's name, {0}: where its day stands.
_DAYS = {
    "en": r"\b(?P<month>{0}) (?P<day>\d{{1,2}})\b",
    "de": r"\b(?P<day>\d{{1,2}})\. (?P<month>{0})\b",
    "fr": r"\b(?P<day>1) (?P<month>{0})\b",
    "it": r"\b(?P<day>1) (?P<month>{0})\b",
    "pl": r"\b(?P<day>\d{{1,2}}) (?P<month>{0})\b",
}


@cache
def _find_day(language: str) -> re.Pattern[str]:
    from babel import Locale

    months = Locale.parse(language).months["format"]["wide"].values()
    return re.compile(_DAYS[language].format("|".join(map(re.escape, months))))


def _say_day(found: re.Match[str], language: str) -> str:
    day, month = int(found["day"]), found["month"]
    if not 1 <= day <= 31:
        return found[0]
    if language == "en":
        ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        return f"{month} {day}{ending}"
    if language == "de":
        return f"{_count_in_german(day)} {month}"
    if language == "pl":
        return f"{_count_in_polish(day)} {month}"
    return f"{'1er' if language == 'fr' else 'primo'} {month}"


def _count_in_german(day: int) -> str:
    if day < 20:
        return _GERMAN[day - 1]
    tens = ("zwanzigster", "dreißigster")[day // 10 - 2]
    return f"{_GERMAN_UNITS[day % 10 - 1]}und{tens}" if day % 10 else tens


def _count_in_polish(day: int) -> str:
    if day < 20:
        return _POLISH[day - 1]
    tens = ("dwudziestego", "trzydziestego")[day // 10 - 2]
    return f"{tens} {_POLISH[day % 10 - 1]}" if day % 10 else tens


def _say_second_half(digits: str) -> str:
    return f"oh {digits[1]}" if digits[0] == "0" else digits
