"""Settings are checked where they are made, and read back from JSON or refused in a sentence."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DashboardError, InputError
from core.sonify.settings import Filter, Settings, Voice

NAMES = ["voices", "filters", "n_notes", "scale", "column", "also", "time", "references", "period", "x"]


def test_settings_survive_json():
    voices = (Voice(column='é, "x"', also=("pan",), program=12), Voice(column="b", part="trend"))
    filters = (Filter(column="c", operator="contains", value="x"),)
    chosen = Settings(voices=voices, time="t", filters=filters, references=("min",), period=7)
    assert Settings.from_json(chosen.to_json()) == chosen
    assert Settings.from_json(json.dumps({"settings": dataclasses.asdict(chosen), "data": "x"})) == chosen


settings_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(raw=settings_json)
def test_hostile_settings_are_refused_in_a_sentence(raw):
    try:
        Settings.from_json(json.dumps(raw))
    except DashboardError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("kind", [Settings, Voice, Filter])
def test_every_field_that_is_checked_refuses_what_is_no_choice(kind):
    checked = [item for item in dataclasses.fields(kind) if "require" in item.metadata]
    assert checked
    given_ = {} if kind is Settings else {"column": "v"}
    for item in checked:
        wrong = ("nothing",) if isinstance(item.default, tuple) else "nothing"
        with pytest.raises(InputError, match=r"was 'nothing'; it can be .+\.$"):
            kind(**given_, **{item.name: wrong})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_notes": 0}, "The maximum number of notes was 0; it can be 1 to 5000."),
        ({"n_notes": True}, "The maximum number of notes was True; it can be 1 to 5000."),
        ({"duration_sec": 0.5}, "The duration was 0.5; it can be 1 to 600 seconds."),
        ({"period": 1}, "The season length was 1; it can be 2 to 100000 rows."),
        ({"takes": 2, "take": 3}, "The take was 3; it can be 1 to 2."),
        ({"references": ("min", "sum")}, "A reference tone was 'sum'; it can be min, mean, max."),
        ({"voices": (Voice(column="v"),) * 5}, "5 voices were chosen"),
    ],
)
def test_a_wrong_value_is_told_with_what_works(changes, said):
    with pytest.raises(InputError) as refused:
        Settings(**changes)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "The settings must be a JSON object with named values."),
        ({"color": 1}, "The settings name something unknown: 'color'. Known: accents, "),
        ({"voices": [{"part": "value"}]}, "The settings are incomplete: 'column' is missing."),
        ({"voices": 3}, "In the settings, voices must be a list of at most 20 entries."),
        ({"voices": [{"column": "v", "also": "pan"}]}, "In the settings, also must be a list"),
        ({"seed": 1.5}, "In the settings, seed was 1.5, which is not a whole number."),
        ({"duration_sec": True}, "In the settings, duration_sec was True, which is not a number."),
        ({"time": 3}, "In the settings, time was 3, which cannot be used."),
    ],
)
def test_what_does_not_belong_is_named(raw, said):
    with pytest.raises(InputError) as refused:
        Settings.from_dict(raw)
    assert str(refused.value).startswith(said)


def test_a_voice_knows_its_name_and_its_direction():
    voice = Voice(column="rain", part="trend", polarity="down")
    assert (voice.value_name, voice.direction) == ("rain (trend)", -1)
    with pytest.raises(InputError, match="not below its highest"):
        Voice(column="rain", low=60, high=60)


@pytest.mark.parametrize(
    "raw",
    [
        {"filters": [{"column": "c", "value": "\ud800"}]},
        {"filters": [{"column": "\udfff"}]},
        {"voices": [{"column": "a\ud83d"}]},
        {"time": "\udc80"},
    ],
)
def test_half_a_character_is_refused_wherever_settings_hold_text(raw):
    with pytest.raises(InputError, match="contains an incomplete character") as refused:
        Settings.from_json(json.dumps(raw))
    assert str(refused.value).isprintable()
    str(refused.value).encode()


def test_half_a_character_is_refused_in_settings_that_are_made_here():
    with pytest.raises(InputError, match="contains an incomplete character"):
        Filter(column="c", value="\ud800")
    assert Filter(column="c", value="\U0001f600").value == "😀"
