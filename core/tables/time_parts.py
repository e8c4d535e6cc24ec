"""Names of parts of a time."""

from __future__ import annotations

import re
import unicodedata


def list_words(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


# What a column is called that holds one part of a moment: English, German, French, Spanish, Italian, Dutch, Portuguese, Polish.
_PART_WORDS = {
    "year": "year years yr yyyy jahr annee an ano anio anno jaar rok",
    "month": "month months mon mm mo mth monat mois mes mese maand miesiac",
    "day": "day dd dy mday tag jour dia giorno dag dzien",
    "hour": "hour hours hr hrs hh stunde heure hora ora uur godzina",
    "minute": "minute minutes min mi mins minuut minuto minuta",
    "second": "second seconds sec secs ss sekunde seconde segundo secondo sekunda",
    "quarter": "quarter qtr q quartal trimestre kwartaal kwartal",
    "week": "week weeks wk isoweek weeknum woche kw semaine semana settimana tydzien",
    "yearday": "doy yday jday yearday dayofyear julian julday",
    "weekday": "weekday dow wday wochentag",
}
_PART_OF_WORD = {word: part for part, words in _PART_WORDS.items() for word in words.split()}
_LONGER_NAMES = {
    ("day", "year"): "yearday",
    ("julian", "day"): "yearday",
    ("ordinal", "day"): "yearday",
    ("day", "week"): "weekday",
    ("day", "month"): "day",
    ("month", "year"): "month",
    ("week", "year"): "week",
    ("iso", "week"): "week",
    ("iso", "year"): "year",
}
# Words beside the part's name that change nothing.
_BESIDE = list_words(
    "of the de del du des obs observation observed observations sample sampling sampled collection measurement measured "
    "local lst utc gmt cst est calendar cal num number no nr n reference ref data start fiscal financial report "
    "reporting date time event period c"
)


def split_words(name: str) -> list[str]:
    """The words of a column's name, in lower case and without accents; numbers are words of their own.

    Examples
    --------
    >>> split_words("StationID_no2 (Año)")
    ['station', 'id', 'no', '2', 'ano']
    """
    parted = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", name[:200])
    plain = "".join(c for c in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(c))
    return re.findall(r"[^\W\d_]+|\d+", plain.replace("ł", "l").casefold())


def recognise_part(name: str) -> str | None:
    """Which part of a moment a column is named for, if any.

    Examples
    --------
    >>> recognise_part("Obs. Year"), recognise_part("MM"), recognise_part("day_of_year"), recognise_part("Days sick")
    ('year', 'month', 'yearday', None)
    """
    words = split_words(name)
    kept = [word for word in words if word not in _BESIDE] or words
    if len(kept) == 1:
        return _PART_OF_WORD.get(kept[0])
    return _LONGER_NAMES.get((kept[0], kept[1])) if len(kept) == 2 else None
