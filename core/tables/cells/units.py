"""Units and multipliers that stand beside numbers: km, °C, €/m², %, and K, Mio. or bn for thousands to trillions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from core.tables.name_words import list_words

CURRENCIES = list_words(
    "$ € £ ¥ ₹ ₩ ₽ ₺ ₿ ¢ ₫ ₦ ₱ ₴ ฿ US$ A$ C$ R$ NZ$ HK$ S$ USD EUR GBP CHF JPY CAD AUD NZD SEK NOK DKK PLN CZK HUF RON TRY INR CNY RMB "
    "RUB BRL MXN ZAR KRW SGD HKD THB ILS BTC kr kr. Kr Fr. SFr. Fr zł Kč Ft Rs Rs. euro euros Euro dollars dollar pounds"
)
_MULTIPLIERS = {
    1e3: "k K thousand thousands tsd tsd. tausend mille miles mil. tys tys. thou",
    1e5: "lakh lakhs lac",
    1e6: "M mm MM mn mln mln. mio mio. million millions millionen millón millones milhões milhão milioni milione miljoen mill. "
    "milion milionów",
    1e7: "crore crores cr cr.",
    1e9: "B bn bn. bln mrd mrd. mld mld. billion billions milliard milliards milliarde milliarden miliardi miljard mia mia.",
    1e12: "tn trn trillion trillions bio bio. billionen",
}
#: Without regard to case, where a word has more than one letter.
MULTIPLIERS = {word: factor for factor, words in _MULTIPLIERS.items() for word in words.split()}
# Letters that mean a multiplier only beside others of their kind, or beside a currency.
DOUBTFUL = {"m": 1e6, "b": 1e9, "T": 1e12, "t": 1e12, "G": 1e9}
_BESIDE = frozenset({"mm", "MM"})  # millimeters, unless it is money

_PREFIXES = {
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "h": 1e2,
    "d": 0.1,
    "c": 1e-2,
    "m": 1e-3,
}
_PREFIXES |= {"µ": 1e-6, "μ": 1e-6, "u": 1e-6, "n": 1e-9, "p": 1e-12}
_PREFIXED = list_words(
    "m g s A K mol Hz N Pa J W V F Ω Ohm S T H lm lx Bq Gy Sv l L t eV bar Wh cal B b bit bits byte bps Bps Ah VA C Å rad"
)
# Units that are another's multiple: the base and how many of it.
_MULTIPLES: Mapping[str, Mapping[str, float]] = {
    "s": {
        "sec": 1,
        "secs": 1,
        "second": 1,
        "seconds": 1,
        "min": 60,
        "mins": 60,
        "minute": 60,
        "minutes": 60,
        "Min.": 60,
    }
    | {"h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "Std": 3600, "Std.": 3600}
    | {
        "d": 86400,
        "day": 86400,
        "days": 86400,
        "Tage": 86400,
        "wk": 604800,
        "week": 604800,
        "weeks": 604800,
        "msec": 1e-3,
    },
    "g": {"t": 1e6, "tonne": 1e6, "tonnes": 1e6, "kilo": 1e3, "kilos": 1e3},
    "oz": {"oz": 1, "lb": 16, "lbs": 16, "lb.": 16, "lbs.": 16, "pounds weight": 16},
    "in": {
        "in": 1,
        "in.": 1,
        "inch": 1,
        "inches": 1,
        '"': 1,
        "″": 1,
        "ft": 12,
        "ft.": 12,
        "feet": 12,
        "foot": 12,
        "yd": 36,
    }
    | {"mi": 63360, "mile": 63360, "miles": 63360, "mi.": 63360},
    "m": {"meter": 1, "meters": 1, "metre": 1, "metres": 1},
    "Pa": {"bar": 1e5, "mbar": 100, "mb": 100, "atm": 101325},
    "%": {"%": 1, "percent": 1, "per cent": 1, "pct": 1, "pc": 1, "Prozent": 1, "‰": 0.1},
    "l": {"liter": 1, "liters": 1, "litre": 1, "litres": 1, "Liter": 1, "L": 1, "mL": 1e-3},
    "°C": {
        "°C": 1,
        "℃": 1,
        "º C": 1,
        "ºC": 1,
        "° C": 1,
        "degC": 1,
        "deg C": 1,
        "degrees C": 1,
        "Celsius": 1,
        "celsius": 1,
    },
    "°F": {"°F": 1, "ºF": 1, "° F": 1, "degF": 1, "deg F": 1, "degrees F": 1, "℉": 1, "Fahrenheit": 1},
    "year": {"year": 1, "years": 1, "yr": 1, "yrs": 1, "y": 1, "yo": 1, "Jahre": 1, "ans": 1, "años": 1},
    "pp": {"pp": 1, "p.p.": 1, "bp": 0.01, "bps": 0.01},
}
_SINGLE = list_words(
    "° º deg C F ' ppm ppb ppt ppmv ppbv mph kph kmh kt kts knot knots kn gal gal. acre acres ha are bbl boe rpm bpm psi Torr mmHg inHg dB "
    "dBA dB(A) dBm pH psu PSU NTU DU kcal Cal cd mo month months month(s) day(s) people persons person pcs pcs. pc. pts pts. points point units unit "
    "x px dpi rad sr M/s m/s km/h MW·h kWh MWh GWh TWh kWp Stk Stk. Stück Pers. inhab. hab. cm3 cc mmol/l st n.m. nmi NM fps steps "
    "beats times goals votes visits visitors users cases deaths items pieces ea doz dozen "
    "°N °S °E °W cfs mcm mcf btu BTU Btu MMBtu therm hp PS ct carat e/s µg/m3"
)
_RESOLVED = {word: (base, float(n)) for base, words in _MULTIPLES.items() for word, n in words.items()}
_EXPONENT = re.compile(r"(?:\^?[-⁻−]?[123]|[⁻]?[²³¹])$")
_PARTS = re.compile(r"\s?[/·*⋅]\s?|\s+(?=\S+(?:\^?[-−⁻]\d|⁻[¹²³])$)| per ")


class Unit(NamedTuple):
    """A unit by its base and how many of that it is: km is (m, 1000)."""

    base: str
    factor: float = 1.0


def read_multiplier(word: str) -> float | None:
    """The factor of a multiplier such as "Mio."; None for other words.

    Examples
    --------
    >>> read_multiplier("Mio."), read_multiplier("K"), read_multiplier("km")
    (1000000.0, 1000.0, None)
    """
    return MULTIPLIERS.get(word) or (MULTIPLIERS.get(word.lower()) if len(word) > 1 else None)


def read_unit(text: str) -> Unit | None:
    """Parse a known unit or a compound of known units; None for other words.

    Examples
    --------
    >>> read_unit("km"), read_unit("µg/m³").base, read_unit("min"), read_unit("p")
    (Unit(base='m', factor=1000.0), 'µg/m³', Unit(base='s', factor=60.0), None)
    """
    if text in _RESOLVED:
        return Unit(*_RESOLVED[text])
    if text in CURRENCIES or text in _SINGLE:
        return Unit(text)
    for prefix, factor in _PREFIXES.items():
        if prefix and text.startswith(prefix) and text[len(prefix) :] in _PREFIXED:
            base = text[len(prefix) :]
            return Unit("g", 1e6 * factor) if base == "t" else Unit(*_compose(base, factor))
    if text in _PREFIXED:
        return Unit(text)
    parts = [part for part in _PARTS.split(text) if part]
    simple = [_EXPONENT.sub("", part) for part in parts]
    is_compound = len(parts) > 1 or simple != parts
    if is_compound and all(part and (part == "1" or (part != text and read_unit(part))) for part in simple):
        return Unit(text)
    return None


def _compose(base: str, factor: float) -> tuple[str, float]:
    known, multiple = _RESOLVED.get(base, (base, 1.0))
    return known, multiple * factor
