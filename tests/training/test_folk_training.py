"""Training reads the sets, keeps families together, learns by recipe, and scores any folder of tunes."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.folk import tokenizer as tk
from core.folk.config import FolkConfig
from core.folk.generate import FolkComposer
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.folk.originality.model import BloomFilter
from core.music.abc_notation import read_abc
from core.music.kern import read_kern, to_kern
from core.music.tune import Tune
from core.nn.weights import to_arrays
from training.baselines.folk_original.model import OriginalConfig
from training.baselines.folk_original.train import (
    corpus,
    make_original_objective,
    onset_scores,
    original_accuracy,
)
from training.folk.closings import closing_of, count_closings
from training.folk.collections import name_essen_collection
from training.folk.evaluate import evaluate
from training.folk.fit import Batches, Options, encode_tune, hide, make_objective, score
from training.folk.generated_tunes import bars_are_full, measure_generated
from training.folk.midi_melody import _modal_key, name_root_key
from training.folk.prepare import SETS, Found, halve, read_folder, split
from training.folk.scores import grid_onsets, without_relatives
from training.loop import fit
from training.recipe import Schedule, read_recipe
from training.splits import families, split_of
from training.weights import train


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
    assert name_essen_collection(Path("europa/deutschl/erk/a.krn")) == "germany/erk"
    assert name_essen_collection(Path("x/asia/china/han/a.krn")) == "china/han"
    assert name_essen_collection(Path("somewhere/a.krn")) == "unknown"


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


SCHEDULE = Schedule(steps=15, batch_size=2, learning_rate=4e-3, averaging=0.9, score_every=5)


def test_a_fitted_network_beats_a_fresh_one_and_reads_nothing_that_is_hidden() -> None:
    tunes = [encode_tune(song(1)), encode_tune(song(2))]
    config = FolkConfig.tiny()
    objective = make_objective(tunes, tunes, config, SCHEDULE, Options(tell_plan=0.0))
    fresh = np.concatenate(score(objective.model, tunes)).sum()
    fitted = fit(objective, SCHEDULE)
    assert np.concatenate(score(fitted.model, tunes)).sum() < fresh and fitted.kept_step in (5, 10, 15)
    seen, blind = (np.concatenate(score(fitted.model, tunes, copies=copies)) for copies in (True, False))
    assert not np.allclose(seen, blind)
    rows = hide(tunes[0].rows.astype(np.int64), plan=True, phrases=True, copies=True)
    assert set(np.unique(rows[:, tk.SOURCES :])) == {tk.NO_PITCH, tk.NO_DURATION}
    assert (rows[:, tk.MATCH : tk.SOURCES] == 0).all()


def test_a_batch_depends_on_its_step_alone_and_an_epoch_takes_every_tune_once() -> None:
    tunes = [encode_tune(song(seed, n_bars=4 + 40 * (seed == 3))) for seed in range(5)]
    one, other = (Batches(tunes, SCHEDULE, Options()) for _ in range(2))
    drawn = [one.draw(step) for step in range(1, 7)]
    assert all(torch.equal(a, b) for a, b in zip(drawn[4], other.draw(5), strict=True))
    assert sum(len(rows) for rows, _, _ in drawn[:3]) == sum(len(rows) for rows, _, _ in drawn[3:]) == 5
    assert max(rows.shape[1] for rows, _, _ in drawn) <= 256 < max(len(tune.rows) for tune in tunes)


def test_where_phrases_are_unknown_it_is_still_learnt_that_a_tune_goes_on() -> None:
    unmarked = read_kern(to_kern(song(1)).replace("{", "").replace("}", ""))
    tunes = [encode_tune(unmarked)]
    assert tunes[0].targets[-1, 2] == tk.TUNE_ENDS and (tunes[0].targets[:-1, 2] == -1).all()
    schedule = Schedule(steps=40, batch_size=1, learning_rate=2e-2, score_every=40)
    model = fit(make_objective(tunes, tunes, FolkConfig.tiny(), schedule, Options()), schedule).model
    nats = score(model, tunes, phrases=False)[0][:, 2]
    assert nats[:-1].mean() < 0.1 < nats[-1]
    assert (grid_onsets(model, tunes[0])[1:, 0] < 8).all()


def test_the_first_networks_read_the_first_places_only() -> None:
    tune = encode_tune(song(1))
    torch.manual_seed(0)
    first, later = FolkLSTM(FolkConfig.tiny()).eval(), tune.rows.copy()
    later[:, tk.SOURCES + tk.N_FIRST_SOURCES : tk.SOURCES + tk.N_SOURCES] = 1
    later[:, tk.OTHER_MATCH : tk.RHYTHM_MATCH + 1] = 3
    changed = type(tune)(rows=later, targets=tune.targets, context=tune.context)
    assert (score(first, [tune])[0] == score(first, [changed])[0]).all()
    wide = FolkLSTM(FolkConfig.tiny(n_sources=tk.N_SOURCES, collections=tk.OPEN_COLLECTIONS)).eval()
    there, moved = (
        type(tune)(rows=rows, targets=tune.targets, context=(1, 0, 2)) for rows in (tune.rows, later)
    )
    assert (score(wide, [there])[0] != score(wide, [moved])[0]).any()


def test_every_set_is_read_with_its_collection_and_key(tmp_path: Path) -> None:
    kern = to_kern(song(1)).replace("*G:\n", "")
    files = {
        "openscore_lieder/voice_kern/lc1.krn": (kern, "french songs"),
        "vanhandel_songs/a.krn": (f"!!!TXO: Deutsch\n{kern}", "german songs"),
        "polish_voice/b.krn": (f"!!!COM: Gomółka, Mikołaj\n{kern}", "polish psalms"),
        "open_hymnal/c.abc": ("X:1\nM:4/4\nL:1/4\nK:C\nA B c A | E2 e2 | d c B ^G | A4 |]\n", "hymns"),
        "tunebook_seattle/d.abc": (
            "X:1\nM:4/4\nL:1/4\nK:D\nD E F G | A2 d2 | A F E2 | D4 |]\n",
            "nottingham",
        ),
    }
    for name, (text, _) in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "openscore_lieder" / "index.csv").write_text("id,composer\nlc1,Gabriel Fauré\n")
    found, unusable = read_folder(tmp_path)
    assert not unusable and {piece.key.partition("/")[0] for piece in found} <= set(SETS)
    by_source = {piece.source: piece.tune for piece in found}
    assert {name.partition("/")[0]: told for name, (_, told) in files.items()} == {
        source: tune.collection for source, tune in by_source.items()
    }
    assert (by_source["open_hymnal"].keys[0].tonic, by_source["open_hymnal"].keys[0].mode) == ("A", "minor")
    assert by_source["vanhandel_songs"].keys[0].tonic in ("G", "E")


def test_mensural_bars_are_written_in_half_their_values() -> None:
    tune = halve(read_kern("**kern\n*M2/1\n1c\n2d\n2e\n=\n0f\n=\n*-"))
    assert tune.meters[0].meter == "4/4" and tune.bars == (0, 1920, 3840)[: len(tune.bars)]
    assert [event.duration_tick for event in tune.events] == [960, 480, 480, 1920]


def test_an_experts_root_names_the_mode() -> None:
    assert name_root_key("G", 2).mode == "mixolydian" and name_root_key("G", 1) is None


def test_tunes_without_relatives_share_hardly_a_run_with_the_training_tunes() -> None:
    heard, stranger = song(1), song(9)
    fingerprint = Fingerprint(BloomFilter.of([heard]))
    assert fingerprint.share_known(heard.pitches) == 1 and fingerprint.share_known([60, 62]) == 0
    assert without_relatives(fingerprint, [heard, heard.transposed(2), stranger]) == [stranger]


@pytest.mark.parametrize("name", ["folk_melody", "folk_original", "folk_ngram", "folk_fingerprint"])
def test_a_recipe_makes_its_pair(name: str, tmp_path: Path) -> None:
    for source in read_recipe(name).data:
        (tmp_path / source).mkdir(parents=True)
    for i in range(36):
        (tmp_path / "open" / "vanhandel_songs" / f"{i}.krn").write_text(to_kern(song(i)))
    card = train(name, tmp_path, tmp_path / "out", tiny=True)
    assert card.metrics["test"] and card.data[0]["pieces"] == {"train": 0}
    pieces = {row["name"]: row["pieces"] for row in card.data}
    assert sum(pieces["open/vanhandel_songs"].values()) == 36
    shutil.rmtree(tmp_path / "open" / "open_hymnal")
    with pytest.raises(InputError, match="no data set open/open_hymnal"):
        train(name, tmp_path, tmp_path / "out", tiny=True)


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
    schedule = Schedule(steps=3, batch_size=4, learning_rate=4e-3)
    model = fit(make_original_objective(line, OriginalConfig.tiny(), schedule), schedule).model
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
    with pytest.raises(InputError, match=r"No \.krn or \.abc file"):
        evaluate(tmp_path)


def test_closings_are_counted_where_a_tune_closes_as_composed_ones_do() -> None:
    head = "X:1\nM:3/4\nL:1/4\nK:C\n"
    closing = [read_abc(head + "G|c2B|c2|]")[0]] * 3
    # Ends elsewhere than on the tonic; after a rest.
    others = [read_abc(head + "G|c2B|d2|]")[0], read_abc(head + "G|c2z|c2|]")[0]]
    assert [closing_of(tune) for tune in others] == [None, None]
    assert count_closings([*closing, *others]) == {("europe", "3/4"): [(480, 0, 960, 3)]}
    assert count_closings(closing[:2]) == {}
