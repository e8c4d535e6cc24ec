"""Audio Viz's trainings: data of three layouts, shards that go on, a checkpoint that goes on, honest folds and figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core import audio
from core.audio import Audio
from core.audioviz.config import AutoencoderConfig, StyleNetConfig
from core.audioviz.model import Autoencoder, StyleNet
from core.errors import InputError
from training.audioviz import evaluate, report, scores, search, train
from training.audioviz.fit import (
    Recipe,
    StyleRecipe,
    color,
    cover,
    fit_autoencoder,
    fit_member,
    mix_in,
)
from training.audioviz.prepare import (
    STYLES,
    Clip,
    Prepared,
    find_clips,
    load_prepared,
    plain_artist,
    prepare,
    style_of,
)

SR = 22_050


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


def sound(seed: int, seconds: float = 2.0) -> bytes:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * SR)) / SR
    f0 = 110 * 2 ** (rng.integers(0, 36, 8) / 12)
    y = 0.3 * np.sin(2 * np.pi * np.cumsum(f0[(t * 4).astype(int) % 8]) / SR) + 0.02 * rng.standard_normal(
        len(t)
    )
    return audio.encode(Audio(y.astype(np.float32), SR), "wav")


def collection(folder: Path, n: int = 6) -> Path:
    """A folder with clips.csv: two clips a track."""
    folder.mkdir(parents=True)
    tags = ("game,chiptune", "folk,vocal", "game", "classical,solo violin", "game,electronic", "lofi")
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["file", "title", "artist", "repo", "path", "tags"])
        writer.writeheader()
        for i in range(n):
            for part in range(2):
                name = f"track{i}_{part}.wav"
                (folder / name).write_bytes(sound(i * 10 + part))
                writer.writerow(
                    {
                        "file": name,
                        "title": f"T{i}",
                        "artist": f"Artist {chr(65 + i)} (OGA)",
                        "repo": "a/b",
                        "path": f"music/{i}.ogg",
                        "tags": tags[i % 6],
                    }
                )
    return folder


def made_up(n: int = 12, styles: int = 3, artists: int = 6) -> tuple[Prepared, np.ndarray]:
    """Clips of noise in which each style has a level pattern of its own."""
    rng = np.random.default_rng(0)
    clips, mels, labels = [], [], []
    for i in range(n):
        style = i % styles
        pattern = 0.5 + 0.4 * np.sin(np.arange(64) * (0.4 + 0.5 * style))
        mels.append((pattern + 0.05 * rng.standard_normal((300, 64))).clip(0, 1).astype(np.float16))
        clips.append(
            Clip(file=f"{i}", key=f"k{i}", artist=f"a{i % artists}", style=STYLES[style], collection="x")
        )
        labels.append(style)
    return Prepared(clips, mels, []), np.array(labels)


def test_tags_name_styles_and_names_of_artists_are_brought_together() -> None:
    assert [
        style_of(tags)
        for tags in ("game,chiptune", "classical,solo violin", "folk,vocal", "game", "", "loop")
    ] == [
        "chiptune",
        "classical",
        "vocal",
        None,
        None,
        None,
    ]
    assert plain_artist("Johan  Brodd (jobromedia)") == "johan brodd"
    assert plain_artist("") == "unknown"


def test_clips_of_a_track_share_their_part_and_misspelled_artists_are_one(tmp_path: Path) -> None:
    folder = collection(tmp_path / "open" / "audio_clips")
    text = (folder / "clips.csv").read_text(encoding="utf-8")
    text = text.replace("Artist A (OGA)", "Mathew Pablo (OGA)", 1).replace(
        "Artist A (OGA)", "Matthew Pablo", 1
    )
    (folder / "clips.csv").write_text(text, encoding="utf-8")
    clips = [clip for _, clip in find_clips(tmp_path)]
    assert len(clips) == 12 and len({clip.key for clip in clips}) == 6
    for key in {clip.key for clip in clips}:
        assert len({clip.part for clip in clips if clip.key == key}) == 1
    assert len({clip.artist for clip in clips if clip.file.startswith("track0")}) == 1


def test_a_set_that_may_not_be_passed_on_is_left_out_unless_it_is_named(tmp_path: Path) -> None:
    collection(tmp_path / "open" / "audio_clips", 2)
    collection(tmp_path / "nc" / "audio_clips", 3)
    assert len(find_clips(tmp_path)) == 4
    assert len(find_clips(tmp_path / "nc")) == 6


def test_a_folder_per_genre_and_an_fma_folder_are_read_too(tmp_path: Path) -> None:
    for genre in ("Rock", "jazz"):
        (tmp_path / "genres" / genre).mkdir(parents=True)
        (tmp_path / "genres" / genre / "one.wav").write_bytes(sound(1))
    assert [clip.style for _, clip in find_clips(tmp_path / "genres")] == ["rock", "jazz"]
    fma = tmp_path / "fma"
    (fma / "fma_metadata").mkdir(parents=True)
    (fma / "fma_small" / "000").mkdir(parents=True)
    (fma / "fma_small" / "000" / "000140.mp3").write_bytes(b"")
    with (fma / "fma_metadata" / "tracks.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(
            [
                ["", "artist", "track"],
                ["", "name", "genre_top"],
                ["track_id", "", ""],
                ["140", "Alec K.", "Folk"],
                ["141", "x", "Pop"],
            ]
        )
    [(path, clip)] = find_clips(fma)
    assert (path.name, clip.style, clip.artist, clip.key) == ("000140.mp3", "folk", "alec k.", "fma/140")


def test_preparing_goes_on_where_it_was_stopped_and_leaves_broken_files_out(tmp_path: Path) -> None:
    folder = collection(tmp_path / "clips", 3)
    (folder / "track1_0.wav").write_bytes(b"broken")
    said: list[str] = []
    prepared = prepare(folder, tmp_path / "work", shard_clips=2, log=said.append)
    assert len(prepared) == 5 and len(prepared.unusable) == 1 and "track1_0.wav" in prepared.unusable[0]
    assert len(said) == 3 and all(mel.shape == (200, 64) and mel.dtype == np.float16 for mel in prepared.mels)
    (tmp_path / "work" / "shard_0001.json").unlink()  # as if it had been stopped there
    said.clear()
    again = prepare(folder, tmp_path / "work", shard_clips=2, log=said.append)
    assert len(said) == 1 and "shard_0001" in said[0]
    assert again.clips == prepared.clips
    assert isinstance(load_prepared(tmp_path / "work").mels[0].base, np.memmap)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sound"):
        find_clips(tmp_path)
    with pytest.raises(InputError, match="prepare"):
        load_prepared(tmp_path)


def test_augmented_windows_stay_windows() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(6, 64, 96, generator=generator)
    x[0] = 0
    for changed in (color(x, 3, generator), mix_in(x, 1.0, generator), cover(x, 8, 12, generator)):
        assert changed.shape == x.shape and changed.min() >= 0 and changed.max() <= 1
    assert color(x, 3, generator)[0].abs().max() == 0  # silence stays silence
    assert torch.all(mix_in(x, 1.0, generator) >= x)


def test_a_training_that_was_stopped_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    prepared, _ = made_up()
    config, path = AutoencoderConfig.tiny(), tmp_path / "ae.safetensors"
    recipe = Recipe(n_steps=4, batch_size=8, check_every=2)
    fit_autoencoder(prepared, prepared, config, recipe, checkpoint=path, log=lambda _: None)
    said: list[str] = []
    longer = Recipe(n_steps=7, batch_size=8, check_every=2)
    model, course = fit_autoencoder(prepared, prepared, config, longer, checkpoint=path, log=said.append)
    assert said[0] == "goes on from step 4" and course.step == 7
    assert all(low < high for low, high in zip(model.config.low, model.config.high, strict=True))
    codes = np.concatenate(scores.scale_codes(model, prepared))
    assert ((codes <= 0.001) | (codes >= 0.999)).mean() < 0.1


def test_a_style_network_learns_styles_that_are_there() -> None:
    prepared, labels = made_up()
    config = StyleNetConfig(
        variant="vgg",
        n_styles=3,
        widths=(4, 6, 8, 8),
        n_codes=12,
        low=(-3.0,) * 12,
        high=(3.0,) * 12,
        n_members=1,
    )
    recipe = StyleRecipe(n_steps=25, batch_size=16, learning_rate=1e-2, mixup=0.0, shifted=0)
    member, _ = fit_member(prepared, labels, config, recipe, log=lambda _: None)
    model = StyleNet(config).eval()
    model.members[0].load_state_dict(member.state_dict())
    said = evaluate.judge_clips(model, prepared, [["nobody"]]).argmax(axis=1)
    assert (said == labels).mean() > 0.8


def test_folds_hold_each_artist_once_and_part_the_artists_of_a_style() -> None:
    artists = ["a"] * 10 + ["b"] * 8 + ["c"] * 6 + ["d"] * 5 + ["e"] * 2
    labels = np.array([0] * 18 + [1] * 11 + [0] * 2)
    folds = train.artist_folds(artists, labels, n=2)
    assert sorted(name for fold in folds for name in fold) == list("abcde")
    for first, second in (("a", "b"), ("c", "d")):
        assert not any({first, second} <= set(fold) for fold in folds)
    assert evaluate.members_for("a", folds) == (next(k for k, fold in enumerate(folds) if "a" in fold),)
    assert evaluate.members_for("somebody new", folds) == (0, 1)


def test_the_regression_baseline_separates_what_is_separable() -> None:
    prepared, labels = made_up(18)
    folds = train.artist_folds([clip.artist for clip in prepared.clips], labels, n=2)
    model = train.fit_regressions(prepared, labels, folds, 3)
    assert (evaluate.judge_clips(model, prepared, folds, everyone=True).argmax(axis=1) == labels).mean() > 0.9


def test_figures_tell_a_dead_number_a_saturated_one_and_one_that_is_loudness() -> None:
    prepared, _ = made_up(4)
    loud = np.linspace(0.2, 0.9, 300)[:, None] * np.ones(64) + 0.02 * np.random.default_rng(
        1
    ).standard_normal((300, 64))
    prepared = Prepared(prepared.clips, [loud.clip(0, 1).astype(np.float16)] * 4, [])
    n = 15
    codes = np.random.default_rng(0).uniform(0.1, 0.9, (n, 10)).astype(np.float32)
    codes[:, 0] = 0.5
    codes[: n // 2, 1] = 1.0
    codes[:, 2] = np.linspace(0.1, 0.9, n)
    told = scores.features([codes] * 4, prepared)
    assert told["std"] == 0 and told["saturated"] > 0.4
    assert told["r2_each"][2] > 0.8 > told["r2_each"][5]
    assert told["n_numbers"] == 10 and told["n"] == 4 * n


def test_reconstruction_tells_which_is_better_and_whether_that_is_sure() -> None:
    rng = np.random.default_rng(0)
    pca = rng.uniform(0.009, 0.012, 30)
    keys = [f"t{i // 2}" for i in range(30)]
    better = scores.reconstruction(pca * 0.9, pca, keys)
    assert better["significant"] and better["model"] < better["pca10"] and better["clips_won"] == 1
    same = scores.reconstruction(pca + 0.001 * rng.standard_normal(30), pca, keys)
    assert not same["significant"]


def test_refitted_components_are_the_harsher_baseline() -> None:
    prepared, _ = made_up(6)
    pca = train.fit_pca(prepared, 200)
    assert scores.measure_refitted_pca(prepared, 10).mean() <= scores.errors(pca, prepared).mean() * 1.02
    tiny = Autoencoder(AutoencoderConfig.tiny()).eval()
    assert scores.errors(tiny, prepared).shape == (6,)


def test_macro_f1_weighs_styles_alike() -> None:
    truth = np.array([0] * 8 + [1] * 2)
    assert scores.macro_f1(truth, np.zeros(10, int)) == pytest.approx((2 * 8 / 18) / 2)
    assert scores.macro_f1(truth, truth) == 1


def test_settings_come_from_toml_and_json_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[autoencoder]\nminutes = 3\n[style]\nmixup = 0.1\n", encoding="utf-8")
    recipe, style = train.read_recipes(tmp_path / "a.toml")
    assert recipe.minutes == 3 and style.mixup == 0.1
    (tmp_path / "b.json").write_text(json.dumps({"style": {"n_steps": 5}}), encoding="utf-8")
    assert train.read_recipes(tmp_path / "b.json")[1].n_steps == 5
    for content, says in (
        ("[deep]\nx = 1\n", "unknown table"),
        ("[style]\nx = 1\n", "not"),
        ("=", "not a JSON or TOML"),
    ):
        (tmp_path / "c.toml").write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=says):
            train.read_recipes(tmp_path / "c.toml")


def test_a_search_tries_settings_goes_on_and_writes_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, _ = made_up()
    monkeypatch.setattr(search, "prepare", lambda data, out: prepared)
    monkeypatch.setattr(search, "AutoencoderConfig", AutoencoderConfig.tiny)
    monkeypatch.setattr(Clip, "part", property(lambda clip: "validation" if clip.file in "01" else "train"))
    told = json.loads(search.search(tmp_path, tmp_path, n_trials=1, steps=2, style_steps=1))
    assert {"autoencoder", "style"} <= set(told["best"])
    best = json.loads((tmp_path / "best.json").read_text(encoding="utf-8"))
    recipe, _ = train.read_recipes(tmp_path / "best.json")
    assert recipe.learning_rate == best["autoencoder"]["learning_rate"]


def test_the_report_shows_every_network_with_statistics_a_latent_plot_and_a_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, _ = made_up(6)
    monkeypatch.setattr(report, "prepare", lambda data, out: prepared)
    monkeypatch.setattr(report, "NETWORKS", ("ae_normal", "ae_skip"))
    told = json.loads(report.report(tmp_path, tmp_path))
    page = (tmp_path / told["page"]).read_text(encoding="utf-8")
    assert page.count("Each number over all moments") == 2 and page.count("Each number by style") == 2
    figures = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert set(figures) == set(told["least_std"]) == {"ae_normal", "ae_skip"}
    assert len(figures["ae_skip"]["std_each"]) == 10


def test_evaluation_tells_reconstruction_features_and_styles_of_any_folder(tmp_path: Path) -> None:
    folder = collection(tmp_path / "open" / "audio_clips", 6)
    told = evaluate.evaluate(folder)
    assert {"reconstruction", "features", "style"} <= set(told)
    assert {"model", "pca10"} <= set(told["reconstruction"]) and {"std", "saturated", "novel"} <= set(
        told["features"]
    )
    style = told["style"]
    assert set(style["baselines"]) == {"majority", "mfcc_regression"} and style["n"] == 10
    assert 0 <= style["accuracy"] <= 1 and 0 <= style["macro_f1"] <= 1
    assert set(told["models"]) == {"ae_normal", "ae_shared", "ae_skip"}
    json.dumps(told, allow_nan=False)
    [low, high] = told["reconstruction"]["interval"]
    assert low <= told["reconstruction"]["difference"] <= high
