"""Quick cell classification: number, date, unit, total or note.

The shape of a table is guessed from samples of its cells, so these rules are wide: they ask whether a cell could be read,
:mod:`core.tables.cells.column_types` then reads it. Cells are cut before a pattern sees them, which bounds its time.
"""

from __future__ import annotations

import re

_GLANCE = 60  # characters of a cell that are looked at

_GROUP = "[., '\u00a0\u202f\u2009’]"
_CURRENCY = r"(?:US\$|[$€£¥₹]|USD|EUR|GBP|CHF|JPY|kr\.?|Fr\.?)"
#: What may follow a number: a multiple, a unit, a mark that points to a footnote.
_SUFFIX = (
    r"(?:%|‰|[KMBTG]|k|bn|mn|mio\.?|mrd\.?|million|billion|°\s?[CFK]?|º\s?C|[kcmµμn]?m(?:[²³23]|/s|/h|\^?-?\d)?|[km]?g|ppm|ppb|[kM]?Wh?|GWh|TWh"
    r"|[hkM]?Pa|[mk]?bar|[mkM]?Hz|[mkM]?[VA]|[mµn]?s|min|h|hrs?|km/h|mph|kn|kts|l|ml|mg/l|[µμ]g(?:/m[³3])?|in|ft|mi|lbs?|oz|dB|pts?|x|[a-z]|[*†‡§#¹²³]{1,3}|\(?[a-z\d]\)|\[\d+\])"
)
_NUMBER = re.compile(
    rf"^[<>≤≥~≈]?\s?\(?[+\-−–]?\s?{_CURRENCY}?\s?[+\-−–]?"
    rf"(?:\d{{1,3}}(?:{_GROUP}\d{{2,3}})*{_GROUP}\d{{3}}(?:[.,]\d+)?|\d+(?:[.,]\d+)?|\d+[.,](?=$)|[.,]\d+|inf|infinity|∞)"
    rf"(?:e[+-]?\d+)?\s?(?:{_CURRENCY}|{_SUFFIX}|-)?\)?$",
    re.IGNORECASE,
)
# The months in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish, by their first letters.
_MONTH = (
    r"(?:jan(?:uary?|uar|vier|v)?|jän(?:ner)?|ene(?:ro)?|genn?(?:aio)?|janeiro|januari|feb(?:ruary?|ruar|braio|rero|ruari)?|f[ée]v(?:rier|r|ereiro)?"
    r"|mar(?:ch|s|zo|ço)?|märz|mär|mrz|maart|mrt|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|maggio|mag|maio|mei"
    r"|june?|juni|juin|junio|giugno|giu|junho|july?|juli|juil(?:let)?|julio|luglio|lug|julho|aug(?:ust|ustus)?|ao[uû]t|ago(?:sto)?"
    r"|sept?(?:ember|embre|iembre)?|set(?:tembre|embro)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|ott(?:obre)?|out(?:ubro)?"
    r"|nov(?:ember|embre|iembre|embro)?|dec(?:ember)?|dez(?:ember|embro)?|d[ée]c(?:embre)?|dic(?:iembre|embre)?"
    r"|sty(?:cze[nń]|cznia)?|lut(?:y|ego)?|marz(?:ec|ca)|kwi(?:ecie[nń]|etnia)?|maja?|cze(?:rwiec|rwca)?|lip(?:iec|ca)?|sie(?:rpie[nń]|rpnia)?"
    r"|wrz(?:esie[nń]|e[sś]nia)?|pa[zź](?:dziernik|dziernika)?|lis(?:topad|topada)?|gru(?:dzie[nń]|dnia)?)\.?"
)
_CLOCK = r"\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|GMT|CES?T|[A-Z]{3,4}|[+-]\d{2}:?(?:\d{2})?)?"
_AFTER = rf"(?:(?:,?\s+|T|,)(?:{_CLOCK}|\d{{1,2}}\s*[ap]m)|[ T]\d{{2}}(?:\d{{2}})?)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]*[,.]?\s+)?"
_MOMENT = re.compile(
    r"^(?:"
    rf"\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}{_AFTER}\s*(?:Z|UTC|[+-]\d{{2}}:?(?:\d{{2}})?)?"  # 2020-01-31, 31.1.2020 12:00
    r"|\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{4}|\d{4}\s?M\d{1,2}"  # 2020-01, 01/2020, 2020M01; 2014/15
    r"|\d{4}[- /]?[QTKSH]0?[1-4]|[QTKSH]0?[1-4][-. /']*\d{2,4}|[1-4](?:st|nd|rd|th|\.)?\s?(?:Q|quarter|quartal)[- /]?\d{2,4}"  # quarters
    r"|\d{4}[-/ ]?W\d{1,2}(?:-?\d)?|(?:FY|AY|CY)[- ']?\d{2,4}(?:[-/–]\d{2,4})?|\d{4}[–]\d{2,4}"  # weeks, fiscal years
    rf"|{_WEEKDAY}\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?[-/ .]*(?:de\s+)?{_MONTH}(?:[-/ ,.']*(?:de\s+)?\d{{2,4}})?{_AFTER}"
    rf"|{_WEEKDAY}{_MONTH}[-/ .]*\d{{1,2}}(?:st|nd|rd|th)?[-/ ,]+\d{{2,4}}{_AFTER}"
    rf"|{_MONTH}[-/ .,']*(?:de\s+)?\d{{2,4}}|\d{{4}}[-/ ]*{_MONTH}(?:[-/ ]+\d{{1,2}})?"
    rf"|{_CLOCK}|\d{{1,2}}\s*[ap]\.?m\.?"
    # Durations: 1h 05m, 2 min 3.5 s, PT1H2M, 2 days 03:00:00.
    r"|-?P(?=\S{0,20}\d)(?:\d{1,6}[DW])?(?:T(?:\d{1,6}(?:[.,]\d{1,9})?[HMS]){1,3})?|\d+\s?d(?:ays?)?,?\s+\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?"
    r"|(?:\d+\s?(?:d|days?|h|hrs?|hours?|m|mins?|minutes?)\.?,?\s?){1,3}(?:\d+(?:[.,]\d+)?\s?(?:m|mins?|minutes?|s|secs?|seconds?)\.?)"
    r"|(?:\d+(?:[.,]\d+)?\s?(?:d|days?|h|hrs?|m|min|s|secs?)[ ,]*){2,4}|PT?(?:[\d.]+[DHMS]T?){1,4}|\d+ days? [\d:.]+"  # durations
    r")$",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(rf"^{_MONTH}$", re.IGNORECASE)
_YEAR = re.compile(r"^(?:1[5-9]|2[01])\d\d(?:\.0|p|e|f)?$")
_MISSING = frozenset(
    [
        *("", "na", "n/a", "#n/a", "null", "none", "nan", "-", "--", "–", "—", ".", "?", "..", "...", ":"),
        *("missing", "true", "false", "#div/0!", "#value!", "#ref!", "nd", "n.d.", "k.a.", "n.a.", "s/d"),
    ]
)

_BASE = r"(?:[kcmdµμn]?(?:m|g|s|l|mol)|[hk]?Pa|[kM]?W|[kM]?J|K|h|d|day|year|umol|micromol|µmol)"
_UNIT = re.compile(
    rf"^{_BASE}(?:\^?[-−]?[1-4])?(?:[ .·*/]{_BASE}(?:\^?[-−]?[1-4])?){{1,3}}$"  # m s-1, kg.m-2.s-1, umol/l
    r"|^(?:[(\[{].{0,24}[)\]}]|%|‰|percent|per cent|prozent|°\s?[CFK]?|º\s?C|deg\.?(?:\s?[CF])?|degrees?(?:[\s_](?:C|F|celsius|fahrenheit|north|south|east|west|true))?|celsius|kelvin|fahrenheit"
    r"|K|[kcmdµμn]?m(?:[²³23]|\^[23])?(?:/(?:s|h|d|day|a|y))?|m\s?s(?:-1|\^-1|⁻¹)|km/h|mph|knots?|kn|kts|[kmµμ]?g(?:/(?:m[³3]|l|kg|d))?|[µμ]g\s?m-3|t|tons?|tonnes?|kt|Mt|Gt|ppm|ppb|pp"
    r"|[kMGT]?Wh?|[kMGT]?W/m[²2]|W\s?m-2|[kMGT]?J|[hkM]?Pa|m?bar|atm|psi|[kMG]?Hz|[mk]?V|[mk]?A|[mµμnp]?s|sec(?:onds)?|min(?:utes)?|h|hrs?|hours?|d|days?|weeks?|months?|years?|yrs?|a"
    r"|m?l(?:/s)?|litr?ers?|met(?:er|re)s?|inch(?:es)?|in|ft|feet|mi(?:les)?|acres?|ha|lbs?|oz|dB|dBZ|pH|PSU|NTU|FNU|[µμ]S/cm|cells/ml|counts?|anzahl|ratio|unitless|points?"
    r"|(?:US\$|[$€£¥₹]|USD|EUR|GBP|CHF|JPY|CNY|SEK|NOK|DKK|PLN|euros?|dollars?)(?:\s?(?:m|mn|bn|k|million|billion|thousand))?(?:/\w{1,6})?"
    r"|thousands?|millions?|billions?|mio\.?|mrd\.?|tsd\.?|1000s?|'000s?)$",
    re.IGNORECASE,
)
# What stands in a row of units where a column has none.
_NO_UNIT = re.compile(
    r"^(?:units?|einheit(?:en)?|unités?|unidad(?:es)?|unità|date|datum|time|text|name|string|utc|gmt|local(?:\stime)?|yyyy\S{0,16}(?:\shh\S{0,8})?|dd\S{1,12}|mm/dd\S{0,12}"
    r"|hh:mm\S{0,6}|iso\s?8601|index|n/?a|-|–|/|none):?$",
    re.IGNORECASE,
)
# A row that says how its columns are stored, such as the second row of the USGS's files: "5s", "20d", "14n".
_STORAGE = re.compile(
    r"^(?:\d{1,3}[sdn]|u?int(?:eger)?\d*|float\d*|double|numeric|decimal|varchar|datetime\S*|timestamp|object|bool(?:ean)?)$",
    re.IGNORECASE,
)

_TOTAL = re.compile(
    r"^\W{0,3}(?:(?:grand|overall|sub|year|annual|yearly)?[\s-]?totals?|(?:gesamt|end|zwischen)?summe|gesamt|insgesamt|sum|total(?:e|i|es)?(?:\s+g[ée]n[ée]ral\w?)?|ensemble|somme|suma|soma|somma|totaal|razem|ogółem"
    r"|(?:weighted\s+|overall\s+|annual\s+)?averages?|avg\.?|means?|medians?|(?:mittel|durchschnitts)wert|mittel|durchschnitt|ø|mittelwerte|moyennes?|m[ée]diane?|promedio|media|mediana|m[ée]dia|gemiddelde|średnia"
    r"|min(?:imum)?|max(?:imum)?|st\.?\s?dev\.?|std\.?(?:\s?dev\.?)?|standard deviation|standardabweichung|[ée]cart[- ]type|count|n)"
    r"(?:\s+(?:of|for|all|general|général|überall|in|de|del|der|alle|19|20)\b.{0,30}|\s*\(.{0,30}\)|\s+(?:row|value|values|wert|19\d\d|20\d\d))?\s*:?$",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"^\W{0,4}(?:(?:(?:data\s+)?sources?|quellen?|datenquelle|fuentes?|fontes?|fonti|bron|źródło|notes?|footnotes?|anmerkung(?:en)?|hinweise?|erläuterung(?:en)?"
    r"|fußnoten?|remarques?|champ|lecture|notas?|nota bene|opmerking(?:en)?|uwag[ai]|copyright|last updated?|updated|stand|mise à jour|actualizado|aggiornato|generated"
    r"|exported|downloaded|retrieved|accessed|erstellt|abgerufen|data (?:from|as|are|for|by)|einheit|unité|unidad|legende?|licen[cs]e|lizenz|end of|ende der"
    r"|preliminary|provisional|vorläufig)(?!\w)"
    r"|\(?c\)|©|units?:|n\.\s?b\.|p\.\s?s\.|key:|https?://|www\.|--+\s*end|[a-z]\s?=\s|[*†‡]+\s?\w)",
    re.IGNORECASE,
)


def looks_like_value(cell: str) -> bool:
    """Whether a cell looks like a number or a date in a usual format.

    Examples
    --------
    >>> [looks_like_value(cell) for cell in ("1'234.50", "12 km", "Jan-93", "2014/15", "Oslo", "1990-01-01,5,Oslo")]
    [True, True, True, True, False, False]
    """
    text = cell.strip()[: _GLANCE + 1]
    return len(text) <= _GLANCE and bool(_NUMBER.match(text) or _MOMENT.match(text))


def looks_like_moment(cell: str) -> bool:
    """Whether a cell looks like a date, period, month or year."""
    text = cell.strip()[: _GLANCE + 1]
    return len(text) <= _GLANCE and bool(_YEAR.match(text) or _MOMENT.match(text) or _MONTH_ALONE.match(text))


def is_missing(cell: str) -> bool:
    """Whether a cell is empty or a missing-value mark."""
    return cell.strip()[:12].lower() in _MISSING


def is_year(cell: str) -> bool:
    """Whether a cell is a year between 1500 and 2199."""
    return bool(_YEAR.match(cell.strip()[:8]))


def looks_like_unit(cell: str) -> bool:
    """Whether a cell names a unit, or how its column is stored: "[°C]", "(mm)", "USD", "%", "float64".

    Examples
    --------
    >>> [looks_like_unit(cell) for cell in ("[°C]", "(mm)", "USD m", "%", "m/s", "North")]
    [True, True, True, True, True, False]
    """
    text = cell.strip()[:40]
    return bool(_UNIT.match(text) or _STORAGE.match(text))


def says_no_unit(cell: str) -> bool:
    """Whether a cell fits into a row of units without being one: empty, "date", "-"."""
    text = cell.strip()[:40]
    return not text or bool(_NO_UNIT.match(text))


def tells_storage(cell: str) -> bool:
    """Whether a cell is a storage type: "float64", "14n"."""
    return bool(_STORAGE.match(cell.strip()[:40]))


def bare_unit(cell: str) -> str:
    """A unit without its brackets; empty where the cell has none or only a storage type."""
    text = cell.strip()[:40]
    if _STORAGE.match(text) or says_no_unit(text):
        return ""
    if len(text) > 1 and text[0] in "([{" and text[-1] in ")]}":
        text = text[1:-1].strip()
        return "" if says_no_unit(text) else text
    return text


def names_total(cell: str) -> bool:
    """Whether a label marks a summary row: total, average, minimum or maximum."""
    text = cell.strip()
    return len(text) <= _GLANCE and bool(_TOTAL.match(text))


def begins_note(cell: str) -> bool:
    """Whether a text begins like a source line or a note below a table."""
    return bool(_NOTE.match(cell.strip()[:_GLANCE]))
