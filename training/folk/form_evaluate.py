"""Evaluate the form AABB: how many held-out tunes have two parts of eight bars, each played twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.folk.form import MAX_ENDING_BARS
from core.music.repeat_folding import find_repeats
from core.music.tune import Tune
from training.folk.prepare import find_folders, read_folders, split
from training.intervals import bootstrap

PART_BARS = 8


def evaluate_form(data: Path) -> dict[str, Any]:
    """Count forms among held-out tunes, by collection.

    Parameters
    ----------
    data : Path
        The root of the data sets. Of these, the Nottingham tunes are written out as they are played; in Essen files repeats
        are written out as well.

    Returns
    -------
    dict
        By collection with at least twenty held-out tunes: ``n``, and shares with 95 % intervals: ``aabb`` two parts of
        eight bars, each twice, with first and second endings of up to two bars; ``aa`` at least one of both parts.

    Raises
    ------
    InputError
        If there is no tune.
    """
    tunes = [piece.tune for piece in split(read_folders(find_folders(data))[0])["test"]]
    if not tunes:
        raise InputError(f"No folk tune lies in {data.name}. Give the folder of the data sets.")
    groups: dict[str, list[Tune]] = defaultdict(list)
    for tune in tunes:
        groups[tune.collection].append(tune)
        groups["all"].append(tune)
    return {name: _measure(group) for name, group in sorted(groups.items()) if len(group) >= 20}


def _measure(tunes: Sequence[Tune]) -> dict[str, Any]:
    n_repeats = [count_repeated_parts(tune) for tune in tunes]
    rows = {"aabb": [float(n == 2) for n in n_repeats], "aa": [float(n >= 1) for n in n_repeats]}
    shares = {
        name: {"value": round(sum(row) / len(row), 4), "interval": bootstrap(row)}
        for name, row in rows.items()
    }
    return {"n": len(tunes), **shares}


def count_repeated_parts(tune: Tune) -> int:
    """How many of the parts of eight bars that begin the tune come twice; 2 only where the tune ends with the second."""
    part = PART_BARS * tune.meters[0].bar_tick
    if not part or len(tune.meters) > 1:
        return 0
    # The pickup is repeated with its part, or only leads to the first.
    return max(_count_from(tune, start, part) for start in {0, tune.pickup_tick})


def _count_from(tune: Tune, start: int, part: int) -> int:
    bar = part // PART_BARS
    end = min(start + 4 * part, tune.length_tick)
    sections = [(start, start + part, start + 2 * part), (start + 2 * part, start + 3 * part, end)]
    fitting = [section for section in sections if section[1] < section[2] <= tune.length_tick]
    found = find_repeats(tune, fitting, MAX_ENDING_BARS * bar).repeats
    is_whole = abs(tune.length_tick - start - 4 * part) <= bar
    return len(found) if is_whole else sum(repeat.onset_tick == start for repeat in found)
