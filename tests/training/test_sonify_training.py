"""Training the networks of Sonify Data on a handful of pieces that the tests make themselves."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.accompaniment.config import FigurationConfig, HarmoniserConfig
from core.nn.weights import load, load_arrays
from core.sonify.melody.config import MelodyConfig
from core.sonify.melody.model import MelodyLSTM
from core.sonify.melody.ngram import NgramConfig
from tests.training.sonify_pieces import write_sets
from training import weights
from training.intervals import bootstrap
from training.loop import fit
from training.recipe import Schedule, read_recipe
from training.run import Run
from training.sonify.melody_train import MelodyOptions, held_out_nll, make_objective, summary
from training.sonify.prepare import Piece, read_parts

SCALE = np.array([0, 2, 4, 5, 7, 9, 11, 12])


def tune(seed: int) -> Piece:
    """Up and down the scale: easy to learn."""
    places = np.abs((np.arange(64) + seed) % 14 - 7)
    notes = np.stack([np.arange(64) * 6, np.full(64, 6), 60 + SCALE[places], np.full(64, 80)], axis=1)
    return Piece(
        source="nottingham",
        key=f"nottingham/{seed}.mid",
        melody=notes,
        rest=np.empty((0, 4), dtype=np.int64),
        bar=48,
    )


PARTS = {
    "train": [tune(i) for i in range(8)],
    "validation": [tune(i) for i in range(8, 10)],
    "test": [tune(i) for i in range(10, 13)],
}
SCHEDULE = Schedule(
    steps=80, batch_size=4, learning_rate=0.02, warm_up=0.1, weight_decay=0.01, score_every=20
)


def train_melodies(schedule: Schedule = SCHEDULE) -> MelodyLSTM:
    return fit(make_objective(PARTS, MelodyConfig.tiny(), MelodyOptions(window=32), schedule), schedule).model


def test_training_learns_and_keeps_its_best_step():
    untrained = train_melodies(dataclasses.replace(SCHEDULE, steps=1, learning_rate=1e-6))
    before = np.concatenate(held_out_nll(untrained, PARTS["test"])).mean()
    done = fit(make_objective(PARTS, MelodyConfig.tiny(), MelodyOptions(window=32), SCHEDULE), SCHEDULE)
    after = np.concatenate(held_out_nll(done.model, PARTS["test"])).mean()
    assert after < 0.5 * before
    kept = np.concatenate(held_out_nll(done.model, PARTS["validation"])).mean()
    figures = {row["step"]: row["validation_nats"] for row in done.history}
    assert kept == pytest.approx(figures[done.kept_step], abs=1e-4)
    assert kept == pytest.approx(min(figures.values()), abs=1e-4)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sets(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("sonify_melody", MelodyConfig),
        ("sonify_ngram", NgramConfig),
        ("sonify_chords", HarmoniserConfig),
        ("sonify_figuration", FigurationConfig),
    ],
)
def test_a_recipe_makes_a_pair_in_half_precision_that_loads(data, name, config, tmp_path):
    card = weights.train(name, data, tmp_path, tiny=True)
    assert card.stem == f"{name}_v2"
    learned = [1, 1, 1, 1] if name in ("sonify_melody", "sonify_ngram") else [1, 0, 1, 0]
    assert [row["pieces"]["train"] for row in card.data] == learned
    _, tensors, _ = load_arrays(name, config, directory=tmp_path)
    assert tensors
    if name != "sonify_ngram":
        # Each number takes two bytes.
        assert (tmp_path / f"{name}_v2.safetensors").stat().st_size < 2.5 * card.n_parameters + 10_000


def test_what_is_scored_is_what_is_stored(data, tmp_path):
    card = weights.train("sonify_melody", data, tmp_path, tiny=True)
    again, _ = load("sonify_melody", MelodyLSTM, directory=tmp_path)
    parts, _ = read_parts(Run(recipe=read_recipe("sonify_melody"), root=data))
    assert card.metrics["test"]["lstm"] == summary(held_out_nll(again, parts["test"]))


def test_a_step_beyond_the_largest_interval_costs_more():
    model = train_melodies(dataclasses.replace(SCHEDULE, steps=4))
    near, far = tune(0), tune(0)
    far.melody[32:, 2] += 48
    gap = held_out_nll(model, [far])[0][31] - held_out_nll(model, [near])[0][31]
    assert gap > 2.0


def test_the_interval_of_a_mean_holds_it_and_narrows_with_pieces():
    rng = np.random.default_rng(0)
    few, many = [rng.normal(2, 1, 50) for _ in range(5)], [rng.normal(2, 1, 50) for _ in range(200)]
    (low, high), (close_low, close_high) = bootstrap(few), bootstrap(many)
    assert low < np.concatenate(few).mean() < high
    assert close_high - close_low < high - low
