"""`training.baselines.sonify_original`: the original's two techniques, as they are described, and what they are measured by."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.nn.weights import load
from tests.training.sonify_pieces import write_sets
from training import weights
from training.baselines.sonify_original import train
from training.baselines.sonify_original.config import OriginalPitchConfig, OriginalTemporalConfig
from training.baselines.sonify_original.model import OriginalPitchNetwork, OriginalTemporalNetwork
from training.baselines.sonify_original.pitch import (
    data_pitches,
    follow_pitch,
    held_out_nll,
    into_range,
    next_note,
)
from training.baselines.sonify_original.temporal import (
    DURATIONS,
    STARTS,
    follow_temporal,
    held_out_figures,
    note_bins,
    note_vectors,
)
from training.sonify.prepare import Piece

LN_128 = math.log(128)
NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sets(tmp_path_factory.mktemp("data"))


def pitch_network() -> OriginalPitchNetwork:
    torch.manual_seed(1)
    network: OriginalPitchNetwork = OriginalPitchNetwork(OriginalPitchConfig.tiny()).eval()
    return network


def temporal_network() -> OriginalTemporalNetwork:
    torch.manual_seed(1)
    network: OriginalTemporalNetwork = OriginalTemporalNetwork(OriginalTemporalConfig.tiny()).eval()
    return network


# Networks and settings.


def test_the_networks_are_as_large_as_the_originals() -> None:
    pitch = OriginalPitchConfig(classes=tuple(range(50, 88)), prompt=(60,) * 50)
    temporal = OriginalTemporalConfig(prompt=((60, 1, 0, 90),) * 50)
    sizes = [
        sum(parameter.numel() for parameter in network.parameters())
        for network in (OriginalPitchNetwork(pitch), OriginalTemporalNetwork(temporal))
    ]
    assert sizes == [311_690, 513_798]


def test_a_network_answers_every_step_of_every_window() -> None:
    assert pitch_network()(torch.zeros(3, 5, 1)).shape == (3, 5, 8)
    assert temporal_network()(torch.zeros(2, 7, 98)).shape == (2, 7, 98)


def test_settings_that_came_through_a_card_are_the_same_settings() -> None:
    pitch, temporal = OriginalPitchConfig.tiny(), OriginalTemporalConfig.tiny()
    assert OriginalPitchConfig(**{**vars(pitch), "classes": list(pitch.classes)}) == pitch
    assert (
        OriginalTemporalConfig(**{**vars(temporal), "prompt": [list(n) for n in temporal.prompt]}) == temporal
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"classes": ()}, "classes must hold"),
        ({"classes": (60, 60)}, "rising pitches within 50-89"),
        ({"classes": (49, 60)}, "rising pitches within 50-89"),
        ({"prompt": (60, 62)}, "must have 5 notes"),
        ({"prompt": (60, 62, 64, 65, 128)}, "within 0-127"),
        ({"hidden_size": 0}, "from 1"),
        ({"dropout": 1.0}, r"\[0, 1\)"),
        ({"window": 1, "prompt": (60,)}, "at least 2"),
        ({"uniform_share": 0.0}, "above 0"),
        ({"uniform_share": 1.0}, "below 1"),
    ],
)
def test_settings_of_the_pitch_network_that_cannot_work_are_refused(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(OriginalPitchConfig.tiny(), **change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prompt": ((60, 16, 0, 90),) * 5}, "pitch, bin, bin, velocity"),
        ({"prompt": ((60, 1, 80, 90),) * 5}, "pitch, bin, bin, velocity"),
        ({"prompt": ((60, 1, 0),) * 5}, "pitch, bin, bin, velocity"),
        ({"pitch_sd": 0.0}, "above 0"),
    ],
)
def test_settings_of_the_temporal_network_that_cannot_work_are_refused(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(OriginalTemporalConfig.tiny(), **change)


# From data to pitches.


@given(NUMBERS)
def test_a_larger_datum_never_lies_lower(values: list[float]) -> None:
    pitch = data_pitches(values)
    assert (np.diff(pitch[np.argsort(values, kind="stable")]) >= 0).all()


@given(NUMBERS)
def test_the_least_datum_lies_at_50_and_the_greatest_at_89(values: list[float]) -> None:
    pitch = data_pitches(values)
    varied = min(values) < max(values)
    assert (pitch.min(), pitch.max()) == ((50, 89) if varied else (69, 69))


def test_data_are_spread_as_in_the_original() -> None:
    assert data_pitches([0, 1, 2, 3.9, 39]).tolist() == [50, 51, 52, 53, 89]


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [1.0, math.inf]])
def test_a_series_with_gaps_is_refused(values: list[float]) -> None:
    with pytest.raises(InputError, match="without gaps"):
        data_pitches(values)


def test_pitches_outside_the_range_move_by_whole_octaves() -> None:
    pitch = np.arange(128)
    moved = into_range(pitch)
    assert moved.min() == 50 and moved.max() == 89
    assert (moved % 12 == pitch % 12).all()
    assert (moved[50:90] == pitch[50:90]).all()
    assert moved[49] == 61 and moved[90] == 78


# The pitch technique.


class Echo(torch.nn.Module):
    """Answers with the class of the newest note, and remembers what it heard."""

    config: ClassVar = OriginalPitchConfig(
        classes=tuple(range(50, 90)), prompt=(60, 62, 64, 65, 67), window=5
    )

    def __init__(self, *, up: int = 0) -> None:
        super().__init__()
        self.up, self.heard = up, []  # type: ignore[var-annotated]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        notes = (x[0, :, 0] * 89).round().long()
        self.heard.append(notes.tolist())
        return torch.nn.functional.one_hot((notes - 50 + self.up) % 40, 40).float()[None]


def test_each_point_is_the_newest_note_and_the_answer_takes_its_place() -> None:
    echo = Echo(up=1)
    notes = follow_pitch(echo, [0, 39, 10])  # type: ignore[arg-type]
    assert notes.tolist() == [51, 50, 61]
    assert echo.heard == [[62, 64, 65, 67, 50], [64, 65, 67, 51, 89], [65, 67, 51, 50, 60]]


def test_a_network_that_repeats_what_it_hears_plays_the_data() -> None:
    values = np.sin(np.arange(20.0))
    assert follow_pitch(Echo(), values).tolist() == data_pitches(values).tolist()  # type: ignore[arg-type]


def test_another_prompt_is_heard_and_must_be_as_long_as_the_window() -> None:
    echo = Echo()
    follow_pitch(echo, [1.0, 2.0], prompt=[70, 71, 72, 73, 74])  # type: ignore[arg-type]
    assert echo.heard[0] == [71, 72, 73, 74, 50]
    with pytest.raises(ValueError, match="must have 5 notes"):
        follow_pitch(echo, [1.0], prompt=[70])  # type: ignore[arg-type]


def test_the_same_series_gives_the_same_notes_and_every_note_is_a_class() -> None:
    model = pitch_network()
    first, second = (follow_pitch(model, np.arange(12.0)) for _ in range(2))
    assert first.tolist() == second.tolist()
    assert len(first) == 12 and set(first.tolist()) <= set(model.config.classes)


# What melodies cost.


def test_every_note_costs_one_number_and_a_first_note_is_uniform() -> None:
    nats = held_out_nll(pitch_network(), [[60, 61, 62], [], [65], [40, 60]])
    assert nats.shape == (6,)
    assert nats[[0, 3, 4]] == pytest.approx([LN_128] * 3)
    assert held_out_nll(pitch_network(), []).shape == (0,)


def test_the_probabilities_of_all_128_pitches_add_up_to_one() -> None:
    nats = held_out_nll(pitch_network(), [[60, 64, pitch] for pitch in range(128)]).reshape(128, 3)
    assert np.exp(-nats[:, 2]).sum() == pytest.approx(1.0)


def test_a_pitch_outside_the_classes_costs_the_uniform_share() -> None:
    model = pitch_network()
    nats = held_out_nll(model, [[60, 100]])
    assert nats[1] == pytest.approx(math.log(128 / model.config.uniform_share))


def test_the_context_of_a_note_is_the_window_before_it() -> None:
    model = pitch_network()
    melody = [60, 61, 62, 63, 64, 65, 66, 67]
    probability, _ = next_note(model, [melody])
    for i in (2, 7):
        context = ([60] * 5 + melody[:i])[-5:]
        with torch.inference_mode():
            expected = model((torch.tensor(context) / 89)[None, :, None])[0, -1].softmax(-1)
        assert probability[i] == pytest.approx(float(expected[melody[i] - 60]), rel=1e-5)


def test_a_tiny_network_learns_a_turn_by_heart() -> None:
    torch.manual_seed(0)
    # Wide steps: pitch / 89 tells near notes hardly apart, which is slow to learn.
    classes = tuple(range(50, 90))
    model = OriginalPitchNetwork(
        dataclasses.replace(OriginalPitchConfig.tiny(), classes=classes, dropout=0.0)
    )
    melody = np.array([50, 76, 89, 63] * 5)
    contexts = np.lib.stride_tricks.sliding_window_view(melody / 89, 5)[:4]
    x = torch.tensor(contexts, dtype=torch.float32)[..., None]
    target = torch.from_numpy(melody[5:9] - 50)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    for _ in range(200):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x)[:, -1], target).backward()
        optimizer.step()
    _, right = next_note(model.eval(), [melody])
    assert right[5:].all()
    assert held_out_nll(model, [melody])[5:].mean() < 0.1


# The temporal technique.


def test_notes_fall_into_bins_of_a_quarter_second_at_120_a_minute() -> None:
    # Onset and duration in twelfths of a quarter: 6 are 0.25 s, 480 are 20 s.
    notes = [[0, 6, 60, 90], [1, 7, 61, 90], [6, 12, 62, 1], [479, 96, 63, 1], [480, 999, 64, 1]]
    bins = note_bins(notes)
    assert bins[:, 1].tolist() == [0, 1, 1, 15, 15]
    assert bins[:, 2].tolist() == [79, 0, 0, 79, 79]


def test_a_note_is_a_vector_of_98_numbers_with_one_bin_of_each_group() -> None:
    vectors = note_vectors([[45, 3, 79, 64], [90, 15, 0, 32]])
    assert vectors.shape == (2, 98)
    assert vectors[:, 0].tolist() == [0.5, 1.0] and vectors[:, 97].tolist() == [0.5, 0.25]
    assert vectors[:, 1:97].sum(1).tolist() == [2.0, 2.0]
    assert vectors[0, 1 + 3] == vectors[0, 17 + 79] == vectors[1, 1 + 15] == vectors[1, 17] == 1.0


class Metronome(torch.nn.Module):
    """Plays pitch 45 every 0.25 s with the original's length of a note, and remembers what it heard."""

    config: ClassVar = OriginalTemporalConfig.tiny()

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.heard.append(x[0].clone())
        answer = torch.full((1, x.shape[1], 98), -5.0)
        start = int(x[0, -1, STARTS].argmax())
        answer[0, -1, [DURATIONS.start + 1, STARTS.start + (start + 1) % 80]] = 5.0
        answer[0, -1, 0], answer[0, -1, 97] = 45 / 90, 0.5
        return answer


def test_with_an_even_rhythm_only_the_first_third_of_the_data_is_heard() -> None:
    values = np.arange(240.0)
    song = follow_temporal(Metronome(), values)  # type: ignore[arg-type]
    assert song["share_sounding"] == pytest.approx(1 / 3)
    assert song["data_point"].tolist() == list(range(80))
    assert song["data_pitch"].tolist() == data_pitches(values)[:80].tolist()
    assert np.diff(song["data_onset_sec"]) == pytest.approx(0.75)
    assert song["data_duration_sec"] == pytest.approx(0.75)


def test_the_bass_has_a_note_for_every_point_and_lies_at_five_ninths_of_the_pitch() -> None:
    song = follow_temporal(Metronome(), np.arange(100.0))  # type: ignore[arg-type]
    assert song["bass_onset_sec"] == pytest.approx(np.arange(100) * 0.25)  # through the wrap at 20 s
    assert set(song["bass_pitch"].tolist()) == {25}
    assert set(song["bass_velocity"].tolist()) == {64}


def test_only_the_pitch_of_the_newest_vector_is_overwritten_with_the_data() -> None:
    metronome = Metronome()
    follow_temporal(metronome, [0.0, 39.0])  # type: ignore[arg-type]
    prompt = torch.from_numpy(note_vectors(metronome.config.prompt))
    first, second = metronome.heard
    assert first[-1, 0] == pytest.approx(50 / 89) and second[-1, 0] == pytest.approx(1.0)
    assert torch.equal(first[:-1], prompt[:-1]) and torch.equal(first[-1, 1:], prompt[-1, 1:])
    assert torch.equal(second[:-1], first[1:])
    assert second[-1, 1:].nonzero().flatten().tolist() == [1, 16 + 9, 96]
    assert second[-1, 97] == 0.5


def test_data_notes_never_overlap() -> None:
    song = follow_temporal(temporal_network(), np.sin(np.arange(40.0)))
    ends = song["data_onset_sec"] + song["data_duration_sec"]
    assert (song["data_onset_sec"][1:] >= ends[:-1]).all()
    assert len(song["bass_pitch"]) == 40 and 0 < song["share_sounding"] <= 1


def test_the_pitch_distribution_of_the_temporal_network_adds_up_to_one() -> None:
    pieces = [[[0, 6, 60, 90], [6, 6, pitch, 90]] for pitch in range(128)]
    nats = held_out_figures(temporal_network(), pieces)["nll"].reshape(128, 2)
    assert nats[:, 0] == pytest.approx(LN_128)
    assert np.exp(-nats[:, 1]).sum() == pytest.approx(1.0)


def test_a_rhythm_that_is_foreseen_counts_as_right() -> None:
    notes = [[6 * i, 12, 45, 64] for i in range(30)]
    figures = held_out_figures(Steady(), [notes, [], notes[:1]])  # type: ignore[arg-type]
    assert figures["duration_right"].tolist() == [False] + [True] * 29 + [False]
    assert figures["start_right"].tolist() == [False] + [True] * 29 + [False]
    assert np.nanmax(np.abs(figures["pitch_error"])) < 1e-4
    assert np.isnan(figures["pitch_error"][[0, 30]]).all()


class Steady(torch.nn.Module):
    """The metronome for many windows at once."""

    config: ClassVar = OriginalTemporalConfig.tiny()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([Metronome()(window[None]) for window in x])


# Training.


def made_up_parts() -> train.Parts:
    rng = np.random.default_rng(3)
    parts: train.Parts = {}
    for part in ("train", "validation", "test"):
        parts[part] = []
        for i, source in enumerate(("clementi_uvashisth", "piano_midi_de", "nottingham")):
            n = 30 + 40 * i
            melody = np.stack([6 * np.arange(n), np.full(n, 12), rng.integers(45, 95, n), np.full(n, 90)], 1)
            rest = melody[:-1] + np.array([3, 0, -5, 0])
            folder = "nottingham" if source == "nottingham" else "piano_midi_de/midis/Clementi"
            key = f"{folder}/{part}{i}.mid"
            parts[part].append(Piece(source=source, key=key, melody=melody, rest=rest, bar=48))
    return parts


def test_the_original_takes_every_onset_of_its_simplified_files() -> None:
    simplified, full, _ = made_up_parts()["train"]
    voice = train.clementi_voice(simplified)
    assert len(voice) == len(simplified.melody) + len(simplified.rest)
    assert voice[::2].tolist() == simplified.melody[:, 2].tolist()
    assert train.clementi_voice(full).tolist() == full.melody[:, 2].tolist()


@pytest.mark.parametrize("name", ["clementi", "pitch", "temporal", "temporal_clementi"])
def test_a_recipe_writes_a_pair_that_loads(name: str, tmp_path: Path, data: Path) -> None:
    card = weights.train(f"sonify_original_{name}", data, tmp_path, tiny=True)
    network = OriginalTemporalNetwork if "temporal" in name else OriginalPitchNetwork
    model, _ = load(card.name, network, directory=tmp_path)
    assert not model.training and card.version == 2
    learned = {row["name"]: row["pieces"]["train"] for row in card.data}
    assert learned == {
        f"open/{source}": int(name == "pitch" or source in by)
        for source in ("piano_midi_de", "clementi_uvashisth", "pop909", "nottingham")
        for by in [{"temporal": ("piano_midi_de",)}.get(name, ("clementi_uvashisth",))]
    }


# The trained networks.


@pytest.mark.parametrize("name", ["sonify_original_clementi", "sonify_original_pitch"])
def test_a_trained_pitch_network_foresees_its_prompt_better_than_chance(name: str) -> None:
    model, card = load(name, OriginalPitchNetwork)
    assert card.vocabulary == [str(pitch) for pitch in model.config.classes]
    assert held_out_nll(model, [model.config.prompt])[1:].mean() < math.log(len(card.vocabulary)) - 0.5
    assert len(follow_pitch(model, np.arange(10.0))) == 10


@pytest.mark.parametrize("name", ["sonify_original_temporal", "sonify_original_temporal_clementi"])
def test_a_trained_temporal_network_plays_a_song(name: str) -> None:
    model, card = load(name, OriginalTemporalNetwork)
    song = follow_temporal(model, np.arange(20.0))
    assert len(song["bass_pitch"]) == 20 and song["share_sounding"] > 0
    assert card.n_parameters == 513_798
