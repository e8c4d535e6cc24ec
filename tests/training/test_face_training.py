"""Training the face network on drawn faces, and the figures by which it is judged."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion.face.config import FaceConfig
from core.emotion.face.expression import FaceReader
from core.emotion.face.inference import FaceNetwork
from core.emotion.face.model import FaceNet, average_probabilities
from core.errors import InputError
from core.nn.card import SET_VARIABLE
from core.nn.weights import load, to_arrays
from tests.core.drawn_face import drawn_face
from training import weights
from training.emotion import face_evaluate, face_train
from training.emotion.face_fit import Round, augment, make_objective, orthogonal
from training.emotion.face_prepare import Faces, alike, find_file, read_faces, split
from training.emotion.face_scores import calibration_error, figures, right_of_two, temperature
from training.loop import Fitted, fit
from training.recipe import Schedule, read_recipe
from training.run import Run

ROUND = Round(sides=((1.0, 32),), turn=0.1)
SCHEDULE = Schedule(
    steps=60,
    batch_size=12,
    learning_rate=0.01,
    shape="linear",
    warm_up=0.1,
    weight_decay=0.02,
    max_norm=0,
    averaging=0.95,
    score_every=3,
    precision="bfloat16",
)


def fit_faces(
    train: Faces,
    validation: Faces,
    *,
    round_: Round = ROUND,
    begin: FaceNet | None = None,
    opinions: np.ndarray | None = None,
    **changes: Any,
) -> Fitted[FaceNet]:
    schedule = dataclasses.replace(SCHEDULE, **changes)
    model = face_train.begin_member(FaceConfig.tiny(), schedule.seed) if begin is None else begin
    return fit(make_objective(model, train, validation, round_, schedule, opinions=opinions), schedule)


def drawn(n: int, seed: int = 0, usage: str = "") -> Faces:
    """Close-ups of drawn faces whose mouths tell the label."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    smiles = np.array([1.4, -1.4, 0.0])[labels] + rng.normal(0, 0.1, n)
    images = [drawn_face(90, smile=float(smile))[23:71, 21:69, 0] for smile in smiles]
    shifted = [np.roll(image, tuple(rng.integers(-2, 3, 2)), axis=(0, 1)) for image in images]
    return Faces(images=np.stack(shifted), labels=labels, usage=np.full(n, usage, dtype="<U10"))


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 48, 48), dtype=np.uint8)


def write(path: Path, faces: Faces, **changes: np.ndarray) -> Path:
    arrays = {
        "images": faces.images,
        "labels": faces.labels.astype(np.uint8),
        "label_names": np.array(["happy", "sad", "neutral"]),
        "usage": faces.usage,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{**arrays, **changes})  # type: ignore[arg-type]
    return path


def easy(n: int, seed: int = 0) -> Faces:
    """Bright above, bright below, bright in the middle: what one look at the whole tells."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    images = rng.integers(0, 90, (n, 48, 48))
    for image, label in zip(images, labels, strict=True):
        image[[slice(0, 16), slice(32, 48), slice(16, 32)][label]] += 150
    return Faces(images=images.astype(np.uint8), labels=labels, usage=np.full(n, "", dtype="<U10"))


@pytest.fixture(scope="module")
def fitted():
    return fit_faces(easy(24), easy(12, seed=1))


def test_training_learns_what_is_easy(fitted) -> None:
    test = easy(30, seed=2)
    said = average_probabilities(fitted.model, test.images)
    assert (said.argmax(axis=1) == test.labels).mean() >= 0.9
    assert fitted.kept_step > 0.93 * SCHEDULE.steps
    assert len(fitted.first_losses) == 20


def test_one_batch_of_faces_is_learned_by_heart() -> None:
    torch.manual_seed(0)
    model = FaceNet(FaceConfig.tiny())
    faces = drawn(12)
    images, labels = torch.from_numpy(faces.images).float() / 255, torch.from_numpy(faces.labels)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    for _ in range(80):
        loss = torch.nn.functional.nll_loss(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.05


class Stopped(Exception):
    """A training that is interrupted."""


def test_a_training_that_was_stopped_goes_on_with_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = dataclasses.replace(SCHEDULE, steps=8, score_every=8)

    def objective(stop_at: int = 99) -> Any:
        model = face_train.begin_member(FaceConfig.tiny(), 1)
        made = make_objective(model, easy(30), easy(6), dataclasses.replace(ROUND, mixed=0.5), short)
        draw = made.draw

        def draw_or_stop(step: int) -> Any:
            if step == stop_at:
                raise Stopped
            return draw(step)

        made.draw = draw_or_stop
        return made

    whole = fit(objective(), short)
    monkeypatch.setattr("training.loop.CHECKPOINT_SEC", -1.0)
    path = tmp_path / "face.safetensors"
    with pytest.raises(Stopped):
        fit(objective(stop_at=5), short, checkpoint=path)
    resumed = fit(objective(), short, checkpoint=path)
    for name, tensor in resumed.model.state_dict().items():
        assert torch.equal(tensor, whole.model.state_dict()[name]), name


def test_blended_pictures_have_blended_labels_and_tell_no_opinion() -> None:
    faces, schedule = easy(12), dataclasses.replace(SCHEDULE, steps=10)
    model = face_train.begin_member(FaceConfig.tiny(), 1)
    objective = make_objective(model, faces, faces, dataclasses.replace(ROUND, mixed=1.0), schedule)
    batch = objective.draw(1)
    assert float(batch.kept.min()) < 0.9 and not torch.equal(batch.index, batch.other)
    before = objective.state["own"].clone()
    objective.loss(model, batch)
    blended = batch.index[batch.kept <= 0.99]
    assert torch.equal(objective.state["own"][blended], before[blended])
    again = objective.draw(1)
    assert torch.equal(again.images, batch.images) and torch.equal(again.kept, batch.kept)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 24), st.integers(2, 60), st.integers(0, 1000))
def test_an_orthogonal_matrix_has_singular_values_near_one(rows: int, columns: int, seed: int) -> None:
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    left, given_values, right = torch.linalg.svd(matrix, full_matrices=False)
    values = (left.T @ orthogonal(matrix).float() @ right.T).diagonal()
    # The five steps are tuned for speed: they end between .6 and 1.3, and small singular values below.
    assert values.max() < 1.4
    assert values[given_values > 0.1 * matrix.norm()].min() > 0.5


def test_augmented_pictures_differ_but_keep_their_range() -> None:
    images = torch.from_numpy(drawn(6).images).float() / 255
    out = augment(images, 42, 28, torch.Generator().manual_seed(0))
    again = augment(images, 42, 28, torch.Generator().manual_seed(1))
    assert out.shape == (6, 28, 28)
    assert out.min() >= 0 and out.max() <= 1
    assert not torch.allclose(out, again, atol=0.05)


# Data.


def test_a_mirrored_or_brighter_copy_is_alike_and_another_picture_is_not() -> None:
    images = noise(20)
    smooth = np.repeat(np.repeat(images[:, ::6, ::6], 6, axis=1), 6, axis=2)
    copies = np.concatenate([smooth[:3, :, ::-1], (smooth[3:6] * 0.7 + 40).astype(np.uint8)])
    assert alike(copies, smooth).all()
    assert not alike(copies, smooth[6:]).any()


def test_no_picture_is_in_two_parts() -> None:
    images = np.repeat(np.repeat(noise(300)[:, ::6, ::6], 6, axis=1), 6, axis=2)
    images[200:260] = images[:60, :, ::-1]  # sixty mirrored copies
    usage = np.where(np.arange(300) % 7 == 0, "validation", "train").astype("<U10")
    parts = split(Faces(images=images, labels=np.arange(300) % 3, usage=usage))
    assert min(len(part) for part in parts.values()) > 5
    assert not alike(parts["train"].images, parts["test"].images).any()
    assert not alike(parts["train"].images, parts["validation"].images).any()
    assert not alike(parts["validation"].images, parts["test"].images).any()


def test_reading_drops_blank_pictures_and_other_expressions(tmp_path: Path) -> None:
    faces = drawn(8)
    faces.images[2] = 77
    names = np.array(["happy", "sad", "neutral", "surprised"])
    labels = np.array([0, 1, 2, 3, 1, 2, 0, 1], dtype=np.uint8)
    read = read_faces(write(tmp_path / "a.npz", faces, label_names=names, labels=labels))
    assert read.labels.tolist() == [0, 1, 1, 2, 0, 1]


def test_labels_are_read_by_their_names_not_their_order(tmp_path: Path) -> None:
    names = np.array(["neutral", "happy", "sad"])
    read = read_faces(write(tmp_path / "a.npz", drawn(6), label_names=names))
    assert read.labels.tolist() == [2, 0, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"images": np.zeros((6, 32, 32), np.uint8)}, "48 x 48 pixels of uint8"),
        ({"images": np.zeros((6, 48, 48), np.float32)}, "48 x 48 pixels of uint8"),
        ({"labels": np.zeros(5, np.uint8)}, "as many labels"),
        ({"labels": np.full(6, 9, np.uint8)}, "a label without a name"),
    ],
)
def test_a_file_of_another_form_is_refused(
    tmp_path: Path, changes: dict[str, np.ndarray], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        read_faces(write(tmp_path / "a.npz", drawn(6), **changes))


def test_the_file_is_found_by_itself_in_its_folder_and_above(tmp_path: Path) -> None:
    path = write(tmp_path / "unclear" / "fer2013" / "f.npz", drawn(3))
    write(tmp_path / "unclear" / "another" / "a.npz", drawn(3))
    for given_path in (path, path.parent, tmp_path / "unclear", tmp_path):
        assert find_file(given_path, "fer2013") == path
    with pytest.raises(InputError, match=r"no \.npz file"):
        find_file(tmp_path / "nowhere")


# Scores.


def test_happy_against_sad_leaves_neutral_out() -> None:
    said = np.array([[0.2, 0.1, 0.7], [0.3, 0.1, 0.6], [0.9, 0.0, 0.1]], dtype=np.float32)
    assert right_of_two(said, np.array([0, 1, 2])).tolist() == [True, False]


def test_figures_of_right_and_wrong_answers() -> None:
    labels = np.array([0, 0, 0, 1, 2])
    said = np.eye(3, dtype=np.float32)[[0, 0, 1, 1, 2]]
    told = figures(said, labels)
    assert told["accuracy_3"] == 0.8
    assert told["accuracy_happy_sad"] == 0.75
    assert told["n"] == 5 and told["n_happy_sad"] == 4
    assert told["recall"] == {"happy": 0.6667, "sad": 1.0, "neutral": 1.0}
    assert told["baselines"]["majority"] == {"accuracy_3": 0.6, "accuracy_happy_sad": 0.75}
    low, high = told["intervals"]["accuracy_3"]
    assert low < 0.8 <= high
    assert told["ece"] == pytest.approx(0.2)


def test_the_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (4000, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (rng.random((4000, 1)) > true.cumsum(axis=1)).sum(axis=1)
    sharp = np.exp(2 * logits) / np.exp(2 * logits).sum(axis=1, keepdims=True)
    assert temperature(sharp, labels) == pytest.approx(2.0, abs=0.2)
    assert calibration_error(true.astype(np.float32), labels) < 0.03
    assert calibration_error(sharp.astype(np.float32), labels) > 0.08


# Members.


def test_members_together_give_the_mean_of_their_probabilities() -> None:
    torch.manual_seed(0)
    members = [FaceNet(FaceConfig.tiny()).eval() for _ in range(3)]
    images = torch.rand(5, 48, 48)
    with torch.inference_mode():
        mean = torch.stack([member(images).exp() for member in members]).mean(0)
        assert torch.allclose(face_train.join_members(members)(images).exp(), mean, atol=1e-6)
        # One that has members already brings all of them.
        nested = face_train.join_members([face_train.join_members(members[:2]), members[2]])
        assert torch.allclose(nested(images).exp(), mean, atol=1e-6)
    with pytest.raises(ValueError, match="same sizes"):
        face_train.join_members([members[0], FaceNet(FaceConfig(widths=(8, 16), depths=(1, 2), squeeze=4))])


def test_the_recipe_makes_members_of_different_seeds_in_two_rounds(tmp_path: Path) -> None:
    faces = dataclasses.replace(drawn(330), usage=np.where(np.arange(330) < 60, "validation", "train"))
    faces.images[:] = noise(330)  # no two alike
    write(tmp_path / "fer2013" / "f.npz", faces)
    card = weights.train("face_research", tmp_path, tmp_path / "out", tiny=True)
    assert card.stem == "face_v3" and list(card.training["kept_steps"]) == [
        "first_1",
        "first_2",
        "second_1",
        "second_2",
    ]
    assert len(card.training["first_losses"]) == 12
    model, _ = load("face", FaceNet, directory=tmp_path / "out" / "research")
    first, second = (m.head[1].weight for m in model.members)  # type: ignore[union-attr, index]
    assert not torch.equal(first, second)


def test_the_second_round_is_gentler_and_draws_otherwise() -> None:
    recipe = read_recipe("face_research")
    options = face_train.Options(**{k: v for k, v in recipe.options.items() if not isinstance(v, list)})
    round_, schedule = face_train.soften(options, recipe.fitting, 1)
    assert round_.turn == options.turn / 2 and schedule.learning_rate == recipe.fitting.learning_rate / 2
    assert schedule.seed == recipe.fitting.seed + 11 and schedule.steps == options.second_steps


def test_a_second_round_begins_where_the_first_ended_and_heeds_opinions() -> None:
    faces = easy(24)
    begin = FaceNet(FaceConfig.tiny()).eval()
    torch.nn.init.normal_(begin.members[0].head[1].weight)  # type: ignore[union-attr, index, arg-type]
    given = begin.members[0].head[1].weight.detach().clone()  # type: ignore[union-attr, index]
    still = dataclasses.replace(ROUND, turn=0.0)
    same = fit_faces(faces, faces, round_=still, begin=begin, steps=2, learning_rate=1e-12)
    # Nothing was learned: the weights are those that were given; a normalized layer's length has no meaning.
    assert torch.allclose(same.model.members[0].head[1].weight, given, atol=1e-5)  # type: ignore[union-attr, index, arg-type]
    # Opinions that contradict every label are believed where the round gives them all the weight.
    wrong = np.eye(3, dtype=np.float32)[(faces.labels + 1) % 3]
    believing = dataclasses.replace(ROUND, own_share=1.0, own_memory=1.0, scored_from=1.0)
    learned = fit_faces(faces, faces, round_=believing, opinions=wrong)
    said = average_probabilities(learned.model, faces.images, n_views=1)
    assert (said.argmax(axis=1) == (faces.labels + 1) % 3).mean() > 0.6


# Export and evaluation.


def test_an_exported_network_is_what_was_scored(fitted, tmp_path: Path, monkeypatch) -> None:
    parts = {"train": drawn(150), "validation": drawn(12, seed=1), "test": drawn(12, seed=2)}
    write(tmp_path / "root" / "fer2013" / "f.npz", parts["test"])
    run = Run(recipe=read_recipe("face_research"), root=tmp_path / "root", out=tmp_path, is_draft=True)
    card = face_train.export_model(run, [fitted.model, fitted.model], parts, drawn(9, seed=3))
    assert card.config["n_members"] == 2 and card.metrics["muxspace_faces"]["n"] == 9
    model, _ = load("face", FaceNet, directory=tmp_path / "research")
    said = average_probabilities(model, parts["test"].images)  # type: ignore[arg-type]
    assert figures(said, parts["test"].labels)["accuracy_3"] == card.metrics["test"]["accuracy_3"]
    assert "pca_logistic_regression" in card.metrics["test"]["baselines"]
    data = tmp_path / "data"
    write(data / "fer2013" / "f.npz", parts["test"])
    write(data / "muxspace_faces" / "m.npz", drawn(9, seed=3))
    write(data / "timeseries" / "t.npz", drawn(3), images=np.zeros(3))
    network = FaceNetwork(model.config, to_arrays(model))
    monkeypatch.setattr(FaceReader, "from_weights", classmethod(lambda cls: cls(network, card)))
    told = face_evaluate.evaluate(data)
    json.dumps(told, allow_nan=False)
    assert told["accuracy_3"] == card.metrics["test"]["accuracy_3"]
    assert told["n"] == 12
    assert set(told["intervals"]) == {"accuracy_3", "accuracy_happy_sad"}
    assert told["others"]["muxspace_faces"]["n"] == 9
    assert set(told["others"]) == {"muxspace_faces"}
    alone = face_evaluate.evaluate(data / "muxspace_faces" / "m.npz")
    assert alone["n"] == 9 and "others" not in alone


def test_the_shipped_network_knows_a_drawn_smile_and_its_card_passes(monkeypatch) -> None:
    monkeypatch.setenv(SET_VARIABLE, "research")
    reader = FaceReader.from_weights()
    assert reader.card.metrics["test"]["n"] > 1000
    faces = drawn(12)
    valences = []
    for kind in range(3):
        said = reader.probabilities(faces.images[faces.labels == kind])
        assert np.allclose(said.sum(axis=1), 1, atol=1e-4)
        valences.append(float((said[:, 0] - said[:, 1]).mean()))
    assert valences[0] > valences[1]
