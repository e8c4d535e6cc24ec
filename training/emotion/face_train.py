"""Train the face network, calibrate and score it, and write its weights and card.

    python -m training train face --data DATA

FER2013 is what it learns from; pictures of another collection (muxspace) are only ever scored.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import Float32Array
from core.emotion.face.model import FaceNet, average_probabilities
from core.nn.card import Card
from training.emotion.face_fit import Fitted, Recipe, fit
from training.emotion.face_prepare import Faces, alike, find_file, read_faces, split
from training.emotion.face_scores import figures, gray_values, plain_baseline, temperature
from training.export import export

TRAINED_ON, ELSEWHERE = "fer2013", "muxspace_faces"
N_MEMBERS = 2  # networks whose probabilities are averaged; they differ by their seed alone
LICENSES = {
    TRAINED_ON: "none stated; pictures from a web search, collected for the Kaggle challenge of 2013",
    ELSEWHERE: "Apache License 2.0 for the collection; the photographs' own rights are not discussed",
}


def train(data: Path, out: Path, recipe: Recipe | None = None, log: Path | None = None) -> list[Card]:
    """Train the members one after the other, twice, calibrate on the validation part, score and write the pair.

    In the second round each member goes on from its own weights, and learns also what all members together said of
    the training part after the first.

    Parameters
    ----------
    data : Path
        The folder that holds ``fer2013`` and, for the scores on other photographs, ``muxspace_faces``.
    out : Path
        Where the pair is written.
    recipe : Recipe, optional
        Of the first member in the first round; the seeds of the others follow its seed.
    """
    recipe = recipe or Recipe()
    parts = split(read_faces(find_file(data, TRAINED_ON)))
    learned, validation = parts["train"], parts["validation"]
    first = [
        fit(learned, validation, recipe=dataclasses.replace(recipe, seed=recipe.seed + k), log=log)
        for k in range(N_MEMBERS)
    ]
    said = collect_opinions([one.model for one in first], learned)
    second = [
        one.followed_by(
            fit(learned, validation, recipe=soften_recipe(recipe, k), log=log, begin=one.model, opinions=said)
        )
        for k, one in enumerate(first)
    ]
    return [export_model(second, parts, _read_elsewhere(data), recipe, out)]


def collect_opinions(models: Sequence[FaceNet], faces: Faces) -> Float32Array:
    """Mean predictions of several networks for pictures and their mirror images, shape=(n, 3)."""
    with torch.autocast("cpu", torch.bfloat16):
        return average_probabilities(join_members(models), faces.images, n_views=2)


def soften_recipe(recipe: Recipe, member: int) -> Recipe:
    """The second round of a member: gentler, on larger pictures, with other draws."""
    return dataclasses.replace(
        recipe,
        turn=recipe.turn / 2,
        learning_rate=recipe.learning_rate / 2,
        own_share=0.5,
        own_memory=0.95,
        scored_from=0.9,
        sides=((0.4, 40), (1.0, 44)),
        seed=recipe.seed + 10 + member,
    )


def join_members(models: Sequence[FaceNet]) -> FaceNet:
    """One network whose members are those of several.

    Raises
    ------
    ValueError
        If their sizes differ.
    """
    sizes = {dataclasses.replace(model.config, n_members=1) for model in models}
    if len(sizes) != 1:
        raise ValueError(f"Members need the same sizes, not {len(sizes)} different ones.")
    members = [member for model in models for member in model.members]
    result = FaceNet(dataclasses.replace(models[0].config, n_members=len(members)))
    for mine, theirs in zip(result.members, members, strict=True):
        mine.load_state_dict(theirs.state_dict())
    return result.eval()


def _read_elsewhere(data: Path) -> Faces | None:
    """The other photographs, where they are there."""
    path = find_file(data, ELSEWHERE)
    return read_faces(path) if path.parent.name == ELSEWHERE else None


def calibrate(model: FaceNet, validation: Faces) -> FaceNet:
    """The same network with the temperature that suits the validation part."""
    found = temperature(average_probabilities(model, validation.images), validation.labels)
    config = dataclasses.replace(model.config, temperature=round(model.config.temperature * found, 3))
    result = FaceNet(config)
    result.load_state_dict(model.state_dict())
    return result.eval()


def export_model(
    fitted: Sequence[Fitted], parts: dict[str, Faces], elsewhere: Faces | None, recipe: Recipe, out: Path
) -> Card:
    """Calibrate and score trained members together, beside the baseline, and write the pair."""
    # Half precision is how it is stored; scored is what will be loaded.
    model = calibrate(join_members([one.model for one in fitted]), parts["validation"]).half().float()
    plain = plain_baseline(parts["train"])
    scored = {**{part: parts[part] for part in ("validation", "test")}}
    if elsewhere is not None:
        scored[ELSEWHERE] = elsewhere
    metrics = {name: _measure(model, plain, faces) for name, faces in scored.items()}
    return export(
        model.half(),
        name="face",
        version=2,
        data=_describe_data(parts, elsewhere),
        training={
            "command": "python -m training train face --data DATA",
            "seed": recipe.seed,
            "hours": round(sum(one.minutes for one in fitted) / 60, 2),
            "hardware": "one CPU core, bfloat16 arithmetic",
            "recipe": dataclasses.asdict(recipe),
            "second_round": dataclasses.asdict(soften_recipe(recipe, 0)),
            "epochs": [one.n_epochs for one in fitted],
            "kept_epochs": [one.kept_epoch for one in fitted],
        },
        metrics=metrics,
        intended_use="Suggests a starting mood from one photographed face: happy, sad or neutral, with calibrated "
        "probabilities. The visitor adjusts the mood from there.",
        limits="It reads an expression, not a feeling, and only three of them. Its labels come from one annotator "
        "each, on small pictures from the web, and are often wrong; sad and neutral are easily confused. It "
        "has not been tested for bias by age, sex or skin color. Never use it to judge a person.",
        directory=out,
    )


def _measure(model: FaceNet, plain: Any, faces: Faces) -> dict[str, Any]:
    rows = figures(average_probabilities(model, faces.images), faces.labels)
    said = plain.predict_proba(gray_values(faces.images))
    told = figures(said.astype(np.float32), faces.labels)
    rows["baselines"]["pca_logistic_regression"] = {
        key: told[key] for key in ("accuracy_3", "accuracy_happy_sad")
    }
    return rows


def _describe_data(parts: dict[str, Faces], elsewhere: Faces | None) -> list[dict[str, Any]]:
    account: list[dict[str, Any]] = [
        {
            "name": TRAINED_ON,
            "license": LICENSES[TRAINED_ON],
            "pieces": {part: len(faces) for part, faces in parts.items()},
            "split": "By a hash of the image bytes, one in eleven of the set's training part is held out for test, and one"
            " in five of its PublicTest part serves for validation; the rest is used for training. Near-"
            "duplicates (16 x 16 thumbnails, mirrored or not, that correlate by .95) of a test picture are left "
            "out of the other parts, and no training picture is a near-duplicate of a validation picture.",
        }
    ]
    if elsewhere is not None:
        account.append(
            {
                "name": ELSEWHERE,
                "license": LICENSES[ELSEWHERE],
                "pieces": {"train": 0, "scored": len(elsewhere)},
                "split": "never trained on and never used for a choice",
                "alike_training_pictures": int(alike(elsewhere.images, parts["train"].images).sum()),
            }
        )
    return account
