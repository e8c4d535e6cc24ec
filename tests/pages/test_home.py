"""Home page: every example starts with one click."""

from core.sonify.examples import EXAMPLES
from tests.pages.conftest import errors, open_app


def test_home_starts_every_example_with_one_click():
    at = open_app()
    assert errors(at) == []
    assert {button.key for button in at.button} == {
        "home.own",
        "home.folk",
        "home.emotion",
        "home.extrapolate",
        "home.viz",
        *(f"home.{name}" for name in EXAMPLES),
    }


def test_a_click_on_home_opens_the_example():
    at = open_app()
    at.button(key="home.nile").click().run()
    assert errors(at) == []
    assert at.title[0].value == "Sonify Data"
    assert at.selectbox(key="sonify.example").value == EXAMPLES["nile"].title
