"""One run of a recipe: finds its data, fits, resumes or checks, and writes the pair with its card."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from core.errors import InputError
from core.nn.card import WEIGHTS_DIR, Card, find_set_directory
from training import distributed
from training.checkpoints import read_made_by
from training.datasets import describe_license
from training.export import ArrayModel, describe_pair, write_pair
from training.loop import Fitted, Objective, fit
from training.provenance import Provenance, hash_data, list_versions, name_hardware
from training.recipe import RECIPES_DIR, Recipe, Schedule, read_settings

Model = TypeVar("Model", bound=nn.Module)
Settings = TypeVar("Settings")


@dataclass(kw_only=True)
class Run:
    """What a recipe's ``train`` function is given.

    Attributes
    ----------
    recipe : Recipe
    root : Path
        Where the data sets lie.
    out : Path
        The folder of the weights; research pairs go to its ``research`` folder.
    work : Path, optional
        Where checkpoints are kept.
    device : str
        Where networks are trained.
    n_check_steps : int, optional
        Stop after so many steps of the first fit, and write nothing.
    is_draft : bool
        Write a card without a commit that holds the code: for tests, never to be shipped.
    report : callable
        Gets lines of progress.
    """

    recipe: Recipe
    root: Path
    out: Path = WEIGHTS_DIR
    work: Path | None = None
    device: str = "cpu"
    n_check_steps: int | None = None
    is_draft: bool = False
    report: Callable[[str], None] = lambda line: print(line, flush=True)
    provenance: Provenance = field(default_factory=Provenance)
    fitted: dict[str, Fitted[Any]] = field(default_factory=dict)
    _started: float = field(default_factory=time.process_time)
    _data_hash: str = ""

    def begin(self) -> None:
        """Use one thread, seed torch's generator, and refuse to train with code that no commit holds.

        Raises
        ------
        InputError
            If a file that is imported by now, or the recipe, is not in the commit as it is.
        """
        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        self.provenance.note([RECIPES_DIR / f"{self.recipe.name}.toml"])
        if not self.is_draft:
            self.provenance.find_commit()

    @property
    def seed(self) -> int:
        """The recipe's: of its section ``[training]``, or else the option of this name."""
        if self.recipe.schedule:
            return self.recipe.schedule.seed
        return int(self.recipe.options.get("seed", 0))

    @property
    def folders(self) -> dict[str, Path]:
        """The folder of each data set of the recipe, by its name without ``open/`` and the like.

        Raises
        ------
        InputError
            If one is missing.
        """
        return {name.rpartition("/")[2]: find_folder(self.root, name) for name in self.recipe.data}

    @property
    def data_hash(self) -> str:
        """Of the list of all files of the recipe's data sets, by `training.provenance.hash_data`."""
        if not self._data_hash:
            self._data_hash = hash_data({name: find_folder(self.root, name) for name in self.recipe.data})
        return self._data_hash

    @property
    def model_settings(self) -> dict[str, Any]:
        """The section ``[model_settings]``: arguments of the model's configuration."""
        return {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in self.recipe.model_settings.items()
        }

    def read_options(self, settings_class: type[Settings]) -> Settings:
        """The section ``[options]`` as a dataclass of the feature."""
        try:
            return read_settings(settings_class, self.recipe.options)
        except (TypeError, ValueError) as error:
            raise InputError(f"{self.recipe.name}.toml, [options]: {error}") from error

    def fit(
        self, objective: Objective[Model, Any], *, label: str = "network", schedule: Schedule | None = None
    ) -> Fitted[Model]:
        """Fit a network by the recipe's schedule, from its checkpoint where there is one.

        Parameters
        ----------
        objective : Objective
        label : str
            Tells the networks of one recipe apart.
        schedule : Schedule, optional
            Another one than the recipe's, such as one with another seed.
        """
        schedule = schedule or self.recipe.fitting
        described = json.dumps(
            [dataclasses.asdict(schedule), label, self.recipe.content, self.data_hash],
            sort_keys=True,
            default=str,
        )
        path = self.work / self.recipe.name / f"{label}.safetensors" if self.work else None
        if path and not self.is_draft:
            self.provenance.refuse_other_code(read_made_by(path), path)
        self.provenance.note()
        done = fit(
            objective,
            schedule,
            checkpoint=path,
            identity=hashlib.sha256(described.encode()).hexdigest(),
            made_by={} if self.is_draft else self.provenance.made_by,
            device=self.device,
            n_check_steps=self.n_check_steps,
            report=lambda line: (
                self.report(f"{self.recipe.name}, {label}: {line}") if distributed.is_first() else None
            ),
        )
        self.fitted[label] = done
        # What is drawn after a fit does not depend on whether it was gone on from a checkpoint.
        torch.manual_seed(int(hashlib.sha256(f"{self.seed} {label}".encode()).hexdigest()[:8], 16))
        return done

    def export(
        self,
        model: nn.Module | ArrayModel,
        *,
        pieces: Mapping[str, Mapping[str, int]],
        metrics: dict[str, Any],
        intended_use: str,
        limits: str,
        split: str,
        vocabulary: Sequence[str] = (),
        data_more: Mapping[str, Mapping[str, Any]] | None = None,
        training_more: Mapping[str, Any] | None = None,
        made: Sequence[Mapping[str, Any]] = (),
    ) -> Card:
        """Write the pair of the recipe with a card that tells how it came about.

        Parameters
        ----------
        pieces : mapping
            By set without its ``open/``: split to number of pieces.
        metrics, intended_use, limits, vocabulary
            As on `core.nn.card.Card`.
        split : str
            How near-duplicates were kept out of the test part.
        data_more, training_more : mapping, optional
            What else the card says of a set, or of the training.
        made : sequence of mapping
            Rows of data that the recipe makes itself: name, license, pieces, and what else is worth saying.
        """
        if self.n_check_steps is not None:
            raise RuntimeError("A check writes nothing.")
        rows = [
            {
                "name": name,
                "license": describe_license(name),
                "pieces": dict(pieces.get(name.rpartition("/")[2], {"train": 0})),
                "split": split,
                **(data_more or {}).get(name.rpartition("/")[2], {}),
            }
            for name in self.recipe.data
        ]
        card = describe_pair(
            model,
            name=self.recipe.model,
            version=self.recipe.version,
            vocabulary=vocabulary,
            data=[*rows, *map(dict, made)],
            training={**self._describe_training(), **(training_more or {})},
            metrics=metrics,
            intended_use=intended_use,
            limits=limits,
        )
        if distributed.is_first():
            write_pair(model, card, find_set_directory(self.recipe.set, self.out))
        return card

    def _describe_training(self) -> dict[str, Any]:
        """What a card says of how its pair came about."""
        recipe, fits = self.recipe, self.fitted
        seconds = time.process_time() - self._started
        first = next(iter(fits.values()), None)
        commit = "draft" if self.is_draft else self.provenance.find_commit()
        return {
            "command": f"python -m training train {recipe.name} --data DATA",
            "seed": self.seed,
            "hours": round(sum(done.hours for done in fits.values()) if fits else seconds / 3600, 4),
            "hardware": name_hardware(distributed.count_processes()),
            "recipe": dict(recipe.content),
            "commit": commit,
            "files": sorted(self.provenance.hashes),
            "versions": list_versions(),
            "data_sha256": self.data_hash,
            "kept_steps": {label: done.kept_step for label, done in fits.items()},
            "first_losses": first.first_losses if first else [],
        }


def find_folder(root: Path, name: str) -> Path:
    """The folder of a data set, ``open/nottingham`` say, below a root that holds the sets; or the root itself if it is one.

    Raises
    ------
    InputError
        If there is none.
    """
    last = name.rpartition("/")[2]
    for place in (root / name, root / last):
        if place.is_dir():
            return place
    if root.name == last:
        return root
    raise InputError(
        f"There is no data set {name} in {root}. Give the folder that holds open, nc and unclear."
    )
