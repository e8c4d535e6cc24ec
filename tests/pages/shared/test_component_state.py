"""Mood pad and keyboard as Python sees them: what a browser may send, and who decides what is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.components.emotion.mood_pad.mood_pad import read_ends
from pages.components.shared.keyboard import keyboard as keys

APP = Path(__file__).parents[2] / "browser/pad_and_keyboard_app.py"

numbers = st.one_of(st.floats(), st.integers(), st.floats(-1, 1), st.integers(40, 90), st.booleans())
scraps = st.recursive(
    st.one_of(st.none(), numbers, st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=60).run()


def told(app: AppTest, place: int) -> Any:
    """What the app wrote: runs, pad, pad that is handed back, keyboard, steps."""
    assert not app.exception
    return app.code[place].value


def shown(app: AppTest, name: str) -> dict[str, Any]:
    """What is sent to the browser."""
    return next(json.loads(part.proto.json) for part in app.get("bidi_component") if part.key == name)


def send(app: AppTest, name: str, version: Any = None, **value: Any) -> AppTest:
    """Do what the browser does: set the component's state, under the number of the page's last value."""
    if version is None:
        version = app.session_state[f"{name}.kept"].version
    app.session_state[name] = {"value": {"version": version, **value}}
    return app.run()


@given(start=scraps, end=scraps)
def test_ends_are_moods_or_nothing_whatever_comes(start, end):
    ends = read_ends({"start": start, "end": end})
    if ends is not None:
        assert [ends[0].valence, ends[0].arousal] == start
        assert (ends[1] is None) == (end is None)


@given(rows=st.one_of(scraps, st.lists(st.lists(numbers, min_size=4, max_size=4), max_size=4)))
def test_played_notes_are_notes_or_nothing_whatever_comes(rows):
    notes = keys.read_all({"notes": rows}, lambda row: keys.read_played(row, 48, 84))
    for note in notes or ():
        assert 48 <= note.pitch <= 84 and 1 <= note.velocity <= 127
        assert 0 <= note.onset_sec <= keys.MAX_ONSET_SEC and 0 <= note.duration_sec <= keys.MAX_DURATION_SEC
    if isinstance(rows, list) and notes is not None:
        assert len(notes) == len(rows)


@given(
    rows=st.one_of(
        scraps, st.lists(st.lists(st.one_of(numbers, st.none(), st.text()), min_size=2, max_size=2))
    )
)
def test_written_notes_are_notes_or_nothing_whatever_comes(rows):
    notes = keys.read_all({"notes": rows}, lambda row: keys.read_written(row, 48, 84))
    assert all(note.pitch is None or 48 <= note.pitch <= 84 for note in notes or ())


def test_numbers_too_large_for_a_float_are_refused():
    assert read_ends({"start": [10**400, 0], "end": None}) is None


def test_more_notes_than_the_most_are_refused(app):
    row = [60, 0.0, 0.1, 80]
    send(app, "keyboard", notes=[row] * keys.MAX_NOTES)
    assert told(app, 3).count("(60,") == keys.MAX_NOTES
    send(app, "keyboard", notes=[[62, 0.0, 0.1, 80]] * (keys.MAX_NOTES + 1))
    assert told(app, 3).count("(60,") == keys.MAX_NOTES, "what stood there stays"


def test_notes_come_in_the_order_of_their_onsets(app):
    send(app, "keyboard", notes=[[60, 1.0, 0.1, 80], [64, 0.5, 0.1, 80], [62, 0.5, 0.1, 80]])
    assert told(app, 3) == "[(62, 0.5, 0.1, 80), (64, 0.5, 0.1, 80), (60, 1.0, 0.1, 80)]"


def test_what_a_visitor_sets_stays_until_the_page_gives_something_else(app):
    send(app, "pad", start=[-0.5, 0.5], end=None)
    assert told(app, 1) == "[(-0.5, 0.5), (-0.5, 0.5)]"
    assert shown(app, "pad")["start"] == [-0.5, 0.5]
    app.run()
    assert told(app, 1) == "[(-0.5, 0.5), (-0.5, 0.5)]"
    app.toggle("shown").set_value(False).run()
    app.toggle("shown").set_value(True).run()
    assert told(app, 1) == "[(-0.5, 0.5), (-0.5, 0.5)]"
    app.toggle("sad").set_value(True).run()
    assert told(app, 1) == "[(-0.75, -0.45), (-0.75, -0.45)]"
    assert shown(app, "pad")["version"] == 2


def test_a_message_that_comes_too_late_is_dropped(app):
    app.toggle("sad").set_value(True).run()
    send(app, "pad", version=1, start=[0.1, 0.1], end=None)
    assert told(app, 1) == "[(-0.75, -0.45), (-0.75, -0.45)]"
    send(app, "pad", version=True, start=[0.1, 0.1], end=None)
    send(app, "pad", version=[2], start=[0.1, 0.1], end=None)
    assert told(app, 1) == "[(-0.75, -0.45), (-0.75, -0.45)]"


@pytest.mark.parametrize(
    "state", [None, 3, [], {}, {"value": None}, {"value": [1]}, {"value": {"version": 1}}]
)
def test_a_state_that_makes_no_sense_changes_nothing(app, state):
    app.session_state["pad"] = state
    app.run()
    assert told(app, 1) == "[(0.75, 0.45), (0.75, 0.45)]"


def test_a_path_gets_an_end_opposite_of_its_start_and_keeps_the_one_that_was_set(app):
    app.toggle("moving").set_value(True).run()
    assert told(app, 1) == "[(0.75, 0.45), (-0.75, -0.45)]"
    send(app, "pad", start=[0.0, 0.0], end=[0.3, 0.3])
    app.toggle("moving").set_value(False).run()
    assert told(app, 1) == "[(0.0, 0.0), (0.0, 0.0)]"
    app.toggle("moving").set_value(True).run()
    assert told(app, 1) == "[(0.0, 0.0), (0.3, 0.3)]"


def test_a_length_that_is_not_offered_is_left_out(app):
    send(app, "steps", notes=[[62, "1/4"], [None, "1/8"], [64, "1/64"]])
    assert told(app, 4) == "[(62, '1/4'), (None, '1/8')]"


def test_a_range_that_ends_on_a_black_key_is_refused():
    with pytest.raises(ValueError, match="got 49 and 84"):
        keys.keyboard(key="k", low=49)


def test_a_component_drawn_anew_can_see_that_the_page_knows_more(app):
    assert shown(app, "pad")["turn"] == 0
    send(app, "pad", turn=3, start=[-0.5, 0.5], end=None)
    assert (shown(app, "pad")["turn"], shown(app, "pad")["start"]) == (3, [-0.5, 0.5])
    send(app, "pad", turn="x", start=[0.5, 0.5], end=None)
    assert shown(app, "pad")["turn"] == 0
    app.toggle("sad").set_value(True).run()
    assert shown(app, "pad")["turn"] == 0
