"""Training and scoring of Extrapolate on sounds made here."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import Audio, encode
from core.errors import InputError
from core.extrapolate.analysis import analyze
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.forecast import Forecaster
from core.extrapolate.recompose import Addition
from core.extrapolate.second_features import N_FEATURES, QUARTERS
from core.extrapolate.spectrograms import SR
from core.nn.weights import load_arrays
from training.baselines.extrapolate_original.config import OriginalConfig
from training.baselines.extrapolate_original.train import fit_original, play_original
from training.extrapolate import evaluate, train
from training.extrapolate import scores as scores
from training.extrapolate.fit import Recipe, Sequences, Windows, change, fit
from training.extrapolate.known_pieces import KnownPiece, known_pieces
from training.extrapolate.prepare import describe_sound, find_clips, tracks


def tune(seconds: float, seed: int = 0, sr: int = SR) -> np.ndarray:
    """Struck tones of a bar's length that is repeated with small changes."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * sr)) / sr
    pattern = 220.0 * 2 ** (rng.integers(0, 12, 8) / 12)
    hz = pattern[((t // 0.5) % 8).astype(int)]
    y = 0.3 * np.sin(2 * np.pi * np.cumsum(hz) / sr) * np.exp(-4 * (t % 0.5)) + 0.002 * rng.standard_normal(
        len(t)
    )
    return y.astype(np.float32)


def write_clips(folder: Path, rows: list[tuple[str, str, float, float]]) -> Path:
    """Files of (name, track, start in the track, length) and the table that tells about them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as lines:
        table = csv.writer(lines)
        table.writerow(["file", "licence", "repo", "path", "start_s", "length_s"])
        for k, (name, track, start, length) in enumerate(rows):
            (folder / name).write_bytes(encode(Audio(tune(length, seed=k), SR), "wav"))
            table.writerow([name, "CC-BY-4.0", "someone/songs", track, start, length])
    return folder


@pytest.fixture(scope="module")
def pairs() -> Sequences:
    return Sequences(
        clips=[describe_sound(tune(40, seed=k)) for k in range(3)], midi=[describe_sound(tune(34, seed=9))]
    )


# Data.


def test_clips_have_the_key_of_their_track_and_plain_folders_are_read_too(tmp_path: Path):
    folder = write_clips(
        tmp_path / "open" / "audio_clips", [("a.wav", "x.ogg", 0, 2), ("b.wav", "x.ogg", 2, 2)]
    )
    for place in (folder, tmp_path, tmp_path / "open"):
        found = find_clips(place)
        assert [clip.key for clip in found] == ["audio/someone/songs/x.ogg"] * 2
        assert found[0].license == "CC-BY-4.0"
    plain = tmp_path / "plain"
    plain.mkdir()
    for name in ("song_01.wav", "song_02.wav", "other.wav"):
        (plain / name).write_bytes(encode(Audio(tune(1), SR), "wav"))
    assert [clip.key for clip in find_clips(plain)] == ["audio/other", "audio/song", "audio/song"]


def test_clips_that_follow_one_another_are_one_sound(tmp_path: Path):
    folder = write_clips(
        tmp_path,
        [
            ("a.wav", "x.ogg", 0, 2),
            ("b.wav", "x.ogg", 2, 2),
            ("c.wav", "x.ogg", 9, 2),
            ("d.wav", "y.ogg", 0, 2),
        ],
    )
    lengths = [(key[-5:], round(len(y) / SR)) for key, y in tracks(find_clips(folder))]
    assert lengths == [("x.ogg", 4), ("x.ogg", 2), ("y.ogg", 2)]


def test_windows_hold_what_follows_the_context(pairs: Sequences):
    recipe = Recipe.tiny()
    context, truth, flags = Windows(pairs, recipe).draw(np.random.default_rng(3), augment=False)
    assert context.shape[0] == truth.shape[0] == len(flags) == recipe.batch_size
    assert truth.shape[1:] == (10, N_FEATURES)
    # In one of the sounds, in one of the two directions, the first second said lies four quarters after the last given.
    found = 0
    for one in range(recipe.batch_size):
        for x in (*pairs.clips, *pairs.midi):
            way = x[::-1] if flags[one] else x
            place = np.flatnonzero((way == context[one, -1].numpy()).all(axis=1))
            found += any(np.array_equal(way[p + QUARTERS], truth[one, 0].numpy()) for p in place)
    assert found >= recipe.batch_size


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_a_changed_window_has_the_same_harmony_in_another_key(seed):
    rng = np.random.default_rng(seed)
    window = rng.random((6, N_FEATURES)).astype(np.float32)
    made = change(window, rng)
    part = slice(56, 68)
    assert any(np.array_equal(np.roll(window[:, part], k, axis=1), made[:, part]) for k in range(12))
    np.testing.assert_array_equal(window[:, 20:56], made[:, 20:56])


# Training.


def test_a_short_training_keeps_the_best_and_the_same_seed_gives_the_same(pairs: Sequences):
    first, history = fit(pairs, pairs, Recipe.tiny())
    again, _ = fit(pairs, pairs, Recipe.tiny())
    assert len(history) == 2 and history[-1]["step"] == 4
    for a, b in zip(first.state_dict().values(), again.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b)
    assert (first.within > 0).all()


def test_the_originals_network_is_trained_and_played():
    model, told = fit_original(
        [tune(6, seed=k) for k in range(4)], OriginalConfig.tiny(), n_epochs=2, batch_size=2
    )
    assert told["examples"] == 4 and told["summed_error"] > 0
    assert play_original(model, tune(8)).shape == (2 * SR,)


# Scores.


def test_a_sound_is_no_distance_from_itself_and_silence_is_far_away():
    y = tune(10)
    same, silence = scores.Heard.of(y), scores.Heard.of(np.zeros_like(y))
    assert scores.mel_distance(same, same) == 0
    assert scores.chroma_distance(same, same) == pytest.approx(0, abs=1e-5)
    assert scores.mel_distance(silence, same) > 20
    assert scores.chroma_distance(silence, same) > 0.9
    assert scores.chroma_distance(silence, silence) == 0


def test_the_frechet_distance_is_that_of_two_normal_distributions():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((4000, 2))
    b = 2 * rng.standard_normal((4000, 2)) + (3, 0)
    assert scores.frechet(a, a) == 0
    assert scores.frechet(a, b) == pytest.approx(np.sqrt(9 + 1 + 1), rel=0.03)


def test_a_loop_copies_and_short_stretches_do_not():
    analysis = analyze(Audio(tune(20), SR))
    slices = list(range(analysis.n - 22, analysis.n))
    loop = Addition(y=np.zeros((1, 1), np.float32), at_sample=0, joins=[], slices=slices)
    assert scores.self_copy(loop, analysis) == 1.0
    scattered = Addition(y=loop.y, at_sample=0, joins=[], slices=[*range(0, 4), *range(10, 14), *range(2, 6)])
    assert scores.self_copy(scattered, analysis) == 0.0


def test_cuts_off_the_beat_are_told_from_cuts_on_it():
    piece = KnownPiece(tempo_qpm=120.0, tonic=0, mode="major", meter=4, programs=(0, 32, 0), drums=True)
    audio = piece.audio(24)
    analysis = analyze(audio)
    bounds = analysis.bounds
    on, off = (
        scores.cut_joins(audio, analysis, [(int(bounds[9]), int(bounds[17]) + n)])[0] for n in (0, SR // 5)
    )
    assert on.phase_ms == pytest.approx(0, abs=1) and off.phase_ms == pytest.approx(200, abs=15)
    assert not off.good


@given(st.floats(40, 200), st.floats(0.97, 1.03), st.sampled_from([0.5, 1.0, 2.0]))
def test_an_octave_of_tempo_is_no_drift(tempo, factor, octave):
    assert scores.tempo_drift(tempo, tempo * factor * octave) == pytest.approx(abs(factor - 1), abs=1e-9)


def test_paired_differences_say_which_is_nearer():
    keys = [str(k // 2) for k in range(12)]
    near, far = np.linspace(1, 2, 12), np.linspace(1.2, 2.5, 12)
    told = scores.against(near.tolist(), far.tolist(), keys)
    assert told["better"] and told["mean"] < 0
    assert not scores.against(far.tolist(), near.tolist(), keys)["not_worse"]


def test_known_pieces_have_the_tempo_and_key_they_were_written_with():
    piece = list(known_pieces())[4]
    audio = piece.audio(24)
    heard = scores.portrait(audio.mono().y, audio.sr, piece.tempo_qpm)
    assert heard.tempo_qpm == pytest.approx(piece.tempo_qpm, rel=0.02)
    assert heard.key == piece.key


# The whole.


def test_a_folder_of_few_clips_gives_the_whole_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "music"
    folder.mkdir()
    stereo = np.stack([tune(31, seed=1), tune(31, seed=1)])
    (folder / "one.wav").write_bytes(encode(Audio(stereo, SR), "wav"))
    (folder / "two.ogg").write_bytes(encode(Audio(tune(26, seed=2), SR), "wav"))
    (folder / "short.wav").write_bytes(encode(Audio(tune(12), SR), "wav"))
    (folder / "broken.mp3").write_bytes(b"no sound")
    monkeypatch.setattr(evaluate, "CHAINED_SEC", 20.0)
    monkeypatch.setattr(evaluate, "known_pieces", lambda: list(known_pieces())[4:5])
    table = evaluate.evaluate(folder)
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert table["n"] == 2 and table["left_out"] == {"short": 1, "unusable": 1, "not_drawn": 0}
    assert {"features", "audio", "joins", "drift"} <= set(table)
    assert set(table["features"]) >= {"model", "baselines"}
    assert set(table["audio"]) >= {"recompose", "neural", "baselines"}
    baselines = table["audio"]["baselines"]
    assert set(baselines) == {
        "silence",
        "loop",
        "random_segment",
        "last_second",
        "mean_spectrum",
        "original_network",
    }
    for own in ("recompose", "neural"):
        assert table["audio"][own]["log_mel_db"]["mean"] < baselines["silence"]["log_mel_db"]["mean"]
    assert (
        table["joins"]["clips"]["recompose"]["all"]["share"]
        >= table["joins"]["clips"]["hard_cut"]["all"]["share"]
    )
    assert table["drift"]["known_pieces"]["loudness_lu"]["mean"] < 2.0


def test_a_folder_without_long_sounds_is_refused(tmp_path: Path):
    (tmp_path / "short.wav").write_bytes(encode(Audio(tune(3), SR), "wav"))
    with pytest.raises(InputError, match="at least 25 s"):
        evaluate.evaluate(tmp_path)


def test_two_minutes_added_to_a_known_piece_keep_what_the_card_claims():
    piece = list(known_pieces())[4]
    forecaster = Forecaster.from_weights()
    one = evaluate.chain(piece.audio(), forecaster, 4)
    table = evaluate.drift_table({"known_pieces": [one]}, [piece])["known_pieces"]
    assert forecaster.card is not None
    claimed = forecaster.card.metrics["test"]["drift"]["known_pieces"]
    assert table["tempo"]["mean"] <= max(0.01, claimed["tempo"]["largest"])
    assert table["key_unchanged"]["mean"] == 1.0
    assert table["loudness_lu"]["mean"] < 1.0
    assert np.mean([join.good for join in one.addition.joins]) >= 0.9


def test_a_tiny_training_writes_two_pairs_that_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evaluate, "CHAINED_SEC", 10.0)
    monkeypatch.setattr(evaluate, "known_pieces", lambda: list(known_pieces())[4:5])
    names = [f"clip_{k}.wav" for k in range(4)]
    data = write_clips(tmp_path / "audio_clips", [(name, f"{name}.ogg", 0, 31) for name in names])
    splits = {clip.split for clip in find_clips(data)}
    cards = train.train(tmp_path, tmp_path / "weights", Recipe.tiny(), n_midi=0)
    assert [card.name for card in cards] == ["extrapolate", "extrapolate_original"]
    found = load_arrays("extrapolate", ExtrapolateConfig, directory=tmp_path / "weights")
    said, card = Forecaster(*found).forecast(tune(20), SR, seconds=10), found[2]
    assert said.vectors.shape == (10, N_FEATURES)
    assert sum(card.data[0]["pieces"].values()) == 4 and "train" in splits
