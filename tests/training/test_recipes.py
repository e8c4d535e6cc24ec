"""Every recipe in training/recipes: read strictly, licensed, tried in seconds, and comparable with what is shipped."""

from __future__ import annotations

import math
from importlib import import_module

import pytest

from core.nn.card import Card, find_set_directory, read_cards
from training.datasets import find_data_set
from training.recipe import Recipe, list_recipes, read_recipe
from training.weights import find_figure

RECIPES = {name: read_recipe(name) for name in list_recipes()}
CARDS = {card.stem: card for which in ("open", "research") for card in read_cards(find_set_directory(which))}


def find_shipped(recipe: Recipe) -> Card | None:
    return CARDS.get(f"{recipe.model}_v{recipe.version}")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_names_known_data_hours_and_a_function(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.hours > 0 and recipe.about and len(recipe.about) <= 100
    assert all(find_data_set(place).name == place and find_data_set(place).license for place in recipe.data)
    module, _, function = recipe.train.partition(":")
    assert callable(getattr(import_module(f"training.{module}"), function))


@pytest.mark.parametrize("name", RECIPES)
def test_an_open_recipe_learns_from_openly_licensed_data_alone(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.set == "research" or all(find_data_set(place).is_open for place in recipe.data)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_with_steps_has_a_tiny_form_of_seconds(name: str) -> None:
    recipe, tiny = RECIPES[name], read_recipe(name, tiny=True)
    assert (tiny.model, tiny.version, tiny.set, tiny.train) == (
        recipe.model,
        recipe.version,
        recipe.set,
        recipe.train,
    )
    if recipe.schedule:
        assert tiny.fitting.steps <= 50 < recipe.schedule.steps


def test_a_name_and_version_belong_to_one_recipe() -> None:
    stems = [f"{recipe.model}_v{recipe.version}" for recipe in RECIPES.values()]
    assert len(set(stems)) == len(stems)


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if find_shipped(recipe)])
def test_a_shipped_card_has_the_figure_that_versions_are_compared_by_and_first_losses(name: str) -> None:
    recipe = RECIPES[name]
    card = find_shipped(recipe)
    assert card is not None
    assert not math.isnan(find_figure(card, recipe.headline)), f"{recipe.headline} is not on {card.stem}"
    steps = recipe.schedule.steps if recipe.schedule else 0
    assert len(card.training["first_losses"]) == min(20, steps)
    assert len(card.training["data_sha256"]) == 64
