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
from training.emotion.piano_features import prepare, prepare_all
from training.emotion.piano_fit import (
    IGNORED,
    Options,
    Windows,
    gather,
    hide_copies,
    losses,
    move,
    piece_losses,
    window,
)
from training.emotion.piano_prepare import Played, on_piano_midi_de, read, split
from training.emotion.piano_rhythm import overlaps
from training.emotion.piano_scores import match_lengths, pitch_scores, scores
from training.emotion.piano_train import fit_moods
from training.splits import split_of
from training.weights import train


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


def test_scores_of_works_that_stand_on_piano_midi_de_are_never_trained_on() -> None:
    assert on_piano_midi_de("chopin_first_editions/028-1-BRZ-007.mid")
    assert on_piano_midi_de("mutopia_piano/BachJS_bwv849a.mid")
    assert not on_piano_midi_de("chopin_first_editions/009-1-Hat-001.mid")
    assert not on_piano_midi_de("mutopia_piano/BachJS_bwv855a.mid")
    assert not on_piano_midi_de("piano_midi_de/midis/Chopin/chpn_op28.mid")


def test_a_score_is_for_training_alone_unless_it_is_of_a_sealed_work() -> None:
    keys = [f"piano_midi_de/midis/X/{i}.mid" for i in range(60)]
    sealed = next(key for key in keys if split_of(key) == "test")
    scored = [f"polish_piano/{i}.mid" for i in range(12)]
    pieces = [piece(10 + i, key=key, source="polish_piano") for i, key in enumerate(scored)]
    parts, dropped = split([piece(1, key=sealed), *pieces, piece(1, key="mutopia_piano/1.mid")])
    assert [found.key for found in parts["train"]] == [key for key in scored if key not in dropped]
    assert len(parts["test"]) == 1 and "mutopia_piano/1.mid" in dropped


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
    options = Options(window=24, shares=(1.0, 0.0, 0.0))
    batch = Windows(gather([piece(6)]), options, model.config.kinds, batch_size=4, seed=0).draw(1)
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


def test_a_step_draws_the_same_windows_whenever_it_is_drawn() -> None:
    kinds = ("classical", "score")
    pieces = gather([piece(7), piece(8, source="polish_piano")])
    first, again = (
        Windows(pieces, Options(window=16, shares=(0.5, 0.5)), kinds, batch_size=6, seed=1) for _ in range(2)
    )
    again.draw(1)
    assert torch.equal(first.draw(2).dense, again.draw(2).dense)


def test_of_a_score_only_pitches_are_learned_and_the_network_is_told_that_it_is_one() -> None:
    pieces = gather([piece(8, source="polish_piano")])
    batch = Windows(
        pieces, Options(window=16, shares=(0.5, 0.5)), ("classical", "score"), batch_size=4, seed=1
    ).draw(1)
    assert (batch.targets[..., 0] != IGNORED).any()
    assert (batch.targets[..., 1:] == IGNORED).all()
    is_note = batch.targets[..., 0] != IGNORED
    assert (batch.conditions[is_note][:, -2:] == torch.tensor([0.0, 1.0])).all()
    assert not batch.conditions[..., :-2].any()


def test_a_window_without_copies_is_the_same_wherever_the_figure_was_played_before() -> None:
    prepared = gather([piece(4)])
    found = hide_copies(window(prepared, 40, 60, 0))
    assert (found["sources"][:, :4] == tk.NO_PITCH).all() and not found["sources"][:, 4:6].any()
    assert not found["dense"][:, 7:].any() and found["dense"][:, :7].any()


def test_prepared_pieces_are_kept_on_disk_and_read_again(tmp_path: Path) -> None:
    pieces = [piece(1), piece(2)]
    first, again, fresh = gather(pieces, tmp_path), gather(pieces, tmp_path), prepare_all(pieces)
    assert len(list(tmp_path.iterdir())) == 1
    for name, values in fresh.items():
        assert np.array_equal(first.arrays[name], values) and np.array_equal(again.arrays[name], values)


def test_notes_are_told_apart_by_how_long_a_match_goes_before_them() -> None:
    line = np.tile(np.arange(60, 72), 4)
    notes = Performance.of(line, np.arange(48) * 0.2, [0.1] * 48, [60] * 48)
    played = Played(source="piano_midi_de", key="tiled", notes=notes)
    lengths = match_lengths(gather([played]))
    # The first twelve notes are new; the match before note 13 + k has k pitches.
    assert lengths[0].tolist() == [0] * 13 + list(range(1, 8)) + [8] * 28
    costs = np.stack([np.where(lengths[0] < 8, 2.0, 0.5), lengths[0] >= 8])
    found = pitch_scores([costs], lengths)
    assert found["no_exact_match"]["pitch_nll_nats"] == 2.0 and found["no_exact_match"]["n_notes"] == 20
    assert found["no_match_of"]["1"]["n_notes"] == 13


def test_moods_are_fitted_as_a_plane() -> None:
    soft, loud = (piece(i, source="emopia", mood=mood) for i, mood in ((1, 1), (2, -1)))
    plane = fit_moods(gather([soft, loud]))
    assert plane.shape == (3, 6)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out like the data, with a few small pieces of each open set."""
    root = tmp_path_factory.mktemp("data")
    names = ["piano_midi_de/midis/X/{}.mid"] * 30 + [
        f"{name}/{{}}.mid"
        for name in (
            "polish_piano",
            "chopin_first_editions",
            "mutopia_piano",
            "openscore_lieder",
        )
    ]
    for i, name in enumerate(names):
        path = root / "open" / name.format(i)
        path.parent.mkdir(parents=True, exist_ok=True)
        piece(i, 40).notes.to_midi().write(str(path))
    return root


def test_the_tiny_recipe_gives_a_card_with_every_figure(sets: Path, tmp_path: Path) -> None:
    card = train("piano", sets, tmp_path, tiny=True)
    metrics = card.metrics
    assert metrics["test_piano_midi_de"]["no_exact_match"]["pitch_nll_nats"] > 0
    assert metrics["baseline_in_piece_ngram"]["pitch_nll_nats"] > 0
    assert set(metrics["validation_ablations"]) == {
        "steps",
        "everything",
        "without_scores",
        "without_copy_features",
    }
    assert all(row["pieces"]["validation"] == 0 for row in card.data if row["name"] != "open/piano_midi_de")


def test_baselines_are_exported_with_their_figures(sets: Path, tmp_path: Path) -> None:
    ngram, original = (train(name, sets, tmp_path, tiny=True) for name in ("piano_ngram", "piano_original"))
    assert ngram.metrics["test_piano_midi_de"]["pitch_nll_nats"] > 0
    assert original.metrics["test_piano_midi_de"]["pitch_nll_nats"] == pytest.approx(4.85, abs=0.3)


def test_overlap_is_one_with_itself_and_zero_with_what_shares_no_bin() -> None:
    notes = piece(9).notes
    same = overlaps([notes], [notes])
    assert same["step_overlap"] == same["duration_overlap"] == same["velocity_overlap"] == 1.0
    loud = Performance.of(notes.pitch, notes.onset_sec, notes.duration_sec, [127] * len(notes))
    assert overlaps([notes], [loud])["velocity_overlap"] == 0.0


def test_scores_are_means_over_notes() -> None:
    found = scores([torch.full((5, 4), 2.0), torch.full((5, 12), 1.0)], [np.full(4, 8), np.arange(12)])
    assert found["pitch_nll_nats"] == 1.25
    assert found["n_notes"] == 16


def test_what_is_prepared_has_one_row_a_note() -> None:
    rows = prepare(piece(3))
    assert len({len(values) for values in rows.values()}) == 1
