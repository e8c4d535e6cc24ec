"""Training reads folders, keeps families together, learns, and scores any folder of kern."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.folk.config import FolkConfig
from core.folk.generate import FolkComposer
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.folk.originality.model import BloomFilter
from core.music.abc_notation import read_abc
from core.music.kern import read_kern, to_kern
from core.music.tune import Tune
from core.nn.weights import to_arrays
from training.baselines.folk_original.model import OriginalLSTM
from training.baselines.folk_original.train import (
    OriginalRecipe,
    corpus,
    fit_original,
    onset_scores,
    original_accuracy,
)
from training.folk.closings import closing_of, count_closings
from training.folk.evaluate import evaluate
from training.folk.fit import Recipe, encode_tune, fit, hide, score
from training.folk.generated_tunes import bars_are_full, measure_generated
from training.folk.prepare import Found, _modal_key, collection_of, read_folder, split
from training.folk.scores import grid_onsets
from training.splits import families, split_of


def song(seed: int, n_bars: int = 12) -> Tune:
    """A random tune in 4/4, as text first: it goes the way of a file."""
    rng = np.random.default_rng(seed)
    lines = ["**kern", "*M4/4", "*k[f#]", "*G:"]
    for bar in range(n_bars):
        lines.append(f"={bar + 1}")
        notes = [str(rng.choice(["4", "8", "8"])) for _ in range(8)]
        left = 8
        for i, length in enumerate(notes):
            eighths = min(left, 2 if length == "4" else 1)
            if not eighths:
                break
            left -= eighths
            note = str(rng.choice(["d", "e", "f#", "g", "a", "b", "cc"]))
            name = "4" if eighths == 2 else "8"
            if i == 7 and left:
                name, left = {0: "8", 1: "4", 2: "4.", 3: "2"}[left], 0
            ends = "}" if bar % 4 == 3 and not left else ""
            lines.append(f"{'{' if bar % 4 == 0 and i == 0 else ''}{name}{note}{ends}")
    return read_kern("\n".join([*lines, "*-"]), collection="germany/erk")


def test_folders_name_collections() -> None:
    assert collection_of(Path("europa/deutschl/erk/a.krn")) == "germany/erk"
    assert collection_of(Path("x/asia/china/han/a.krn")) == "china/han"
    assert collection_of(Path("somewhere/a.krn")) == "unknown"


def test_near_copies_stay_in_one_family() -> None:
    tune = song(1)
    pieces = [
        Found(key=f"essen/{i}", tune=t) for i, t in enumerate([tune, song(2), tune.transposed(3), song(3)])
    ]
    names = families([piece.tune.pitches for piece in pieces], [piece.key for piece in pieces])
    assert names[0] == names[2] and len(set(names)) == 3
    parts = split(pieces)
    assert sum(len(found) for found in parts.values()) == 4
    assert {split_of(f"essen/{i}") for i in range(200)} == {"train", "validation", "test"}


def test_the_last_note_names_the_mode_of_a_signature_without_one() -> None:
    assert _modal_key("G", 67).tonic == "G"
    assert (_modal_key("G", 64).tonic, _modal_key("G", 64).mode) == ("E", "minor")
    assert (_modal_key("G", 69).tonic, _modal_key("G", 69).mode) == ("A", "dorian")


def test_files_that_cannot_be_used_are_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "good.krn").write_text(to_kern(song(1)))
    (tmp_path / "empty.krn").write_text("")
    (tmp_path / "short.krn").write_text("**kern\n4c\n*-\n")
    found, unusable = read_folder(tmp_path)
    assert len(found) == 1 and found[0].tune.events == song(1).events
    assert set(unusable) == {"essen/empty.krn", "essen/short.krn"} and "8" in unusable["essen/short.krn"]


def test_hidden_phrases_are_what_a_tune_without_marks_gives() -> None:
    tune = song(1)
    unmarked = read_kern(to_kern(tune).replace("{", "").replace("}", ""), collection=tune.collection)
    one = hide(encode_tune(tune).rows.astype(np.int64), plan=True, phrases=True)
    other = hide(encode_tune(unmarked).rows.astype(np.int64), plan=True, phrases=False)
    assert (one == other).all()


def test_a_fitted_network_beats_a_fresh_one_and_is_kept_at_its_best() -> None:
    tunes = [encode_tune(song(1)), encode_tune(song(2))]
    recipe = Recipe(n_epochs=15, batch_size=2, tell_plan=0.0)
    model, told = fit(tunes, tunes, config=FolkConfig.tiny(), recipe=recipe)
    torch.manual_seed(3)
    fresh = FolkLSTM(FolkConfig.tiny())
    assert np.concatenate(score(model, tunes)).sum() < np.concatenate(score(fresh, tunes)).sum()
    assert 1 <= told["epoch"] <= 15 and math.isfinite(told["validation_bits"])


def test_grid_onsets_are_a_distribution_over_the_originals_symbols() -> None:
    tune = encode_tune(song(4))
    torch.manual_seed(0)
    scores = grid_onsets(FolkLSTM(FolkConfig.tiny()).eval(), tune)
    assert scores.shape == (len(tune.rows), 2) and (scores[:, 0] > 0).all()
    assert set(np.unique(scores[:, 1])) <= {0.0, 1.0}


def test_the_originals_network_trains_and_is_scored_on_its_own_terms() -> None:
    tunes = [song(1), song(2)]
    line = corpus(tunes)
    assert (line[:64] == 0).all() and (line[-64:] == 0).all()
    recipe = OriginalRecipe(minutes=0.01, n_cycles=1, batch_size=4)
    model, told = fit_original(line, recipe)
    assert isinstance(model, OriginalLSTM) and told["steps"] >= 1
    assert 0 <= original_accuracy(model, line, n=50)["accuracy"] <= 1
    scores = onset_scores(model, tunes)
    assert [len(s) for s in scores] == [len(tune.events) for tune in tunes]


def test_composed_tunes_are_measured_against_held_out_ones() -> None:
    torch.manual_seed(0)
    tunes = [song(1), song(2)]
    model = FolkLSTM(FolkConfig.tiny())
    composer = FolkComposer(model.config, to_arrays(model))
    measured = measure_generated(composer, Fingerprint(BloomFilter.of(tunes)), tunes, n=6, count=3)
    assert measured["n_tunes"] == 6 and measured["bars_valid"] == 1 and measured["ends_on_tonic"] == 1
    assert all(0 <= value <= 1 for value in measured["overlap"].values())
    assert bars_are_full(tunes[0]) and not bars_are_full(Tune(**{**vars_of(tunes[0]), "bars": (0, 5)}))


def vars_of(tune: Tune) -> dict:
    return {"events": tune.events, "keys": tune.keys, "meters": tune.meters}


def test_any_folder_is_scored_and_what_was_trained_on_is_left_out(tmp_path: Path) -> None:
    for i in range(3):
        (tmp_path / f"tune{i}.krn").write_text(to_kern(song(i)))
    result = evaluate(tmp_path)
    for name in ("pitch_bits", "joint_bits", "onset_accuracy", "onset_nll_nats"):
        low, high = result["intervals"][name]
        assert low - 1e-3 <= result[name] <= high + 1e-3
    assert result["n_tunes"] == 3 and result["n_events"] == sum(len(song(i).events) for i in range(3))
    assert result["baselines"]["ngram_pitch_bits"] > 0 and result["original"]["onset_nll_nats"] > 0
    assert result["scope"] == "all" and result["copies_left_out"] == 0


def test_a_folder_without_tunes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No \.krn file"):
        evaluate(tmp_path)


def test_closings_are_counted_where_a_tune_closes_as_composed_ones_do() -> None:
    head = "X:1\nM:3/4\nL:1/4\nK:C\n"
    closing = [read_abc(head + "G|c2B|c2|]")[0]] * 3
    # Ends elsewhere than on the tonic; after a rest.
    others = [read_abc(head + "G|c2B|d2|]")[0], read_abc(head + "G|c2z|c2|]")[0]]
    assert [closing_of(tune) for tune in others] == [None, None]
    assert count_closings([*closing, *others]) == {("europe", "3/4"): [(480, 0, 960, 3)]}
    assert count_closings(closing[:2]) == {}
