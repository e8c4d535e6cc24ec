"""Calendar words: names of months and weekdays in eight languages, short and full, without their accents."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from core.tables.name_words import list_words

# January to December, each with its names and abbreviations in English, German, French, Spanish, Italian, Dutch,
# Portuguese and Polish (also the genitive, in which dates are written). None of the names means two months.
_MONTH_WORDS = (
    "jan january januar janner jaenner janvier janv ene enero gen gennaio genn januari janeiro sty styczen stycznia",
    "feb february februar fevrier fev fevr febrero febbraio febbr febr februari fevereiro lut luty lutego",
    "mar march marz maerz mrz mars marzo mrt maart maa marco marzec marca",
    "apr april avr avril abr abril aprile kwi kwiecien kwietnia",
    "may mai mayo mag maggio magg mei maio maj maja",
    "jun june juni juin junio giu giugno junho cze czerwiec czerwca",
    "jul july juli juil juillet julio lug luglio julho lip lipiec lipca",
    "aug august aou aout ago agosto augustus aug sie sierpien sierpnia",
    "sep sept september septembre septiembre setiembre set sett settembre setembro wrz wrzesien wrzesnia",
    "oct october okt oktober octobre octubre ott ottobre outubro out paz pazdziernik pazdziernika",
    "nov november novembre noviembre novembro lis listopad listopada",
    "dec december dez dezember decembre dic diciembre dicembre dezembro gru grudzien grudnia",
)
MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}

# What may stand before a date and says nothing that the date does not.
DAY_WORDS = list_words(
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday "
    "mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag den dem am der "
    "lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche le "
    "lu ma mie jue vie sab dom lunes martes miercoles jueves viernes sabado domingo el "
    "gio lunedi martedi mercoledi giovedi venerdi domenica il "
    "wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "seg ter qua qui sex segunda terca quarta quinta sexta feira on "
    "pon wto wt sro sr czw pt pia pi sob nie nd niedz poniedzialek wtorek sroda czwartek piatek sobota niedziela"
)

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_PLAIN = str.maketrans({"ł": "l", "Ł": "L"} | dict.fromkeys(_DASHES, "-"))


def strip_accents(text: str) -> str:
    """Remove accents from letters and normalize dashes and spaces.

    Examples
    --------
    >>> strip_accents("15 października"), strip_accents("août"), strip_accents("2019–20")
    ('15 pazdziernika', 'aout', '2019-20')
    """
    if text.isascii():
        return text
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.translate(_PLAIN)


def strip_column_accents(texts: pa.Array) -> pa.Array:
    """As `strip_accents`, for a column of strings."""
    plain = pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFKD"), r"\p{Mn}", "")
    plain = pc.replace_substring(pc.replace_substring(plain, "ł", "l"), "Ł", "L")
    return pc.replace_substring_regex(plain, f"[{_DASHES}]", "-")


def number_months(texts: pa.Array) -> pa.Array:
    """The number of each month that is named without accents; null for other words."""
    lowered = pc.utf8_lower(texts)
    words = pa.array(list(MONTHS), lowered.type)
    return pa.array(list(MONTHS.values()), pa.int64()).take(pc.index_in(lowered, value_set=words))
