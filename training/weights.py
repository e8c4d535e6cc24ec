"""Make weights by their recipes: train one or all, compare new figures with old ones, check them against their cards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from core.errors import InputError, WeightsError
from core.nn.card import OPEN, RESEARCH, WEIGHTS_DIR, Card, find_set_directory, read_cards
from training import distributed
from training.loop import N_FIRST_LOSSES, CheckedEnough
from training.provenance import is_committed
from training.recipe import Recipe, list_recipes, read_recipe
from training.run import Run

# The same processor computes the same losses; another one rounds differently, and steps multiply that.
CHECK_TOLERANCE = 2e-3
# A whole training on another processor ends elsewhere: its figure may differ by this share.
FIGURE_TOLERANCE = 0.02

Report = Callable[[str], None]


def report_line(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def train(
    name: str,
    data: Path,
    out: Path,
    *,
    work: Path | None = None,
    device: str = "cpu",
    tiny: bool = False,
    draft: bool = False,
    report: Report = report_line,
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
    device : str
        Where networks are trained: ``"cpu"``, or ``"cuda"``.
    tiny : bool
        The recipe's training of seconds.
    draft : bool
        Without a commit that holds the code: for tests.
    report : callable
        Gets lines of progress.

    Raises
    ------
    InputError
        If the pair is shipped: a version never changes.
    """
    recipe = read_recipe(name, tiny=tiny)
    written = find_set_directory(recipe.set, out) / f"{recipe.model}_v{recipe.version}.json"
    if tiny and out.resolve() == WEIGHTS_DIR.resolve():
        raise InputError(
            "A tiny training is for trying a recipe. Name another folder than weights with --out."
        )
    if not draft and is_committed(written):
        raise InputError(
            f"{written.stem} is shipped, and a version never changes. Raise the version in {name}.toml, "
            "or name another folder with --out."
        )
    run = Run(
        recipe=recipe,
        root=data,
        out=out,
        work=work,
        device=device,
        is_draft=draft or tiny,
        report=report,
    )
    return _call(run)


def check(name: str, data: Path, shipped: Path = WEIGHTS_DIR) -> str:
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
    card = _find_shipped(recipe, shipped)
    run = Run(recipe=recipe, root=data, n_check_steps=N_FIRST_LOSSES, is_draft=True, report=lambda line: None)
    if run.data_hash != card.training.get("data_sha256"):
        raise InputError(f"{name}: the files in {data} are not those that {card.stem} was trained on.")
    recorded = [float(loss) for loss in card.training["first_losses"]]
    if not recorded:
        return check_whole(name, data, shipped)
    try:
        _call(run)
    except CheckedEnough as done:
        if len(done.losses) != len(recorded):
            raise InputError(
                f"{name}: {len(done.losses)} steps were made, and the card has {len(recorded)}."
            ) from None
        apart = _measure_apart(done.losses, recorded)
    else:
        raise InputError(f"{name}: nothing was fitted, though the card has losses.")
    if not apart <= CHECK_TOLERANCE:
        raise InputError(
            f"{name}: losses of {len(recorded)} steps differ from the card's by up to {apart:.2g}."
        )
    return f"{name}: losses of {len(recorded)} steps are within {apart:.2g} of the card's."


def check_whole(name: str, data: Path, shipped: Path = WEIGHTS_DIR) -> str:
    """Train a recipe to its end in a temporary folder, and compare tensors and the headline figure with the card's.

    Returns
    -------
    str
        A sentence on what is the same.

    Raises
    ------
    InputError
        If the figure differs by more than another processor's rounding explains.
    """
    recipe = read_recipe(name)
    card = _find_shipped(recipe, shipped)
    with TemporaryDirectory() as folder:
        out = Path(folder)
        again = train(name, data, out, draft=True, report=lambda line: None)
        if again.sha256 == card.sha256:
            return f"{name}: trained again, its tensors are the shipped ones bit by bit."
        directories = [find_set_directory(recipe.set, root) for root in (out, shipped)]
        ours, theirs = (load_file(directory / f"{card.stem}.safetensors") for directory in directories)
    new, old = (find_figure(one, recipe.headline) for one in (again, card))
    apart = _measure_apart([new], [old])
    told = f"{name}: trained again, {recipe.headline} is {new:.4f}, on the card {old:.4f}"
    if not apart <= FIGURE_TOLERANCE:
        raise InputError(f"{told}: further apart than {FIGURE_TOLERANCE:.0%}.")
    furthest = max(
        (_measure_apart(ours[key].ravel(), theirs[key].ravel()) for key in theirs if key in ours),
        default=math.nan,
    )
    return f"{told}; tensors are within {furthest:.2g}."


def check_all(
    data: Path, *, names: Sequence[str] = (), n_whole: int = 0, report: Report = report_line
) -> None:
    """Check every recipe that has a shipped pair, then train the fastest ones whole.

    Parameters
    ----------
    data : Path
    names : sequence of str
        Recipes; all where there are none.
    n_whole : int
        How many are trained to their end, those of the fewest hours first.
    report : callable
        Gets a line for each.

    Raises
    ------
    InputError
        When all are done, if some did not agree.
    """
    recipes = [read_recipe(name) for name in names or list_recipes()]
    fastest = sorted(recipes, key=lambda recipe: recipe.hours)[:n_whole]
    with _gathered(report) as attempt:
        for recipe in recipes:
            attempt(recipe.name, lambda name=recipe.name: check(name, data))  # type: ignore[misc]
        for recipe in fastest:
            attempt(recipe.name, lambda name=recipe.name: check_whole(name, data))  # type: ignore[misc]


def make_all(
    data: Path,
    out: Path,
    *,
    names: Sequence[str] = (),
    work: Path | None = None,
    device: str = "cpu",
    tiny: bool = False,
    report: Report = report_line,
) -> None:
    """Make every pair, or those of these recipes, and print old and new figures side by side.

    Raises
    ------
    InputError
        When all are done, if some could not be made, for want of their data say.
    """
    with _gathered(report) as attempt:
        for name in names or list_recipes():

            def make(name: str = name) -> str:
                recipe = read_recipe(name, tiny=tiny)
                before = _find_previous(recipe)
                card = train(name, data, out, work=work, device=device, tiny=tiny, report=report)
                return _compare(recipe, before, card)

            attempt(name, make)


@contextmanager
def _gathered(report: Report) -> Iterator[Callable[[str, Callable[[], str]], None]]:
    """Attempts one after the other; what failed is told at the end, together."""
    failed: list[str] = []

    def attempt(name: str, work: Callable[[], str]) -> None:
        try:
            line = work()
        except (InputError, WeightsError) as error:
            if distributed.count_processes() > 1:
                # The other processes wait for this one's gradients.
                raise
            line = f"{name}: {str(error).removeprefix(f'{name}: ')}"
            failed.append(line)
        if distributed.is_first():
            report(line)

    yield attempt
    if len(failed) == 1:
        raise InputError(failed[0])
    if failed:
        raise InputError(f"{len(failed)} recipes failed. {' '.join(failed)}")


def find_figure(card: Card, place: str) -> float:
    """The number that a card's metrics hold at a place such as ``"test.all.joint_bits"``; NaN where there is none."""
    found: Any = card.metrics
    for key in place.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return float(found) if isinstance(found, int | float) else math.nan


def _measure_apart(found: Any, recorded: Any) -> float:
    """The largest difference, as a share of what is above 1; infinite where something is no number."""
    if len(found) != len(recorded):
        return math.inf
    a, b = (np.asarray(side, dtype=np.float64) for side in (found, recorded))
    apart = np.abs(a - b) / np.maximum(1.0, np.abs(b))
    return float(np.nan_to_num(apart, nan=math.inf).max(initial=0.0))


def _call(run: Run) -> Card:
    module, _, function = run.recipe.train.partition(":")
    train_it = getattr(import_module(f"training.{module}"), function)
    run.begin()
    made: Card = train_it(run)
    return made


def _find_shipped(recipe: Recipe, shipped: Path) -> Card:
    cards = read_cards(find_set_directory(recipe.set, shipped))
    for card in cards:
        if (card.name, card.version) == (recipe.model, recipe.version):
            return card
    raise InputError(f"{recipe.name}: {recipe.model}_v{recipe.version} is not in {shipped}. Train it first.")


def _find_previous(recipe: Recipe) -> Card | None:
    """The shipped pair that a training would replace: the same version, or else the last before, of either set."""
    other = RESEARCH if recipe.set == OPEN else OPEN
    for which in (recipe.set, other):
        try:
            cards = read_cards(find_set_directory(which, WEIGHTS_DIR))
        except WeightsError:
            continue
        if older := [c for c in cards if c.name == recipe.model and c.version <= recipe.version]:
            return max(older, key=lambda card: card.version)
    return None


def _compare(recipe: Recipe, before: Card | None, card: Card) -> str:
    new = find_figure(card, recipe.headline)
    old = find_figure(before, recipe.headline) if before else math.nan
    if math.isnan(old):
        return f"{card.stem}: {recipe.headline} {new:.4f}; there was none before"
    assert before is not None
    is_better = new < old if recipe.better == "lower" else new > old
    word = "the same" if new == old else "better" if is_better else "worse"
    return f"{card.stem}: {recipe.headline} {new:.4f}, {before.stem} {old:.4f}: {word}"
