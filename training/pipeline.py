"""The stages of dvc.yaml: one a recipe, for those who run trainings by DVC (``dvc repro``).

``python -m training pipeline`` writes the file; a test keeps it equal to the recipes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.nn.card import RESEARCH
from training.recipe import RECIPES_DIR, Recipe, list_recipes, read_recipe

ROOT = Path(__file__).resolve().parents[1]
HEAD = """\
# One stage a recipe of training/recipes. Made by: python -m training pipeline
# "dvc repro" makes every pair of weights, "dvc repro NAME" one; params.yaml says where the data lie.
stages:
"""
DEFAULTS = {"data": "data", "out": "out/weights", "options": ""}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of the pipeline, with DVC's names; ``${data}`` and the like stand for what params.yaml says."""

    name: str
    desc: str
    cmd: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"  {self.name}:", f"    desc: {self.desc}", f"    cmd: {self.cmd}", "    deps:"]
        lines += [f"      - {dep}" for dep in self.deps]
        lines += ["    outs:"]
        for out in self.outs:
            lines += [f"      - {out}:", "          cache: false"]
        return "\n".join(lines) + "\n"


def make_stage(recipe: Recipe) -> Stage:
    """The stage that makes a recipe's pair: what it runs, what it reads and what it writes."""
    module = recipe.train.partition(":")[0].replace(".", "/")
    folder = "${out}/research" if recipe.set == RESEARCH else "${out}"
    pair = f"{folder}/{recipe.model}_v{recipe.version}"
    return Stage(
        name=recipe.name,
        desc=f'"{recipe.about}"',
        cmd=f"python -m training train {recipe.name} --data ${{data}} --out ${{out}} ${{options}}",
        deps=(
            f"training/recipes/{recipe.name}.toml",
            f"training/{module}.py",
            *(f"${{data}}/{name}" for name in recipe.data),
        ),
        outs=(f"{pair}.json", f"{pair}.safetensors"),
    )


def describe_pipeline(names: Iterable[str] = (), directory: Path = RECIPES_DIR) -> str:
    """The content of dvc.yaml for these recipes, or for all."""
    recipes = (read_recipe(name, directory=directory) for name in names or list_recipes(directory))
    return HEAD + "\n".join(str(make_stage(recipe)) for recipe in recipes)


def write_pipeline(root: Path = ROOT) -> None:
    """Write dvc.yaml, and params.yaml where there is none."""
    (root / "dvc.yaml").write_text(describe_pipeline(), encoding="utf-8")
    parameters = root / "params.yaml"
    if not parameters.exists():
        lines = ["# Where the data sets lie, where weights are written, and what else each training is told."]
        lines += [f'{name}: "{value}"' for name, value in DEFAULTS.items()]
        parameters.write_text("\n".join(lines) + "\n", encoding="utf-8")
