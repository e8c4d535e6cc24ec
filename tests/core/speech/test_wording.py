"""Numbers, units and moments are said as people of each language say them; what a table holds is bounded and clean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech.languages import LANGUAGES
from core.speech.wording import MAX_CHARS, clean_text, say_moment, say_number, say_place, say_unit

MARCH_1958 = -373_593_600.0
# By language: two values, a unit alone, a large amount, a month, a day, a month within its year, a negative place.
SCRIPT = {
    "en": (
        "366.5 parts per million",
        "minus 7.5 degrees Celsius",
        "percent",
        "1.235 million metric tons",
        "March 1958",
        "March 12, 1958",
        "March",
        "minus 44",
    ),
    "de": (
        "366,5 ppm",
        "minus 7,5 Grad Celsius",
        "Prozent",
        "1,235 Millionen Tonnen",
        "März 1958",
        "12. März 1958",
        "März",
        "minus 44",
    ),
    "fr": (
        "366,5 parties par million",
        "moins 7,5 degrés Celsius",
        "pour cent",
        "1,235 million de tonnes",
        "mars 1958",
        "12 mars 1958",
        "mars",
        "moins 44",
    ),
    "es": (
        "366,5 partes por millón",
        "menos 7,5 grados Celsius",
        "por ciento",
        "1,235 millones de toneladas",
        "marzo de 1958",
        "12 de marzo de 1958",
        "marzo",
        "menos 44",
    ),
    "it": (
        "366,5 parti per milione",
        "meno 7,5 gradi Celsius",
        "percento",
        "1,235 milioni di tonnellate metriche",
        "marzo 1958",
        "12 marzo 1958",
        "marzo",
        "meno 44",
    ),
    "pt": (
        "366,5 partes por milhão",
        "menos 7,5 graus Celsius",
        "por cento",
        "1,235 milhão de toneladas métricas",
        "março de 1958",
        "12 de março de 1958",
        "março",
        "menos 44",
    ),
    "nl": (
        "366,5 parts per million",
        "min 7,5 graden Celsius",
        "procent",
        "1,235 miljoen metrische ton",
        "maart 1958",
        "12 maart 1958",
        "maart",
        "min 44",
    ),
    "pl": (
        "366,5 części na milion",
        "minus 7,5 stopnia Celsjusza",
        "procent",
        "1,235 miliona tony",
        "marzec 1958",
        "12 marca 1958",
        "marzec",
        "minus 44",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_units_and_dates_are_said_in_the_language(language):
    assert (
        say_number(366.48, "ppm", language),
        say_number(-7.5, "°C", language),
        say_unit("%", language),
        say_number(1_234_567, "t", language),
        say_moment(MARCH_1958, "month", language),
        say_moment(MARCH_1958 + 11 * 86_400, "day", language),
        say_moment(MARCH_1958, "month", language, with_year=False),
        say_place(-44, language),
    ) == SCRIPT[language]


def test_polish_units_follow_their_number():
    said = [say_number(n, "mm", "pl") for n in (1, 2, 5, 2.5)]
    assert said == ["1 milimetr", "2 milimetry", "5 milimetrów", "2,5 milimetra"]


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("µg/m³", "micrograms per cubic meter"),
        ("£", "British pounds"),
        ("USD", "US dollars"),
        ("10⁸ m³", "ten to the power of 8 cubic meters"),
        ("people", "people"),
        ("trees/ha", "trees per ha"),
        ("<script>", "script"),
    ],
)
def test_units_of_all_kinds_have_a_name(unit, said):
    assert say_unit(unit, "en") == said


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    unit=st.sampled_from(["", "ppm", "%", "£", "km/h", "µg/m³", "people", "10⁸ m³"]),
    language=st.sampled_from(list(LANGUAGES)),
)
def test_every_number_is_said_shortly_and_without_signs(value, unit, language):
    said = say_number(value, unit, language)
    assert 0 < len(said) < 90
    assert said == said.strip()
    assert not set("-−\u00a0\u202f") & set(said.replace("kilowatt-", "").replace("US-", ""))


@given(st.text(max_size=700))
def test_whatever_a_table_holds_is_one_short_line_without_markup(text):
    said = clean_text(text)
    assert len(said) <= MAX_CHARS and said.isprintable()
    assert not set("<>[]{}|\\\0\x01_") & set(said)
    assert not said.startswith("-")
    said.encode()  # no half characters


def test_a_name_in_other_letters_is_left_out_and_the_rest_kept():
    assert clean_text("气温 temperature 𐤀 العربية") == "temperature"
    assert clean_text("ΔT (µm), Ω") == "ΔT (μm), Ω"


@pytest.mark.parametrize(
    ("language", "full", "half"),
    [
        ("en", "2 PM", "2:30 PM"),
        ("de", "14 Uhr", "14 Uhr 30"),
        ("fr", "14 heures", "14 heures 30"),
        ("it", "ore 14", "ore 14 30"),
        ("pl", "godzina 14", "godzina 14 30"),
    ],
)
def test_hours_have_no_zeros_and_midnight_is_its_day(language, full, half):
    assert say_moment(14 * 3600.0, "hour", language) == full
    assert say_moment(14.5 * 3600.0, "hour", language) == half
    assert "1970" in say_moment(0.0, "hour", language)


def test_a_year_beyond_the_calendar_is_a_number():
    assert say_moment(-1e11, "month", "en") == "minus 1199"
    assert say_moment(4e12, "day", "de") == "128724"
