"""Score the shipped judge of moods on any folder of labeled pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from core.emotion.classic.steering import ClassicSteering
from core.emotion.judge.judge import MoodJudge
from core.errors import InputError
from training.emotion.mood_prepare import SETS, read_labeled
from training.emotion.mood_scores import score


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped judge on every labeled piece of a folder.

    Parameters
    ----------
    data : Path
        A folder laid out like EMOPIA or VGMIDI (``labels.csv`` and MIDI files), its parent, or more of them.

    Returns
    -------
    dict
        As :func:`score`; of EMOPIA where there is any, the other sets in ``parts``.

    Raises
    ------
    InputError
        If no labeled piece can be used.
    """
    pieces, unusable = read_labeled(data)
    torch.set_num_threads(1)
    judge, classic = MoodJudge.from_weights(), ClassicSteering.from_weights()
    if judge.card is None:
        raise InputError("The judge has no card.")
    baseline = judge.card.training.get("baseline")
    groups = {name: [piece for piece in pieces if piece.source == name] for name in SETS}
    scope = next(name for name, group in groups.items() if group)
    return {
        **score(judge, baseline, classic, groups[scope]),
        "scope": scope,
        "parts": {
            name: score(judge, baseline, classic, group)
            for name, group in groups.items()
            if group and name != scope
        },
        "unusable": len(unusable),
    }
