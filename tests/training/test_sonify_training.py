"""Training the melody network on a handful of tunes that the test makes itself."""

import dataclasses

import numpy as np
import pytest

from core.nn.weights import load
from core.sonify.melody.config import MelodyConfig
from core.sonify.melody.model import MelodyLSTM
from training.intervals import bootstrap
from training.sonify.melody_train import Recipe, export_pair, fit, held_out_nll, summary
from training.sonify.prepare import Piece

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
RECIPE = Recipe(n_epochs=30, window=32, batch_size=4, learning_rate=0.02)


@pytest.fixture(scope="module")
def trained():
    return fit(PARTS["train"], PARTS["validation"], config=MelodyConfig.tiny(), recipe=RECIPE)


def test_training_learns_and_keeps_its_best_epoch(trained):
    model, told = trained
    untrained, _ = fit(
        PARTS["train"],
        PARTS["validation"],
        config=MelodyConfig.tiny(),
        recipe=dataclasses.replace(RECIPE, n_epochs=1, learning_rate=1e-6),
    )
    before = np.concatenate(held_out_nll(untrained, PARTS["test"])).mean()
    after = np.concatenate(held_out_nll(model, PARTS["test"])).mean()
    assert after < 0.5 * before
    assert 1 <= told["epoch"] <= RECIPE.n_epochs
    kept = np.concatenate(held_out_nll(model, PARTS["validation"])).mean()
    assert kept == pytest.approx(told["validation_nll_nats"])


def test_a_trained_pair_comes_back_with_an_honest_card(trained, tmp_path):
    model, told = trained
    cards = export_pair(model, told, PARTS, 0, RECIPE, tmp_path)
    assert [card.stem for card in cards] == ["sonify_melody_v1", "sonify_ngram_v1"]
    again, card = load("sonify_melody", MelodyLSTM, directory=tmp_path)
    figure = summary(held_out_nll(again, PARTS["test"]))
    assert card.metrics["test"]["lstm"] == figure
    assert card.metrics["test"]["lstm"]["n_pieces"] == 3
    assert next(data for data in card.data if data["name"] == "nottingham")["pieces"] == {
        "train": 8,
        "validation": 2,
        "test": 3,
    }


def test_a_step_beyond_the_largest_interval_costs_more():
    model, _ = fit(
        PARTS["train"][:2],
        PARTS["validation"][:1],
        config=MelodyConfig.tiny(),
        recipe=dataclasses.replace(RECIPE, n_epochs=1),
    )
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
