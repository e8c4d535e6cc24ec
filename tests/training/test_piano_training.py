"""The training of the piano network: pieces and their parts, augmentation, and one batch learned by heart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion.piano import tokenizer as tk
from core.emotion.piano.config import PianoConfig
from core.emotion.piano.inference import Weights, nll
from core.emotion.piano.model import PianoLSTM
from core.music.performance import Performance
from core.nn.weights import to_arrays
from training.emotion.piano_fit import Recipe, Windows, fit, gather, losses, move, piece_losses, window
from training.emotion.piano_prepare import Played, on_piano_midi_de, prepare, read, split
from training.emotion.piano_rhythm import overlaps
from training.emotion.piano_scores import scores
from training.emotion.piano_train import export_ngram, export_original, fit_moods
from training.splits import split_of


def piece(seed: int, n: int = 80, *, key: str = "", source: str = "piano_midi_de", mood: int = 0) -> Played:
    generator = np.random.default_rng(seed)
    notes = Performance.of(
        generator.integers(45, 80, n),
        np.cumsum(generator.choice([0.0, 0.125, 0.25], n)),
        generator.uniform(0.05, 1.0, n),
        generator.integers(30, 100, n),
    )
    return Played(
        source=source, key=key or f"piece {seed}", notes=tk.gather_chords(notes), valence=mood, arousal=-mood
    )


def test_a_piece_reads_the_same_after_the_way_to_disk(tmp_path: Path) -> None:
    folder = tmp_path / "piano_midi_de" / "midis" / "Someone"
    folder.mkdir(parents=True)
    first = piece(1)
    first.notes.to_midi().write(str(folder / "one.mid"))
    (folder / "broken.mid").write_bytes(b"MThd nothing")
    pieces, unusable = read(tmp_path)
    assert [found.key for found in pieces] == ["piano_midi_de/midis/Someone/one.mid"]
    assert unusable == ["piano_midi_de/midis/Someone/broken.mid"]
    assert np.array_equal(pieces[0].notes.pitch, first.notes.pitch)


def test_clips_of_one_song_and_performances_of_one_work_share_a_key(tmp_path: Path) -> None:
    for path in ("emopia/midis/Q1_ab_c_0.mid", "emopia/midis/Q3_ab_c_1.mid", "asap/Bach/Fugue/bwv_875/x.mid"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        piece(2).notes.to_midi().write(str(tmp_path / path))
    assert sorted({found.key for found in read(tmp_path)[0]}) == ["asap/Bach/Fugue/bwv_875", "emopia/ab_c"]


def test_works_of_asap_that_stand_on_piano_midi_de_are_never_trained_on() -> None:
    assert on_piano_midi_de("asap/Beethoven/Piano_Sonatas/23-1")
    assert on_piano_midi_de("asap/Chopin/Etudes_op_10/12")
    assert not on_piano_midi_de("asap/Bach/Fugue/bwv_875")
    assert not on_piano_midi_de("asap/Beethoven/Piano_Sonatas/30-1")


def test_a_copy_of_a_sealed_piece_is_left_out_of_the_training() -> None:
    keys = [f"piano_midi_de/midis/X/{i}.mid" for i in range(60)]
    sealed = next(key for key in keys if split_of(key) == "test")
    kept = [key for key in keys if split_of(key) == "train"][:2]
    parts, dropped = split([piece(1, key=sealed), piece(1, key=kept[0]), piece(3, key=kept[1])])
    assert dropped == [kept[0]]
    assert [found.key for found in parts["train"]] == [kept[1]]
    assert [found.key for found in parts["test"]] == [sealed]


@given(st.integers(-5, 5))
@settings(max_examples=12, deadline=None)
def test_a_moved_window_is_the_window_of_the_moved_piece(shift: int) -> None:
    first = piece(4)
    lifted = Performance.of(
        first.notes.pitch + shift, first.notes.onset_sec, first.notes.duration_sec, first.notes.velocity
    )
    second = Played(source=first.source, key="moved", notes=lifted)
    here, there = (window(gather([p]), 10, 60, 0) for p in (first, second))
    found = move(here, shift, 0, 0)
    for name in ("tokens", "before", "sooner", "sources", "place"):
        assert np.array_equal(found[name], there[name]), name
    assert np.allclose(found["dense"], there["dense"], atol=0.04)
    assert np.allclose(found["attributes"], there["attributes"], atol=1e-4)


def test_scoring_in_training_and_in_the_app_agree() -> None:
    torch.manual_seed(0)
    model = PianoLSTM(PianoConfig.tiny()).eval()
    first = piece(5)
    trained = piece_losses(model, gather([first]), chunk=32)[0][:4].double().numpy()
    assert np.allclose(trained.T, nll(Weights(model.config, to_arrays(model)), first.notes), atol=0.02)


def test_one_small_batch_is_learned_by_heart() -> None:
    torch.manual_seed(0)
    model = PianoLSTM(PianoConfig.tiny())
    recipe = Recipe(window=24, batch_size=4, bfloat16=False)
    batch = Windows(gather([piece(6)]), recipe, np.random.default_rng(0)).draw()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    costs = []
    for _ in range(120):
        hidden, _ = model(batch.rows, batch.sources, batch.dense, batch.conditions)
        cost = losses(model, hidden, batch).mean()
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(float(cost.detach()))
    assert costs[-1] < 0.5 * costs[0]


def test_a_training_of_a_second_ends_and_tells_what_it_read() -> None:
    model = PianoLSTM(PianoConfig.tiny())
    rows: list[dict[str, float]] = []
    about = fit(
        model,
        gather([piece(7), piece(8, source="emopia", mood=1)]),
        Recipe(seconds=1.0, window=16, batch_size=2, bfloat16=False),
        rows.append,
        report_every=1,
    )
    assert about["notes"] > 0 and about["steps"] == len(rows)


def test_moods_are_fitted_as_a_plane() -> None:
    soft, loud = (piece(i, source="emopia", mood=mood) for i, mood in ((1, 1), (2, -1)))
    plane = fit_moods(gather([soft, loud]))
    assert plane.shape == (3, 6)


def test_baselines_are_exported_with_their_figures(tmp_path: Path) -> None:
    parts = {"train": [piece(1), piece(2)], "validation": [piece(3)], "test": [piece(4)]}
    ngram, original = export_ngram(parts, [], tmp_path), export_original(parts, [], tmp_path, n_steps=2)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        "piano_ngram_v1.json",
        "piano_original_v1.json",
    ]
    assert ngram.metrics["test_piano_midi_de"]["pitch_nll_nats"] > 0
    assert original.metrics["test_piano_midi_de"]["pitch_nll_nats"] == pytest.approx(4.85, abs=0.3)


def test_overlap_is_one_with_itself_and_zero_with_what_shares_no_bin() -> None:
    notes = piece(9).notes
    same = overlaps([notes], [notes])
    assert same["step_overlap"] == same["duration_overlap"] == same["velocity_overlap"] == 1.0
    loud = Performance.of(notes.pitch, notes.onset_sec, notes.duration_sec, [127] * len(notes))
    assert overlaps([notes], [loud])["velocity_overlap"] == 0.0


def test_scores_are_means_over_notes() -> None:
    found = scores([torch.full((5, 4), 2.0), torch.full((5, 12), 1.0)])
    assert found["pitch_nll_nats"] == 1.25
    assert found["n_notes"] == 16


def test_what_is_prepared_has_one_row_a_note() -> None:
    rows = prepare(piece(3))
    assert len({len(values) for values in rows.values()}) == 1
