"""The piano model: numbers and back, copy features, conditions, composing, and the shipped weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion.moods import Mood, MoodPath
from core.emotion.piano import attributes as at
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.config import PianoConfig
from core.emotion.piano.copy_features import N_DENSE, N_SOURCES, PLACES, Lookup
from core.emotion.piano.generate import PianoComposer
from core.emotion.piano.inference import Stepper, Weights
from core.emotion.piano.model import PianoLSTM, interval_token
from core.emotion.piano.steering import (
    EMOPIA_PLANE,
    RULES_PLANE,
    MoodPlane,
    Push,
    chord_pull,
    condition_row,
    mode_pull,
    tonic_for,
)
from core.errors import InputError
from core.music.performance import HIGHEST_PITCH, LOWEST_PITCH, MIN_DURATION_SEC, Performance
from core.nn.weights import load, to_arrays
from training.baselines.piano_ngram import PianoNgram
from training.baselines.piano_original import OriginalConfig, OriginalLSTM

HAPPY, SAD = Mood(valence=0.75, arousal=0.45), Mood(valence=-0.75, arousal=-0.45)


@st.composite
def performances(draw: st.DrawFn, low: int = LOWEST_PITCH, high: int = HIGHEST_PITCH) -> Performance:
    n = draw(st.integers(2, 40))
    pitch = draw(st.lists(st.integers(low, high), min_size=n, max_size=n))
    step = draw(st.lists(st.sampled_from([0.0, 0.0, 0.06, 0.125, 0.25, 0.5, 1.3]), min_size=n, max_size=n))
    duration = draw(st.lists(st.floats(0.03, 6.0), min_size=n, max_size=n))
    velocity = draw(st.lists(st.integers(1, 127), min_size=n, max_size=n))
    return Performance.of(pitch, np.cumsum(step), duration, velocity)


def tiny(seed: int = 0) -> PianoComposer:
    torch.manual_seed(seed)
    model = PianoLSTM(PianoConfig.tiny())
    return PianoComposer(model.config, to_arrays(model))


def scale(steps: tuple[int, ...], n: int = 64) -> Performance:
    pitch = [60 + 12 * (i // len(steps) % 2) + steps[i % len(steps)] for i in range(n)]
    return Performance.of(pitch, np.arange(n) * 0.25, [0.2] * n, [60] * n)


# Numbers.


@given(performances())
def test_numbers_hold_the_notes_within_their_bins(performance: Performance) -> None:
    encoded = tk.encode(performance)
    played = tk.gather_chords(performance)
    assert (encoded.tokens[:, tk.PITCH] + LOWEST_PITCH == played.pitch).all()
    for i in range(len(encoded)):
        low, high = tk.step_bounds_sec(int(encoded.tokens[i, tk.STEP]))
        assert low - 1e-9 <= played.step_sec[i] <= high + 1e-9
        low, high = tk.duration_bounds_sec(int(encoded.tokens[i, tk.DURATION]))
        assert low - 1e-9 <= played.duration_sec[i] <= high + 1e-9
    assert (encoded.tokens[:, tk.VELOCITY] == played.velocity // tk.VELOCITY_WIDTH).all()


@given(performances())
def test_a_chord_rises_and_has_each_key_once(performance: Performance) -> None:
    tokens = tk.encode(performance).tokens
    within = np.flatnonzero(tokens[1:, tk.STEP] == tk.CHORD) + 1
    assert (tokens[within, tk.PITCH] > tokens[within - 1, tk.PITCH]).all()


def test_notes_twenty_milliseconds_apart_are_a_chord_and_forty_are_not() -> None:
    near = tk.encode(Performance.of([64, 60], [0.0, 0.02], [1, 1], [60, 60]))
    apart = tk.encode(Performance.of([64, 60], [0.0, 0.04], [1, 1], [60, 60]))
    assert near.tokens[:, tk.PITCH].tolist() == [60 - LOWEST_PITCH, 64 - LOWEST_PITCH]
    assert near.tokens[1, tk.STEP] == tk.CHORD
    assert apart.tokens[1, tk.STEP] != tk.CHORD


def test_keys_off_the_piano_move_by_octaves() -> None:
    played = tk.gather_chords(Performance.of([5, 120], [0, 1], [1, 1], [60, 60]))
    assert played.pitch.tolist() == [29, 108]


# Lookups.


def read(performance: Performance) -> Lookup:
    lookup, encoded = Lookup(), tk.encode(performance)
    for i in range(len(encoded)):
        lookup.push(encoded.tokens[i], float(encoded.onset_sec[i]), float(encoded.duration_sec[i]))
    return lookup


def test_the_lookup_finds_what_followed_the_same_figure() -> None:
    line = [60, 64, 67, 72, 50, 60, 64, 67]
    lookup = read(Performance.of(line, np.arange(8) * 0.3, [0.2] * 8, [60] * 8))
    sources = lookup.sources()
    assert sources[0] == 72 - LOWEST_PITCH
    assert sources[N_SOURCES] == 3


def test_the_lookup_finds_a_figure_that_was_moved() -> None:
    line = [60, 64, 67, 72, 49, 62, 66, 69]
    sources = read(Performance.of(line, np.arange(8) * 0.3, [0.2] * 8, [60] * 8)).sources()
    assert sources[2] == 74 - LOWEST_PITCH


@given(performances(50, 75), st.integers(-4, 4))  # so that no figure moves off the keyboard
@settings(max_examples=60)
def test_copy_features_move_with_the_music(performance: Performance, semitones: int) -> None:
    moved = dataclasses.replace(performance, pitch=performance.pitch + semitones)
    here, there = read(performance), read(moved)
    keys, moved_keys = here.sources()[:N_SOURCES], there.sources()[:N_SOURCES]
    known = keys < tk.NO_PITCH
    assert (moved_keys[known] == keys[known] + semitones).all()
    assert (here.sources()[N_SOURCES:] == there.sources()[N_SOURCES:]).all()
    lines, moved_lines = here.dense(), there.dense()
    inside = slice(20, 68)
    shifted = slice(20 + semitones, 68 + semitones)
    assert np.allclose(moved_lines[:, shifted], lines[:, inside], atol=1e-5)


def test_a_long_history_is_cut_and_still_found() -> None:
    lookup = Lookup()
    for i in range(3500):
        lookup.push(np.array([i % 7 + 40, 5, 5, 10]), i * 0.1, 0.1)
    assert lookup.sources()[0] == 3500 % 7 + 40
    assert lookup.dense().shape == (N_DENSE, tk.N_PITCHES)


# Attributes.


def test_major_and_minor_scales_are_told_apart() -> None:
    major, minor = scale((0, 2, 4, 5, 7, 9, 11, 0, 4, 7)), scale((0, 2, 3, 5, 7, 8, 11, 0, 3, 7))
    assert at.measure(major).majorness > 0 > at.measure(minor).majorness
    assert at.key_of(scale((0, 4, 7, 0))) == ("C", "major")
    assert at.key_of(scale((0, 3, 7, 0))) == ("C", "minor")


def test_attributes_say_what_was_played() -> None:
    found = at.measure(scale((0, 4, 7)))
    assert found.onset_rate == pytest.approx(4.0, rel=0.01)
    assert found.thickness == pytest.approx(1.0)
    assert found.loudness == pytest.approx(60.0)
    assert found.articulation == pytest.approx(0.8, rel=0.01)


@given(performances(30, 90), st.integers(-9, 9))
@settings(max_examples=40)
def test_transposing_changes_the_register_alone(performance: Performance, semitones: int) -> None:
    here = at.measure(performance)
    there = at.measure(dataclasses.replace(performance, pitch=performance.pitch + semitones))
    assert there.register == pytest.approx(here.register + semitones)
    for name in ("onset_rate", "thickness", "loudness", "articulation", "majorness"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), abs=1e-9)


# Steering.


planes = pytest.mark.parametrize("plane", [EMOPIA_PLANE, RULES_PLANE], ids=["research", "open"])


@planes
def test_a_happier_mood_asks_for_faster_higher_louder_more_detached_and_more_major_music(
    plane: MoodPlane,
) -> None:
    happy, sad = plane.targets(HAPPY), plane.targets(SAD)
    for name in ("onset_rate", "register", "loudness", "majorness"):
        assert happy[at.NAMES.index(name)] > sad[at.NAMES.index(name)]
    assert happy[at.NAMES.index("articulation")] < sad[at.NAMES.index("articulation")]


@planes
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1))
def test_what_lies_between_two_moods_asks_for_what_lies_between(
    plane: MoodPlane, v: float, a: float, share: float
) -> None:
    path = MoodPath(start=Mood(valence=v, arousal=a), end=Mood(valence=-v, arousal=0.0))
    between = (1 - share) * plane.targets(path.start) + share * plane.targets(path.end)
    assert np.allclose(plane.targets(path.at(share)), between, atol=1e-6)


def test_a_piece_that_is_faster_than_its_mood_asks_for_more_onsets_alone() -> None:
    plane = RULES_PLANE
    assert (plane.targets(HAPPY, 0.5) - plane.targets(HAPPY)).tolist() == pytest.approx([0.5, 0, 0, 0, 0, 0])
    measured = at.raw_rows(scale((0, 2, 4, 5, 7)))[0]
    slower = [
        Push.toward(HAPPY, measured, np.ones(12), 0, plane=plane, faster=by).slower for by in (0.0, 0.5)
    ]
    assert slower[1] < slower[0]


def test_unknown_conditions_are_all_zero() -> None:
    assert not condition_row(None, None, None).any()
    assert condition_row(np.zeros(6), HAPPY, "pop").shape == (PianoConfig().n_conditions,)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The conditions that the network is told, one row a note, as it is told them."""
    told: list[np.ndarray] = []
    read = Stepper.pitch_logits

    def heard(self: Stepper, conditions: np.ndarray) -> np.ndarray:
        told.append(conditions.copy())
        return read(self, conditions)

    monkeypatch.setattr(Stepper, "pitch_logits", heard)
    return told


def test_a_network_that_was_shown_no_moods_is_told_none_and_its_own_kind(told: list[np.ndarray]) -> None:
    model = PianoLSTM(dataclasses.replace(PianoConfig.tiny(), kinds=("classical", "score")))
    PianoComposer(model.config, to_arrays(model)).compose(MoodPath.still(HAPPY), n_notes=8)
    rows = np.concatenate(told)
    assert not rows[:, 6:8].any() and not rows[:, 14:16].any()  # valence and arousal: neither told nor known
    assert rows[:, 8:14].all() and (rows[:, 16:] == [1.0, 0.0]).all()


def test_the_pull_to_a_mode_vanishes_at_neutral_and_favors_the_third_of_the_mode() -> None:
    even = np.ones(12)
    assert not mode_pull(even, 0, 0.0, 1.0).any()
    keys = {name: 60 + step - LOWEST_PITCH for name, step in (("minor", 3), ("major", 4))}
    bright, dark = mode_pull(even, 0, 1.0, 0.0), mode_pull(even, 0, -1.0, 0.0)
    assert bright[keys["major"]] > bright[keys["minor"]]
    assert dark[keys["minor"]] > dark[keys["major"]]


def test_a_note_heard_too_often_is_pushed_away() -> None:
    only_tonic = np.eye(12)[0]
    pull = mode_pull(only_tonic, 0, 1.0, 0.0)
    assert pull[60 - LOWEST_PITCH] < pull[64 - LOWEST_PITCH]


@pytest.mark.parametrize("root", range(12))
def test_a_fifth_is_filled_by_the_third_of_the_mood(root: int) -> None:
    fifth = np.isin(np.arange(12), [root, (root + 7) % 12])
    third = {name: (root + step - LOWEST_PITCH) % 12 + 36 for name, step in (("minor", 3), ("major", 4))}
    bright, dark = chord_pull(fifth, 1.0), chord_pull(fifth, -1.0)
    assert bright.argmax() % 12 == third["major"] % 12
    assert dark.argmax() % 12 == third["minor"] % 12
    assert np.array_equal(bright, -dark)
    # Of all twelve classes none is favored: the range of pitches and the chance of notes outside the key stay.
    assert abs(bright[:12].mean()) < 1e-6


def test_silence_and_a_neutral_mood_pull_to_no_chord() -> None:
    assert not chord_pull(np.ones(12, dtype=bool), 0.0).any()
    assert np.abs(chord_pull(np.zeros(12, dtype=bool), 1.0)).max() < 1e-6


def test_the_tonic_changes_only_for_a_key_that_fits_much_better() -> None:
    c_major = at.class_weights(scale((0, 2, 4, 5, 7, 9, 11, 0, 4, 7)))
    assert tonic_for(c_major, 1.0, 7) in (0, 7)
    assert tonic_for(c_major, 1.0, 6) == 0


# The network.


@torch.inference_mode()
def torch_logits(model: PianoLSTM, performance: Performance) -> list[np.ndarray]:
    """What the module that was trained says of each note, heads one after the other, shape=(n, classes)."""
    encoded, lookup = tk.encode(performance), Lookup()
    before = np.array([[tk.NO_PITCH, tk.NO_STEP, tk.NO_DURATION, tk.NO_VELOCITY]])
    history = torch.from_numpy(np.concatenate([before, before, encoded.tokens]))
    dense, sources, places = [], [], []
    for i in range(len(encoded)):
        dense.append(lookup.dense())
        sources.append(lookup.sources())
        places.append(min(lookup.place, PLACES - 1))
        lookup.push(encoded.tokens[i], float(encoded.onset_sec[i]), float(encoded.duration_sec[i]))
    last, sooner = history[1:-1], history[:-2]
    interval = interval_token(last[:, 0], sooner[:, 0])
    rows = torch.cat([last, interval[:, None], torch.tensor(places)[:, None]], dim=1)[None]
    found, lines = torch.from_numpy(np.stack(sources))[None], torch.from_numpy(np.stack(dense))[None]
    hidden, _ = model(rows, found, lines, torch.zeros(1, len(encoded), model.config.n_conditions))
    pitch, step, duration, _ = torch.from_numpy(encoded.tokens)[None].unbind(-1)
    told = model.told(hidden, found, pitch, interval_token(pitch, rows[..., 0]))
    heads = (model.pitch_logits(hidden, found, lines), *model.rhythm_logits(told, step, duration))
    return [logits[0].numpy() for logits in heads]


@pytest.mark.parametrize("size", ["tiny", "shipped"])
def test_stepping_in_numpy_says_what_torch_says(size: str) -> None:
    torch.manual_seed(0)
    model = PianoLSTM(PianoConfig.tiny()).eval() if size == "tiny" else load("piano", PianoLSTM)[0]
    performance = scale((0, 4, 7, 12, 3), 40)
    encoded, stepper = tk.encode(performance), Stepper(Weights(model.config, to_arrays(model)))
    expected = torch_logits(model, performance)
    for i, tokens in enumerate(encoded.tokens.tolist()):
        heads = [stepper.pitch_logits(np.zeros((1, model.config.n_conditions), dtype=np.float32))]
        heads += [stepper.step_logits(tokens[0]), stepper.duration_logits(tokens[1])]
        heads += [stepper.velocity_logits(tokens[2])]
        for logits, wanted in zip(heads, expected, strict=True):
            assert np.abs(logits[0] - wanted[i]).max() <= 1e-5 * max(1.0, np.abs(wanted[i]).max())
        stepper.push(encoded.tokens[i], float(encoded.onset_sec[i]), float(encoded.duration_sec[i]))
    costs = PianoComposer(model.config, to_arrays(model)).nll(performance)
    for j, logits in enumerate(expected):
        chosen = torch.from_numpy(encoded.tokens[:, j])
        each = torch.nn.functional.cross_entropy(torch.from_numpy(logits), chosen, reduction="none")
        assert costs[:, j] == pytest.approx(each.numpy(), abs=2e-5)


def test_the_pitch_is_told_nothing_of_its_own_note() -> None:
    composer = tiny()
    first = scale((0, 4, 7, 12, 3), 30)
    pitch = first.pitch.copy()
    pitch[-1] += 1
    second = dataclasses.replace(
        first,
        pitch=pitch,
        velocity=np.append(first.velocity[:-1], 9),
        duration_sec=np.append(first.duration_sec[:-1], 3),
    )
    assert np.allclose(composer.nll(first)[:-1], composer.nll(second)[:-1])
    exp = [
        np.exp(-composer.nll(dataclasses.replace(first, pitch=np.append(first.pitch[:-1], p)))[-1, 0])
        for p in range(21, 109)
    ]
    assert sum(exp) == pytest.approx(1.0, abs=1e-3)


# Composing.


@given(st.integers(1, 60), st.integers(0, 5))
@settings(max_examples=10, deadline=None)
def test_a_piece_has_as_many_notes_as_asked_for(n: int, seed: int) -> None:
    piece = tiny().compose(MoodPath.still(HAPPY), n_notes=n, seed=seed)
    assert len(piece.performance) == n


def test_a_piece_ends_when_asked_and_no_note_is_too_short_to_hear() -> None:
    piece = tiny().compose(MoodPath.still(SAD), duration_sec=12.0, seed=1)
    assert 9.0 < piece.performance.onset_sec[-1] < 12.0
    assert piece.performance.end_sec <= 12.0 + MIN_DURATION_SEC
    assert piece.performance.duration_sec.min() >= MIN_DURATION_SEC


def test_one_seed_gives_one_piece_and_another_seed_another() -> None:
    composer, path = tiny(), MoodPath.still(HAPPY)
    first, again, other = (composer.compose(path, n_notes=40, seed=seed).performance for seed in (3, 3, 4))
    assert np.array_equal(first.pitch, again.pitch) and np.array_equal(first.onset_sec, again.onset_sec)
    assert not np.array_equal(first.pitch, other.pitch)


def test_without_a_mood_a_beginning_goes_on_as_it_is_played(told: list[np.ndarray]) -> None:
    prompt = scale((0, 4, 7), 12)
    tiny().compose(None, prompt=prompt, n_notes=20)
    own = at.scaled(at.raw_rows(prompt)).mean(axis=0)
    assert len(told) > 12
    for row in told[12:]:
        assert np.allclose(row, condition_row(own, None, None)[None])
    told.clear()
    tiny().compose(None, n_notes=5)
    assert all(np.allclose(row, condition_row(None, None, None)[None]) for row in told)


def test_the_beginning_stays_as_it_is_and_composing_changes_nothing_shared() -> None:
    composer, prompt = tiny(), scale((0, 3, 7), 10)
    first = composer.compose(MoodPath(start=HAPPY, end=SAD), prompt=prompt, n_notes=40).performance
    piece = composer.compose(MoodPath(start=HAPPY, end=SAD), prompt=prompt, n_notes=40)
    assert all(np.array_equal(value, getattr(piece.performance, name)) for name, value in vars(first).items())
    assert piece.n_prompt == 10
    assert np.array_equal(piece.performance.pitch[:10], prompt.pitch)
    assert np.array_equal(piece.performance.onset_sec[:10], prompt.onset_sec)
    assert piece.performance.onset_sec[10] > prompt.onset_sec[-1]
    assert piece.path is not None and piece.path.at(0.0).valence > 0 > piece.path.at(1.0).valence


def test_the_last_chord_holds_the_tonic() -> None:
    piece = tiny().compose(MoodPath.still(HAPPY), n_notes=60, seed=2)
    last = piece.performance.pitch[piece.performance.onset_sec == piece.performance.onset_sec[-1]]
    assert len(last) >= 3
    assert last[0] % 12 == last[-1] % 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_notes": None}, "needs a length"),
        ({"n_notes": 0}, "1 to 5,000 notes"),
        ({"n_notes": 6000}, "1 to 5,000 notes"),
        ({"duration_sec": 900.0}, "1 to 600 seconds"),
        ({"temperature": -0.1}, "Temperature ranges from 0"),
        ({"temperature": float("nan")}, "Temperature ranges from 0"),
        ({"top_p": 0.0}, "Top-p"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, float], message: str) -> None:
    arguments = {"n_notes": 20, **changes}
    with pytest.raises(InputError, match=message):
        tiny().compose(MoodPath.still(HAPPY), **arguments)  # type: ignore[arg-type]


def test_a_beginning_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(InputError, match="Choose more notes"):
        tiny().compose(MoodPath.still(HAPPY), prompt=scale((0, 4, 7), 30), n_notes=30)
    with pytest.raises(InputError, match="longer piece"):
        tiny().compose(MoodPath.still(HAPPY), prompt=scale((0, 4, 7), 64), duration_sec=5.0)


# Baselines.


def test_the_trigram_is_a_distribution_that_learns_what_follows() -> None:
    line = np.array([10, 20, 30] * 30)
    model = PianoNgram.count([line])
    probability = model.probabilities(line)
    assert np.allclose(probability.sum(axis=1), 1.0)
    assert probability[10, line[10]] > 0.8


def test_the_original_network_gives_no_pitch_a_score_below_zero() -> None:
    torch.manual_seed(0)
    pitch, step, duration = OriginalLSTM(OriginalConfig.tiny())(torch.rand(5, 4, 3))
    assert pitch.shape == (5, 128) and step.shape == duration.shape == (5,)
    assert (pitch >= 0).all() and (step >= 0).all()


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="from 1"):
        PianoConfig(hidden_size=0)
    with pytest.raises(ValueError, match="dropout"):
        PianoConfig(dropout=1.0)
    with pytest.raises(ValueError, match="copy features"):
        PianoConfig(n_dense=3)


# What is shipped.


@pytest.fixture(scope="module")
def composer() -> PianoComposer:
    return PianoComposer.from_weights()


def test_the_shipped_network_makes_happy_music_faster_and_louder_and_more_major_than_sad(
    composer: PianoComposer,
) -> None:
    prompt = scale((0, 7, 12), 9)
    found = {
        mood: [
            composer.compose(MoodPath.still(mood), prompt=prompt, n_notes=90, seed=seed).attributes
            for seed in range(3)
        ]
        for mood in (HAPPY, SAD)
    }
    for name in ("onset_rate", "loudness", "majorness"):
        happy, sad = (np.mean([getattr(piece, name) for piece in found[mood]]) for mood in (HAPPY, SAD))
        assert happy > sad


def test_the_shipped_network_finds_a_scale_more_usual_than_chance(composer: PianoComposer) -> None:
    generator = np.random.default_rng(0)
    usual = scale((0, 2, 4, 5, 7, 9, 11))
    chance = dataclasses.replace(usual, pitch=generator.integers(LOWEST_PITCH, HIGHEST_PITCH, len(usual)))
    assert composer.nll(usual)[:, 0].mean() < composer.nll(chance)[:, 0].mean() - 1.0


def test_the_card_tells_the_cost_of_held_out_pieces(composer: PianoComposer) -> None:
    assert composer.card is not None
    figures = composer.card.metrics["test_piano_midi_de"]
    assert figures["pitch_nll_nats"] <= 2.65
    assert figures["pitch_accuracy"] >= 0.22
