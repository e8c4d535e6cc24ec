"""Faces: where they are, what the network is given, and how its answer sets the mood."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion.face.config import EXPRESSIONS, FaceConfig
from core.emotion.face.detect import CLOSE_UP_SIDE, Face, find_faces
from core.emotion.face.expression import FaceMood, FaceReader
from core.emotion.face.inference import FaceNetwork
from core.emotion.face.model import FaceNet, average_probabilities
from core.emotion.face.photograph import Picture, read_picture
from core.emotion.moods import NAMED_MOODS
from core.errors import InputError
from core.nn.weights import to_arrays
from tests.core.drawn_face import as_file, drawn_face


def picture(rgb: np.ndarray) -> Picture:
    height, width = rgb.shape[:2]
    return Picture(rgb=np.ascontiguousarray(rgb), kind="PNG", animated=False, original_size=(width, height))


# Finding.


@pytest.mark.parametrize("side", [120, 240, 480, 900])
@pytest.mark.parametrize("smile", [-1.0, 1.0])
def test_one_drawn_face_is_found_where_it_is(side: int, smile: float) -> None:
    (face,) = find_faces(read_picture(as_file(drawn_face(side, smile=smile))))
    assert face.found
    assert face.gray.shape == (48, 48)
    assert face.gray.dtype == np.uint8
    # The drawn eyes and mouth have their middle at half and 54 % of the picture.
    assert abs(face.left + face.side / 2 - 0.5 * side) < 0.06 * side
    assert abs(face.top + face.side / 2 - 0.53 * side) < 0.08 * side
    assert 0.4 * side < face.side < 0.65 * side


def test_several_faces_come_largest_first() -> None:
    wide = np.full((300, 620, 3), 200, dtype=np.uint8)
    wide[30:270, 10:250] = drawn_face(240)
    wide[60:240, 260:440] = drawn_face(180)
    wide[90:240, 450:600] = drawn_face(150)
    faces = find_faces(picture(wide))
    assert len(faces) == 3
    assert [face.side for face in faces] == sorted((face.side for face in faces), reverse=True)
    middles = [face.left + face.side / 2 for face in faces]
    assert np.allclose(middles, [130, 350, 525], atol=25)


def test_ten_faces_are_ten() -> None:
    grid = np.tile(drawn_face(120), (2, 5, 1))
    faces = find_faces(picture(grid))
    assert len(faces) == 10
    assert all(face.found for face in faces)


def test_a_face_that_leans_is_given_upright() -> None:
    (upright,) = find_faces(picture(drawn_face(300)))
    (leaning,) = find_faces(picture(drawn_face(300, tilt_degrees=28)))
    assert leaning.tilt_degrees == 20
    alike = np.corrcoef(upright.gray.ravel(), leaning.gray.ravel())[0, 1]
    assert alike > 0.6


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("side", [48, 300])
def test_an_empty_picture_has_no_face(shade: int, side: int) -> None:
    with pytest.raises(InputError, match=r"No face was found in this picture\. Use one taken from the front"):
        find_faces(picture(np.full((side, side, 3), shade, dtype=np.uint8)))


def test_a_striped_picture_has_no_face() -> None:
    stripes = np.tile(np.repeat([[0], [255]], 20, axis=0), (8, 400))[:, :, None].repeat(3, axis=2)
    with pytest.raises(InputError, match="No face was found"):
        find_faces(picture(stripes.astype(np.uint8)))


def test_a_small_square_picture_is_taken_whole_and_says_so() -> None:
    ramp = np.tile(np.linspace(0, 255, 48).astype(np.uint8)[:, None, None], (1, 48, 3))
    (face,) = find_faces(picture(ramp))
    assert not face.found
    assert face.notes == ["No face was found in this small picture, so the whole picture is used as a face."]
    assert np.array_equal(face.gray, ramp[:, :, 0])


def test_the_same_ramp_in_a_large_picture_is_no_face() -> None:
    side = CLOSE_UP_SIDE + 1
    ramp = np.tile(np.linspace(0, 255, side).astype(np.uint8)[:, None, None], (1, side, 3))
    with pytest.raises(InputError, match="No face was found"):
        find_faces(picture(ramp))


def test_a_tight_close_up_is_cut_as_it_is() -> None:
    tight = drawn_face(240)[62:190, 56:184]
    small = np.asarray(tight[::2, ::2])
    (face,) = find_faces(picture(small))
    assert face.found
    assert 0.75 * 64 < face.side < 1.3 * 64
    assert abs(face.left + face.side / 2 - 32) < 8


# The network.


def tiny_reader(**changes: object) -> FaceReader:
    torch.manual_seed(3)
    model = FaceNet(dataclasses.replace(FaceConfig.tiny(), **changes)).eval()  # type: ignore[arg-type]
    return FaceReader(FaceNetwork(model.config, to_arrays(model)), card=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("side", [28, 40, 48, 49])
@pytest.mark.parametrize("n_members", [1, 2])
def test_the_network_gives_log_probabilities_at_any_size(side: int, n_members: int) -> None:
    model = FaceNet(dataclasses.replace(FaceConfig.tiny(), n_members=n_members)).eval()
    said = model(torch.rand(5, side, side))
    assert said.shape == (5, 3)
    assert torch.allclose(said.exp().sum(dim=1), torch.ones(5), atol=1e-5)


@pytest.mark.parametrize("n_views", [1, 2, 4])
def test_every_number_of_views_gives_probabilities(n_views: int) -> None:
    model = FaceNet(FaceConfig.tiny()).eval()
    images = np.random.default_rng(0).integers(0, 256, (7, 48, 48), dtype=np.uint8)
    said = average_probabilities(model, images, n_views=n_views)
    assert said.shape == (7, 3)
    assert np.allclose(said.sum(axis=1), 1, atol=1e-5)


def test_pictures_of_another_size_are_brought_to_the_networks() -> None:
    model = FaceNet(dataclasses.replace(FaceConfig.tiny(), image_size=32)).eval()
    flat = np.full((2, 48, 48), 90, dtype=np.uint8)
    assert np.allclose(
        average_probabilities(model, flat), average_probabilities(model, flat[:, :32, :32]), atol=1e-5
    )


def test_no_pictures_give_no_probabilities() -> None:
    model = FaceNet(FaceConfig.tiny()).eval()
    none = np.zeros((0, 48, 48), np.uint8)
    assert average_probabilities(model, none).shape == tiny_reader().probabilities(none).shape == (0, 3)


@pytest.mark.parametrize(("side", "n_views", "n_members"), [(48, 4, 2), (48, 1, 1), (35, 2, 1), (64, 4, 1)])
def test_the_numpy_network_reads_what_the_trained_module_reads(
    side: int, n_views: int, n_members: int
) -> None:
    torch.manual_seed(5)
    config = dataclasses.replace(FaceConfig.tiny(), widths=(8, 16), depths=(2, 2), n_members=n_members)
    model = FaceNet(config).eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(layer.weight)
            torch.nn.init.uniform_(layer.running_var, 0.3, 3.0)
    images = np.random.default_rng(3).integers(0, 256, (9, side, side), dtype=np.uint8)
    network = FaceNetwork(config, to_arrays(model))
    expected = average_probabilities(model, images, n_views=n_views)
    changes = np.abs(expected - expected[0]).max()
    assert changes > 1e-4
    assert np.abs(network.probabilities(images, n_views=n_views) - expected).max() < 0.01 * changes
    odd = images[:, :31, :29] / np.float32(255)
    with torch.no_grad():
        expected = model(torch.from_numpy(odd)).numpy()
    assert np.allclose(network.log_probabilities(odd), expected, atol=1e-5)


def test_a_mirrored_face_is_read_alike() -> None:
    reader = tiny_reader()
    images = np.random.default_rng(1).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    assert np.allclose(
        reader.probabilities(images), reader.probabilities(images[:, :, ::-1].copy()), atol=1e-5
    )


def test_a_higher_temperature_is_less_sure() -> None:
    images = np.random.default_rng(2).integers(0, 256, (6, 48, 48), dtype=np.uint8)
    cool, warm = (tiny_reader(temperature=t).probabilities(images) for t in (0.25, 4.0))
    assert (cool.max(axis=1) > warm.max(axis=1)).all()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"depths": (1,)}, "as many"),
        ({"widths": (0, 8)}, "from 1"),
        ({"squeeze": 16}, "cannot be squeezed"),
        ({"dropout": 1.0}, "dropout must lie"),
        ({"n_views": 3}, "n_views must be one of 1, 2, 4"),
        ({"temperature": 0.0}, "temperature must be above 0"),
    ],
)
def test_wrong_sizes_are_refused(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        dataclasses.replace(FaceConfig.tiny(), **wrong)  # type: ignore[arg-type]


# The mood.


@pytest.mark.parametrize(("index", "name"), list(enumerate(EXPRESSIONS)))
def test_a_sure_expression_is_its_named_mood(index: int, name: str) -> None:
    said = FaceMood.of(np.eye(3)[index])
    assert said.mood == NAMED_MOODS[name]
    assert said.expression == name


@settings(max_examples=50)
@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=3), st.floats(0.01, 0.5))
def test_a_happier_face_has_a_higher_valence(weights: list[float], more: float) -> None:
    happier = [weights[0] + more, *weights[1:]]
    before, after = FaceMood.of(np.array(weights)), FaceMood.of(np.array(happier))
    assert after.mood.valence > before.mood.valence
    assert after.p_happy > before.p_happy
    assert sum((after.p_happy, after.p_sad, after.p_neutral)) == pytest.approx(1)


def test_reading_changes_nothing_and_repeats_itself() -> None:
    reader, face = tiny_reader(), Face(gray=drawn_face(48)[:, :, 0].copy(), left=0, top=0, side=48)
    kept = face.gray.copy()
    assert reader.read(face) == reader.read(face)
    assert np.array_equal(face.gray, kept)
