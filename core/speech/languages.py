"""Languages of spoken captions: the voice of espeak-ng, and the few words that no locale data have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language.

    Attributes
    ----------
    name : str
        In the language itself, as a menu shows it.
    voice : str
        Name of the voice of espeak-ng.
    minimum, maximum : str
    value : str
        Stands for a name that cannot be said.
    parts : mapping of str to str
        What follows the name of a column of which one part is played: "trend", "season" or "rest".
    name_and_unit : str
        How a name and its unit are said one after the other.
    per : str
        Between a unit and the one that it is divided by, where locale data have no word for both.
    minus, point_e : str
        A negative number; a number in scientific notation with mantissa ``{0}`` and exponent ``{1}``.
    at_hour : str
        An hour of the day ``{0}``, from 0 to 23; minutes follow.
    of : str
        Between "3 million" and a noun.
    units : mapping of str to (str, str)
        Units, by their symbol, that are said otherwise than in the locale data: the name, and with a number ``{0}``.
    """

    name: str
    voice: str
    minimum: str
    maximum: str
    value: str
    parts: Mapping[str, str]
    name_and_unit: str
    per: str
    minus: str
    point_e: str
    at_hour: str
    of: str = ""
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def _parts(trend: str, season: str, rest: str) -> Mapping[str, str]:
    return MappingProxyType({"trend": trend, "season": season, "rest": rest})


# By BCP 47 code, which locale data and browsers know as well.
LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "en": Language(
            name="English",
            voice="en-us",
            minimum="Minimum",
            maximum="Maximum",
            value="value",
            parts=_parts("trend", "seasonal", "residual"),
            name_and_unit="{0}, in {1}",
            per="per",
            minus="minus",
            point_e="{0} times ten to the power of {1}",
            at_hour="{0} hours",
        ),
        "de": Language(
            name="Deutsch",
            voice="de",
            minimum="Minimum",
            maximum="Maximum",
            value="Wert",
            parts=_parts("Trend", "Saisonanteil", "Rest"),
            name_and_unit="{0}, {1}",
            per="pro",
            minus="minus",
            point_e="{0} mal zehn hoch {1}",
            at_hour="{0} Uhr",
            units=MappingProxyType({"ppm": ("ppm", "{0} ppm")}),
        ),
        "fr": Language(
            name="Français",
            voice="fr",
            minimum="Minimum",
            maximum="Maximum",
            value="valeur",
            parts=_parts("tendance", "saisonnier", "résidu"),
            name_and_unit="{0}, en {1}",
            per="par",
            minus="moins",
            point_e="{0} fois dix puissance {1}",
            at_hour="{0} heures",
            of="de",
        ),
        "es": Language(
            name="Español",
            voice="es",
            minimum="Mínimo",
            maximum="Máximo",
            value="valor",
            parts=_parts("tendencia", "estacional", "residuo"),
            name_and_unit="{0}, en {1}",
            per="por",
            minus="menos",
            point_e="{0} por diez elevado a {1}",
            at_hour="{0} horas",
            of="de",
        ),
        "it": Language(
            name="Italiano",
            voice="it",
            minimum="Minimo",
            maximum="Massimo",
            value="valore",
            parts=_parts("tendenza", "stagionale", "residuo"),
            name_and_unit="{0}, in {1}",
            per="per",
            minus="meno",
            point_e="{0} per dieci alla {1}",
            at_hour="ore {0}",
            of="di",
        ),
        "pt": Language(
            name="Português",
            voice="pt-br",
            minimum="Mínimo",
            maximum="Máximo",
            value="valor",
            parts=_parts("tendência", "sazonal", "resíduo"),
            name_and_unit="{0}, em {1}",
            per="por",
            minus="menos",
            point_e="{0} vezes dez elevado a {1}",
            at_hour="{0} horas",
            of="de",
        ),
        "nl": Language(
            name="Nederlands",
            voice="nl",
            minimum="Minimum",
            maximum="Maximum",
            value="waarde",
            parts=_parts("trend", "seizoen", "residu"),
            name_and_unit="{0}, in {1}",
            per="per",
            minus="min",
            point_e="{0} maal tien tot de macht {1}",
            at_hour="{0} uur",
        ),
        "pl": Language(
            name="Polski",
            voice="pl",
            minimum="Minimum",
            maximum="Maksimum",
            value="wartość",
            parts=_parts("trend", "sezonowość", "reszta"),
            name_and_unit="{0}, {1}",
            per="na",
            minus="minus",
            point_e="{0} razy dziesięć do potęgi {1}",
            at_hour="godzina {0}",
        ),
    }
)
