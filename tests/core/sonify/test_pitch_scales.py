"""Voices of one unit share one scale of values: the same value is the same pitch; other scales keep out of each other's way."""

import dataclasses
import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.__main__ import main
from core.errors import InputError
from core.sonify.charts import chart
from core.sonify.compose import Composers, compose, trade
from core.sonify.descriptions import mapping_in_words, units_of
from core.sonify.direct_mapping import plan, sonify
from core.sonify.examples import EXAMPLES, load_example
from core.sonify.pitch_scales import choose_registers, group_voices, name_measure
from core.sonify.report import report
from core.sonify.scaling import is_skewed
from core.sonify.settings import MODES, SCALINGS, Settings, Voice
from core.sonify.suggestion import suggest
from core.tables.table import Table, read_text

SHARED_SCALINGS = [scaling for scaling in SCALINGS if scaling != "auto"]


def table_of(**columns: list[float]) -> Table:
    rows = zip(*columns.values(), strict=True)
    return read_text(";".join(columns) + "\n" + "\n".join(";".join(map(str, row)) for row in rows))


def voices_of(*columns: str, **choices) -> tuple[Voice, ...]:
    return tuple(Voice(column=column, **choices) for column in columns)


def pitch_by_value(made) -> dict[float, set[float]]:
    found: dict[float, set[float]] = {}
    for result in made.voices:
        for value, pitch in zip(result.points["value"], result.points["pitch"], strict=True):
            found.setdefault(value, set()).add(pitch)
    return found


@given(
    series=st.lists(st.tuples(*[st.integers(1, 40)] * 3), min_size=2, max_size=30),
    scaling=st.sampled_from(SCALINGS),
    scale=st.sampled_from(["major", "chromatic", "continuous"]),
)
def test_on_a_shared_scale_the_same_value_has_the_same_pitch(series, scaling, scale):
    columns = {
        f"price {name}": list(values) for name, values in zip("abc", zip(*series, strict=True), strict=True)
    }
    table, voices = table_of(**columns), voices_of(*columns)
    made = sonify(table, Settings(voices=voices, pitch_scale="all", scaling=scaling, scale=scale))
    assert all(len(pitches) == 1 for pitches in pitch_by_value(made).values())
    values = sorted(pitch_by_value(made))
    assert all(
        max(pitch_by_value(made)[low]) <= min(pitch_by_value(made)[high])
        for low, high in itertools.pairwise(values)
    )


def test_apple_and_netflix_can_be_compared():
    table, settings = load_example("stocks"), suggest(load_example("stocks"), EXAMPLES["stocks"]).settings
    made = sonify(table, settings)
    first = [result.points["pitch"].iloc[0] for result in made.voices]
    assert first[0] == first[1]  # both begin at 1
    last = [result.points[["value", "pitch"]].iloc[-1].tolist() for result in made.voices]
    assert (last[0][0] > last[1][0]) == (last[0][1] > last[1][1])
    apart = sonify(table, dataclasses.replace(settings, pitch_scale="separate"))
    assert [result.points["pitch"].min() for result in apart.voices] == [36.0, 36.0]


@pytest.mark.parametrize("mode", MODES)
def test_in_every_mode_voices_of_one_scale_aim_at_the_same_pitches(mode):
    columns = {"temp min": [1, 2, 3, 4, 5, 6, 7, 8], "temp max": [5, 6, 7, 8, 9, 10, 11, 12]}
    settings = Settings(voices=voices_of(*columns), mode=mode, fidelity=1.0, takes=1, duration_sec=4)
    made = compose(table_of(**columns), settings, Composers.from_weights(), engine="embedded")
    assert all(len(pitches) == 1 for pitches in pitch_by_value(made).values())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["rain (mm)", "snow (mm)"], (0, 0)),
        (["rain (mm)", "snow (cm)"], (0, 1)),
        (["temp min", "temp max"], (0, 0)),
        (["Open", "Close"], (0, 0)),
        (["Sales 2020", "Sales 2021"], (0, 0)),
        (["temp", "wind"], (0, 1)),
        (["Oslo", "Rome"], (0, 1)),
        (["value 1", "value 2"], (0, 1)),
        (["rain (mm)", "rain"], (0, 1)),
    ],
)
def test_columns_share_by_their_unit_or_by_the_measure_that_their_names_give(names, expected):
    table = table_of(**{name: [1, 2, 3] for name in names})
    assert group_voices(table, Settings(voices=voices_of(*names))) == expected


def test_columns_without_a_unit_share_only_where_their_ranges_overlap():
    near = table_of(**{"sales a": [1, 2, 3], "sales b": [2, 3, 9]})
    far = table_of(**{"sales a": [1, 2, 3], "sales b": [2000, 3000, 9000]})
    settings = Settings(voices=voices_of("sales a", "sales b"))
    assert (group_voices(near, settings), group_voices(far, settings)) == ((0, 0), (0, 1))


def test_parts_of_one_column_share_by_what_they_are():
    voices = tuple(Voice(column="v", part=part) for part in ("value", "season", "trend", "rest"))
    assert group_voices(table_of(v=[1, 2]), Settings(voices=voices)) == (0, 1, 0, 1)


def test_a_voice_with_a_scaling_of_its_own_has_a_scale_of_its_own():
    voices = (Voice(column="price a"), Voice(column="price b", scaling="log"))
    table = table_of(**{"price a": [1, 10, 100], "price b": [1, 10, 100]})
    settings = Settings(voices=voices, scaling="linear", scale="chromatic")
    assert group_voices(table, settings) == (0, 1)
    made = sonify(table, settings)
    assert [result.scaling for result in made.voices] == ["linear", "log"]
    assert [result.points["pitch"].iloc[1] for result in made.voices] == [40.0, 60.0]


def test_measures_are_read_from_names():
    assert name_measure("PriceUSD") & {"price"} and name_measure("adj close") == name_measure("High")
    assert name_measure("x") == frozenset() == name_measure("2020")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scales", [(0, 1), (0, 1, 2), (0, 1, 2, 3), (0, 1, 0), (0, 0, 1, 1)])
def test_registers_of_different_scales_do_not_sit_on_each_other(mode, scales):
    registers = choose_registers(scales, mode)
    for (one, a), (other, b) in itertools.combinations(zip(scales, registers, strict=True), 2):
        if one == other:
            assert a == b
        else:
            assert a[1] < b[0] or b[1] < a[0]
    # The sparsest scales still have a pitch in each.
    for low, high in registers:
        voices = (Voice(column="v", low=low, high=high),)
        sonify(table_of(v=[1, 2]), Settings(voices=voices, scale="major pentatonic"))


def test_one_scale_has_the_range_of_a_single_voice():
    assert (
        choose_registers((0,), "direct") == ((36, 84),)
        and choose_registers((0, 0), "piece") == ((60, 91),) * 2
    )
    assert suggest(load_example("co2"), EXAMPLES["co2"]).settings.voices[0].high == 84


def test_settings_files_of_before_keep_their_sound():
    columns = {"temp min": [1, 2, 3], "temp max": [5, 6, 9]}
    old = dataclasses.asdict(Settings(voices=voices_of(*columns), pitch_scale="separate", duration_sec=3))
    del old["pitch_scale"]
    for voice in old["voices"]:
        del voice["scaling"]
    made = sonify(table_of(**columns), Settings.from_json(json.dumps({"settings": old})))
    assert [result.points["pitch"].tolist() for result in made.voices] == [[36, 60, 84], [36, 48, 84]]
    with pytest.raises(InputError, match="The pitch scale was 'shared'; it can be unit, all, separate"):
        Settings(pitch_scale="shared")


def test_words_chart_and_report_tell_which_voices_can_be_compared():
    table = table_of(**{"rain (mm)": [1, 5, 9], "snow (mm)": [2, 4, 6], "wind (m/s)": [3, 1, 2]})
    made = sonify(table, suggest_all(table))
    words = mapping_in_words(made, units_of(table))
    assert words[0].startswith(
        "rain (mm) and snow (mm) share one pitch scale, from 1 to 9: the same value has the same pitch"
    )
    assert words[1] == "Pitches of different scales cannot be compared with each other."
    figure = chart(made, table)
    assert "yaxis2" in figure.layout and "yaxis3" not in figure.layout
    assert [trace.yaxis for trace in figure.data] == ["y", "y", "y", "y", "y2", "y2"]
    told = report(made, table)
    assert [scale["voices"] for scale in told["pitch_scales"]] == [["rain (mm)", "snow (mm)"], ["wind (m/s)"]]
    assert [voice["pitch_scale"] for voice in told["voices"]] == [0, 0, 1]
    apart = mapping_in_words(sonify(table, dataclasses.replace(made.settings, pitch_scale="separate")))
    assert apart[0].startswith("Each voice has its own pitch scale")


def suggest_all(table: Table) -> Settings:
    settings = Settings(voices=voices_of(*table.number_columns()), duration_sec=3)
    registers = choose_registers(group_voices(table, settings), "direct")
    voices = [
        dataclasses.replace(voice, low=low, high=high)
        for voice, (low, high) in zip(settings.voices, registers, strict=True)
    ]
    return dataclasses.replace(settings, voices=tuple(voices))


def test_a_voice_that_hardly_moves_on_its_shared_scale_is_told():
    table = table_of(**{"cost a": [1, 2, 3, 90], "cost b": [40, 41, 42, 41]})
    settings = Settings(voices=voices_of("cost a", "cost b"), scaling="linear")
    assert any("cost b uses only 2% of the pitch scale" in note for note in sonify(table, settings).notes)
    apart = dataclasses.replace(settings, pitch_scale="separate")
    assert not any("pitch scale" in note for note in sonify(table, apart).notes)


def test_a_logarithm_is_suggested_once_for_skewed_data():
    skewed = [float(x) for x in np.exp(np.linspace(0, 9, 60))]
    table = table_of(a=skewed, b=[2 * x for x in skewed], c=list(range(1, 61)))
    notes = sonify(table, Settings(voices=voices_of("a", "b", "c"), scaling="linear")).notes
    assert [note for note in notes if "logarithmic" in note] == [
        "a and b are strongly skewed: most values sound low. A logarithmic scaling would spread them out."
    ]
    assert not any("logarithmic" in note for note in sonify(table, Settings(voices=voices_of("a"))).notes)
    assert not is_skewed(np.array([-1.0, 1.0, 500.0])) and not is_skewed(np.array([np.nan, 2.0, 2.0, 2.0]))


def test_the_trade_of_a_voice_is_measured_on_the_scale_that_it_shares():
    columns = {"cost a": [1, 2, 3, 4, 3, 2, 4, 1], "cost b": [1, 20, 30, 80, 90, 20, 1, 5]}
    settings = Settings(voices=voices_of(*columns), scaling="linear", duration_sec=4)
    dial = trade(table_of(**columns), settings, Composers.from_weights())
    exact = sonify(table_of(**columns), settings).voices[0].fidelity.spearman
    assert dial["rho"].iloc[-1] == pytest.approx(exact, abs=1e-6)


def test_the_shell_shares_scales_and_gives_registers(tmp_path):
    path, out = tmp_path / "t.csv", tmp_path / "r.json"
    path.write_text("t,temp min,temp max,wind\n1,1,3,30\n2,2,6,10\n3,4,9,20\n")

    def told(*more: str) -> dict:
        command = ["sonify", str(path), "--value", "temp min,temp max,wind", "--report", str(out)]
        assert main([*command, *more]) == 0
        return json.loads(out.read_text())

    assert [voice["pitch_scale"] for voice in told()["voices"]] == [0, 0, 1]
    ranges = [(voice["low"], voice["high"]) for voice in told()["settings"]["voices"]]
    assert ranges[0] == ranges[1] and (ranges[0][1] < ranges[2][0] or ranges[2][1] < ranges[0][0])
    assert [voice["pitch_scale"] for voice in told("--pitch-scale", "separate")["voices"]] == [0, 1, 2]
    logs = told("--voice-scaling", "linear", "--voice-scaling", "linear", "--voice-scaling", "log")
    assert [voice["scaling"] for voice in logs["voices"]] == ["linear", "linear", "log"]


def shops() -> Table:
    """Two columns of one unit: one keeps to the upper half, the other is mostly low."""
    low = [7.0, *(0.7 + 0.01 * k for k in range(30)), 9.0]
    return table_of(**{"Leeds (£)": [20.0 + k for k in range(32)], "York (£)": low})


@pytest.mark.parametrize("own", ["linear", "log", "rank", "robust"])
def test_a_voice_with_a_scaling_of_its_own_changes_no_other_voice(own):
    table = shops()
    settings = Settings(voices=voices_of(*table.number_columns()), duration_sec=3)
    before = sonify(table, settings)
    leeds, york = settings.voices
    after = sonify(
        table, dataclasses.replace(settings, voices=(leeds, dataclasses.replace(york, scaling=own)))
    )
    assert after.voices[0].scaling == before.voices[0].scaling
    assert after.voices[0].points["pitch"].equals(before.voices[0].points["pitch"])
    assert after.voices[0].pitch_scale != after.voices[1].pitch_scale


def test_a_logarithm_of_the_others_does_not_need_the_values_of_a_voice_that_left():
    table = table_of(**{"a (m)": [1.0, 10.0, 100.0], "b (m)": [-1.0, 0.0, 5.0]})
    one, other = voices_of(*table.number_columns())
    settings = Settings(
        voices=(one, dataclasses.replace(other, scaling="linear")), scaling="log", duration_sec=3
    )
    assert sonify(table, settings).voices[0].points["pitch"].tolist() == [36, 60, 84]


def test_the_same_settings_have_the_same_scaling_in_every_mode():
    table = table_of(v=[*(0.1 * k for k in range(60)), 14.0])
    scalings = {}
    for mode in MODES:
        (low, high), *_ = choose_registers((0,), mode)
        voices = (Voice(column="v", low=low, high=high),)
        scalings[mode] = plan(table, Settings(voices=voices, mode=mode, duration_sec=3)).lines[0].scaling
    assert len(set(scalings.values())) == 1, scalings
