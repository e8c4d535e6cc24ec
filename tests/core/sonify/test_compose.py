"""The three modes: what each promises about the data, at the edges too."""

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.music import midi
from core.music.scales import SCALES, scale_pitches
from core.sonify.compose import DIALS, Composers, compose, mode_of, trade
from core.sonify.descriptions import mapping_in_words
from core.sonify.direct_mapping import sonify
from core.sonify.fidelity import rank_correlation
from core.sonify.settings import Settings, Voice
from core.tables.table import Table, read_text


@cache
def composers() -> Composers:
    return Composers.from_weights()


def table_of(**columns: object) -> Table:
    return read_text(pd.DataFrame(columns).to_csv(index=False))


def walk(n: int, seed: int = 0) -> np.ndarray:
    return np.round(np.cumsum(np.random.default_rng(seed).normal(size=n)), 4)


def asked(mode: str, **choices: object) -> Settings:
    low, high = (60, 91) if mode == "piece" else (36, 84)
    voices = choices.pop("voices", (Voice(column="v", low=low, high=high),))
    return Settings(mode=mode, voices=voices, **{"duration_sec": 12.0, **choices})


def heard(sonification, voice: int = 0) -> np.ndarray:
    points = sonification.voices[voice].points
    return points.loc[points["sounds"], "pitch"].to_numpy()


def test_a_melody_keeps_every_point_its_scale_and_the_order_of_the_data():
    values = walk(120)
    made = compose(table_of(v=values), asked("melody", key="D", scale="dorian"), composers())
    pitch = heard(made)
    assert len(pitch) == 120
    assert set(pitch) <= set(scale_pitches("D", "dorian", 36, 84))
    assert rank_correlation(values, pitch) > 0.95
    track = midi.from_bytes(midi.to_bytes(made.midi)).instruments[0]
    assert [note.pitch for note in sorted(track.notes, key=lambda note: note.start)] == pitch.tolist()


def test_takes_are_composed_at_once_and_the_chosen_one_sounds():
    table = table_of(v=walk(60))
    settings = asked("melody", takes=3, fidelity=0.3)
    takes = [compose(table, dataclasses.replace(settings, take=k), composers()) for k in (1, 2, 3)]
    for k, made in enumerate(takes):
        assert made.composition is not None
        sounding = made.composition.takes[k].pitches[0]
        np.testing.assert_array_equal(made.voices[0].points["pitch"], sounding)
        assert made.voices[0].fidelity == made.composition.takes[k].fidelity[0]
    assert (heard(takes[0]) != heard(takes[1])).any()


def test_a_melody_is_cheaper_than_the_direct_mapping_and_a_trade_can_be_drawn():
    table = table_of(v=walk(150, seed=4))
    made = compose(table, asked("melody", takes=1), composers())
    assert made.composition is not None
    assert made.composition.takes[0].nats[0] < made.composition.direct_nats[0]
    figure = trade(table, asked("melody"), composers())
    assert figure["fidelity"].tolist() == list(DIALS)
    assert figure["nats"].iloc[-1] == pytest.approx(made.composition.direct_nats[0], abs=1e-6)
    assert figure["rho"].iloc[0] < figure["rho"].iloc[5] <= figure["rho"].iloc[-1] + 0.01


def test_higher_is_lower_where_it_was_asked():
    values = walk(80)
    down = (Voice(column="v", polarity="down"),)
    made = compose(table_of(v=values), asked("melody", voices=down), composers())
    assert rank_correlation(values, heard(made)) < -0.95
    figure = trade(table_of(v=values), asked("melody", voices=down), composers())
    assert figure["rho"].iloc[-1] > 0.95


def test_gaps_are_rests_in_a_melody_and_in_a_piece():
    values = [1.0, 2.0, None, 4.0, 3.0, None, None, 2.0, 5.0, 1.0]
    for mode in ("melody", "piece"):
        made = compose(table_of(v=values, t=range(10)), asked(mode, time="t"), composers())
        points = made.voices[0].points
        assert points["sounds"].tolist() == [value is not None for value in values]
        assert points["pitch"].isna().tolist() == [value is None for value in values]


@pytest.mark.parametrize("mode", ["melody", "piece"])
@pytest.mark.parametrize(
    "values", [[3.0, 1.0, 2.0], [5.0, 5.0, 5.0, 5.0, 5.0], [1.0], [1e308, -1e308, 0.0, 5.0]]
)
def test_few_and_constant_and_huge_points_all_sound(mode, values):
    made = compose(table_of(v=values), asked(mode, duration_sec=5.0), composers())
    assert len(heard(made)) == len(values)
    assert mapping_in_words(made)


def test_four_voices_are_composed_together_in_a_melody():
    columns = {name: walk(50, seed=i) for i, name in enumerate("abcd")}
    voices = tuple(Voice(column=name) for name in columns)
    made = compose(table_of(**columns), asked("melody", voices=voices), composers())
    for place, values in enumerate(columns.values()):
        assert rank_correlation(values, heard(made, place)) > 0.9


@pytest.mark.parametrize("mode", ["melody", "piece"])
def test_a_range_without_two_notes_of_the_scale_says_what_to_do(mode):
    narrow = (Voice(column="v", low=61, high=62),)
    settings = asked(mode, voices=narrow, scale="major pentatonic", key="C")
    with pytest.raises(InputError, match=r"holds one note of C major pentatonic.*widen the range"):
        compose(table_of(v=walk(10)), settings, composers())


@pytest.mark.parametrize("mode", ["melody", "piece"])
def test_a_range_of_one_semitone_still_tells_high_from_low(mode):
    semitone = (Voice(column="v", low=64, high=65),)
    made = compose(table_of(v=[0.0, 1.0, 0.0, 1.0]), asked(mode, voices=semitone, fidelity=0.9), composers())
    assert heard(made).tolist() == [64, 65, 64, 65]


def test_a_scale_without_steps_is_refused_in_a_melody_only():
    with pytest.raises(InputError, match=r"needs a scale with steps.*Choose another scale"):
        compose(table_of(v=walk(10)), asked("melody", scale="continuous"), composers())
    made = compose(table_of(v=walk(10)), asked("piece", scale="continuous"), composers())
    assert made.voices[0].fidelity.spearman == pytest.approx(1.0)


def test_a_composed_rhythm_is_refused_where_nothing_is_composed():
    with pytest.raises(InputError, match="A composed rhythm needs the mode Melody"):
        compose(table_of(v=walk(10)), asked("direct", rhythm="composed"), composers())


def test_many_rows_are_joined_and_the_words_say_how_many():
    settings = asked("melody", n_notes=100, takes=1)
    made = compose(table_of(v=walk(100_000)), settings, composers())
    assert len(heard(made)) == 100
    assert made.voices[0].points["n_rows"].sum() == 100_000
    assert any("100,000 rows were aggregated to 100 notes" in sentence for sentence in mapping_in_words(made))


def test_a_piece_in_few_bars_joins_rows_rather_than_losing_them():
    made = compose(table_of(v=walk(300)), asked("piece", pace="bars", bars=4), composers())
    assert made.voices[0].points["n_rows"].sum() == 300
    assert len(heard(made)) == 64
    assert any("300 rows were aggregated to 64 notes" in sentence for sentence in mapping_in_words(made))


@pytest.mark.parametrize("rhythm", ["uniform", "time", "composed"])
def test_the_data_of_a_piece_are_exact_complete_and_in_steady_bars(rhythm):
    values = walk(90, seed=2)
    table = table_of(v=values, t=np.arange(90))
    settings = asked("piece", pace="bars", bars=12, rhythm=rhythm, time="t", scale="natural minor", key="A")
    made = compose(table, settings, composers())
    straight = sonify(table, dataclasses.replace(settings, mode="direct", rhythm="uniform"))
    track = midi.from_bytes(midi.to_bytes(made.midi)).instruments[0]
    notes = sorted(track.notes, key=lambda note: note.start)
    assert [note.pitch for note in notes] == heard(straight).tolist()
    assert made.composition is not None and made.composition.score is not None
    score = made.composition.score
    assert (score.n_bars, round(score.tempo_qpm, 3)) == (12, 100.0)
    place = np.array([note.start for note in notes]) / (60 / 100 / 4)
    np.testing.assert_allclose(place, np.round(place), atol=1e-2)
    assert made.midi.time_signature_changes[0].numerator == 4


def test_a_piece_adds_notes_in_key_that_stay_below_the_data():
    made = compose(table_of(v=walk(60, seed=5)), asked("piece", key="F", density=4), composers())
    assert made.composition is not None
    rest = made.composition.accompanied
    assert rest is not None
    assert len(rest.notes) > 20 and rest.in_key == 1.0
    assert rest.margin_db >= 6.0
    in_f = {(5 + step) % 12 for step in SCALES["major"]}
    named = {track.name: track for track in made.midi.instruments}
    assert set(named) >= {"v", "Accompaniment"}
    assert {note.pitch % 12 for note in named["Accompaniment"].notes} <= in_f
    assert rest.chords and rest.chords[0].onset_sec == 0.0


@pytest.mark.parametrize("mode", ["melody", "piece"])
def test_the_same_seed_gives_the_same_notes_and_another_seed_others(mode):
    table = table_of(v=walk(40))
    settings = asked(mode, fidelity=0.2, seed=7)

    def notes(of: Settings) -> list[tuple[float, int, int]]:
        made = compose(table, of, composers())
        return [(n.start, n.pitch, n.velocity) for track in made.midi.instruments for n in track.notes]

    assert notes(settings) == notes(settings)
    assert notes(settings) != notes(dataclasses.replace(settings, seed=8))


@pytest.mark.parametrize("mode", ["melody", "piece"])
def test_stages_are_told_in_order(mode):
    told: list[tuple[float, str]] = []
    compose(table_of(v=walk(40)), asked(mode), composers(), progress=lambda *stage: told.append(stage))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    assert len({stage for _, stage in told}) >= 3


def test_every_scale_is_told_to_the_network_as_major_minor_or_neither():
    modes = {scale: mode_of(Settings(scale=scale)) for scale in SCALES}
    assert modes["major"] == modes["lydian"] == "major"
    assert modes["harmonic minor"] == modes["minor blues"] == "minor"
    assert modes["chromatic"] == modes["whole tone"] == "unknown"


def test_settings_of_every_mode_survive_json():
    settings = asked(
        "piece", style="classical", density=5, bars=9, pace="bars", fidelity=0.25, takes=4, take=2
    )
    assert Settings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"mode": "opera"}, "The mode was 'opera'; it can be direct, melody, piece"),
        ({"fidelity": 1.5}, "The fidelity was 1.5; it can be 0 to 1"),
        ({"take": 4, "takes": 3}, "The take was 4; it can be 1 to 3"),
        ({"bars": 0}, "The length was 0; it can be 1 to 512 bars"),
        ({"seed": -1}, "The seed was -1"),
        ({"style": "jazz"}, "The style was 'jazz'; it can be pop, classical"),
        ({"density": 6}, "The density was 6; it can be 1 to 5"),
        ({"meter": "7/8"}, "The time signature was '7/8'; it can be 4/4, 3/4"),
    ],
)
def test_a_choice_outside_its_range_says_what_works(wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        Settings(**wrong)


def test_data_that_leap_get_the_advice_of_a_smaller_range():
    leaping = np.tile([0.0, 10.0, 1.0, 9.0], 30) + walk(120) / 50
    wide = compose(table_of(v=leaping), asked("melody", takes=1, fidelity=0.9), composers())
    assert any("larger leaps than real melodies" in note and "C4 to C6" in note for note in wide.notes)
    calm = compose(table_of(v=np.sin(np.arange(120) / 9)), asked("melody", takes=1), composers())
    assert not any("leaps" in note for note in calm.notes)
