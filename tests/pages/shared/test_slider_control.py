"""Sliders over the usual range: a link or a settings file may hold more, and keeps it."""

from streamlit.testing.v1 import AppTest


def draw_slider():
    import streamlit as st

    from pages.components.shared.controls import choose_on_slider

    value = choose_on_slider("Smoothing", 1, 49, 1, 2, key="test.smoothing", most=999)
    st.markdown(f"value {value}")


def test_a_link_may_hold_more_than_the_slider_offers_and_it_reaches_there_for_the_session():
    at = AppTest.from_function(draw_slider)
    at.query_params["test.smoothing"] = "301"
    at.run()
    assert not at.exception and at.markdown[0].value == "value 301"
    at.slider(key="test.smoothing").set_value(5).run()
    assert at.markdown[0].value == "value 5" and at.slider(key="test.smoothing").max == 301


def test_what_is_beyond_every_limit_or_no_number_is_the_default():
    for given in ("5000", "many", ""):
        at = AppTest.from_function(draw_slider)
        at.query_params["test.smoothing"] = given
        at.run()
        assert not at.exception and at.slider(key="test.smoothing").max == 49
        assert at.markdown[0].value == "value 1"
