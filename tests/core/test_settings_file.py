"""Settings files: what is written is read back, and what is none is told in a sentence."""

from dataclasses import dataclass
from typing import Literal

import pytest

from core.errors import InputError
from core.settings_file import build, read_settings, write_settings


@dataclass(frozen=True, kw_only=True)
class Inner:
    x: float


@dataclass(frozen=True, kw_only=True)
class Choices:
    n: int = 1
    kind: Literal["a", "b"] = "a"
    inner: Inner | None = None
    order: tuple[int, ...] = ()
    ratio: float = 0.5
    on: bool = False


def test_what_is_written_is_read_back():
    content = write_settings("folk", {"key": "Ä"}, data={"example": "x"}, reading=[["a", "b"]])
    file = read_settings(content, "folk")
    assert (file.settings, file.example, file.more) == ({"key": "Ä"}, "x", {"reading": [["a", "b"]]})


def test_older_names_and_bare_settings_are_read():
    assert read_settings('{"sonoscope": "audio viz", "settings": {"seed": 1}}', "visualize").settings == {
        "seed": 1
    }
    assert read_settings('{"seed": 1}', "sonify").settings == {"seed": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "JSON object"),
        ("{", "not JSON"),
        ('{"a": Infinity}', "not JSON"),
        ('{"sonoscope": "folk", "settings": {}}', "These are settings of Folk Generator"),
        ('{"sonoscope": ["x"], "settings": {}}', "no settings file of Sonify Data"),
        ('{"sonoscope": "sonify"}', "no settings in it"),
        (" " * 2_000_000, "larger than 1 MB"),
    ],
)
def test_what_is_no_settings_file_of_the_page_is_told(content, said):
    with pytest.raises(InputError, match=said):
        read_settings(content, "sonify")


def test_kinds_are_built():
    made = build(Choices, {"n": 2, "kind": "b", "inner": {"x": 3}, "order": [2, 1], "ratio": 1, "on": True})
    assert made == Choices(n=2, kind="b", inner=Inner(x=3.0), order=(2, 1), ratio=1.0, on=True)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"n": True}, "n was True, which is not a whole number"),
        ({"n": 1.5}, "not a whole number"),
        ({"ratio": 10**400}, "not a number"),
        ({"on": 1}, "not true or false"),
        ({"kind": "c"}, "it can be a, b"),
        ({"kind": ["a"]}, "it can be a, b"),
        ({"inner": {"y": 1}}, "something unknown: 'y'"),
        ({"inner": {}}, "incomplete"),
        ({"order": [1] * 21}, "at most 20 entries"),
        ({"order": ["1"]}, "not a whole number"),
        ({"more": 1}, "something unknown: 'more'"),
    ],
)
def test_what_does_not_belong_is_told(raw, said):
    with pytest.raises(InputError, match=said):
        build(Choices, raw)
