"""Training and scoring of Extrapolate on sounds made here."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from core.audio import Audio, encode
from core.errors import InputError
from core.extrapolate.analysis import analyze
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.forecast import Forecaster
from core.extrapolate.joins import Join
from core.extrapolate.recompose import Addition
from core.extrapolate.second_features import N_FEATURES, PLACES_A_SEC
from core.extrapolate.spectrograms import SR
from core.nn.weights import load, load_arrays
from training import weights
from training.baselines.extrapolate_original.model import OriginalNet
from training.baselines.extrapolate_original.play import play_original
from training.extrapolate import evaluate, rendered_scores, scores
from training.extrapolate import independent_measures as independent
from training.extrapolate.beat_order import N_FEATURES as N_BEAT_FEATURES
from training.extrapolate.beat_order import BeatOrderConfig, BeatOrderNet, rank_true_beats
from training.extrapolate.fit import Sequences, WindowOptions, Windows, change
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
        clips=[describe_sound(tune(40, seed=k)) for k in range(3)],
        rendered=[describe_sound(tune(34, seed=9))],
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
    windows = Windows(pairs, ExtrapolateConfig.tiny(), WindowOptions(), batch_size=4, seed=3)
    context, truth, flags, _ = windows.draw(1, augment=False)
    assert context.shape[0] == truth.shape[0] == len(flags) == 4
    assert truth.shape[1:] == (10, N_FEATURES)
    # In one of the sounds, in one of the two directions, the first second said lies a second after the last given.
    found = 0
    for one in range(4):
        for x in (*pairs.clips, *pairs.rendered):
            way = x[::-1] if flags[one] else x
            place = np.flatnonzero((way == context[one, -1].numpy()).all(axis=1))
            found += any(
                np.array_equal(way[p + PLACES_A_SEC], truth[one, 0].numpy())
                for p in place
                if p + PLACES_A_SEC < len(way)
            )
    assert found >= 4
    again = windows.draw(1, augment=False)
    assert torch.equal(context, again[0]) and not torch.equal(
        context[0], windows.draw(2, augment=False)[0][0]
    )


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


def test_a_repetition_is_found_by_autocorrelation():
    x = describe_sound(tune(20))
    repeated, correlation = evaluate.repeat_best_lag(x, np.maximum(x.std(axis=0), 1.0))
    assert correlation > 0.5
    truth = describe_sound(tune(31))[::PLACES_A_SEC][20:30]
    spread = x.std(axis=0) + 1e-3
    mean = np.repeat(x.mean(axis=0, keepdims=True), 10, axis=0)
    nearer, farther = (scores.vector_distances(rows, truth, spread) for rows in (repeated, mean))
    assert nearer["chroma"] < 0.2 * farther["chroma"] and nearer["timbre"] < 0.5 * farther["timbre"]


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


def test_tiny_trainings_write_pairs_that_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evaluate, "CHAINED_SEC", 10.0)
    monkeypatch.setattr(evaluate, "known_pieces", lambda: list(known_pieces())[4:5])
    names = [f"clip_{k}.wav" for k in range(4)]
    data = write_clips(tmp_path / "open" / "audio_clips", [(name, f"{name}.ogg", 0, 31) for name in names])
    assert "train" in {clip.split for clip in find_clips(data)}
    out = tmp_path / "weights"
    out.mkdir()
    for name in ("extrapolate", "extrapolate_original", "beat_order"):
        card = weights.train(name, tmp_path, out, tiny=True, report=lambda line: None)
        assert card.name == name and sum(card.data[0]["pieces"].values()) > 0
        with safe_open(out / f"{card.stem}.safetensors", framework="np") as file:
            kinds = {file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118 - no mapping
        assert kinds <= {"F16", "I64"}
    found = load_arrays("extrapolate", ExtrapolateConfig, directory=out)
    assert Forecaster(*found).forecast(tune(20), SR, seconds=10).vectors.shape == (10, N_FEATURES)
    model, card = load("extrapolate_original", OriginalNet, directory=out)
    assert play_original(model, tune(8)).shape == (2 * SR,)
    assert card.metrics["training"]["n"] >= 1


# Measures that the planner does not use.


def test_the_next_beat_is_told_from_others_after_a_short_training():
    rng = np.random.default_rng(0)
    pattern = rng.standard_normal((8, N_BEAT_FEATURES)).astype(np.float32)
    beats = np.tile(pattern, (6, 1)) + 0.01 * rng.standard_normal((48, N_BEAT_FEATURES)).astype(np.float32)
    torch.manual_seed(0)
    model = BeatOrderNet(BeatOrderConfig(hidden_size=32, embedding_size=16, dropout=0.0))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    before = torch.from_numpy(np.stack([beats[k : k + 4] for k in range(8)]))
    candidates = torch.from_numpy(np.stack([np.roll(pattern, -k - 4, axis=0) for k in range(8)]))
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(model(before, candidates), torch.zeros(8, dtype=torch.long))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # Six of the twenty candidates at most are the same beat of the pattern.
    assert rank_true_beats(model.eval(), beats).mean() < 5


def test_beats_and_keys_of_joins_are_compared_with_the_notes():
    piece = KnownPiece(tempo_qpm=120.0, tonic=0, mode="major", meter=4, programs=(0, 32, 0), drums=True)
    audio, known = piece.audio(24), independent.describe_known(piece)
    analysis = analyze(audio)

    def joined(out_sec: float, in_sec: float) -> evaluate.Chained:
        join = Join(
            time_sec=24.0,
            source_out_sec=out_sec,
            source_in_sec=in_sec,
            lag_ms=0.0,
            gain_db=0.0,
            level_jump_db=0.0,
            level_limit_db=1.0,
            flux_z=0.0,
            phase_ms=0.0,
        )
        y = audio.y if audio.y.ndim == 2 else audio.y[None]
        addition = Addition(
            y=np.concatenate([y, y], axis=1), at_sample=y.shape[1], joins=[join], slices=[0, 1]
        )
        return evaluate.Chained(key="a", given=audio, analysis=analysis, addition=addition)

    kept = independent.beat_table([joined(8.0, 4.01)], [known])["joins"]
    assert kept["beat_of_bar_kept"]["mean"] == 1.0 and kept["ms_from_true_beat"]["mean"] == pytest.approx(10)
    assert independent.beat_table([joined(8.0, 4.5)], [known])["joins"]["beat_of_bar_kept"]["mean"] == 0.0
    off = independent.beat_table([joined(8.0, 4.25)], [known])["joins"]
    assert off["on_beat"]["mean"] == 0.0 and off["ms_between_beats_out_and_in"]["mean"] == pytest.approx(250)
    table = independent.sound_key_table([joined(8.0, 4.0)])
    assert table["key_kept"]["mean"] == 1.0  # the whole once more


def test_scores_are_rendered_the_same_each_time_and_their_beats_are_known(tmp_path: Path):
    piece = pretty_midi.PrettyMIDI(initial_tempo=100)
    part = pretty_midi.Instrument(0)
    part.notes = [pretty_midi.Note(80, 60 + k % 12, 0.6 * k, 0.6 * k + 0.5) for k in range(64)]
    piece.instruments.append(part)
    folder = tmp_path / "nottingham"
    folder.mkdir()
    piece.write(str(folder / "a.mid"))
    (folder / "broken.mid").write_bytes(b"MThd")
    scores_found = rendered_scores.find_scores({"nottingham": folder})
    assert [score.key for score in scores_found] == ["nottingham/a.mid", "nottingham/broken.mid"]
    options = rendered_scores.RenderOptions(
        n_excerpts=1, soundfont="", soundfont_sha256="", excerpt_sec=6.0, loop_share=0.0, solo_share=1.0
    )
    found = rendered_scores.render_with_notes(scores_found[0], options)
    assert found is not None and found[1].beats_a_bar == 4
    y, made = found
    onsets = [note.start / made.beat_sec for note in made.piece.instruments[0].notes]
    assert np.abs(np.array(onsets) - np.round(onsets)).max() < 0.1
    np.testing.assert_array_equal(y, rendered_scores.render_score(scores_found[0], options))
    assert rendered_scores.render_score(scores_found[1], options) is None
    with pytest.raises(InputError, match="not installed"):
        rendered_scores.find_soundfont("none.sf2", "0")
