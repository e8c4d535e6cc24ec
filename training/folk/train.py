"""Train the folk composer: network, n-gram, fingerprint and the original's network; score and export them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import torch

from core.folk import tokenizer as tk
from core.folk.generate import FolkComposer
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.folk.originality.model import BloomFilter
from core.nn.card import Card
from core.nn.weights import to_arrays
from training.baselines.folk_ngram import FolkNgram
from training.baselines.folk_original import encoding
from training.baselines.folk_original.model import OriginalLSTM
from training.baselines.folk_original.train import OriginalRecipe, corpus, fit_original, original_accuracy
from training.datasets import describe_sets
from training.export import export
from training.folk.fit import Recipe, encode_tune, fit
from training.folk.generated_tunes import measure_copied_runs, measure_generated
from training.folk.prepare import ERK, Found, group_tunes, read_data, split
from training.folk.scores import table
from training.splits import BY_FAMILY

Parts = dict[str, list[Found]]

SPLIT = f"by family: {BY_FAMILY}"
RIGHTS = (
    "Trained on the Essen folksong collection, which is for academic research only; whether weights trained on it may be "
    "published or used commercially is not settled. "
)


def train(
    data: Path,
    out: Path,
    recipe: Recipe | None = None,
    original_recipe: OriginalRecipe | None = None,
    log: Path | None = None,
) -> list[Card]:
    """Train the network and the original's, count the n-gram, make the fingerprint, score all and write four pairs.

    Parameters
    ----------
    data : Path
        The root that holds ``unclear/essen_kern`` and ``open/nottingham``, or one such folder.
    out : Path
        Where the pairs are written.
    """
    torch.set_num_threads(1)
    found, unusable = read_data(data)
    parts = split(found)
    recipe, original_recipe = recipe or Recipe(minutes=19.0), original_recipe or OriginalRecipe()
    validation = [piece.tune for piece in parts["validation"] if piece.region == "europe"]
    model, told = fit(
        [encode_tune(piece.tune) for piece in parts["train"]],
        [encode_tune(tune) for tune in validation or [piece.tune for piece in parts["validation"]]],
        recipe=recipe,
        log=log,
    )
    line = corpus([piece.tune for piece in parts["train"] if piece.tune.collection == ERK])
    original, original_told = fit_original(line, original_recipe, log=log)
    trained = {"network": (model, told, recipe), "original": (original, original_told, original_recipe)}
    return export_all(trained, parts, unusable, out)


def export_all(
    trained: dict[str, tuple[Any, dict[str, float], Any]],
    parts: Parts,
    unusable: dict[str, str],
    out: Path,
    version: int = 1,
    n_generated: int = 1000,
) -> list[Card]:
    """Score trained networks on the validation and the test part and write the four pairs.

    Parameters
    ----------
    trained : dict
        ``network`` and ``original``: each the model, what its training told, and the recipe.
    n_generated : int
        Tunes composed to be compared with the test part.
    """
    train_tunes = [piece.tune for piece in parts["train"]]
    ngram, bloom = FolkNgram.count(train_tunes), BloomFilter.of(train_tunes)
    # What is scored is what is stored.
    model = trained["network"][0].half().float().eval()
    metrics = _measure(model, ngram, trained["original"][0], Fingerprint(bloom), parts, n_generated)
    metrics["unusable_files"] = dict(Counter(unusable.values()))
    told: dict[str, Any] = {
        "version": version,
        "directory": out,
        "training": {"command": COMMAND, "seed": trained["network"][2].seed, "hardware": "2 CPU cores"},
    }
    network = _export_network(model, trained["network"], metrics, describe_data(parts), told)
    original = _export_original(trained["original"], metrics, parts, told)
    return [network, original, *_export_tables(ngram, bloom, metrics, describe_data(parts), told)]


def _measure(
    model: FolkLSTM,
    ngram: FolkNgram,
    original: OriginalLSTM,
    fingerprint: Fingerprint,
    parts: Parts,
    n_generated: int,
) -> dict[str, Any]:
    metrics: dict[str, Any] = {"definition": DEFINITION}
    for part in ("validation", "test"):
        groups = group_tunes(parts[part])
        metrics[part] = {
            name: table(model, ngram, original, tunes) for name, tunes in groups.items() if tunes
        }
        metrics[part]["copied_run"] = measure_copied_runs(fingerprint, groups["all"])
    held_out = group_tunes(parts["test"])
    metrics["generated"] = measure_generated(
        FolkComposer(model.config, to_arrays(model)),
        fingerprint,
        held_out["europe"] or held_out["all"],
        n=n_generated,
    )
    return metrics


def _export_network(
    model: FolkLSTM,
    trained: tuple[Any, dict[str, float], Any],
    metrics: dict[str, Any],
    account: list[dict[str, Any]],
    told: dict[str, Any],
) -> Card:
    training = {**told["training"], "recipe": dataclasses.asdict(trained[2]), **trained[1]}
    return export(
        model.half(),
        name="folk_melody",
        data=account,
        metrics=metrics,
        **{**told, "training": training},
        vocabulary=["rest", *(f"{n:+d} semitones" for n in range(tk.LOWEST, tk.HIGHEST + 1))],
        intended_use="Composes folk melodies, and measures the predictability of a tune in bits per note.",
        limits=RIGHTS
        + "It was trained mostly on German songs, then on Chinese and British ones; other regions have a few "
        "dozen tunes each. It models neither lyrics nor chords. Stored in half precision.",
    )


def _export_original(
    trained: tuple[Any, dict[str, float], Any], metrics: dict[str, Any], parts: Parts, told: dict[str, Any]
) -> Card:
    model, result, recipe = trained
    erk = {part: [p for p in found if p.tune.collection == ERK] for part, found in parts.items()}
    figures: dict[str, Any] = {
        part: {name: of["original"] for name, of in metrics[part].items() if "original" in of}
        for part in ("validation", "test")
    }
    figures["train"] = {
        "original_metric": original_accuracy(model, corpus([piece.tune for piece in erk["train"]])),
        "original_reported_accuracy": 0.9624,
    }
    training = {
        **told["training"],
        "recipe": dataclasses.asdict(recipe),
        **result,
        "differs": "one loss a symbol of spans of 128 instead of one a window of 64 at stride 1",
    }
    return export(
        model,
        name="folk_original",
        data=describe_data(erk),
        metrics=figures,
        **{**told, "training": training},
        vocabulary=list(encoding.VOCABULARY),
        intended_use="Shows what the original project's network does, on its own terms and on tunes it has not seen.",
        limits=RIGHTS + "It models neither bars nor meter nor phrases, only C major and A minor.",
    )


def _export_tables(
    ngram: FolkNgram,
    bloom: BloomFilter,
    metrics: dict[str, Any],
    account: list[dict[str, Any]],
    told: dict[str, Any],
) -> list[Card]:
    counted = {**told, "training": {**told["training"], "hours": 0.0}}
    return [
        export(
            ngram,
            name="folk_ngram",
            data=account,
            **counted,
            metrics={
                part: {name: of["baselines"] for name, of in metrics[part].items() if "baselines" in of}
                for part in ("validation", "test")
            },
            intended_use="Baseline: predictions from counts of the previous three pitches, or of two pitches with durations.",
            limits=RIGHTS + "It looks back three notes and models neither bars nor phrases.",
        ),
        export(
            bloom,
            name="folk_fingerprint",
            data=account,
            **counted,
            metrics={part: metrics[part]["copied_run"] for part in ("validation", "test")},
            intended_use="Finds the longest run of intervals that a tune shares with the training tunes.",
            limits=RIGHTS
            + "It stores no tunes, only hash bits (a Bloom filter). About once in a hundred tunes it reports a run "
            "that no training tune has; it never misses one.",
        ),
    ]


COMMAND = "python -m training train folk --data DATA"
DEFINITION = (
    "Bits per event; an event is a note or a rest, tied notes count as one, and the first note of a tune "
    "is included. The network is told collection, tonic, mode, meter and bar lines, not the length of the"
    " tune; phrase marks are hidden except under phrase_marks_read. pitch_bits: the pitch or rest alone; "
    "joint_bits: pitch and length. Onsets: the original's grid of sixteenths, on tunes of its eight "
    "lengths; with d the length of the event before, h = p(length = d) / p(length >= d) and e the chance "
    "that the tune ends there, the onset of s has the probability h (1 - e) p(s), held 1 - h, the end h "
    "e. Intervals: 95 %, tunes drawn with replacement."
)


def describe_data(parts: Parts) -> list[dict[str, Any]]:
    """What a card says of the data: sets, licenses, tunes a part."""
    rows = describe_sets(
        parts,
        lambda piece: "nottingham" if piece.region == "nottingham" else "essen_kern",
        ("essen_kern", "nottingham"),
        split=SPLIT,
    )
    return [row for row in rows if any(row["pieces"].values())]
