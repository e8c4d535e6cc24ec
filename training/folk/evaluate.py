"""Score the shipped folk composer on any folder of tunes, beside the n-gram and the original's network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import torch

from core.errors import InputError
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.music.tune import Tune
from core.nn.weights import load
from training.baselines.folk_ngram import FolkNgram
from training.baselines.folk_original.model import OriginalLSTM
from training.folk.generated_tunes import measure_copied_runs
from training.folk.prepare import group_tunes, read_folder
from training.folk.scores import table

# A tune counts as seen in training when so many of its intervals in a row, or so large a share, occur there.
COPIED_RUN, COPIED_SHARE = 24, 0.8


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped weights on a folder of .krn at any depth.

    Parameters
    ----------
    data : Path
        Where the folders tell collections as in the Essen set they are used, else "unknown" is told. European
        tunes make the main figures where there are any, else all tunes do; ``parts`` has erk, Europe, China and
        so on apart.

    Returns
    -------
    dict
        ``pitch_bits, joint_bits, onset_accuracy, onset_nll_nats, n_tunes, n_events, intervals, baselines,
        original`` and more, see `training.folk.scores.table`. Phrase marks are hidden in the main figures.
        Tunes that lie in the training set nearly whole, by the fingerprint, are left out and counted.

    Raises
    ------
    InputError
        If no file can be used.
    """
    found, unusable = read_folder(data)
    if not found:
        raise InputError(
            f"No .krn file with a melody of eight notes lies in {data.name}. Give another folder."
        )
    torch.set_num_threads(1)
    model, ngram, original, fingerprint = _load_shipped()
    new = [piece for piece in found if not _is_copy(fingerprint, piece.tune)]
    if not new:
        raise InputError(f"All {len(found)} tunes in {data.name} were seen in training. Give held-out tunes.")
    groups = group_tunes(new)
    scope = next((name for name in ("europe", "all") if groups.get(name)), "all")
    return {
        **table(model, ngram, original, groups[scope]),
        "scope": scope,
        "parts": {
            name: table(model, ngram, original, tunes)
            for name, tunes in groups.items()
            if tunes and name != scope
        },
        "copies_left_out": len(found) - len(new),
        "copied_run": measure_copied_runs(fingerprint, [piece.tune for piece in new]),
        "unusable": dict(Counter(unusable.values())),
    }


def _load_shipped() -> tuple[FolkLSTM, FolkNgram, OriginalLSTM, Fingerprint]:
    return (
        load("folk_melody", FolkLSTM)[0],
        load("folk_ngram", FolkNgram)[0],
        load("folk_original", OriginalLSTM)[0],
        Fingerprint.from_weights(),
    )


def _is_copy(fingerprint: Fingerprint, tune: Tune) -> bool:
    compared = fingerprint.compare(tune)
    return compared.longest_run >= min(COPIED_RUN, COPIED_SHARE * compared.n_intervals)
