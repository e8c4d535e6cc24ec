"""Formulas, years and days of the month are said as people say them."""

import pytest

from core.speech.pronunciation import pronounce


def test_years_are_said_in_pairs_in_english_only_and_values_never():
    assert pronounce("1958, 1900, 2004, 2023, PM10", "en") == "19 58, 1900, 2004, 20 23, P M 10"
    assert pronounce("1,958 and 0.1958 and 1958.5", "en") == "1,958 and 0.1958 and 1958.5"
    assert pronounce("1958", "nl") == "1958"


@pytest.mark.parametrize(
    ("language", "shown", "said"),
    [
        ("en", "May 1, May 2, May 3, May 11, May 22", "May 1st, May 2nd, May 3rd, May 11th, May 22nd"),
        ("en", "May 1958", "May 19 58"),
        (
            "de",
            "1. Mai, 3. Mai, 20. Mai, 31. Mai 1958",
            "erster Mai, dritter Mai, zwanzigster Mai, einunddreißigster Mai 1958",
        ),
        ("pl", "2 maja, 20 maja, 31 maja", "drugiego maja, dwudziestego maja, trzydziestego pierwszego maja"),
        ("fr", "1 mai, 11 mai", "1er mai, 11 mai"),
        ("it", "1 maggio, 11 maggio", "primo maggio, 11 maggio"),
        ("es", "1 de mayo", "1 de mayo"),
    ],
)
def test_days_of_the_month_are_ordinals_where_they_are(language, shown, said):
    assert pronounce(shown, language) == said
