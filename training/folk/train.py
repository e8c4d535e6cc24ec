"""Train the folk composer, the original's network, the n-gram and the fingerprint by their recipes, and score them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.errors import WeightsError
from core.folk import tokenizer as tk
from core.folk.config import FolkConfig
from core.folk.generate import FolkComposer
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.folk.originality.model import BloomFilter
from core.music.tune import Tune
from core.nn.card import RESEARCH, Card
from core.nn.weights import load, to_arrays
from training.baselines.folk_ngram import FolkNgram
from training.baselines.folk_original import encoding
from training.baselines.folk_original.model import OriginalConfig, OriginalLSTM
from training.baselines.folk_original.train import corpus, make_original_objective, original_accuracy
from training.folk import collections as known
from training.folk.fit import Encoded, Options, encode_all, make_objective, score
from training.folk.generated_tunes import measure_copied_runs, measure_generated
from training.folk.prepare import Found, group_tunes, read_folders, split
from training.folk.scores import Compared, ngram_bits, original_onsets, summarize, table, without_relatives
from training.run import Run
from training.splits import BY_FAMILY

Parts = dict[str, list[Found]]

SPLIT = f"by family over all sets: {BY_FAMILY}"
RESEARCH_RIGHTS = (
    "Trained on the Essen folksong collection among others, which is for academic research only; whether weights trained "
    "on it may be published or used commercially is not settled. "
)
MIN_GROUP = 5  # tunes that are reported apart
RELATIVES_FREE = "without_relatives"
DEFINITION = (
    "Bits per event; an event is a note or a rest, tied notes count as one, and the first note of a tune "
    "is included. The network is told collection, tonic, mode, meter and bar lines, not the length of the"
    " tune; phrase marks are hidden except under phrase_marks_read. pitch_bits: the pitch or rest alone; "
    "joint_bits: pitch and length. without_relatives: tunes of whose different places less than a tenth share their eight "
    "intervals with any training tune. baselines: n-gram counted in the training tunes; in_piece: Witten-Bell n-gram to "
    "order 8 over the tune's own past, with nothing learnt; without_copies: the same network trained for as many steps "
    "without the places that are looked up. Onsets: the original's grid of sixteenths, on tunes of its eight "
    "lengths; with d the length of the event before, h = p(length = d) / p(length >= d) and e the chance "
    "that the tune ends there, the onset of s has the probability h (1 - e) p(s), held 1 - h, the end h "
    "e. Intervals: 95 %, tunes drawn with replacement."
)


def train(run: Run) -> Card:
    """Train the network, score it beside the others on the validation and the test part, and write its pair."""
    parts, unusable = read_parts(run)
    options, config = run.read_options(Options), FolkConfig(**run.model_settings)
    encoded = {part: encode_all(_tunes(parts[part]), config.collections) for part in ("train", "validation")}
    networks = [
        _fit(run, encoded, config, options, copies=copies)
        for copies in ((True, False) if options.without_copies else (True,))
    ]
    # What is scored is what is stored.
    model = networks[0].half().float().eval()
    compared = Compared(
        network=model,
        ngram=FolkNgram.count(_tunes(parts["train"])),
        original=_find_original(),
        without_copies=networks[1] if len(networks) > 1 else None,
    )
    fingerprint = Fingerprint(BloomFilter.of(_tunes(parts["train"])))
    metrics = measure(compared, fingerprint, parts)
    metrics["unusable_files"] = dict(Counter(unusable.values()))
    metrics["generated"] = measure_generated(
        FolkComposer(model.config, to_arrays(model)),
        fingerprint,
        _tunes(parts["test"]),
        n=options.n_generated,
    )
    rights = RESEARCH_RIGHTS if run.recipe.set == RESEARCH else ""
    return run.export(
        model.half(),
        pieces=count_pieces(parts),
        metrics=metrics,
        split=SPLIT,
        vocabulary=["rest", *(f"{n:+d} semitones" for n in range(tk.LOWEST, tk.HIGHEST + 1))],
        intended_use="Composes folk melodies, and measures the predictability of a tune in bits per note.",
        limits=f"{rights}{describe_amounts(parts)} It models neither lyrics nor chords. Stored in half precision.",
    )


def _fit(
    run: Run, encoded: Mapping[str, list[Encoded]], config: FolkConfig, options: Options, *, copies: bool
) -> FolkLSTM:
    """One network; what it is called in the card tells whether it looks places up."""
    objective = make_objective(
        encoded["train"], encoded["validation"], config, run.recipe.fitting, options, copies=copies
    )
    return run.fit(objective, label="network" if copies else "without_copies").model


def _find_original() -> OriginalLSTM | None:
    """The shipped network of the original, for comparison."""
    try:
        return load("folk_original", OriginalLSTM)[0]
    except WeightsError:
        return None


def read_parts(run: Run) -> tuple[Parts, dict[str, str]]:
    """The tunes of a recipe's sets by part, and the files that cannot be used."""
    found, unusable = read_folders(list(run.folders.values()))
    return split(found), unusable


def measure(compared: Compared, fingerprint: Fingerprint, parts: Parts) -> dict[str, Any]:
    """Figures of the validation and the test part by group, and the range of surprise of real tunes."""
    metrics: dict[str, Any] = {"definition": DEFINITION}
    for part in ("validation", "test"):
        groups = group_tunes(parts[part])
        groups[RELATIVES_FREE] = without_relatives(fingerprint, groups["all"])
        metrics[part] = {
            name: table(compared, tunes)
            for name, tunes in groups.items()
            if len(tunes) >= MIN_GROUP or name == "all"
        }
        metrics[part]["copied_run"] = measure_copied_runs(fingerprint, groups["all"])
    metrics["usual_bits"] = measure_usual(compared.network, [*parts["validation"], *parts["test"]])
    return metrics


def measure_usual(model: FolkLSTM, pieces: Sequence[Found]) -> dict[str, list[float]]:
    """The range of 95 % of the tunes of each group in bits an event, phrase marks read, as the page tells it."""
    found = {}
    for name, tunes in group_tunes(pieces).items():
        if len(tunes) >= 20 or name == "all":
            scored = score(model, encode_all(tunes, model.config.collections))
            means = [float(nats[:, :2].sum(axis=1).mean() / np.log(2)) for nats in scored]
            found[name] = [round(float(bound), 2) for bound in np.percentile(means, (2.5, 97.5))]
    return found


def train_original(run: Run) -> Card:
    """Train the original's network on the songs of the collection that it is compared on."""
    parts, _ = read_parts(run)
    collection = known.ERK if run.recipe.set == RESEARCH else known.GERMAN_SONGS
    songs = {
        part: [piece for piece in found if piece.tune.collection == collection]
        for part, found in parts.items()
    }
    line = corpus(_tunes(songs["train"]))
    config = OriginalConfig(**run.model_settings)
    model = run.fit(make_original_objective(line, config, run.recipe.fitting)).model
    metrics: dict[str, Any] = {
        part: {
            name: summarize(original_onsets(model, tunes), ("onset_nll_nats", "onset_accuracy"))
            for name, tunes in group_tunes(parts[part]).items()
            if sum(map(encoding.accepts, tunes)) >= MIN_GROUP
        }
        for part in ("validation", "test")
    }
    metrics["train"] = {
        "original_metric": original_accuracy(model, line),
        "original_reported_accuracy": 0.9624,
    }
    rights = RESEARCH_RIGHTS if run.recipe.set == RESEARCH else ""
    return run.export(
        model,
        pieces=count_pieces(songs),
        metrics=metrics,
        split=SPLIT,
        vocabulary=list(encoding.VOCABULARY),
        training_more={
            "n_accepted": sum(map(encoding.accepts, _tunes(songs["train"]))),
            "differs": "the German songs of sets with open licenses instead of the Essen collection's songs of Erk; one loss a "
            "symbol of spans of 128 instead of one a window of 64 at stride 1",
        },
        intended_use="Shows what the original project's network does, on its own terms and on tunes it has not seen.",
        limits=f"{rights}It models neither bars nor meter nor phrases, only C major and A minor.",
    )


def count_ngram(run: Run) -> Card:
    """Count the n-gram of the training tunes."""
    parts, _ = read_parts(run)
    ngram = FolkNgram.count(_tunes(parts["train"]))
    return run.export(
        ngram,
        pieces=count_pieces(parts),
        metrics={
            part: {
                name: summarize(ngram_bits(ngram, tunes), ("ngram_pitch_bits", "ngram_joint_bits"))
                for name, tunes in group_tunes(parts[part]).items()
                if len(tunes) >= MIN_GROUP or name == "all"
            }
            for part in ("validation", "test")
        },
        split=SPLIT,
        intended_use="Baseline: predictions from counts of the previous three pitches, or of two pitches with durations.",
        limits="It looks back three notes and models neither bars nor phrases.",
    )


def make_fingerprint(run: Run) -> Card:
    """Make the fingerprint of the training tunes."""
    parts, _ = read_parts(run)
    bloom = BloomFilter.of(_tunes(parts["train"]))
    return run.export(
        bloom,
        pieces=count_pieces(parts),
        metrics={
            part: measure_copied_runs(Fingerprint(bloom), _tunes(parts[part]))
            for part in ("validation", "test")
        },
        split=SPLIT,
        intended_use="Finds the longest run of intervals that a tune shares with the training tunes.",
        limits=(RESEARCH_RIGHTS if run.recipe.set == RESEARCH else "")
        + "It stores no tunes, only hash bits (a Bloom filter). About once in a hundred tunes it reports a run "
        "that no training tune has; it never misses one.",
    )


def _tunes(pieces: Sequence[Found]) -> list[Tune]:
    return [piece.tune for piece in pieces]


def count_pieces(parts: Parts) -> dict[str, dict[str, int]]:
    """By data set, the number of tunes of each part."""
    sources = {piece.source for found in parts.values() for piece in found}
    return {
        source: {part: sum(piece.source == source for piece in found) for part, found in parts.items()}
        for source in sorted(sources)
    }


def describe_amounts(parts: Parts) -> str:
    """How many training tunes each collection has, in a sentence; Essen's by region.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> hymn = Found(key="open_hymnal/a.abc", tune=read_abc("K:C\\nCDEF|")[0])
    >>> describe_amounts({"train": [hymn]})
    'Training tunes by collection: all 1.'
    """
    groups = {name: len(tunes) for name, tunes in group_tunes(parts["train"]).items() if name}
    rows = sorted(groups.items(), key=lambda row: (-row[1], row[0]))
    return f"Training tunes by collection: {', '.join(f'{name} {n:,}' for name, n in rows)}."
