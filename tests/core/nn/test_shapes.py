"""The shapes that configurations state are the ones of the torch modules that were trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.accompaniment.model import Figurator, Harmonizer
from core.audioviz.model import Autoencoder, StyleNet
from core.emotion.face.model import FaceNet
from core.emotion.judge.model import MoodModel
from core.emotion.piano.model import PianoLSTM
from core.extrapolate.model import ExtrapolateNet
from core.folk.model import FolkLSTM
from core.nn.card import RESEARCH, WEIGHTS_DIR, find_card, find_set_directory, read_card
from core.nn.config import ArrayModelConfig
from core.nn.shapes import flatten
from core.nn.weights import class_path, load, load_arrays, to_arrays
from core.sonify.melody.model import MelodyLSTM
from core.voice.model import BoundaryNet

MODELS: dict[str, Any] = {
    "audioviz_ae_normal": Autoencoder,
    "audioviz_ae_shared": Autoencoder,
    "audioviz_ae_skip": Autoencoder,
    "audioviz_alexnet": StyleNet,
    "audioviz_vgg": StyleNet,
    "extrapolate": ExtrapolateNet,
    "folk_melody": FolkLSTM,
    "piano": PianoLSTM,
    "sonify_chords": Harmonizer,
    "sonify_figuration": Figurator,
    "sonify_melody": MelodyLSTM,
    "voice": BoundaryNet,
    # Networks in the research set alone: for faces the open set has none, for moods it has rules.
    "face": FaceNet,
    "mood": MoodModel,
}


def folder_of(name: str) -> Path:
    return find_set_directory(RESEARCH) if name in ("face", "mood") else WEIGHTS_DIR


def shipped_config(name: str) -> ArrayModelConfig:
    found: ArrayModelConfig = MODELS[name].config_class(
        **read_card(find_card(name, directory=folder_of(name))).config
    )
    return found


@pytest.mark.parametrize("size", ["tiny", "shipped"])
@pytest.mark.parametrize("name", MODELS)
def test_a_configuration_states_the_names_and_shapes_of_its_module(name: str, size: str) -> None:
    model_class = MODELS[name]
    config = shipped_config(name) if size == "shipped" else model_class.config_class.tiny()
    model = model_class(config)
    state = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    assert flatten(config.layers()) == state
    parameters = dict(model.named_parameters())
    buffers = state.keys() - parameters.keys()
    assert buffers == {key for key in state if key.rpartition(".")[2] in config.buffers}


@pytest.mark.parametrize("name", MODELS)
def test_another_size_states_other_shapes(name: str) -> None:
    """A configuration that ignored its fields would pass where the fields are the usual ones."""
    assert flatten(shipped_config(name).layers()) != flatten(MODELS[name].config_class.tiny().layers())


@pytest.mark.parametrize("name", MODELS)
def test_a_card_names_the_module_that_its_configuration_names(name: str) -> None:
    model_class = MODELS[name]
    assert (
        class_path(model_class)
        == model_class.config_class.class_path
        == read_card(find_card(name, directory=folder_of(name))).class_path
    )


@pytest.mark.parametrize("name", MODELS)
def test_tensors_read_without_torch_are_those_of_the_module(name: str) -> None:
    _, tensors, card = load_arrays(name, MODELS[name].config_class, directory=folder_of(name))
    model, same = load(name, MODELS[name], directory=folder_of(name))
    assert card == same
    expected = to_arrays(model)
    assert tensors.keys() == expected.keys()
    for key, tensor in tensors.items():
        assert tensor.dtype == expected[key].dtype and (tensor == expected[key]).all(), key
