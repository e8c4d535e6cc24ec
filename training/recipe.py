"""Training recipes: ``training/recipes/NAME.toml`` says from what data, how and for how many steps a pair is trained."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from core.errors import InputError
from core.nn.card import OPEN, RESEARCH
from training.datasets import find_data_set

RECIPES_DIR = Path(__file__).parent / "recipes"
SHAPES = ("cosine", "linear", "late-linear", "constant")
PRECISIONS = ("float32", "bfloat16")

Settings = TypeVar("Settings")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The ``[training]`` section: how a network is fitted, counted in steps.

    Attributes
    ----------
    steps : int > 0
    batch_size : int > 0
        Examples a step, over all processes.
    learning_rate : float > 0
        At its peak.
    shape : str
        How the rate goes on after the warm-up: ``"cosine"`` and ``"linear"`` fall to zero, ``"late-linear"`` falls
        through the second half, ``"constant"`` stays.
    warm_up : float in [0, 1)
        Share of the steps in which the rate rises in a straight line.
    weight_decay : float >= 0
        Of matrices (AdamW, Loshchilov and Hutter 2019); offsets and scales have none.
    betas : tuple of float
        Adam's memories of the gradient and of its square.
    max_norm : float >= 0
        The gradient's norm is clipped to it; 0 for no limit.
    averaging : float in [0, 1)
        A step's memory of the averaged weights, which are the ones that are scored and kept; 0 for no average.
    score_every : int > 0
        Steps between two scores on the validation part; the last step is always scored.
    seed : int
    precision : str
        ``"float32"``, or ``"bfloat16"`` for products of matrices in half the bits.
    """

    steps: int
    batch_size: int
    learning_rate: float
    shape: str = "cosine"
    warm_up: float = 0.05
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    max_norm: float = 1.0
    averaging: float = 0.0
    score_every: int = 100
    seed: int = 1
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name, allowed in (("shape", SHAPES), ("precision", PRECISIONS)):
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f'"{name}" is {getattr(self, name)!r}; it can be {", ".join(map(repr, allowed))}.'
                )
        if min(self.steps, self.batch_size, self.score_every) < 1 or self.learning_rate <= 0:
            raise ValueError("Steps, batch size, score_every and learning rate must be positive.")
        if not (0 <= self.warm_up < 1 and 0 <= self.averaging < 1):
            raise ValueError("Warm-up and averaging are shares from 0 to below 1.")
        if min(self.weight_decay, self.max_norm) < 0:
            raise ValueError("Weight decay and the gradient's norm cannot be negative.")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one pair of weights is made.

    Attributes
    ----------
    name : str
        Of the file, and what ``python -m training train NAME`` takes.
    about : str
        One line for the list of all models.
    model, version
        The pair that is written: ``MODEL_vVERSION``.
    set : str
        ``"open"`` or ``"research"``; see weights/README.md.
    train : str
        ``module:function`` within this package; it takes a `training.run.Run`.
    data : tuple of str
        Data sets, as folders of the data root.
    hours : float
        Measured with one thread on a core of its own.
    headline : str
        Where the card's metrics hold the figure by which versions are compared, with dots.
    better : str
        ``"lower"`` or ``"higher"``.
    split_modulus : int
        A hash of each piece's key or family modulo this is 0 for the test part and 1 for validation.
    schedule : Schedule or None
        None for what is counted or computed in closed form.
    model_settings, options : dict
        The sections ``[model]`` and ``[options]``: read by the feature with `read_settings`.
    content : dict
        Everything as it stands in the file, for the card.
    """

    name: str
    about: str
    model: str
    version: int
    set: str
    train: str
    data: tuple[str, ...]
    hours: float
    headline: str
    better: str = "lower"
    split_modulus: int = 11
    schedule: Schedule | None = None
    model_settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fitting(self) -> Schedule:
        """The schedule of a recipe that must have one."""
        if self.schedule is None:
            raise InputError(f'The recipe "{self.name}" has no section [training].')
        return self.schedule


def list_recipes(directory: Path = RECIPES_DIR) -> list[str]:
    """The names of all recipes, in order."""
    return sorted(path.stem for path in directory.glob("*.toml"))


def read_recipe(name: str, *, tiny: bool = False, directory: Path = RECIPES_DIR) -> Recipe:
    """Read ``NAME.toml`` strictly.

    Parameters
    ----------
    name : str
    tiny : bool
        Replace what the section ``[tiny]`` replaces: a training of seconds, for tests.
    directory : Path

    Raises
    ------
    InputError
        If there is no such recipe, or a key is missing, unknown or wrong; the message names it.

    Examples
    --------
    >>> read_recipe("sonify_melody").data[0]
    'open/piano_midi_de'
    """
    path = directory / f"{name}.toml"
    if name not in list_recipes(directory):
        raise InputError(f'There is no recipe "{name}". There are: {", ".join(list_recipes(directory))}.')
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is no TOML file: {error}.") from error
    for section, replaced in content.pop("tiny", {}).items() if tiny else ():
        content[section] = (
            {**content.get(section, {}), **replaced} if isinstance(replaced, dict) else replaced
        )
    content.pop("tiny", None)
    sections = {key: content.pop(key, {}) for key in ("training", "model_settings", "options")}
    try:
        recipe = read_settings(
            Recipe,
            {
                **content,
                "name": name,
                "schedule": read_settings(Schedule, sections["training"]) if sections["training"] else None,
                "model_settings": sections["model_settings"],
                "options": sections["options"],
                "content": {**content, **{key: found for key, found in sections.items() if found}},
            },
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"{path.name}: {error}") from error
    if recipe.set not in (OPEN, RESEARCH) or recipe.better not in ("lower", "higher"):
        raise InputError(f'{path.name}: "set" is open or research, and "better" is lower or higher.')
    return recipe


def list_all(names: Sequence[str] = ()) -> str:
    """A table of every recipe: pair, set, data, licenses, steps, hours; then the hours of all."""
    recipes = [read_recipe(name) for name in names or list_recipes()]
    rows = [("recipe", "pair", "set", "steps", "hours", "data (license)")]
    for recipe in recipes:
        steps = f"{recipe.schedule.steps:,}" if recipe.schedule else "counted"
        sets = (
            "; ".join(f"{name} ({find_data_set(name).license})" for name in recipe.data)
            or "made by the recipe"
        )
        pair = f"{recipe.model}_v{recipe.version}"
        rows.append((recipe.name, pair, recipe.set, steps, f"{recipe.hours:.2f}", sets))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ["  ".join([*(row[i].ljust(widths[i]) for i in range(5)), row[5]]) for row in rows]
    total = sum(recipe.hours for recipe in recipes)
    return "\n".join([*lines, f"{len(recipes)} pairs, {total:.1f} hours on one processor core each"])


def read_settings(settings_class: type[Settings], given: Mapping[str, Any]) -> Settings:
    """A section of a recipe as a dataclass of the feature; lists become tuples.

    Raises
    ------
    ValueError
        If a key is unknown, a needed one is missing, or a value is of another kind than its default says.
    """
    known = {field.name: field for field in dataclasses.fields(settings_class)}  # type: ignore[arg-type]
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"Unknown: {', '.join(unknown)}. Known: {', '.join(sorted(known))}.")
    needed = {
        name
        for name, about in known.items()
        if about.default is dataclasses.MISSING and about.default_factory is dataclasses.MISSING
    }
    if missing := sorted(needed - set(given)):
        raise ValueError(f"Missing: {', '.join(missing)}.")
    for name, value in given.items():
        kind = getattr(known[name].type, "__name__", known[name].type)
        allowed, what = _KINDS.get(kind, (object, ""))
        if not isinstance(value, allowed) or (isinstance(value, bool) and kind in ("int", "float")):
            raise ValueError(f'"{name}" is {value!r}; it must be {what}.')
    return settings_class(**{name: _freeze(value) for name, value in given.items()})


# What TOML may hold for a field of this type.
_KINDS: dict[Any, tuple[Any, str]] = {
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "str": (str, "a text"),
    "bool": (bool, "true or false"),
}


def _freeze(value: Any) -> Any:
    return tuple(_freeze(item) for item in value) if isinstance(value, list) else value
