"""Score the shipped folk composers on any folder of tunes, beside the n-grams and the original's network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from core.errors import InputError, WeightsError
from core.folk.model import FolkLSTM
from core.folk.originality.fingerprint import Fingerprint
from core.folk.originality.model import BloomFilter, FingerprintConfig
from core.music.tune import Tune
from core.nn.card import OPEN, RESEARCH, WEIGHTS_DIR, find_set_directory
from core.nn.weights import load, load_arrays
from training.baselines.folk_ngram import FolkNgram
from training.baselines.folk_original.model import OriginalLSTM
from training.folk.fit import encode_all
from training.folk.generated_tunes import measure_copied_runs
from training.folk.prepare import Found, find_folders, group_tunes, read_folder, read_folders, split
from training.folk.scores import BITS, Compared, event_bits, summarize, table, without_relatives

# A tune counts as seen in training when so many of its intervals in a row, or so large a share, occur there.
COPIED_RUN, COPIED_SHARE = 24, 0.8


def evaluate(data: Path) -> dict[str, Any]:
    """Score the weights of the chosen set on a folder of tunes.

    Parameters
    ----------
    data : Path
        Where the folders tell sets and collections they are used, else "unknown" is told; a collection that the network
        does not know is told as the nearest. European tunes of the Essen set make the main figures where there are any,
        else all tunes do; ``parts`` has collections and regions apart.

    Returns
    -------
    dict
        ``pitch_bits, joint_bits, onset_accuracy, onset_nll_nats, n_tunes, n_events, intervals, baselines, in_piece,
        original`` and more, see `training.folk.scores.table`. Phrase marks are hidden in the main figures.
        Tunes that lie in the training set nearly whole, by the fingerprint, are left out and counted; of the others,
        ``without_relatives`` has those of whose runs of eight intervals less than a tenth occur there.

    Raises
    ------
    InputError
        If no file can be used.
    """
    found, unusable = read_folder(data)
    if not found:
        raise InputError(
            f"No .krn or .abc file with a melody of eight notes lies in {data.name}. Give another folder."
        )
    torch.set_num_threads(1)
    fingerprint = Fingerprint.from_weights()
    compared = Compared(
        network=load("folk_melody", FolkLSTM)[0],
        ngram=load("folk_ngram", FolkNgram)[0],
        original=load("folk_original", OriginalLSTM)[0],
    )
    new = [piece for piece in found if not is_copy(fingerprint, piece.tune)]
    if not new:
        raise InputError(f"All {len(found)} tunes in {data.name} were seen in training. Give held-out tunes.")
    groups = group_tunes(new)
    groups["without_relatives"] = without_relatives(fingerprint, groups["all"])
    scope = next((name for name in ("europe", "all") if groups.get(name)), "all")
    return {
        **table(compared, groups[scope]),
        "scope": scope,
        "parts": {name: table(compared, tunes) for name, tunes in groups.items() if tunes and name != scope},
        "copies_left_out": len(found) - len(new),
        "copied_run": measure_copied_runs(fingerprint, [piece.tune for piece in new]),
        "unusable": dict(Counter(unusable.values())),
    }


def is_copy(fingerprint: Fingerprint, tune: Tune) -> bool:
    """Whether a tune lies in the training set nearly whole."""
    compared = fingerprint.compare(tune)
    return compared.longest_run >= min(COPIED_RUN, COPIED_SHARE * compared.n_intervals)


def compare_sets(data: Path) -> dict[str, Any]:
    """Score the open and the research network on the same held-out tunes, those of which neither saw a copy.

    Parameters
    ----------
    data : Path
        The root of the data sets. Of the sets with open licenses the test part is taken, and of the Essen set the test part
        of its families with Nottingham's.

    Returns
    -------
    dict
        ``open_sets`` and ``essen``: by group, of each network ``pitch_bits`` and ``joint_bits`` with intervals. Of the tunes
        without relatives in the training set of either, ``without_relatives``; of the difference, open minus research,
        ``difference``.

    Raises
    ------
    InputError
        If a set or one of the networks is missing.
    """
    torch.set_num_threads(1)
    try:
        networks = {which: _load_set(which) for which in (OPEN, RESEARCH)}
    except WeightsError as error:
        raise InputError(f"Both sets of weights are needed for a comparison. {error}") from error
    open_sets = [folder for folder in find_folders(data) if folder.name != "essen_kern"]
    essen = [folder for folder in find_folders(data) if folder.name in ("essen_kern", "nottingham")]
    groups = {
        "open_sets": split(read_folders(open_sets)[0])["test"],
        "essen": [piece for piece in split(read_folders(essen)[0])["test"] if piece.source == "essen_kern"],
    }
    return {name: _compare(networks, pieces) for name, pieces in groups.items() if pieces}


def _load_set(which: str) -> tuple[FolkLSTM, Fingerprint]:
    directory = find_set_directory(which, WEIGHTS_DIR)
    config, tensors, _ = load_arrays("folk_fingerprint", FingerprintConfig, directory=directory)
    return load("folk_melody", FolkLSTM, directory=directory)[0], Fingerprint(BloomFilter(config, tensors))


def _compare(networks: dict[str, tuple[FolkLSTM, Fingerprint]], pieces: Sequence[Found]) -> dict[str, Any]:
    new = [piece for piece in pieces if not any(is_copy(marks, piece.tune) for _, marks in networks.values())]
    groups = group_tunes(new)
    strangers = groups["all"]
    for _, marks in networks.values():
        strangers = without_relatives(marks, strangers)
    groups["without_relatives"] = strangers
    result: dict[str, Any] = {"copies_left_out": len(pieces) - len(new)}
    for name, tunes in groups.items():
        if len(tunes) < 5:
            continue
        bits = {
            which: event_bits(model, tunes, encode_all(tunes, model.config.collections))
            for which, (model, _) in networks.items()
        }
        apart = [one - other for one, other in zip(bits[OPEN], bits[RESEARCH], strict=True)]
        result[name] = {
            "n_tunes": len(tunes),
            **{which: summarize(found, BITS) for which, found in bits.items()},
            "difference": summarize(apart, BITS),
        }
    return result
