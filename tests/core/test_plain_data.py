"""Requests and results as bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pandas as pd
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio.waveform import Audio
from core.music.midi import to_bytes as midi_bytes
from core.plain_data import from_bytes, to_bytes
from core.sonify.examples import EXAMPLES, load_example
from core.workers import Limits

SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
KEYS = st.text() | st.integers() | st.tuples(st.integers(), st.text())


@given(
    st.recursive(
        SIMPLE,
        lambda inner: (
            st.lists(inner)
            | st.lists(inner).map(tuple)
            | st.dictionaries(KEYS, inner)
            | st.sets(st.integers()).map(frozenset)
        ),
        max_leaves=20,
    )
)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    back = from_bytes(to_bytes(value))
    assert back == value
    assert to_bytes(back) == to_bytes(value)  # tuples stay tuples, and 1 is not True


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int16).reshape(2, 3).T,
        np.array([np.nan, np.inf, -0.0], dtype=np.float32),
        np.array(["2020-01-01", "NaT"], dtype="datetime64[ns]"),
        np.array(["ä", "bc"]),
        np.zeros((0, 3)),
        np.float32(1.5),
        np.array(7),
    ],
)
def test_arrays_keep_shape_type_and_content(array: Any) -> None:
    back = from_bytes(to_bytes(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)


def test_arrays_that_are_shared_cannot_be_changed() -> None:
    back = from_bytes(to_bytes(np.arange(3)))
    with pytest.raises(ValueError, match="read-only"):
        back[0] = 1


def test_records_of_core_come_back_as_themselves() -> None:
    sound = Audio(np.linspace(-1, 1, 5, dtype=np.float32), 8000)
    back = from_bytes(to_bytes({"a": (sound, Limits(cpu_sec=3)), "where": Path("a/b")}))
    assert back["a"][1] == Limits(cpu_sec=3)
    assert back["where"] == Path("a/b")
    np.testing.assert_array_equal(back["a"][0].y, sound.y)


@pytest.mark.parametrize("name", EXAMPLES)
def test_tables_come_back_with_their_types(name: str) -> None:
    table = load_example(name)
    back = from_bytes(to_bytes(table))
    pd.testing.assert_frame_equal(back.frame, table.frame)
    assert (back.columns, back.options, back.guess) == (table.columns, table.options, table.guess)


def test_notes_come_back_to_the_tick() -> None:
    midi = pretty_midi.PrettyMIDI(initial_tempo=97.3, resolution=480)
    played = pretty_midi.Instrument(program=11, name="Vibraphone")
    played.notes = [pretty_midi.Note(velocity=90, pitch=60, start=np.float64(0.1), end=1 / 3)]
    played.pitch_bends = [pretty_midi.PitchBend(pitch=-200, time=0.2)]
    played.control_changes = [pretty_midi.ControlChange(number=64, value=127, time=0.25)]
    midi.instruments = [played]
    midi.time_signature_changes = [pretty_midi.TimeSignature(6, 8, 0.0)]
    midi.key_signature_changes = [pretty_midi.KeySignature(3, 0.0)]
    midi.lyrics = [pretty_midi.Lyric("la", 0.1)]
    back = from_bytes(to_bytes(midi))
    assert midi_bytes(back) == midi_bytes(midi)
    assert back.instruments[0].notes[0].end == 1 / 3
    assert back.get_tempo_changes()[1] == midi.get_tempo_changes()[1]


def test_what_is_no_plain_data_is_refused() -> None:
    @dataclass
    class Foreign:
        n: int = 1

    for value in (lambda: 1, object(), np.array([object()]), Foreign()):
        with pytest.raises(TypeError):
            to_bytes(value)


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("core.workers", "Worker"), ("core.workers", "subprocess.Popen")]
)
def test_a_message_cannot_name_any_other_class(module: str, name: str) -> None:
    honest = to_bytes(Limits())
    record = msgpack.unpackb(honest, ext_hook=msgpack.ExtType)
    forged = msgpack.packb(msgpack.ExtType(record.code, msgpack.packb([module, name, {}])))
    with pytest.raises(ValueError, match=r"no (module|dataclass)"):
        from_bytes(forged)


def test_a_number_that_is_none_stays_none() -> None:
    assert math.isnan(from_bytes(to_bytes(math.nan)))
