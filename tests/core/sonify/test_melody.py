"""The melody composer: its network, its search, its scorer, and the promises of the dial."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.music.key import tonic_and_mode
from core.music.scales import scale_pitches
from core.nn.weights import load, load_arrays, to_arrays
from core.sonify.compose import Scorer
from core.sonify.fidelity import rank_correlation
from core.sonify.melody.config import MelodyConfig
from core.sonify.melody.generate import MelodyComposer, SteeredVoice, data_weights
from core.sonify.melody.inference import StepNetwork
from core.sonify.melody.model import MelodyLSTM
from core.sonify.melody.ngram import MelodyNgram, NgramConfig
from core.sonify.melody.tokenizer import interval_class, ioi_class, register_of
from training.export import describe_pair, write_pair
from training.sonify.melody_features import features

C_MAJOR = scale_pitches("C", "major", 36, 84)
CONFIG = MelodyConfig.tiny()
FOLK = np.array([60, 62, 64, 60, 60, 62, 64, 60, 64, 65, 67, 64, 65, 67, 67, 69, 67, 65, 64, 60])


@cache
def tiny_composer() -> MelodyComposer:
    torch.manual_seed(0)
    return MelodyComposer(CONFIG, to_arrays(MelodyLSTM(CONFIG)))


@cache
def composer() -> MelodyComposer:
    return MelodyComposer.from_weights()


def voice(target: np.ndarray, pitches: list[int] = C_MAJOR) -> SteeredVoice:
    return SteeredVoice(
        target=np.asarray(target, dtype=float), pitches=pitches, onset=np.arange(len(target)) * 6
    )


def walk(n: int, seed: int = 0) -> np.ndarray:
    steps = np.random.default_rng(seed).normal(size=n)
    return np.clip(14 + np.cumsum(steps), 0, len(C_MAJOR) - 1)


def test_the_network_gives_a_score_a_note_and_an_interval():
    model = MelodyLSTM(CONFIG)
    whole = torch.zeros((2, 5), dtype=torch.int64)
    hidden, state = model(whole, whole, torch.zeros((2, 5)), whole, whole, whole, whole)
    assert hidden.shape == (2, 5, CONFIG.hidden_size)
    assert model.interval_logits(hidden).shape == (2, 5, 49)
    assert model.ioi_logits(hidden, whole, whole).shape == (2, 5, 16)
    assert state[0].shape == (CONFIG.n_layers, 2, CONFIG.hidden_size)


@pytest.mark.parametrize("size", ["tiny", "shipped"])
@torch.inference_mode()
def test_stepping_note_by_note_gives_what_the_module_gives_of_the_whole_melody(size: str):
    torch.manual_seed(0)
    model = MelodyLSTM(CONFIG).eval() if size == "tiny" else load("sonify_melody", MelodyLSTM)[0]
    step = StepNetwork(model.config, to_arrays(model))
    f = features(FOLK, np.arange(len(FOLK)) * 6, bar=48, tonic=0, config=model.config)
    register = f.register.astype(np.float32)
    columns = (f.interval, f.pitch_class, register, f.ioi, f.phase, f.quarter, np.zeros_like(f.interval))
    hidden, _ = model(*(torch.from_numpy(column)[None] for column in columns))
    whole = model.interval_logits(hidden)[0].numpy()
    following = [torch.from_numpy(np.roll(column, -1))[None] for column in columns[:2]]
    rhythms = model.ioi_logits(hidden, *following)[0].numpy()
    state = step.lstm.begin(1)
    for t in range(len(FOLK) - 1):
        interval, place, register_now, ioi, phase, quarter, _ = (column[t : t + 1] for column in columns)
        driven = step.drive(0, ioi, phase, quarter)
        logits, _ = step.step(interval, place, register_now, driven, state)
        known, state = step.read(interval, place, register_now, driven, state)
        later = step.ioi_logits(known, columns[0][t + 1 : t + 2], columns[1][t + 1 : t + 2])
        assert np.abs(logits[0] - whole[t]).max() <= 1e-5
        assert np.abs(later[0] - rhythms[t]).max() <= 1e-5


def test_a_tiny_network_learns_one_melody_by_heart():
    torch.manual_seed(1)
    model = MelodyLSTM(CONFIG)
    f = features(FOLK, np.arange(len(FOLK)) * 6, bar=48, tonic=0, config=CONFIG)
    interval, place, ioi, phase, quarter = (
        torch.from_numpy(c)[None] for c in (f.interval, f.pitch_class, f.ioi, f.phase, f.quarter)
    )
    register = torch.from_numpy(f.register).float()[None]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(300):
        hidden, _ = model(interval, place, register, ioi, phase, quarter, torch.zeros_like(interval))
        logits = model.interval_logits(hidden[:, :-1])
        loss = torch.nn.functional.cross_entropy(logits[0], interval[0, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2


@given(
    pitch=st.lists(st.integers(30, 90), min_size=2, max_size=40),
    by=st.integers(-11, 11),
)
def test_transposing_a_melody_with_its_key_changes_nothing_that_the_network_reads(pitch, by):
    pitch = np.array(pitch)
    onset = np.arange(len(pitch)) * 6
    here = features(pitch, onset, bar=48, tonic=2, config=CONFIG)
    there = features(pitch + by, onset, bar=48, tonic=(2 + by) % 12, config=CONFIG)
    for name in ("interval", "pitch_class", "ioi", "phase", "quarter"):
        assert (getattr(here, name) == getattr(there, name)).all()
    np.testing.assert_allclose(here.register, there.register, atol=1e-9)


@given(step=st.integers(-127, 127))
def test_every_interval_has_a_class_and_keeps_its_pitch_class(step):
    found = int(interval_class(np.array([step]), CONFIG)[0]) - CONFIG.max_interval
    assert -CONFIG.max_interval <= found <= CONFIG.max_interval
    assert (found - step) % 12 == 0
    assert abs(step) > CONFIG.max_interval or found == step


def test_the_usual_lengths_are_told_apart():
    ticks = np.array([2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 36, 48])
    assert len(set(ioi_class(ticks).tolist())) == len(ticks)


def test_the_register_is_measured_from_the_notes_before():
    assert register_of(np.array([60, 60, 60])).tolist() == [0, 0, 0]
    assert register_of(np.array([60, 72]))[1] == 1.0


def test_a_scale_is_recognized_in_every_key():
    for tonic in range(12):
        assert tonic_and_mode((FOLK + tonic).astype(np.int64)) == (tonic, "major")


@settings(max_examples=15, deadline=None)
@given(
    target=st.lists(st.floats(0, len(C_MAJOR) - 1), min_size=1, max_size=30),
    fidelity=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_every_point_is_one_note_of_the_scale_and_a_seed_gives_its_notes_again(target, fidelity, seed):
    asked = {"fidelity": [fidelity], "tonic": 0, "mode": "major", "seed": seed}
    first = tiny_composer().compose([voice(target)], **asked)[0][0]
    again = tiny_composer().compose([voice(target)], **asked)[0][0]
    assert len(first) == len(target)
    assert set(first.tolist()) <= set(C_MAJOR)
    assert (first == again).all()


def test_at_exact_every_note_is_the_nearest_to_its_datum():
    target = walk(60)
    notes = composer().compose([voice(target)], fidelity=[1.0], tonic=0, mode="major")[0][0]
    assert (notes == np.array(C_MAJOR)[np.round(target).astype(int)]).all()


def test_the_dial_moves_the_melody_from_free_to_the_data():
    target = walk(200, seed=3)
    takes = composer().compose([voice(target)], fidelity=[0.0, 0.2, 0.5, 1.0], tonic=0, mode="major")[0]
    rho = [rank_correlation(target, take.astype(float)) for take in takes]
    assert rho[0] < 0.7
    assert rho[0] < rho[1] < rho[2] <= rho[3]
    assert rho[2] > 0.95


def test_takes_differ_and_seeds_differ():
    target = walk(40)
    one, two = composer().compose([voice(target)], fidelity=[0.3, 0.3], tonic=0, mode="major", seed=1)[0]
    other = composer().compose([voice(target)], fidelity=[0.3], tonic=0, mode="major", seed=2)[0][0]
    assert (one != two).any()
    assert (one != other).any()


def test_voices_of_different_length_and_scale_are_composed_together():
    low, high = scale_pitches("C", "major", 36, 50), scale_pitches("C", "major", 72, 84)
    short, long = voice(walk(5) / 10, low), voice(walk(30) / 10, high)
    made = composer().compose([short, long], fidelity=[0.5, 0.9], tonic=0, mode="major")
    assert [len(take) for take in made[0]] == [5, 5]
    assert [len(take) for take in made[1]] == [30, 30]
    assert set(np.concatenate(made[0]).tolist()) <= set(low)
    assert set(np.concatenate(made[1]).tolist()) <= set(high)


def test_progress_rises_and_never_passes_the_end():
    told: list[float] = []
    tiny_composer().compose([voice(walk(100))], fidelity=[0.5], tonic=0, mode="major", progress=told.append)
    assert told == sorted(told)
    assert told[0] > 0 and told[-1] < 1


def test_more_fidelity_weighs_the_data_more():
    level, direction, _ = np.array([data_weights(f) for f in np.linspace(0, 0.99, 30)]).T
    assert level[0] == 0 and direction[0] == 0
    assert (np.diff(level) > 0).all() and (np.diff(direction) > 0).all()


def test_a_composed_rhythm_fills_each_bar_with_just_its_notes():
    slots = np.array([4, 0, 16, 1, 7])
    pitch = np.resize(FOLK, slots.sum())
    onset = composer().rhythm(pitch, slots, tonic=0, mode="major", seed=3)
    assert (np.diff(onset) > 0).all()
    assert (onset % 3 == 0).all()
    assert np.bincount(onset // 48, minlength=5).tolist() == slots.tolist()
    assert (onset == composer().rhythm(pitch, slots, tonic=0, mode="major", seed=3)).all()


def test_the_probabilities_of_the_scorer_sum_to_one_after_any_notes():
    ngram = MelodyNgram.count([(FOLK, 0), (FOLK[::-1].copy(), 0)])
    for start in ([60], [60, 62], [60, 62, 64], [40, 59, 41, 44]):
        total = 0.0
        for step in range(-24, 25):
            melody = np.array([*start, start[-1] + step])
            total += np.exp(-ngram.nll(melody, 0)[-1])
        assert total == pytest.approx(1.0, abs=1e-4)


def test_the_scorer_finds_a_melody_that_it_counted_cheaper_than_chance():
    ngram = MelodyNgram.count([(FOLK, 0)])
    scattered = np.random.default_rng(0).permutation(FOLK)
    assert ngram.nll(FOLK, 0).mean() < ngram.nll(scattered, 0).mean()
    assert len(ngram.nll(FOLK, 0)) == len(FOLK) - 1
    assert len(ngram.nll(FOLK[:1], 0)) == 0


def test_the_shipped_scorer_finds_a_tune_cheaper_than_the_same_notes_in_disorder():
    scorer = Scorer.from_weights()
    disorder = np.random.default_rng(0).permutation(FOLK)
    assert scorer.nats(FOLK.astype(float), 0) < scorer.real_nats < scorer.nats(disorder.astype(float), 0)
    assert scorer.nats(np.array([60.0, np.nan, 62.0]), 0) is None


def test_counts_come_back_from_their_card(tmp_path: Path):
    ngram = MelodyNgram.count([(FOLK, 0)])
    about = {"data": [{"name": "x", "license": "CC0", "pieces": {"train": 1}}], "metrics": {"test": 1}}
    training = {"command": "x", "seed": 0, "commit": "x", "hours": 0.0, "hardware": "x"}
    told = {"intended_use": "To be read.", "limits": "One melody."}
    written = describe_pair(ngram, name="sonify_ngram", training=training, **about, **told)
    write_pair(ngram, written, tmp_path)
    config, tensors, card = load_arrays("sonify_ngram", NgramConfig, directory=tmp_path)
    same = MelodyNgram(config, tensors)
    assert card.n_parameters == 2 * config.n_entries and config == ngram.config
    assert (same.nll(FOLK + 3, 3) == ngram.nll(FOLK, 0)).all()


def test_the_shipped_network_expects_a_tune_that_everybody_knows():
    # The card's figures need its data; but a network that reads its features wrongly fails here.
    model, card = load("sonify_melody", MelodyLSTM)
    f = features(FOLK, np.arange(len(FOLK)) * 12, bar=48, tonic=0, config=model.config)
    interval, place, ioi, phase, quarter = (
        torch.from_numpy(c)[None] for c in (f.interval, f.pitch_class, f.ioi, f.phase, f.quarter)
    )
    register = torch.from_numpy(f.register).float()[None]
    with torch.inference_mode():
        hidden, _ = model(interval, place, register, ioi, phase, quarter, torch.zeros_like(interval))
        logits = model.interval_logits(hidden[:, :-1])
    cost = torch.nn.functional.cross_entropy(logits[0], interval[0, 1:]).item()
    backwards = torch.nn.functional.cross_entropy(logits[0], interval[0, 1:].flip(0)).item()
    assert cost < 0.5 * np.log(49) and cost < backwards
    test = card.metrics["test"]
    assert test["lstm"]["interval"][1] < test["ngram_order3"]["interval"][0]


@pytest.mark.parametrize(
    "wrong", [{"hidden_size": 0}, {"n_layers": 1.5}, {"dropout": 1.0}, {"max_interval": True}]
)
def test_a_size_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MelodyConfig(**wrong)
