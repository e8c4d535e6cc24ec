"""Train Audio Viz's style regression: the pair that names styles, and the strong baseline of the style networks."""

from __future__ import annotations

from core.nn.card import Card
from training.audioviz.cepstral_regression import Options, fit_regression, judge_clips
from training.audioviz.collection import LIMITS, read_collection
from training.audioviz.style_choice import choose_nested, make_judge
from training.audioviz.style_folds import BY_ARTIST, artist_folds, find_labeled
from training.audioviz.style_scores import style_block
from training.run import Run


def train(run: Run) -> Card:
    """Fit the regression by its recipe and write its pair."""
    labeled = find_labeled(read_collection(run))
    options, folds = run.read_options(Options), artist_folds(labeled)
    model = fit_regression(labeled, folds, options)
    judged = judge_clips(model, labeled, folds)
    metrics = {"artist-disjoint": style_block(judged, judged, labeled)}
    if not run.is_draft:  # only the tensors of a draft are looked at
        metrics["nested"] = choose_nested(labeled, make_judge(labeled, with_networks=False))
    [name] = run.folders
    return run.export(
        model,
        vocabulary=labeled.styles,
        pieces={name: {"train": len(labeled)}},
        split=BY_ARTIST,
        training_more={"held_out_artists": folds},
        metrics=metrics,
        intended_use="Musical style of a sound over time, and the baseline of the style networks.",
        limits=f"{LIMITS} Each style is represented by few artists, some by only two.",
    )
