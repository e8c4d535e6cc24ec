"""`core.nn.weights` and `core.nn.card`: what loads, and the sentence for everything that does not."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from core.errors import WeightsError
from core.nn.card import (
    SET_VARIABLE,
    Card,
    find_card,
    find_pair,
    find_set_of,
    has_card,
    read_card,
    read_cards,
)
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers, linear
from core.nn.weights import class_path, list_loaded, load, load_arrays


@dataclass(frozen=True, kw_only=True)
class TinyConfig(ArrayModelConfig):
    class_path: ClassVar[str] = "tests.core.nn.test_weights.TinyModel"
    buffers: ClassVar[tuple[str, ...]] = ("n_seen",)

    width: int

    def layers(self) -> Layers:
        return {"linear": linear(self.width, 2), "n_seen": ()}


class TinyModel(torch.nn.Module):
    config_class = TinyConfig

    def __init__(self, config: TinyConfig) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(config.width, 2)
        self.dropout = torch.nn.Dropout(0.5)
        self.register_buffer("n_seen", torch.tensor(7))


def tiny_tensors(width: int = 3) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return TinyModel(TinyConfig(width=width)).state_dict()


def card_fields(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": "tiny",
        "version": 1,
        "class_path": "tests.core.nn.test_weights.TinyModel",
        "config": {"width": 3},
        "vocabulary": ["<pad>", "a", "b"],
        "sha256": "0" * 64,
        "n_parameters": 8,
        "data": [{"name": "Folk songs", "license": "CC0", "pieces": {"train": 8, "test": 2}}],
        "training": {"command": "x", "seed": 1, "commit": "abc", "hours": 0.1, "hardware": "two cores"},
        "metrics": {"test": {"loss": 1.0, "n": 2}},
        "intended_use": "To be loaded in tests.",
        "limits": "It knows nothing.",
    }
    return fields | changes


def write_pair(
    folder: Path, tensors: dict[str, torch.Tensor] | None = None, **changes: Any
) -> dict[str, Any]:
    """Write a matching pair and return what its card says."""
    data = save(tiny_tensors() if tensors is None else tensors)
    fields = card_fields(**({"sha256": hashlib.sha256(data).hexdigest()} | changes))
    stem = f"{fields['name']}_v{fields['version']}"
    (folder / f"{stem}.safetensors").write_bytes(data)
    (folder / f"{stem}.json").write_text(json.dumps(fields), encoding="utf-8")
    return fields


LoadTiny = Callable[..., Card]


@pytest.fixture(params=["arrays", "module"])
def load_tiny(request: pytest.FixtureRequest) -> LoadTiny:
    """Both loaders: what is refused by one is refused by the other, in the same words."""

    def read(folder: Path, version: int | None = None) -> Card:
        if request.param == "module":
            return load("tiny", TinyModel, version=version, directory=folder)[1]
        return load_arrays("tiny", TinyConfig, version=version, directory=folder)[2]

    return read


# What loads.


def test_a_pair_loads_with_its_tensors_in_evaluation_mode(tmp_path: Path) -> None:
    fields = write_pair(tmp_path)
    model, card = load("tiny", TinyModel, directory=tmp_path)
    assert isinstance(model, TinyModel)
    assert not model.training
    assert all(torch.equal(tensor, tiny_tensors()[name]) for name, tensor in model.state_dict().items())
    assert vars(card) == fields


def test_arrays_are_floats_of_one_width_and_whole_numbers_as_they_lie(tmp_path: Path) -> None:
    halves = {name: tensor.half() if "linear" in name else tensor for name, tensor in tiny_tensors().items()}
    fields = write_pair(tmp_path, halves)
    config, tensors, card = load_arrays("tiny", TinyConfig, directory=tmp_path)
    assert config == TinyConfig(width=3) and vars(card) == fields
    assert {name: str(array.dtype) for name, array in tensors.items()} == {
        "linear.weight": "float32",
        "linear.bias": "float32",
        "n_seen": "int64",
    }
    assert int(tensors["n_seen"]) == 7
    assert (tensors["linear.weight"] == halves["linear.weight"].float().numpy()).all()


def test_the_highest_version_is_the_latest_and_an_older_one_can_be_asked_for(
    tmp_path: Path, load_tiny: LoadTiny
) -> None:
    for version in (9, 10, 2):
        write_pair(tmp_path, version=version)
    assert find_card("tiny", directory=tmp_path).name == "tiny_v10.json"
    assert load_tiny(tmp_path).version == 10
    assert load_tiny(tmp_path, version=2).version == 2


def test_a_model_whose_name_begins_like_another_is_another(tmp_path: Path) -> None:
    write_pair(tmp_path)
    write_pair(tmp_path, name="tiny_v7_small", version=3)
    assert find_card("tiny", directory=tmp_path).name == "tiny_v1.json"


def test_a_loaded_model_computes_with_one_thread_in_every_visitor_s_thread(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        write_pair(tmp_path)
        load("tiny", TinyModel, directory=tmp_path)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(torch.get_num_threads).result() == 1
    finally:
        torch.set_num_threads(before)


def test_cards_come_by_name_and_version(tmp_path: Path) -> None:
    for name, version in [("b", 10), ("b", 9), ("a", 1)]:
        write_pair(tmp_path, name=name, version=version)
    assert [card.stem for card in read_cards(tmp_path)] == ["a_v1", "b_v9", "b_v10"]
    assert read_cards(tmp_path / "nothing") == []


# The two sets.


@pytest.fixture
def two_sets(tmp_path: Path) -> Path:
    """A model in both sets, one only in the open and one only in the research set."""
    research = tmp_path / "research"
    research.mkdir()
    for folder, name, version in (
        (tmp_path, "both", 2),
        (research, "both", 1),
        (tmp_path, "free", 1),
        (research, "bound", 3),
    ):
        write_pair(folder, name=name, version=version)
    return tmp_path


def test_the_open_set_is_used_unless_research_is_chosen(
    two_sets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (None, "", "open", " Open "):
        monkeypatch.delenv(SET_VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(SET_VARIABLE, value)
        assert find_card("both", directory=two_sets) == two_sets / "both_v2.json"
        assert not has_card("bound", directory=two_sets)
    monkeypatch.setenv(SET_VARIABLE, "research")
    assert find_card("both", directory=two_sets) == two_sets / "research" / "both_v1.json"
    assert find_card("both", version=2, directory=two_sets) == two_sets / "both_v2.json"
    # What the research set lacks comes from the open one.
    assert find_card("free", directory=two_sets) == two_sets / "free_v1.json"
    assert has_card("bound", directory=two_sets)


def test_a_model_of_the_research_set_is_named_as_such_where_it_is_not_chosen(
    two_sets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SET_VARIABLE, raising=False)
    with pytest.raises(
        WeightsError, match=r'"bound" is in the research set only.*SONOSCOPE_WEIGHTS=research'
    ):
        load("bound", TinyModel, directory=two_sets)


@pytest.mark.parametrize("given", ["reserch", "1", "open research", "\u202eresearch\x1b[31m", "x" * 4000])
def test_a_set_that_there_is_not_is_refused_in_a_sentence(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SET_VARIABLE, given)
    with pytest.raises(WeightsError, match='It can be "open" or "research"') as refused:
        has_card("tiny")
    assert str(refused.value).isprintable() and len(str(refused.value)) < 250


def test_what_was_loaded_is_told_with_its_set(two_sets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.nn.weights._loaded", {})
    monkeypatch.setenv(SET_VARIABLE, "research")
    for name in ("free", "both"):
        load(name, TinyModel, directory=two_sets)
    assert list_loaded() == [{"pair": "both_v1", "set": "research"}, {"pair": "free_v1", "set": "open"}]
    assert find_set_of("both_v2", two_sets) == "open" and find_set_of("both_v1", two_sets) == "research"
    assert find_pair("bound_v3", two_sets) == two_sets / "research" / "bound_v3.json"


# What does not.


def test_a_missing_model_version_or_tensors_file_is_named(tmp_path: Path, load_tiny: LoadTiny) -> None:
    with pytest.raises(WeightsError, match=r'no trained model "tiny".*There are no models at all'):
        load_tiny(tmp_path)
    write_pair(tmp_path)
    with pytest.raises(WeightsError, match=r'no version 4 of the model "tiny"\. There are tiny_v1\.'):
        load_tiny(tmp_path, version=4)
    with pytest.raises(WeightsError, match=r'no trained model "\.\./secret"'):
        load("../secret", TinyModel, directory=tmp_path)
    (tmp_path / "tiny_v1.safetensors").unlink()
    with pytest.raises(WeightsError, match='"tiny_v1" has a card but no weights'):
        load_tiny(tmp_path)


def test_one_changed_bit_is_noticed(tmp_path: Path, load_tiny: LoadTiny) -> None:
    write_pair(tmp_path)
    path = tmp_path / "tiny_v1.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="differ from the ones its card describes"):
        load_tiny(tmp_path)


def test_a_file_with_the_right_hash_that_is_no_safetensors_is_refused(
    tmp_path: Path, load_tiny: LoadTiny
) -> None:
    fields = write_pair(tmp_path)
    junk = b"\x80\x04not tensors"
    (tmp_path / "tiny_v1.safetensors").write_bytes(junk)
    card = json.dumps(fields | {"sha256": hashlib.sha256(junk).hexdigest()})
    (tmp_path / "tiny_v1.json").write_text(card)
    with pytest.raises(WeightsError, match="are not a safetensors file"):
        load_tiny(tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        "os.system",
        "torch.nn.Linear",
        "builtins.eval",
        "tests.core.nn.test_weights.TinyConfig",
        "no.such.Model",
    ],
)
def test_a_card_that_names_another_class_than_expected_is_refused_and_nothing_imported(
    tmp_path: Path, load_tiny: LoadTiny, other: str
) -> None:
    write_pair(tmp_path, class_path=other)
    with pytest.raises(
        WeightsError, match=rf"asks for the class {other}, .* has tests.core.nn.test_weights.TinyModel for it"
    ):
        load_tiny(tmp_path)
    assert "no" not in sys.modules


def test_a_class_is_named_by_its_module_and_its_name() -> None:
    assert class_path(TinyModel) == "tests.core.nn.test_weights.TinyModel"


@pytest.mark.parametrize("config", [{}, {"width": 3, "depth": 2}, {"width": 0}, {"width": "wide"}])
def test_settings_that_the_code_refuses_are_reported(
    tmp_path: Path, load_tiny: LoadTiny, config: dict[str, Any]
) -> None:
    write_pair(tmp_path, config=config)
    with pytest.raises(WeightsError, match=r"settings on the card .* do not fit its code"):
        load_tiny(tmp_path)


def without(name: str) -> dict[str, torch.Tensor]:
    return {key: tensor for key, tensor in tiny_tensors().items() if key != name}


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (without("linear.bias"), 'lack the tensors "linear.bias"'),
        (
            tiny_tensors() | {"extra": torch.zeros(1)},
            'have the tensors "extra", which the code does not know',
        ),
        (tiny_tensors(width=4), r'have the shape \(2, 4\) in "linear.weight", not \(2, 3\)'),
        (
            tiny_tensors() | {"linear.bias": torch.tensor([0.0, torch.nan])},
            'NaN or infinity in "linear.bias"',
        ),
        (
            tiny_tensors() | {"linear.bias": torch.tensor([torch.inf, 0.0])},
            'NaN or infinity in "linear.bias"',
        ),
        ({}, 'lack the tensors ("[a-z_.]+", ){2}"[a-z_.]+"\\.'),
    ],
)
def test_tensors_that_do_not_fit_are_named(
    tmp_path: Path, load_tiny: LoadTiny, tensors: dict[str, torch.Tensor], message: str
) -> None:
    write_pair(tmp_path, tensors)
    with pytest.raises(WeightsError, match=f'The weights of the model "tiny_v1" .*{message}'):
        load_tiny(tmp_path)


def test_a_wrong_number_of_parameters_is_noticed(tmp_path: Path, load_tiny: LoadTiny) -> None:
    write_pair(tmp_path, n_parameters=9)
    with pytest.raises(WeightsError, match="has 8 parameters and its card says 9"):
        load_tiny(tmp_path)


# Cards.


def test_a_card_reads_back_what_was_written() -> None:
    fields = card_fields()
    assert vars(Card.from_json(json.dumps(fields))) == fields


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Tiny"}, '"name" must be lower-case'),
        ({"name": "../tiny"}, '"name" must be lower-case'),
        ({"version": 0}, '"version" must be a whole number'),
        ({"version": True}, '"version" must be a whole number'),
        ({"class_path": "Model"}, '"class_path" must be a module and a class'),
        ({"class_path": "core.x; import os"}, '"class_path" must be a module and a class'),
        ({"config": []}, '"config" must be an object'),
        ({"vocabulary": {"a": 1}}, '"vocabulary" must be a list of strings'),
        ({"vocabulary": ["a", "a"]}, '"vocabulary" must be without repetition'),
        ({"sha256": "abc"}, '"sha256" must be 64'),
        ({"n_parameters": 1.5}, '"n_parameters" must be'),
        ({"data": []}, '"data" must be a list of at least one'),
        ({"data": ["x"]}, '"data" must be a list of objects'),
        ({"data": [{"name": "x", "pieces": {"train": 1}}]}, '"data.license" must be a text'),
        ({"data": [{"name": "x", "license": "CC0"}]}, '"data.pieces" must be'),
        ({"data": [{"name": "x", "license": "CC0", "pieces": {"train": -1}}]}, '"data.pieces" must be'),
        ({"training": {"command": "x"}}, '"training" must be an object with command, seed, commit'),
        ({"metrics": {}}, '"metrics" must be a filled object'),
        ({"intended_use": " "}, '"intended_use" must be a text'),
        ({"limits": None}, '"limits" must be a text'),
        ({"color": "red"}, 'has the unknown field "color"'),
        ({"metrics": {"loss": float("nan")}}, "is not valid JSON"),
    ],
)
def test_a_card_with_a_wrong_field_names_it(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        Card.from_json(json.dumps(card_fields(**changes)))


@pytest.mark.parametrize("field", sorted(card_fields()))
def test_every_field_of_a_card_is_required(field: str) -> None:
    fields = card_fields()
    del fields[field]
    with pytest.raises(WeightsError, match=f'lacks field "{field}"'):
        Card.from_json(json.dumps(fields))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '"card"'])
def test_what_is_no_card_is_told(text: str) -> None:
    with pytest.raises(WeightsError, match=r"^A model card (is not valid JSON|must be a JSON object)"):
        Card.from_json(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(field=st.sampled_from(sorted(card_fields())), value=json_values)
def test_any_value_in_a_card_is_accepted_or_refused_with_a_sentence(field: str, value: Any) -> None:
    try:
        card = Card.from_json(json.dumps(card_fields(**{field: value})))
    except WeightsError as error:
        assert str(error).endswith(".")
    else:
        assert getattr(card, field) == value


def test_a_renamed_card_is_noticed_and_no_path_is_shown(tmp_path: Path) -> None:
    write_pair(tmp_path)
    (tmp_path / "tiny_v1.json").rename(tmp_path / "tiny_v2.json")
    with pytest.raises(WeightsError, match='"tiny_v2" describes "tiny_v1"') as told:
        read_cards(tmp_path)
    assert str(tmp_path) not in str(told.value)


def test_an_unreadable_card_is_named(tmp_path: Path, load_tiny: LoadTiny) -> None:
    (tmp_path / "tiny_v1.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(WeightsError, match='The model card "tiny_v1" is missing or unreadable'):
        read_card(tmp_path / "tiny_v1.json")
    (tmp_path / "tiny_v1.json").write_text("{}")
    with pytest.raises(
        WeightsError, match=r'The model card "tiny_v1" cannot be used\. A model card lacks field "name"'
    ):
        load_tiny(tmp_path)
