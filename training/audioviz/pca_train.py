"""Compute the principal components that Audio Viz's autoencoders are compared with."""

from __future__ import annotations

from core.nn.card import Card
from training.audioviz import scores
from training.audioviz.collection import BY_TRACK, LIMITS, count_parts, fit_pca, read_parts
from training.intervals import bootstrap, group_values
from training.run import Run


def train(run: Run) -> Card:
    """Compute the components by their recipe and write their pair."""
    parts = read_parts(run)
    model = fit_pca(parts["train"]).half().float()  # scored is what will be loaded
    metrics = {}
    for name in ("validation", "test"):
        held = parts[name]
        errors = scores.errors(model, held)
        keys = [clip.key for clip in held.clips]
        metrics[name] = {
            "pca10": round(float(errors.mean()), 6),
            "interval_by_track": bootstrap(group_values(errors, keys), digits=7),
            "n": len(held),
        }
    return run.export(
        model.half(),
        pieces=count_parts(run, parts),
        split=BY_TRACK,
        metrics=metrics,
        intended_use="Ten principal components of whole windows: the baseline of the autoencoders.",
        limits=LIMITS,
    )
