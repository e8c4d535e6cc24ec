"""The set of weights on a page: a note only where research weights are used, one choice a server, a wrong one in a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.nn import terms
from core.nn.card import SET_VARIABLE
from pages.components.shared import texts, weights_set

BOUND = "a_model_of_the_research_set"


def draw_page() -> None:
    import streamlit as st

    from pages.components.shared.page import NAVIGATED, run_page
    from pages.components.shared.weights_set import choose_weights

    choose_weights()
    st.session_state[NAVIGATED] = True
    models = ["sonify_melody", "a_model_of_the_research_set"]
    run_page("Title", "Promise.", lambda: st.text("drawn"), models=models)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """A page with one model of each set, in a server that has not chosen yet."""
    real = terms.find_set_of, terms.has_card, terms.find_card
    monkeypatch.setenv(SET_VARIABLE, "")
    monkeypatch.setattr(terms, "has_card", lambda name: name == BOUND or real[1](name))
    monkeypatch.setattr(terms, "find_card", lambda name: real[2]("sonify_ngram" if name == BOUND else name))
    monkeypatch.setattr(
        terms, "find_set_of", lambda stem: "research" if stem.startswith("sonify_ngram") else real[0](stem)
    )
    weights_set._choice.clear()
    yield AppTest.from_function(draw_page, default_timeout=30)
    weights_set._choice.clear()


def notes(page: AppTest) -> list[str]:
    assert not page.exception
    return [caption.value for caption in page.caption if texts.RESEARCH_WEIGHTS in caption.value]


def test_a_page_with_the_open_set_has_no_note(page: AppTest) -> None:
    assert notes(page.run()) == [] and page.text[0].value == "drawn"
    assert terms.add_terms("CC0", BOUND) == "CC0"


def test_a_page_that_uses_research_weights_says_so_and_so_do_its_files(page: AppTest) -> None:
    page.secrets[SET_VARIABLE] = "research"
    assert len(notes(page.run())) == 1 and page.text[0].value == "drawn"
    assert os.environ[SET_VARIABLE] == "research"  # which worker processes inherit
    assert terms.add_terms("CC0", "sonify_melody", BOUND) == f"CC0; {terms.RESEARCH_TERMS}"
    assert terms.add_terms("", "sonify_melody") == ""


def test_the_set_stays_while_the_server_runs(page: AppTest) -> None:
    page.secrets[SET_VARIABLE] = "research"
    page.run()
    # Streamlit does so when secrets.toml is changed.
    os.environ[SET_VARIABLE] = "open"
    page.secrets[SET_VARIABLE] = "open"
    assert len(notes(page.run())) == 1


@pytest.mark.parametrize("given", ["reserch", True, 3, ["research"]])
def test_a_set_that_there_is_not_is_told_instead_of_the_page(page: AppTest, given: object) -> None:
    page.secrets[SET_VARIABLE] = given
    assert notes(page.run()) == [] and not page.text
    assert [error.value.replace("\\", "") for error in page.error] == [
        f'SONOSCOPE_WEIGHTS is "{given}". It can be "open" or "research": change it where it is set, in the environment '
        "or in .streamlit/secrets.toml, and start again."
    ]
