"""Wording of spoken captions: names, units, numbers and moments as they are said in a language."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
from babel import Locale, dates, numbers, units

from core.errors import keep_printable
from core.speech.languages import LANGUAGES

MAX_CHARS = 200
"""Of one caption; the rest of a longer text is not said."""
SIGNIFICANT_DIGITS = 4

# Units of the Unicode locale data by the symbols that tables write, after `_normalize`.
_UNITS = MappingProxyType(
    {
        "%": "concentr-percent",
        "‰": "concentr-permille",
        "ppm": "concentr-part-per-1e6",
        "ppmv": "concentr-part-per-1e6",
        "ppb": "concentr-part-per-1e9",
        "nm": "length-nanometer",
        "µm": "length-micrometer",
        "mm": "length-millimeter",
        "cm": "length-centimeter",
        "m": "length-meter",
        "km": "length-kilometer",
        "in": "length-inch",
        "inches": "length-inch",
        "ft": "length-foot",
        "feet": "length-foot",
        "mi": "length-mile",
        "miles": "length-mile",
        "m2": "area-square-meter",
        "km2": "area-square-kilometer",
        "ha": "area-hectare",
        "acres": "area-acre",
        "ml": "volume-milliliter",
        "l": "volume-liter",
        "hl": "volume-hectoliter",
        "m3": "volume-cubic-meter",
        "km3": "volume-cubic-kilometer",
        "µg": "mass-microgram",
        "mg": "mass-milligram",
        "g": "mass-gram",
        "kg": "mass-kilogram",
        "t": "mass-tonne",
        "lb": "mass-pound",
        "°C": "temperature-celsius",
        "°F": "temperature-fahrenheit",
        "K": "temperature-kelvin",
        "°": "angle-degree",
        "ms": "duration-millisecond",
        "s": "duration-second",
        "sec": "duration-second",
        "min": "duration-minute",
        "h": "duration-hour",
        "hours": "duration-hour",
        "d": "duration-day",
        "days": "duration-day",
        "weeks": "duration-week",
        "months": "duration-month",
        "years": "duration-year",
        "Hz": "frequency-hertz",
        "kHz": "frequency-kilohertz",
        "MHz": "frequency-megahertz",
        "W": "power-watt",
        "kW": "power-kilowatt",
        "MW": "power-megawatt",
        "GW": "power-gigawatt",
        "J": "energy-joule",
        "kJ": "energy-kilojoule",
        "kWh": "energy-kilowatt-hour",
        "kcal": "energy-kilocalorie",
        "N": "force-newton",
        "V": "electric-volt",
        "A": "electric-ampere",
        "mA": "electric-milliampere",
        "Ω": "electric-ohm",
        "Pa": "pressure-pascal",
        "hPa": "pressure-hectopascal",
        "kPa": "pressure-kilopascal",
        "mbar": "pressure-millibar",
        "bar": "pressure-bar",
        "m/s": "speed-meter-per-second",
        "km/h": "speed-kilometer-per-hour",
        "mph": "speed-mile-per-hour",
        "kn": "speed-knot",
        "lx": "light-lux",
        "MB": "digital-megabyte",
        "GB": "digital-gigabyte",
    }
)
_CURRENCIES = MappingProxyType(
    {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN"}
)
_MAX_NAME = 300
_NAME_AND_UNIT = re.compile(r"([^()\[\]]*[^()\[\]\s])\s*[(\[]([^()\[\]]{1,30})[)\]]\s*")
_POWER = re.compile(r"\s*10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]{1,3})\s*(.{1,40})")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# What espeak-ng would take for phonemes, markup or commands, and what it would read out as a sign.
_UNSAID = re.compile(r"[^\w\s,.:;!?'’()%‰°€$£¥₹+\-/&×·]|_")


def clean_text(text: str, max_chars: int = MAX_CHARS) -> str:
    """Text from a visitor's table as it can be said: one line, without markup, bounded.

    Words in letters other than Latin and Greek are left out, which a voice would spell as "Chinese letter, Chinese letter".

    Examples
    --------
    >>> clean_text("<b>[[x]] CO₂_level\\x00 --help")
    'b x CO2 level help'
    >>> clean_text("日本 data"), clean_text("日本")
    ('data', '')
    """
    line = keep_printable(text[: 4 * max_chars]).translate(_SUPERSCRIPTS)
    line = unicodedata.normalize("NFKC", line.replace("’", "'"))
    words = [word.strip("-") for word in _UNSAID.sub(" ", line).split()]
    line = " ".join(word for word in words if word and _can_be_said(word))
    if len(line) <= max_chars:
        return line
    return line[:max_chars].rpartition(" ")[0] or line[:max_chars]


def _can_be_said(word: str) -> bool:
    return all(
        unicodedata.name(char, "").startswith(("LATIN", "GREEK", "MICRO", "OHM", "SUBSCRIPT"))
        for char in word
        if char.isalpha()
    )


def split_unit(name: str) -> tuple[str, str]:
    """Split a known unit off a column's name; names that end in other parentheses stay whole.

    Examples
    --------
    >>> split_unit("rain (mm)"), split_unit("income [€]"), split_unit("rain (trend)")
    (('rain', 'mm'), ('income', '€'), ('rain (trend)', ''))
    """
    found = _NAME_AND_UNIT.fullmatch(name[:_MAX_NAME])
    if found is None:
        return name, ""
    symbol = _normalize(found[2])
    above, _, below = symbol.partition("/")
    is_known = symbol in _UNITS or _currency(symbol) or (above in _UNITS and below in _UNITS)
    return (found[1], found[2]) if is_known or _POWER.fullmatch(found[2]) else (name, "")


def say_unit(unit: str, language: str) -> str:
    """Name of a unit: "parts per million".

    Parameters
    ----------
    unit : str
        A symbol, a currency, or anything a table has written.
    language : str
        A key of `core.speech.languages.LANGUAGES`.

    Examples
    --------
    >>> say_unit("ppm", "fr"), say_unit("°C", "pl"), say_unit("£", "de"), say_unit("people", "en")
    ('parties par million', 'stopnie Celsjusza', 'Britische Pfund', 'people')
    """
    symbol = _normalize(unit)
    spoken = LANGUAGES[language]
    if symbol in spoken.units:
        return spoken.units[symbol][0]
    if symbol == "%":
        return _strip_number(_format_known(5.0, _UNITS["%"], language, 0), 5, language)
    if symbol in _UNITS:
        return units.get_unit_name(_UNITS[symbol], "long", language) or unit
    currency = _currency(symbol)
    if currency is not None:
        return numbers.get_currency_name(currency, count=5, locale=language)
    times_ten = _say_power(unit, language)
    if times_ten is not None:
        return times_ten.partition(" ")[2]  # without "times"
    above, slash, below = symbol.partition("/")
    if slash and above in _UNITS and below in _UNITS:
        return _strip_number(_format_ratio(5.0, above, below, language), 5, language)
    dollars = numbers.get_currency_name("USD", count=5, locale=language)
    return clean_text(unit.replace("/", f" {spoken.per} ").replace("US$", f" {dollars} "), 60)


def say_number(value: float, unit: str, language: str) -> str:
    """A number with four significant digits and its unit.

    Examples
    --------
    >>> say_number(366.48, "ppm", "en"), say_number(366.48, "ppm", "de"), say_number(-7.5, "°C", "fr")
    ('366.5 parts per million', '366,5 ppm', 'moins 7,5 degrés Celsius')
    >>> say_number(1_234_567, "t", "es"), say_number(2, "mm", "pl"), say_number(1.2e-7, "", "en")
    ('1,235 millones de toneladas', '2 milimetry', '1.2 times ten to the power of minus 7')
    """
    spoken, size = LANGUAGES[language], abs(value)
    sign = f"{spoken.minus} " if value < 0 else ""
    symbol = _normalize(unit)
    if size and not 1e-3 <= size < 1e6:
        text = _say_large_or_small(size, language)
        name = say_unit(unit, language) if unit else ""
        return sign + _join_of(text, name, language, is_large=1e6 <= size < 1e15)
    n_digits = max(0, SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(size))) if size else 0
    if symbol in spoken.units:
        return sign + spoken.units[symbol][1].format(_format_plain(size, language, n_digits))
    if symbol in _UNITS:
        return sign + _format_known(size, _UNITS[symbol], language, n_digits)
    above, slash, below = symbol.partition("/")
    if slash and above in _UNITS and below in _UNITS:
        return sign + _format_ratio(round(size, n_digits), above, below, language)
    currency = _currency(symbol)
    if currency is not None:
        return sign + _say_amount(size, currency, language, n_digits)
    name = _say_power(unit, language) or (say_unit(unit, language) if unit else "")
    return f"{sign}{_format_plain(size, language, n_digits)} {name}".strip()


def say_place(value: float, language: str) -> str:
    """A number of the time axis, not grouped: a year is 1998 and not 1,998.

    Examples
    --------
    >>> say_place(1998.0, "en"), say_place(-2.5, "de")
    ('1998', 'minus 2,5')
    """
    if abs(value) >= 1e9 or 0 < abs(value) < 1e-4:
        return say_number(value, "", language)
    text = numbers.format_decimal(round(abs(value), 6), format="0.######", locale=language)
    return f"{LANGUAGES[language].minus} {text}" if value < 0 else text


def say_moment(at_sec: float, unit: str, language: str, *, with_year: bool = True) -> str:
    """A moment as precisely as its unit: "1998", "May 1998", "May 12", "2 PM".

    Parameters
    ----------
    at_sec : float
        Seconds since 1970, in the time zone that the table is written in.
    unit : {"year", "quarter", "month", "week", "day", "hour"}
        "quarter" and "week" are named by their numbers; ISO weeks.
    language : str
    with_year : bool
        Whether months and days name their year.

    Examples
    --------
    >>> say_moment(0.0, "month", "es"), say_moment(0.0, "month", "pl", with_year=False), say_moment(0.0, "day", "de")
    ('enero de 1970', 'styczeń', '1. Januar 1970')
    >>> say_moment(1609113600.0, "week", "en"), say_moment(1427846400.0, "quarter", "de")
    ('week 53 of 2020', '2. Quartal 2015')
    """
    year = int(np.datetime64(math.floor(at_sec), "s").astype("datetime64[Y]").astype(np.int64)) + 1970
    if unit == "year" or not 1 <= year <= 9999:
        return say_place(year, language)
    moment = datetime.fromtimestamp(math.floor(at_sec), UTC)
    if unit == "week":
        return _say_week(moment, language)
    if unit == "quarter":
        skeleton, pattern = "yQQQQ", "QQQQ"
    elif unit == "month":
        skeleton, pattern = "yMMMM", "LLLL"
    elif unit == "hour" and (moment.hour or moment.minute):
        return _say_time(moment, language)
    else:
        skeleton, pattern = "yMMMMd", "MMMMd"
    if with_year:
        text = dates.format_date(moment, "long", language) if skeleton == "yMMMMd" else None
        return _plain_spaces(text or dates.format_skeleton(skeleton, moment, locale=language))
    if pattern in ("LLLL", "QQQQ"):
        return dates.format_date(moment, pattern, language)
    return _plain_spaces(dates.format_skeleton(pattern, moment, locale=language))


def _say_week(moment: datetime, language: str) -> str:
    """ "week 53 of 2020", by the words of the locale data; their numbers of weeks are those of a country, not of ISO 8601."""
    year, week, _ = moment.isocalendar()
    pattern = str(Locale.parse(language).datetime_skeletons["yw"].pattern).replace("tydz.", "tydzień")
    parts = {"w": str(week), "Y": str(year), "y": str(year)}
    return re.sub(r"'([^']*)'|([wYy])+", lambda found: parts[found[2]] if found[2] else found[1], pattern)


def _say_time(moment: datetime, language: str) -> str:
    """An hour, and its minutes if it is not full: "2 PM", "2:30 PM", "14 Uhr 30"."""
    if language == "en":
        pattern = "h:mm a" if moment.minute else "h a"
        return _plain_spaces(dates.format_time(moment, pattern, tzinfo=UTC, locale="en"))
    hour = LANGUAGES[language].at_hour.format(moment.hour)
    return f"{hour} {moment.minute}" if moment.minute else hour


def _normalize(unit: str) -> str:
    # NFKC writes the micro sign as a Greek letter.
    return "".join(unicodedata.normalize("NFKC", unit.strip()[:60]).replace("μ", "µ").split())


def _say_power(unit: str, language: str) -> str | None:
    """A unit such as "10⁸ m³": "times ten to the power of 8 cubic meters"."""
    found = _POWER.fullmatch(unit)
    if found is None:
        return None
    spoken = LANGUAGES[language]
    power = found[1].translate(_SUPERSCRIPTS).replace("-", f"{spoken.minus} ")
    return f"{spoken.point_e.format('', power).strip()} {say_unit(found[2], language)}"


def _currency(symbol: str) -> str | None:
    code = _CURRENCIES.get(symbol, symbol)
    if not re.fullmatch("[A-Z]{3}", code):
        return None
    return code if code in Locale.parse("en").currencies else None


def _format_plain(size: float, language: str, n_digits: int) -> str:
    text = numbers.format_decimal(round(size, n_digits), format=_pattern(n_digits), locale=language)
    return _plain_spaces(text, "")


def _format_known(size: float, unit: str, language: str, n_digits: int) -> str:
    text = units.format_unit(round(size, n_digits), unit, "long", _pattern(n_digits), language)
    return _join_thousands(text)


def _format_ratio(size: float, above: str, below: str, language: str) -> str:
    # "mass-microgram" and "volume-cubic-meter" are known as they are.
    text = units.format_compound_unit(
        size, _UNITS[above], denominator_unit=_UNITS[below], length="long", locale=language
    )
    return _join_thousands(text or "")


def _say_amount(size: float, currency: str, language: str, n_digits: int) -> str:
    n_cents = 2 if 0 < n_digits <= 2 and round(size, n_digits) % 1 else n_digits
    shown = round(size, n_cents)
    text = numbers.format_decimal(
        shown, format="#,##0.00" if n_cents == 2 and shown % 1 else _pattern(n_cents), locale=language
    )
    name = numbers.get_currency_name(currency, count=shown, locale=language)
    return f"{_plain_spaces(text, '')} {name}"


def _say_large_or_small(size: float, language: str) -> str:
    if 1e6 <= size < 1e15:
        # Four significant digits: 1.235 million, 123.5 million.
        n_digits = SIGNIFICANT_DIGITS - 1 - (math.floor(math.log10(size)) % 3)
        text = numbers.format_compact_decimal(
            size, format_type="long", fraction_digits=n_digits, locale=language
        )
        return _plain_spaces(text)
    mantissa, exponent = f"{size:.{SIGNIFICANT_DIGITS - 1}e}".split("e")
    power = int(exponent)
    words = f"{LANGUAGES[language].minus} {-power}" if power < 0 else str(power)
    return LANGUAGES[language].point_e.format(_format_plain(float(mantissa), language, 3), words)


def _join_of(text: str, name: str, language: str, *, is_large: bool) -> str:
    of = LANGUAGES[language].of if is_large and name else ""
    if of == "de" and language == "fr" and name[0].lower() in "aeiouéêh":
        return f"{text} d'{name}"
    return " ".join(filter(None, (text, of, name)))


def _strip_number(text: str, number: int, language: str) -> str:
    return text.replace(_format_plain(number, language, 0), "", 1).strip()


def _pattern(n_digits: int) -> str:
    return f"#,##0.{'#' * n_digits}" if n_digits else "#,##0"


def _join_thousands(text: str) -> str:
    """Thousands without the blanks that French and Polish put between them, which Spanish would read as two numbers."""
    return _plain_spaces(re.sub(r"(?<=\d)[\u00a0\u202f](?=\d)", "", text))


def _plain_spaces(text: str, blank: str = " ") -> str:
    return text.replace("\u202f", blank).replace("\u00a0", blank)
