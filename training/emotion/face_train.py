"""Train the face network in rounds, calibrate it, and write its weights and card.

FER2013 is what it learns from; pictures of another collection (muxspace) are only ever scored.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import Float32Array
from core.emotion.face.config import FaceConfig
from core.emotion.face.model import FaceNet, average_probabilities
from core.errors import InputError
from core.nn.card import Card
from training.emotion.face_fit import Round, make_objective
from training.emotion.face_prepare import Faces, alike, find_file, read_faces, split
from training.emotion.face_scores import figures, gray_values, plain_baseline, temperature
from training.loop import Fitted
from training.recipe import Schedule
from training.run import Run, find_folder

TRAINED_ON, ELSEWHERE = "fer2013", "muxspace_faces"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the members are trained, beside the schedule; those that `Round` has are of the first round.

    Attributes
    ----------
    n_members : int
        Networks whose probabilities are averaged; they differ by their seed alone.
    second_steps : int
        Of the second round, in which each member goes on from its own weights, more gently, and learns also what all members
        together said of the training part; 0 for no second round.
    second_sides : tuple of (float, int)
        Sides of the pictures in the second round.
    turn, covered, mixed, sides
        As on `Round`.
    """

    n_members: int = 2
    second_steps: int = 0
    second_sides: tuple[tuple[float, int], ...] = ((0.4, 40), (1.0, 44))
    turn: float = 0.04
    covered: float = 0.2
    mixed: float = 0.0
    sides: tuple[tuple[float, int], ...] = ((0.3, 34), (0.9, 40), (1.0, 44))


def train(run: Run) -> Card:
    """Train the members one after the other, twice, calibrate on the validation part, score and write the pair.

    In the second round each member goes on from its own weights, and learns also what all members together said of
    the training part after the first.
    """
    options, parts = run.read_options(Options), split(read_faces(find_file(run.folders[TRAINED_ON])))
    schedule, config = run.recipe.fitting, FaceConfig(**run.model_settings)
    fitted: list[Fitted[FaceNet]] = []
    for k in range(options.n_members):
        seeded = dataclasses.replace(schedule, seed=schedule.seed + k)
        round_ = Round(
            turn=options.turn,
            covered=options.covered,
            mixed=options.mixed,
            sides=options.sides,
        )
        fitted.append(
            _fit_member(run, f"first_{k + 1}", begin_member(config, seeded.seed), parts, round_, seeded)
        )
    if options.second_steps:
        said = collect_opinions([one.model for one in fitted], parts["train"])
        fitted = [
            _fit_member(
                run, f"second_{k + 1}", one.model, parts, *soften(options, schedule, k), opinions=said
            )
            for k, one in enumerate(fitted)
        ]
    return export_model(run, [one.model for one in fitted], parts, _read_elsewhere(run.root))


def begin_member(config: FaceConfig, seed: int) -> FaceNet:
    """A network of drawn weights."""
    torch.manual_seed(seed)
    return FaceNet(config)


def _fit_member(
    run: Run,
    label: str,
    model: FaceNet,
    parts: dict[str, Faces],
    round_: Round,
    schedule: Schedule,
    *,
    opinions: Float32Array | None = None,
) -> Fitted[FaceNet]:
    objective = make_objective(
        model, parts["train"], parts["validation"], round_, schedule, opinions=opinions
    )
    return run.fit(objective, label=label, schedule=schedule)


def soften(options: Options, schedule: Schedule, member: int) -> tuple[Round, Schedule]:
    """The second round of a member: gentler, on larger pictures, with other draws."""
    round_ = Round(
        turn=options.turn / 2,
        own_share=0.5,
        own_memory=0.95,
        scored_from=0.9,
        sides=options.second_sides,
        covered=options.covered,
        mixed=options.mixed,
    )
    gentle = dataclasses.replace(
        schedule,
        steps=options.second_steps,
        learning_rate=schedule.learning_rate / 2,
        seed=schedule.seed + 10 + member,
    )
    return round_, gentle


def collect_opinions(models: Sequence[FaceNet], faces: Faces) -> Float32Array:
    """Mean predictions of several networks for pictures and their mirror images, shape=(n, 3)."""
    with torch.autocast("cpu", torch.bfloat16):
        return average_probabilities(join_members(models), faces.images, n_views=2)


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


def _read_elsewhere(root: Path) -> Faces | None:
    """The other photographs, where they are there."""
    try:
        return read_faces(find_file(find_folder(root, f"unclear/{ELSEWHERE}")))
    except InputError:
        return None


def calibrate(model: FaceNet, validation: Faces) -> FaceNet:
    """The same network with the temperature that suits the validation part."""
    found = temperature(average_probabilities(model, validation.images), validation.labels)
    config = dataclasses.replace(model.config, temperature=round(model.config.temperature * found, 3))
    result = FaceNet(config)
    result.load_state_dict(model.state_dict())
    return result.eval()


def export_model(
    run: Run, members: Sequence[FaceNet], parts: dict[str, Faces], elsewhere: Faces | None
) -> Card:
    """Calibrate and score trained members together, beside the baseline, and write the pair."""
    # Half precision is how it is stored; scored is what will be loaded.
    model = calibrate(join_members(members), parts["validation"]).half().float()
    plain = plain_baseline(parts["train"])
    scored = {part: parts[part] for part in ("validation", "test")}
    if elsewhere is not None:
        scored[ELSEWHERE] = elsewhere
    metrics = {name: _measure(model, plain, faces) for name, faces in scored.items()}
    if elsewhere is not None:
        metrics[ELSEWHERE]["alike_training_pictures"] = int(
            alike(elsewhere.images, parts["train"].images).sum()
        )
        metrics[ELSEWHERE]["note"] = "never trained on and never used for a choice"
    return run.export(
        model.half(),
        pieces={TRAINED_ON: {part: len(faces) for part, faces in parts.items()}},
        metrics=metrics,
        split=SPLIT,
        intended_use="Suggests a starting mood from one photographed face: happy, sad or neutral, with calibrated "
        "probabilities. The visitor adjusts the mood from there.",
        limits="It reads an expression, not a feeling, and only three of them. Its labels come from one annotator "
        "each, on small pictures from the web, and are often wrong; sad and neutral are easily confused. It "
        "has not been tested for bias by age, sex or skin color. Never use it to judge a person.",
    )


def _measure(model: FaceNet, plain: Any, faces: Faces) -> dict[str, Any]:
    rows = figures(average_probabilities(model, faces.images), faces.labels)
    said = plain.predict_proba(gray_values(faces.images))
    told = figures(said.astype(np.float32), faces.labels)
    rows["baselines"]["pca_logistic_regression"] = {
        key: told[key] for key in ("accuracy_3", "accuracy_happy_sad")
    }
    return rows


SPLIT = (
    "By a hash of the image bytes, one in eleven of the set's training part is held out for test, and one in five of its "
    "PublicTest part serves for validation; the rest is used for training. Near-duplicates (16 x 16 thumbnails, mirrored or not, "
    "that correlate by .95) of a test picture are left out of the other parts, and no training picture is a near-duplicate of a "
    "validation picture."
)
