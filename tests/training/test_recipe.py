"""`training.recipe`: recipes are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InputError
from training.recipe import Schedule, list_all, list_recipes, read_recipe

GOOD = """
about = "A melody"
model = "melody"
version = 2
set = "open"
train = "sonify.melody_train:train"
data = ["open/nottingham"]
hours = 0.1
headline = "test.nats"

[training]
steps = 100
batch_size = 4
learning_rate = 1
betas = [0.9, 0.95]

[options]
sizes = [1, 2]

[tiny]
training = { steps = 2 }
hours = 0.0
"""


def test_a_recipe_has_its_schedule_its_options_and_all_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    recipe = read_recipe("a", directory=tmp_path)
    assert recipe.fitting.betas == (0.9, 0.95) and recipe.data == ("open/nottingham",)
    assert recipe.content["training"]["steps"] == 100 and recipe.content["options"] == {"sizes": [1, 2]}
    assert "tiny" not in recipe.content


def test_a_tiny_recipe_replaces_what_it_names_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    recipe = read_recipe("a", tiny=True, directory=tmp_path)
    assert (recipe.fitting.steps, recipe.fitting.batch_size, recipe.hours) == (2, 4, 0.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('model = "melody"\n', "", "Missing: model"),
        ('set = "open"', 'set = "both"', "open or research"),
        ("steps = 100", "steps = 1e2", '"steps" is 100.0; it must be a whole number'),
        ("steps = 100", "steps = true", "whole number"),
        ("steps = 100", "step = 100", "Unknown: step"),
        ("steps = 100", "steps = 0", "must be positive"),
        ("hours = 0.1", 'hours = "long"', "\"hours\" is 'long'; it must be a number"),
        ("betas = [0.9, 0.95]", 'shape = "round"', "'cosine', 'linear'"),
        ("betas = [0.9, 0.95]", "warm_up = 1.0", "Warm-up"),
        ("betas = [0.9, 0.95]", "weight_decay = -1", "negative"),
        ('about = "A melody"', "about =", "no TOML file"),
    ],
)
def test_a_wrong_recipe_is_told_by_file_and_key(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in GOOD
    (tmp_path / "a.toml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=r"a\.toml.*") as told:
        read_recipe("a", directory=tmp_path)
    assert said in str(told.value)


def test_an_unknown_recipe_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    with pytest.raises(InputError, match=r'no recipe "b"\. There are: a'):
        read_recipe("b", directory=tmp_path)


def test_a_recipe_without_training_has_no_schedule_to_fit_by(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD[: GOOD.index("[training]")])
    with pytest.raises(InputError, match=r"no section \[training\]"):
        _ = read_recipe("a", directory=tmp_path).fitting


def test_the_list_of_all_names_each_pair_its_data_licenses_steps_and_hours() -> None:
    lines = list_all().splitlines()
    assert len(lines) == len(list_recipes()) + 2
    for name, line in zip(list_recipes(), lines[1:-1], strict=True):
        recipe = read_recipe(name)
        assert line.startswith(name) and f"{recipe.model}_v{recipe.version}" in line
        assert f"{recipe.hours:.2f}" in line and all(f"{data} (" in line for data in recipe.data)
    assert lines[-1].startswith(f"{len(list_recipes())} pairs")


def test_a_schedule_is_refused_with_what_it_can_be() -> None:
    with pytest.raises(ValueError, match="'float32', 'bfloat16'"):
        Schedule(steps=1, batch_size=1, learning_rate=1.0, precision="half")
