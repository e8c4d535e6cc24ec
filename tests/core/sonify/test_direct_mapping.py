"""Laws of direct mapping: order is kept, gaps are rests, every point sounds, settings reproduce."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.music import midi
from core.music.scales import KEYS, SCALES, scale_pitches
from core.sonify.audibility import describe_inaudible
from core.sonify.charts import chart
from core.sonify.descriptions import mapping_in_words
from core.sonify.direct_mapping import sonify
from core.sonify.fidelity import rank_correlation
from core.sonify.scaling import choose_scaling, outliers, spread
from core.sonify.settings import AGGREGATES, Filter, Settings, Voice
from core.tables.table import ReadOptions, Table, read_text


def table_of(**columns: list[object]) -> Table:
    """A table in which every number is a number, also the largest, which files write for a missing one."""
    options = ReadOptions(choices=tuple((f"placeholder:{name}", "value") for name in columns))
    return read_text(pd.DataFrame(columns).to_csv(index=False), options=options)


def simple(values: list[float], **choices: object) -> Settings:
    return Settings(voices=(Voice(column="v"),), **choices)


numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
series = st.lists(st.one_of(st.none(), numbers), min_size=2, max_size=80).filter(
    lambda cells: any(cell is not None for cell in cells)
)


@given(
    values=st.lists(numbers, min_size=2, max_size=60), scaling=st.sampled_from(["linear", "rank", "robust"])
)
def test_a_larger_number_is_never_placed_lower(values, scaling):
    numbers_ = np.array(values)
    level = spread(numbers_, scaling)
    order = np.argsort(numbers_, kind="stable")
    assert (np.diff(level[order]) >= 0).all()
    assert level.min() >= 0 and level.max() <= 1


@settings(max_examples=50, deadline=None)
@given(
    cells=series,
    scale=st.sampled_from(sorted(SCALES)),
    key=st.sampled_from(KEYS),
    scaling=st.sampled_from(["auto", "linear", "rank", "robust"]),
)
def test_a_larger_datum_never_sounds_lower_and_every_one_sounds(cells, scale, key, scaling):
    table = table_of(v=[1.0, 2.0, *cells])
    result = sonify(table, simple([], key=key, scale=scale, scaling=scaling))
    points = result.voices[0].points
    heard = points.dropna(subset=["value"]).sort_values("value", kind="stable")
    assert heard["sounds"].all()
    assert (np.diff(heard["pitch"]) >= 0).all()
    assert not points.loc[points["value"].isna(), "sounds"].any()


@settings(max_examples=50, deadline=None)
@given(
    cells=series,
    smoothing=st.integers(1, 9),
    n_notes=st.integers(1, 90),
    how=st.sampled_from(AGGREGATES),
    sampling=st.sampled_from(["rows", "steps"]),
    cues=st.booleans(),
)
def test_no_choice_of_preparation_fails_on_odd_numbers(cells, smoothing, n_notes, how, sampling, cues):
    table = table_of(v=[1.0, 2.0, *cells])
    chosen = simple([], smoothing=smoothing, n_notes=n_notes, aggregate=how, sampling=sampling)
    if cues:
        chosen = replace(chosen, accents=True, references=("min", "mean", "max"), tick_unit="row")
    result = sonify(table, chosen)
    points = result.voices[0].points
    assert points["sounds"].any()
    assert points.loc[points["sounds"], "pitch"].between(36, 84).all()
    assert len(" ".join(mapping_in_words(result))) > 20
    assert len(chart(result, table).data) == 2


def test_gaps_are_rests_and_leave_their_place_empty():
    table = table_of(t=[1, 2, 3, 4], v=[1.0, None, 3.0, 4.0])
    result = sonify(table, simple([], time="t", duration_sec=4.0))
    onsets = [note.start for note in result.midi.instruments[0].notes]
    assert onsets == pytest.approx([0.0, 2.0, 3.0], abs=1e-3)
    assert result.voices[0].fidelity.n_gaps == 1


def test_infinite_cells_are_silent_and_counted():
    table = read_text("v\n1\ninf\n3\n-inf\n5\n")
    result = sonify(table, simple([]))
    assert result.voices[0].points["sounds"].tolist() == [True, False, True, False, True]
    assert table.columns[0].n_infinite == 2


@pytest.mark.parametrize("scale", [name for name in SCALES if name != "continuous"])
@pytest.mark.parametrize("key", ["C", "F#"])
def test_every_pitch_lies_in_the_scale_and_the_range(scale, key):
    table = table_of(v=np.linspace(-5, 5, 200).tolist())
    result = sonify(table, Settings(voices=(Voice(column="v", low=40, high=80),), scale=scale, key=key))
    pitches = set(result.voices[0].points["pitch"].astype(int))
    assert pitches == set(scale_pitches(key, scale, 40, 80))


def test_continuous_pitch_is_written_as_pitch_wheel():
    table = table_of(v=[0.0, 1.0, 3.0])
    result = sonify(
        table, Settings(voices=(Voice(column="v", low=60, high=61),), scale="continuous", scaling="linear")
    )
    track = midi.from_bytes(midi.to_bytes(result.midi)).instruments[0]
    heard = [n.pitch + b.pitch / 4096 for n, b in zip(track.notes, track.pitch_bends, strict=True)]
    assert heard == pytest.approx([60, 60 + 1 / 3, 61], abs=1e-3)


def test_a_constant_column_sounds_on_one_pitch_and_has_no_rank_correlation():
    result = sonify(table_of(v=[7.0] * 10), simple([]))
    assert result.voices[0].points["pitch"].nunique() == 1
    assert result.voices[0].fidelity.spearman is None
    assert result.voices[0].fidelity.sounding == 1.0


def test_two_values_take_the_ends_of_the_range():
    result = sonify(table_of(v=[0, 1] * 10), simple([], scale="chromatic"))
    assert sorted(result.voices[0].points["pitch"].unique()) == [36.0, 84.0]


def test_one_row_sounds():
    result = sonify(table_of(v=[3.5]), simple([]))
    assert len(result.midi.instruments[0].notes) == 1


def test_numbers_near_the_limit_of_doubles_do_not_overflow():
    values = np.array([-1.7e308, 0.0, 1.7e308])
    assert spread(values, "linear").tolist() == [0.0, 0.5, 1.0]


def test_skewed_data_keep_their_order_with_automatic_scaling():
    values = np.exp(np.random.default_rng(0).normal(0, 3, 300))
    assert choose_scaling(values, 49) != "linear"
    result = sonify(table_of(v=values.tolist()), simple([], scale="chromatic"))
    assert result.voices[0].fidelity.spearman >= 0.99


def test_a_logarithm_of_zero_is_refused_with_a_way_out():
    with pytest.raises(InputError, match=r"1 of 3 are not\. Choose linear or rank"):
        sonify(table_of(v=[0.0, 1.0, 2.0]), simple([], scaling="log"))


@pytest.mark.parametrize("how", AGGREGATES)
def test_aggregation_is_what_it_says(how):
    values = np.random.default_rng(1).normal(size=1_000)
    result = sonify(table_of(v=values.tolist()), simple([], n_notes=7, aggregate=how))
    points, edges = result.voices[0].points, result.groups.edges
    expected = [
        getattr(pd.Series(values[a:b]), how)() if how != "last" else values[b - 1]
        for a, b in itertools.pairwise(edges)
    ]
    assert points["value"].tolist() == pytest.approx(expected)
    assert points["n_rows"].sum() == 1_000


def test_polarity_down_turns_the_melody_over():
    table = table_of(v=[1.0, 2.0, 4.0, 3.0])
    result = sonify(table, Settings(voices=(Voice(column="v", polarity="down"),)))
    fidelity = result.voices[0].fidelity
    assert fidelity.spearman == pytest.approx(-1)
    assert fidelity.moves_right == 1.0


def test_rows_out_of_order_are_sorted_and_keep_their_row_numbers():
    table = table_of(t=["2020-03-01", "2020-01-01", "2020-02-01"], v=[3, 1, 2])
    result = sonify(table, simple([], time="t"))
    assert result.voices[0].points["row"].tolist() == [1, 2, 0]
    assert any("not sorted by t" in note for note in result.notes)


def test_rhythm_follows_the_gaps_of_the_time_column():
    table = table_of(t=[0, 1, 9, 10], v=[1, 2, 3, 4])
    result = sonify(table, simple([], time="t", rhythm="time", duration_sec=4.0))
    onsets = result.voices[0].points["onset_sec"].to_numpy()
    assert np.diff(onsets) / onsets[-1] == pytest.approx([0.1, 0.8, 0.1])


def test_equal_times_do_not_divide_by_zero():
    result = sonify(table_of(t=[5, 5, 5], v=[1, 2, 3]), simple([], time="t", rhythm="time"))
    assert any("evenly spaced" in note for note in result.notes)


def test_tempo_counts_notes_a_minute():
    result = sonify(table_of(v=[1, 2, 3, 4]), simple([], pace="tempo", tempo_qpm=120.0))
    assert np.diff(result.voices[0].points["onset_sec"]) == pytest.approx(0.5)


def test_steps_sound_where_the_value_moves():
    values = [0.0] * 10 + [1.0] * 10 + [1.01] * 10
    result = sonify(table_of(v=values), simple([], sampling="steps", step_share=0.1))
    assert np.flatnonzero(result.voices[0].points["sounds"]).tolist() == [0, 10, 29]


def test_filters_keep_the_rows_that_match():
    table = table_of(who=["A", "b", "a", "c"], v=[1, 2, 3, 4], w=["x", "y", "x", "z"])
    result = sonify(table, Settings(voices=(Voice(column="v"),), filters=(Filter(column="who", value="a"),)))
    assert result.voices[0].points["value"].tolist() == [1, 3]
    result = sonify(
        table,
        Settings(
            voices=(Voice(column="v"),),
            filters=(
                Filter(column="v", operator=">=", value="2"),
                Filter(column="w", operator="is not", value="z"),
            ),
        ),
    )
    assert result.voices[0].points["value"].tolist() == [2, 3]


def test_a_filter_that_leaves_nothing_says_so():
    with pytest.raises(InputError, match="No rows match the filter"):
        sonify(table_of(v=[1, 2]), simple([], filters=(Filter(column="v", value="9"),)))


def test_trend_season_and_rest_add_up_to_the_value():
    t = np.arange(120)
    values = t * 0.5 + 10 * np.sin(2 * np.pi * t / 12)
    table = table_of(v=values.tolist())
    parts = [
        sonify(table, Settings(voices=(Voice(column="v", part=part),), period=12))
        .voices[0]
        .points["value"]
        .to_numpy()
        for part in ("trend", "season", "rest")
    ]
    assert np.sum(parts, axis=0) == pytest.approx(values)
    assert rank_correlation(parts[0], t.astype(float)) > 0.99


def test_trend_needs_two_seasons():
    with pytest.raises(InputError, match="two seasons of 12 rows"):
        sonify(table_of(v=list(range(20))), Settings(voices=(Voice(column="v", part="trend"),), period=12))


def test_value_can_drive_loudness_length_and_pan():
    table = table_of(v=[0.0, 0.5, 1.0])
    voice = Voice(column="v", velocity=90, also=("loudness", "duration", "pan"))
    points = sonify(table, Settings(voices=(voice,), scaling="linear")).voices[0].points
    assert points["velocity"].tolist() == [30, 60, 90]
    assert (np.diff(points["duration_sec"]) > 0).all()
    assert points["pan"].tolist() == pytest.approx([-0.9, 0.0, 0.9])


def test_references_play_before_the_data_and_accents_mark_outliers():
    values = [*np.sin(np.arange(30)), 40.0]
    table = table_of(v=values)
    result = sonify(table, simple([], references=("min", "mean", "max"), accents=True, scaling="linear"))
    names = [track.name for track in result.midi.instruments]
    assert names == ["v", "v: reference tones", "v: outliers"]
    data, tones, bells = result.midi.instruments
    assert max(note.end for note in tones.notes) < min(note.start for note in data.notes)
    assert [note.pitch for note in tones.notes] == sorted(note.pitch for note in tones.notes)
    assert len(bells.notes) == 1
    assert data.notes[-1].velocity > data.notes[0].velocity


def test_ticks_fall_on_the_years():
    dates = pd.date_range("2000-03-01", periods=36, freq="MS")
    table = table_of(t=dates.strftime("%Y-%m-%d").tolist(), v=list(range(36)))
    result = sonify(table, simple([], time="t", tick_unit="year", duration_sec=36.0))
    ticks = [note.start for note in result.midi.instruments[-1].notes]
    assert ticks == pytest.approx([10, 22, 34], abs=0.05)  # the Januaries of 2001 to 2003


def test_ticks_that_do_not_fit_the_axis_are_refused():
    with pytest.raises(InputError, match="does not fit a time axis of numbers"):
        sonify(table_of(v=[1, 2, 3]), simple([], tick_unit="year"))


def test_too_long_a_piece_is_refused_before_it_is_made():
    with pytest.raises(InputError, match="Choose fewer notes or a faster tempo"):
        sonify(table_of(v=list(range(500))), simple([], n_notes=500, pace="tempo", tempo_qpm=20.0))


def test_a_range_that_the_scale_cannot_fill_is_refused():
    with pytest.raises(InputError, match="holds one note of C major"):
        sonify(table_of(v=[1, 2]), Settings(voices=(Voice(column="v", low=60, high=61),)))


def test_unknown_and_text_columns_are_named():
    table = table_of(v=[1, 2], name=["x", "y"])
    with pytest.raises(InputError, match="no column 'nope'"):
        sonify(table, Settings(voices=(Voice(column="nope"),)))
    with pytest.raises(InputError, match="holds text, and only numbers"):
        sonify(table, Settings(voices=(Voice(column="name"),)))


def test_outliers_are_the_far_ones():
    assert np.flatnonzero(outliers(np.array([1.0, 1.1, 0.9, 1.0, 1.05, 9.0]))).tolist() == [5]
    assert not outliers(np.ones(5)).any()


def test_the_same_settings_give_the_same_midi():
    table = table_of(v=np.random.default_rng(0).normal(size=50).tolist())
    chosen = simple([], scale="dorian")
    first, second = (midi.to_bytes(sonify(table, chosen).midi) for _ in range(2))
    assert first == second


def test_four_voices_share_their_onsets_and_are_named_after_their_columns():
    rng = np.random.default_rng(2)
    table = table_of(**{name: rng.normal(size=40).tolist() for name in "abcd"})
    result = sonify(table, Settings(voices=tuple(Voice(column=name) for name in "abcd")))
    assert [track.name for track in result.midi.instruments] == list("abcd")
    assert len({tuple(voice.points["onset_sec"]) for voice in result.voices}) == 1


def test_notes_that_an_instrument_cannot_sound_are_told():
    # The SoundFont's baritone sax ends at G5; the piano sounds everywhere.
    values = [float(i) for i in range(20)]
    high = Voice(column="v", program=67, low=60, high=96)
    told = describe_inaudible(sonify(table_of(v=values), Settings(voices=(high,), duration_sec=5)))
    (sentence,) = told
    assert re.match(r"\d+ notes of v cannot be heard: Baritone Sax only plays .* to G5", sentence)
    piano = Voice(column="v", low=24, high=108)
    assert describe_inaudible(sonify(table_of(v=values), Settings(voices=(piano,), duration_sec=5))) == []
