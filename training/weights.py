"""Make weights by their recipes: train one or all, compare new figures with old ones, check first losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import InputError, WeightsError
from core.nn.card import Card, find_set_directory, read_cards
from training import distributed
from training.loop import N_FIRST_LOSSES, CheckedEnough
from training.recipe import Recipe, list_recipes, read_recipe
from training.run import Run

# The same processor computes the same losses; another one rounds differently, and steps multiply that.
CHECK_TOLERANCE = 2e-3


def train(
    name: str, data: Path, out: Path, *, work: Path | None = None, tiny: bool = False, draft: bool = False
) -> Card:
    """Make one pair by its recipe.

    Parameters
    ----------
    name : str
        Of the recipe.
    data, out : Path
        The root of the data sets, and the folder of the weights.
    work : Path, optional
        Where checkpoints are kept and gone on from.
    tiny : bool
        The recipe's training of seconds.
    draft : bool
        Without a commit that holds the code: for tests.
    """
    run = Run(recipe=read_recipe(name, tiny=tiny), root=data, out=out, work=work, is_draft=draft or tiny)
    return _call(run)


def check(name: str, data: Path, out: Path) -> str:
    """Train the first steps of a recipe and compare their losses with those on the card of its pair.

    What is counted in closed form is computed whole, and its tensors are compared.

    Returns
    -------
    str
        A sentence on how far the losses are apart.

    Raises
    ------
    InputError
        If they are further apart than another processor's rounding explains, or cannot be compared.
    """
    recipe = read_recipe(name)
    card = _find_written(recipe, out)
    if card is None:
        raise InputError(f"{recipe.model}_v{recipe.version} is not in {out}. Train it first.")
    run = Run(recipe=recipe, root=data, n_check_steps=N_FIRST_LOSSES, report=lambda line: None)
    if run.data_hash != card.training.get("data_sha256"):
        raise InputError(f"{name}: the files in {data} are not those that {card.stem} was trained on.")
    recorded = [float(loss) for loss in card.training["first_losses"]]
    if not recorded:
        return _check_whole(recipe, data, card)
    try:
        _call(run)
    except CheckedEnough as done:
        apart = max(abs(a - b) / max(1.0, abs(b)) for a, b in zip(done.losses, recorded, strict=True))
    else:
        raise InputError(f"{name}: the training ended before {N_FIRST_LOSSES} steps.")
    if not apart <= CHECK_TOLERANCE:
        raise InputError(
            f"{name}: losses of {len(recorded)} steps differ from the card's by up to {apart:.2g}."
        )
    return f"{name}: losses of {len(recorded)} steps are within {apart:.2g} of the card's."


def _check_whole(recipe: Recipe, data: Path, card: Card) -> str:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        again = train(recipe.name, data, Path(folder), draft=True)
    if again.sha256 != card.sha256:
        raise InputError(f"{recipe.name}: computed again, its tensors differ from the shipped ones.")
    return f"{recipe.name}: computed again, its tensors are the shipped ones bit by bit."


def make_all(
    data: Path, out: Path, *, names: Sequence[str] = (), work: Path | None = None, tiny: bool = False
) -> None:
    """Make every pair, or those of these recipes, and print old and new figures side by side."""
    for name in names or list_recipes():
        recipe = read_recipe(name, tiny=tiny)
        before = _find_previous(recipe, out)
        card = train(name, data, out, work=work, tiny=tiny)
        if distributed.is_first():
            print(_compare(recipe, before, card), flush=True)


def find_figure(card: Card, place: str) -> float:
    """The number that a card's metrics hold at a place such as ``"test.all.joint_bits"``; NaN where there is none."""
    found: Any = card.metrics
    for key in place.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return float(found) if isinstance(found, int | float) else math.nan


def _call(run: Run) -> Card:
    module, _, function = run.recipe.train.partition(":")
    made: Card = getattr(import_module(f"training.{module}"), function)(run)
    return made


def _find_written(recipe: Recipe, out: Path) -> Card | None:
    cards = read_cards(find_set_directory(recipe.set, out))
    return next((c for c in cards if (c.name, c.version) == (recipe.model, recipe.version)), None)


def _find_previous(recipe: Recipe, out: Path) -> Card | None:
    """The pair that a training would replace: the same version, or else the last before."""
    try:
        cards = [c for c in read_cards(find_set_directory(recipe.set, out)) if c.name == recipe.model]
    except WeightsError:
        return None
    return max(cards, key=lambda card: card.version, default=None)


def _compare(recipe: Recipe, before: Card | None, card: Card) -> str:
    new = find_figure(card, recipe.headline)
    old = find_figure(before, recipe.headline) if before else math.nan
    if math.isnan(old):
        return f"{card.stem}: {recipe.headline} {new:.4f}; there was none before"
    assert before is not None
    is_better = new < old if recipe.better == "lower" else new > old
    word = "the same" if new == old else "better" if is_better else "worse"
    return f"{card.stem}: {recipe.headline} {new:.4f}, {before.stem} {old:.4f}: {word}"
