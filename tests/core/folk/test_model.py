"""The folk network's features look only back, it learns, and what it is compared with counts rightly."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.folk import tokenizer as tk
from core.folk.config import FolkConfig
from core.folk.generate import FolkComposer
from core.folk.inference import FolkNetwork, Stepper, event_bits
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.folk.originality.model import BloomFilter, FingerprintConfig
from core.music.kern import read_kern
from core.music.tune import Tune
from core.nn.card import RESEARCH, find_set_directory
from core.nn.weights import load, load_arrays, to_arrays
from training.baselines.folk_ngram import FolkNgram, NgramConfig
from training.baselines.folk_original import encoding
from training.baselines.folk_original.generate import OriginalComposer
from training.baselines.folk_original.model import OriginalConfig, OriginalLSTM

SCALE = ["c", "d", "e", "f", "g", "a", "b", "cc"]


def song(seed: int, n: int = 40, key: str = "C") -> Tune:
    """A small tune in quarters and eighths, made here: no file of the collections is needed."""
    rng = np.random.default_rng(seed)
    lines, place = ["**kern", "*M4/4", f"*{key}:"], 0
    for i in range(n):
        if place % 8 == 0:
            lines.append(f"={place // 8 + 1}")
        length = "8" if place % 8 == 7 or rng.random() < 0.5 else "4"
        place += 1 if length == "8" else 2
        note = "r" if i % 13 == 12 else SCALE[int(rng.integers(8))]
        lines.append(f"{'{' if i % 10 == 0 else ''}{length}{note}{'}' if i % 10 == 9 else ''}")
    return read_kern("\n".join([*lines, "*-"]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 38))
def test_rows_do_not_know_what_comes_later(seed: int, at: int) -> None:
    tune, other = song(seed), song(seed + 1)
    place = tune.events[at].onset_tick
    changed = [e for e in tune.events if e.onset_tick < place] + [
        replace(event, pitch=other.events[0].pitch, ends_phrase=not event.ends_phrase)
        for event in tune.events[at:]
    ]
    rows = tk.encode(tune)[0]
    later = tk.encode(Tune(events=tuple(changed), bars=tune.bars, keys=tune.keys, meters=tune.meters))[0]
    assert rows[: at + 1] == later[: at + 1]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 11))
def test_a_transposed_tune_is_the_same_to_the_network(seed: int, semitones: int) -> None:
    tune = song(seed)
    moved = tune.transposed(semitones)
    assert tk.encode(moved) == tk.encode(tune)


@given(st.integers(36, 91), st.integers(0, 11))
def test_pitch_numbers_go_back_to_the_pitch(pitch: int, tonic: int) -> None:
    if tk.LOWEST <= pitch - 60 - tonic <= tk.HIGHEST:
        assert tk.token_pitch(tk.pitch_token(pitch, tonic), tonic) == pitch
    assert all(tk.DURATIONS[tk.duration_token(n)] == n for n in tk.DURATIONS)


def tensors(
    tunes: list[Tune], known: tuple[str, ...] = tk.ESSEN_COLLECTIONS
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    pairs = [tk.encode(tune) for tune in tunes]
    context = [tk.context_ids("nottingham", "major", "4/4", known)] * len(tunes)
    return torch.tensor([a for a, _ in pairs]), torch.tensor([b for _, b in pairs]), torch.tensor(context)


def test_shapes_are_those_stated() -> None:
    model = FolkLSTM(FolkConfig.tiny())
    rows, targets, context = tensors([song(1), song(2)])
    hidden, state = model(rows, context)
    assert hidden.shape == (2, 40, 16) and state[0].shape == (2, 2, 16)
    assert model.pitch_logits(hidden, rows).shape == (2, 40, tk.N_PITCHES)
    assert model.duration_logits(hidden, rows, targets[..., 0]).shape == (2, 40, tk.N_DURATIONS)
    assert model.boundary_logits(hidden, targets[..., 0], targets[..., 1]).shape == (2, 40, 3)


@pytest.mark.parametrize("size", ["tiny", "shipped"])
@torch.inference_mode()
def test_a_step_at_a_time_in_numpy_gives_what_the_module_gives_of_the_whole(size: str) -> None:
    torch.manual_seed(1)
    model = FolkLSTM(FolkConfig.tiny()).eval() if size == "tiny" else load("folk_melody", FolkLSTM)[0]
    rows, targets, context = tensors([song(1), song(2)], model.config.collections)
    hidden, _ = model(rows, context)
    pitch_logits = model.pitch_logits(hidden, rows).numpy()
    duration_logits = model.duration_logits(hidden, rows, targets[..., 0]).numpy()
    network = FolkNetwork(model.config, to_arrays(model))
    stepper = Stepper(network, tuple(context[0].tolist()), 2)
    for t in range(rows.shape[1]):
        # Logits reach 20, and float32 has seven digits.
        assert np.abs(stepper.pitches(rows[:, t].tolist()) - pitch_logits[:, t]).max() <= 3e-5
        lengths = stepper.durations(targets[:, t, 0].tolist())
        assert np.abs(lengths - duration_logits[:, t]).max() <= 3e-5
    costs = [
        torch.nn.functional.cross_entropy(torch.from_numpy(logits[0]), targets[0, :, i], reduction="none")
        for i, logits in enumerate((pitch_logits, duration_logits))
    ]
    expected = (torch.stack([costs[0], costs[0] + costs[1]], dim=1) / math.log(2)).numpy()
    tune = replace(song(1), collection="nottingham")
    assert np.abs(event_bits(network, tune) - expected).max() <= 3e-5


def test_a_tiny_network_learns_a_tiny_batch_by_heart() -> None:
    torch.manual_seed(0)
    model = FolkLSTM(FolkConfig(hidden_size=48, dropout=0.0, input_dropout=0.0))
    rows, targets, context = tensors([song(1), song(2)])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(130):
        hidden, _ = model(rows, context)
        logits = model.pitch_logits(hidden, rows)
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets[..., 0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_the_originals_symbols_go_back_to_the_tune() -> None:
    tune = song(3)
    back = encoding.decode(encoding.encode(tune))
    assert len(encoding.VOCABULARY) == 38 and encoding.accepts(tune)
    assert [(e.pitch, e.duration_tick) for e in back.events] == [
        (e.pitch, e.duration_tick) for e in tune.events
    ]


def test_the_originals_generator_repeats_itself_for_a_seed() -> None:
    torch.manual_seed(0)
    model = OriginalLSTM(OriginalConfig.tiny()).eval()
    prompt = encoding.encode(song(1))[:8]
    one = model.generate(prompt, n_steps=20, temperature=1.0, seed=4)
    assert one == model.generate(prompt, n_steps=20, temperature=1.0, seed=4) and one[:8] == prompt


def test_the_originals_composer_always_has_a_first_note_and_refuses_what_it_cannot_say() -> None:
    composer = OriginalComposer.from_weights()
    for seed in range(3):
        tune = composer.compose(seed=seed, n_steps=80)
        assert tune.events and tune.length_tick <= 80 * encoding.SIXTEENTH
    assert composer.compose(seed=1, prompt=song(1), n_steps=8).events[:39] == tuple(
        replace(e, begins_phrase=False, ends_phrase=False) for e in song(1).events[:39]
    )
    with pytest.raises(InputError, match="no symbol"):
        composer.compose(prompt=read_kern("**kern\n32c\n*-"))
    with pytest.raises(InputError, match="temperature"):
        composer.compose(temperature=-1)


def test_ngram_probabilities_sum_to_one_and_know_what_was_counted() -> None:
    tunes = [song(seed) for seed in range(4)]
    model = FolkNgram.count(tunes)
    known, new = model.nats(tunes[0]).mean(0), model.nats(song(99)).mean(0)
    assert (known < new).all()
    p = model.tables[0].distributions(np.array([[10, 12, 14]]))
    assert p.shape == (1, tk.N_PITCHES) and math.isclose(p.sum(), 1, abs_tol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 20), st.integers(4, 18))
def test_the_longest_copied_run_is_at_least_what_was_copied(seed: int, begin: int, length: int) -> None:
    trained = [song(s) for s in range(20)]
    fingerprint = Fingerprint(BloomFilter.of(trained))
    part = trained[seed % 20].pitches[begin : begin + length + 1]
    strange = np.random.default_rng(seed).integers(20, 110, 12).tolist()
    found = fingerprint.compare(strange + [p + 5 for p in part])
    assert found.longest_run >= len(part) - 1
    assert found.longest_run <= len(part) + 2


def test_nothing_is_copied_from_nothing() -> None:
    empty = Fingerprint(BloomFilter(FingerprintConfig.tiny(), {"bits": np.zeros(64, dtype=np.uint8)}))
    assert empty.longest_copied_run(song(1)) == 0 and empty.longest_copied_run([60]) == 0


@pytest.mark.parametrize("size", [{"hidden_size": 0}, {"dropout": 1.0}, {"n_sources": 3}])
def test_sizes_that_cannot_be_are_refused(size: dict) -> None:
    with pytest.raises(ValueError, match=r"must|looks up"):
        FolkConfig(**size)
    with pytest.raises(ValueError, match="n_pitch_entries must be a whole number from 1"):
        NgramConfig(n_pitch_entries=0)


SHIPPED: dict[str, type[torch.nn.Module]] = {
    "folk_melody": FolkLSTM,
    "folk_original": OriginalLSTM,
    "folk_ngram": FolkNgram,
}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_pair_loads_and_its_card_names_open_sets_only(name: str) -> None:
    model, card = load(name, SHIPPED[name])
    assert all(row["name"].startswith("open/") for row in card.data) and "Essen" not in card.limits
    assert sum(p.numel() for p in model.parameters()) == card.n_parameters


def test_the_shipped_fingerprint_loads_and_its_card_names_open_sets_only() -> None:
    config, tensors, card = load_arrays("folk_fingerprint", FingerprintConfig)
    assert all(row["name"].startswith("open/") for row in card.data) and "Essen" not in card.limits
    assert tensors["bits"].dtype == np.uint8 and len(tensors["bits"]) == config.n_bytes == card.n_parameters


def test_the_network_of_the_research_set_composes_in_the_collections_of_both_sets() -> None:
    config, tensors, card = load_arrays("folk_melody", FolkConfig, directory=find_set_directory(RESEARCH))
    composer = FolkComposer(config, tensors, card)
    assert "academic research only" in card.limits
    for collection in ("china/han", "irish"):
        tune = composer.compose(collection=collection, bars=4, seed=1)[0]
        assert tune.collection == collection and tune.pitches[-1] % 12 == 7


def test_a_network_that_does_not_know_a_collection_follows_the_nearest() -> None:
    composer = FolkComposer.from_weights()
    asked = {"bars": 4, "seed": 3}
    (erk,), (german,) = (composer.compose(collection=c, **asked) for c in ("germany/erk", "german songs"))
    assert erk == german and erk.collection == "german songs"
    assert composer.compose(collection="china/han", **asked)[0].collection == "unknown"


def test_the_card_has_what_is_compared_and_the_network_is_better() -> None:
    test = load("folk_melody", FolkLSTM)[1].metrics["test"]
    for part in ("all", "without_relatives", "german songs", "irish", "nottingham"):
        found = test[part]
        for name in ("pitch_bits", "joint_bits"):
            others = (found["baselines"][f"ngram_{name}"], found["in_piece"][name])
            assert found["intervals"][name][0] <= found[name] <= found["intervals"][name][1] < min(others)
            assert found[name] < found["without_copies"][name]
        assert found["onset_nll_nats"] < found["original"]["onset_nll_nats"]
