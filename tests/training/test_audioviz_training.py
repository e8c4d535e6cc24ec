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
from training import weights
from training.audioviz import autoencoder_train, evaluate, report, scores, search, style_choice, style_train
from training.audioviz.augmentation import color, cover, mix_in
from training.audioviz.cepstral_regression import REGRESSION, Options, fit_regression, judge_clips
from training.audioviz.clips import STYLES, Clip, find_clips, plain_artist, style_of
from training.audioviz.collection import fit_pca
from training.audioviz.prepare import Prepared, load_prepared, prepare
from training.audioviz.style_folds import Labeled, artist_folds, find_labeled
from training.audioviz.style_scores import compare, find_members, style_figures
from training.loop import fit
from training.recipe import Schedule, list_recipes, read_recipe

SR = 22_050


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


def made_up(n: int = 12, styles: int = 3, artists: int = 6) -> Labeled:
    """Clips of noise in which each style has a level pattern of its own, which sounds more or less loudly."""
    rng = np.random.default_rng(0)
    clips, mels = [], []
    for i in range(n):
        style = i % styles
        pattern = 0.5 + 0.4 * np.sin(np.arange(64) * (0.4 + 0.5 * style))
        level = 0.7 + 0.3 * np.sin(np.arange(300) / 9)[:, None]
        mels.append((level * pattern + 0.05 * rng.standard_normal((300, 64))).clip(0, 1).astype(np.float16))
        clips.append(
            Clip(file=f"{i}", key=f"k{i}", artist=f"a{i % artists}", style=STYLES[style], collection="x")
        )
    return find_labeled(Prepared(clips, mels, []))


def schedule(n_steps: int, **more: float) -> Schedule:
    return Schedule(
        **{"steps": n_steps, "batch_size": 8, "learning_rate": 3e-3, "averaging": 0.9, "score_every": n_steps}  # type: ignore[arg-type]
        | more
    )


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


def test_an_autoencoder_that_was_stopped_goes_on_with_the_same_numbers(tmp_path: Path) -> None:
    prepared, options = made_up().prepared, autoencoder_train.Options()

    def objective():  # type: ignore[no-untyped-def]
        return autoencoder_train.make_objective(
            prepared, prepared, AutoencoderConfig.tiny(), schedule(6), options
        )

    whole = fit(objective(), schedule(6))
    path = tmp_path / "ae.safetensors"
    with pytest.raises(Exception, match="3 steps"):
        fit(objective(), schedule(6), checkpoint=path, n_check_steps=3)
    again = fit(objective(), schedule(6), checkpoint=path)
    assert again.first_losses == whole.first_losses and len(whole.first_losses) == 6
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name])
    model = autoencoder_train.set_range(whole.model, prepared)
    assert all(low < high for low, high in zip(model.config.low, model.config.high, strict=True))
    codes = np.concatenate(scores.scale_codes(model, prepared))
    assert ((codes <= 0.001) | (codes >= 0.999)).mean() < 0.1


def test_a_style_network_learns_styles_that_are_there() -> None:
    labeled = made_up()
    config = StyleNetConfig(
        variant="vgg",
        n_styles=3,
        widths=(4, 6, 8, 8),
        n_codes=12,
        low=(-3.0,) * 12,
        high=(3.0,) * 12,
        n_members=1,
    )
    options = style_train.Options(mixup=0.0, shifted=0)
    own = schedule(25, learning_rate=1e-2, batch_size=16)
    model = StyleNet(config).eval()
    fitted = fit(style_train.make_objective(labeled, config, own, options), own)
    model.members[0].load_state_dict(fitted.model.state_dict())
    said = style_train.judge_clips(model, labeled, [["nobody"]]).argmax(axis=1)
    assert (said == labeled.labels).mean() > 0.8


def test_a_style_is_drawn_as_often_as_another_and_its_artists_by_the_root_of_their_clips() -> None:
    labeled = made_up(12, styles=2, artists=3)
    labeled = Labeled(
        labeled.prepared, labeled.styles, np.array([0] * 9 + [1] * 3), ["a"] * 8 + ["b"] + ["c"] * 3
    )
    weights = style_train.balance_clips(labeled)
    assert weights[:9].sum() == pytest.approx(1) and weights[9:].sum() == pytest.approx(1)
    assert weights[:8].sum() / weights[8] == pytest.approx(8**0.5)


def test_folds_hold_each_artist_once_and_part_the_artists_of_a_style() -> None:
    artists = ["a"] * 10 + ["b"] * 8 + ["c"] * 6 + ["d"] * 5 + ["e"] * 2
    labels = np.array([0] * 18 + [1] * 11 + [0] * 2)
    folds = artist_folds(Labeled(Prepared([], [], []), ["x", "y"], labels, artists), n=2)
    assert sorted(name for fold in folds for name in fold) == list("abcde")
    for first, second in (("a", "b"), ("c", "d")):
        assert not any({first, second} <= set(fold) for fold in folds)
    assert find_members("a", folds) == (next(k for k, fold in enumerate(folds) if "a" in fold),)
    assert find_members("somebody new", folds) == (0, 1)


def test_the_regression_separates_what_is_separable_and_a_member_does_not_hear_its_artists() -> None:
    labeled = made_up(18)
    folds = artist_folds(labeled, n=2)
    model = fit_regression(labeled, folds, Options(c=10.0))
    assert (judge_clips(model, labeled, folds, everyone=True).argmax(axis=1) == labeled.labels).mean() > 0.9
    changed = Labeled(labeled.prepared, labeled.styles, labeled.labels.copy(), labeled.artists)
    changed.labels[labeled.by(folds[0])] = 0
    other = fit_regression(changed, folds, Options(c=10.0))
    assert np.array_equal(model.tensors["weight"][0], other.tensors["weight"][0])
    assert not np.array_equal(model.tensors["weight"][1], other.tensors["weight"][1])


def test_nested_cross_validation_chooses_without_looking_at_the_fold_that_it_scores() -> None:
    labeled = made_up(24, styles=2, artists=8)
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def judge(learned: np.ndarray, held: np.ndarray) -> dict[str, np.ndarray]:
        seen.append((learned, held))
        right = np.eye(2)[labeled.labels[held]]
        # The second is right only in outer folds, where nothing may be chosen by it.
        is_outer = (learned | held).all()
        return {REGRESSION: right, "tempting": right if is_outer else 1 - right}

    told = style_choice.choose_nested(labeled, judge)
    assert told["chosen"] == [REGRESSION] * 4 and told["accuracy"] == 1
    assert told["candidates"]["tempting"]["accuracy"] == 1
    artists = np.array(labeled.artists)
    for learned, held in seen:
        assert not set(artists[learned]) & set(artists[held])
    assert len(seen) == 4 * (1 + style_choice.N_INNER)


def test_candidates_are_regressions_networks_and_both(monkeypatch: pytest.MonkeyPatch) -> None:
    labeled = made_up(8, styles=2, artists=4)
    monkeypatch.setattr(style_choice, "read_recipe", lambda name: read_recipe(name, tiny=True))
    held = labeled.by(["a0", "a1"])
    told = style_choice.make_judge(labeled, with_networks=True)(~held, held)
    assert {REGRESSION, "alexnet", "vgg", f"alexnet and {REGRESSION}"} <= set(told)
    assert any("autoencoder" in name for name in told)
    assert all(rows.shape == (held.sum(), 2) for rows in told.values())
    assert np.allclose(np.exp(told[REGRESSION]).sum(axis=1), 1)


def test_figures_tell_a_dead_number_a_saturated_one_and_one_that_is_loudness() -> None:
    prepared = made_up(4).prepared
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
    prepared = made_up(6).prepared
    pca = fit_pca(prepared, 200)
    assert scores.measure_refitted_pca(prepared, 10).mean() <= scores.errors(pca, prepared).mean() * 1.02
    tiny = Autoencoder(AutoencoderConfig.tiny()).eval()
    assert scores.errors(tiny, prepared).shape == (6,)


def test_styles_weigh_alike_and_intervals_are_over_artists() -> None:
    truth = np.array([0] * 8 + [1] * 2)
    assert style_figures(truth, np.zeros(10, int), ["a"] * 10)["macro_accuracy"] == 0.5
    said = np.array([0] * 4 + [1] * 4 + [1, 1])
    by_artist = style_figures(truth, said, ["a"] * 4 + ["b"] * 4 + ["c", "c"])
    by_clip = style_figures(truth, said, list("abcdefghij"))
    assert by_artist["accuracy"] == by_clip["accuracy"] == 0.6 and by_artist["n_artists"] == 3
    width = {k: np.ptp(v["accuracy_interval"]) for k, v in (("artist", by_artist), ("clip", by_clip))}
    assert width["artist"] > 1.2 * width["clip"]
    told = compare(truth, truth, said, list("abcdefghij"))
    assert told["accuracy"] == 0.4 and told["is_better"] and told["accuracy_interval"][0] > 0
    assert not compare(truth, said, said, list("abcdefghij"))["is_better"]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collection(tmp_path_factory.mktemp("data") / "open" / "audio_clips", 6)


@pytest.mark.parametrize("name", ["audioviz_ae_shared", "audioviz_mfcc", "audioviz_pca", "audioviz_vgg"])
def test_a_recipe_makes_its_pair_from_sounds(
    name: str, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"1": "validation", "2": "test"}
    monkeypatch.setattr(Clip, "part", property(lambda clip: parts.get(clip.file[5], "train")))
    card = weights.train(name, sounds.parents[1], tmp_path, work=sounds.parents[1] / "work", tiny=True)
    assert card.stem == f"{name}_v2" and card.training["command"].endswith(f"train {name} --data DATA")
    assert np.isfinite(weights.find_figure(card, read_recipe(name).headline))
    json.dumps(card.metrics, allow_nan=False)


def test_all_recipes_of_audio_viz_are_open_and_name_their_model() -> None:
    names = [name for name in list_recipes() if name.startswith("audioviz_")]
    assert len(names) == 7
    for name in names:
        recipe = read_recipe(name)
        assert (recipe.model, recipe.version, recipe.set) == (name, 2, "open")


def test_a_search_tries_settings_goes_on_and_writes_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = made_up().prepared
    monkeypatch.setattr(search, "prepare", lambda data, out: prepared)
    monkeypatch.setattr(search, "AutoencoderConfig", AutoencoderConfig.tiny)
    monkeypatch.setattr(search, "make_judge", lambda labeled, with_networks: with_networks)
    monkeypatch.setattr(search, "choose_nested", lambda labeled, judge: {"with_networks": judge})
    monkeypatch.setattr(Clip, "part", property(lambda clip: "validation" if clip.file in "01" else "train"))
    told = json.loads(search.search(tmp_path, tmp_path, n_trials=1, steps=2, style_steps=1))
    assert {"autoencoder", "style"} <= set(told["best"])
    best = json.loads((tmp_path / "best.json").read_text(encoding="utf-8"))
    assert json.loads((tmp_path / "nested.json").read_text(encoding="utf-8")) == {"with_networks": True}
    assert set(best["autoencoder"]["options"]) == {"correlation", "code_noise", "mixed"}
    assert set(best["style"]["training"]) == {"learning_rate", "weight_decay"}


def test_the_report_shows_every_network_with_statistics_a_latent_plot_and_a_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = made_up(6).prepared
    monkeypatch.setattr(report, "prepare", lambda data, out: prepared)
    monkeypatch.setattr(report, "NETWORKS", ("ae_normal", "ae_skip"))
    told = json.loads(report.report(tmp_path, tmp_path))
    page = (tmp_path / told["page"]).read_text(encoding="utf-8")
    assert page.count("Each number over all moments") == 2 and page.count("Each number by style") == 2
    figures = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert set(figures) == set(told["least_std"]) == {"ae_normal", "ae_skip"}
    assert len(figures["ae_skip"]["std_each"]) == 10


def test_evaluation_tells_reconstruction_features_and_styles_of_any_folder(sounds: Path) -> None:
    told = evaluate.evaluate(sounds)
    assert {"reconstruction", "features", "style"} <= set(told)
    assert {"model", "pca10"} <= set(told["reconstruction"]) and {"std", "saturated", "novel"} <= set(
        told["features"]
    )
    style = told["style"]["networks"]["alexnet"]
    assert set(style["baselines"]) == {"majority", "mfcc_regression"} and style["n"] == 10
    assert 0 <= style["accuracy"] <= 1 and 0 <= style["macro_accuracy"] <= 1
    assert set(told["style"]["networks"]) == {"alexnet", "vgg"}
    assert told["style"]["regression"]["all_members"]["n_artists"] == 5
    assert set(told["models"]) == {"ae_normal", "ae_shared", "ae_skip"}
    json.dumps(told, allow_nan=False)
    [low, high] = told["reconstruction"]["interval"]
    assert low <= told["reconstruction"]["difference"] <= high
