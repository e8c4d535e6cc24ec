"""Networks trained again from nothing get the figures that were recorded.

Without data sets, as in CI, two things can be trained: the voice's network, whole, because its recipe makes its own
data; and three of Sonify's models from small pieces that the test writes, to figures recorded in tests/data. The fastest
recipes are trained whole on the real data by ``make weights-check DATA=FOLDER``.

Record the small figures anew with ``python -m tests.training.test_retraining`` after a change that is meant.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch

from core.nn.card import Card, find_set_directory, read_cards
from tests.training.sonify_pieces import write_sets
from training import weights
from training.recipe import read_recipe
from training.weights import find_figure

RECORDED = Path(__file__).parents[1] / "data" / "retrained.json"
SMALL = ("sonify_ngram", "sonify_melody", "sonify_chords")
# As `training.weights.CHECK_TOLERANCE`: another processor rounds differently.
TOLERANCE = 2e-3


def train_small(name: str, folder: Path) -> Card:
    data = write_sets(folder / "data")
    return weights.train(name, data, folder / "out", tiny=True, report=lambda line: None)


def describe(card: Card) -> dict[str, Any]:
    recipe = read_recipe(card.training["recipe"]["model"])
    return {
        "data_sha256": card.training["data_sha256"],
        "first_losses": card.training["first_losses"],
        "figure": find_figure(card, recipe.headline),
    }


@pytest.mark.parametrize("name", SMALL)
def test_a_model_trained_again_on_small_data_gets_the_recorded_figures(name: str, tmp_path: Path) -> None:
    recorded = json.loads(RECORDED.read_text())[name]
    found = describe(train_small(name, tmp_path))
    assert found["data_sha256"] == recorded["data_sha256"], "the pieces of the test are others"
    assert found["first_losses"] == pytest.approx(recorded["first_losses"], rel=TOLERANCE)
    assert found["figure"] == pytest.approx(recorded["figure"], rel=TOLERANCE)


def is_shipped(name: str) -> bool:
    recipe = read_recipe(name)
    cards = read_cards(find_set_directory(recipe.set))
    return any((card.name, card.version) == (recipe.model, recipe.version) for card in cards)


@pytest.mark.long
def test_the_voices_network_trained_again_is_the_shipped_one(tmp_path: Path) -> None:
    """The whole recipe: bit by bit on the processor that trained it, and within 2 % of its figure on another."""
    assert is_shipped("voice")
    said = weights.check_whole("voice", tmp_path)
    assert said.startswith("voice: trained again")


if __name__ == "__main__":
    torch.set_num_threads(1)
    made = {}
    for one in SMALL:
        with TemporaryDirectory() as place:
            made[one] = describe(train_small(one, Path(place)))
    RECORDED.write_text(json.dumps(made, indent=1) + "\n")
