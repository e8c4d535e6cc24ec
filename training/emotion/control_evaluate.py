"""Evaluate the control of Emotion Music: Spearman's correlation of the mood asked for with the mood judged.

The figure is that of the second judge, which was trained on VGMIDI only and had no part in tuning or composing. Those of the
first judge and of the rules stand beside it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from core.arrays import FloatArray, IntArray
from core.emotion.judge.judge import MIN_NOTES, Judgment, MoodJudge
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.errors import InputError
from core.music.midi import from_bytes
from core.music.performance import Performance
from core.nn.card import RESEARCH, WEIGHTS_DIR, find_set_directory
from training.datasets import MIDI_SUFFIXES, find_files, find_set
from training.emotion.mood_rules import RULES_VERSION
from training.intervals import bootstrap, bootstrap_difference, bootstrap_statistic

DIAL = (-1.0, -0.5, 0.0, 0.5, 1.0)
N_SEEDS = 8
N_BASELINE_SEEDS = 4
# A piece ends at what comes first: calm ones at the time, lively ones at the notes.
N_NOTES, LENGTH_SEC = 120, 25.0
PROMPT_SEC, MIN_PROMPT_NOTES = 10.0, 12
CONTINUATION_NOTES, CONTINUATION_SEC = 100, 20.0
N_PAIRS = 48
N_REAL = 100
N_SCORED = 100
SETS = ("emopia", "asap", "piano_midi_de", "vgmidi")
CHORD_SEC = 0.035
COLUMNS = ("pitch", "step", "duration", "velocity")
STEP_EDGES = np.concatenate([[0.0], np.geomspace(CHORD_SEC, 4.0, 25), [np.inf]])
DURATION_EDGES = np.concatenate([[0.0], np.geomspace(0.04, 8.0, 25), [np.inf]])
VELOCITY_EDGES = np.arange(0.0, 136.0, 8.0)


class Composer(Protocol):
    """What is measured: `core.emotion.piano.generate.PianoComposer`, or a stand-in."""

    @property
    def compose(self) -> Callable[..., Any]:
        """Takes a path of moods or None, and wishes; gives a piece with ``performance`` and ``n_prompt``."""
        ...

    def nll(self, performance: Performance) -> FloatArray:
        """Nats of pitch, step, duration and velocity of each note, shape=(n, 4)."""
        ...


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A piece with its target mood and its rating, neutral until it is rated."""

    asked: Mood
    performance: Performance
    judged: Mood = NAMED_MOODS["neutral"]


FIRST_JUDGE_NOTE = (
    "The valence of the first judge guided about 20 settings of the steering, and its labels taught the research composer; the "
    "rules of the open set are those that its composer follows. Only the second judge had no part in either."
)


def evaluate(data: Path) -> dict[str, Any]:
    """The control table of the shipped composer.

    Parameters
    ----------
    data : Path
        A folder with MIDI files at any depth that no training saw. Their beginnings are continued happily and
        sadly, and they are the real music that composed music is compared with.

    Returns
    -------
    dict
        As :func:`measure`.

    Raises
    ------
    InputError
        If the folder has no MIDI file that can be used.
    """
    from core.emotion.piano.generate import PianoComposer

    torch.set_num_threads(1)
    real, sources = real_pieces(data)
    if not real:
        raise InputError(f"No MIDI file in {data.name} has {MIN_PROMPT_NOTES} notes. Give another folder.")
    composer = PianoComposer.from_weights()
    pair = "stand-in" if composer.card is None else composer.card.stem
    return {"composer": pair, **measure(composer, load_judges(), real, sources)}


def load_judges() -> dict[str, MoodJudge]:
    """The second judge, the first, and the rules, by their pairs, whatever set is chosen."""
    research = find_set_directory(RESEARCH)
    judges = [
        MoodJudge.from_weights("mood_second", directory=research),
        MoodJudge.from_weights("mood", directory=research),
        MoodJudge.from_weights("mood", version=RULES_VERSION, directory=WEIGHTS_DIR),
    ]
    return {judge.card.stem: judge for judge in judges if judge.card is not None}


def measure(
    composer: Composer,
    judges: Mapping[str, MoodJudge],
    real: Sequence[Performance],
    sources: Sequence[str],
    *,
    n_seeds: int = N_SEEDS,
    n_baseline_seeds: int = N_BASELINE_SEEDS,
    n_pairs: int = N_PAIRS,
) -> dict[str, Any]:
    """Compose over the plane, judge, and compare with real music.

    Parameters
    ----------
    composer : Composer
    judges : mapping of str to MoodJudge
        The first of them gives the figures; those of the others stand under ``other_judges``.
    real, sources
        As `real_pieces` gives them.

    Returns
    -------
    dict
        ``judge``; ``arousal_rho, valence_rho`` (Spearman's correlation of the dial and the judged mood over all pieces,
        5 x 5 moods times seeds), ``happy_sad_accuracy`` (share of pairs with one beginning of which the judge
        finds the happy one), ``n_pieces, n_pairs, intervals``; ``baselines`` has the same of the original's
        steering and of none; ``still_music`` the cost under the unconditioned network beside real music;
        ``rhythm`` the share of zero durations and histogram overlaps.
    """
    started = time.monotonic()
    steerings: dict[str, tuple[str | None, int]] = {
        "steered": ("network", n_seeds),
        "classic": ("classic", n_baseline_seeds),
        "unsteered": (None, n_baseline_seeds),
    }
    grids = {
        name: compose_grid(composer, seeds, steering=steering)
        for name, (steering, seeds) in steerings.items()
    }
    pairs = {
        name: compose_pairs(composer, real, n_pairs, steering=steering)
        for name, (steering, _) in steerings.items()
    }
    by_judge = {name: _rate_all(judge, grids, pairs) for name, judge in judges.items()}
    first, *others = by_judge
    told: dict[str, Any] = {
        "judge": first,
        **by_judge[first],
        "other_judges": {name: by_judge[name] for name in others},
        "note": FIRST_JUDGE_NOTE,
        "still_music": still_music(composer, grids, real, sources),
        "rhythm": {
            name: rhythm([piece.performance for piece in grids[name]], real)
            for name in ("steered", "unsteered")
        },
        "n_real": len(real),
    }
    return told | {"seconds": round(time.monotonic() - started, 1)}


def _rate_all(
    judge: MoodJudge,
    grids: Mapping[str, Sequence[Composed]],
    pairs: Mapping[str, Sequence[tuple[Performance, Performance]]],
) -> dict[str, Any]:
    """All figures by one judge."""
    rated = {name: rate_grid(judge, pieces) for name, pieces in grids.items()}
    figures = {
        name: {**dial_figures(rated[name]), **pair_figures(rate_pairs(judge, pairs[name]))} for name in grids
    }
    told = figures.pop("steered")
    intervals = {**told.pop("dial_intervals"), **told.pop("pair_intervals", {})}
    return {**told, "intervals": intervals, "by_dial": by_dial(rated["steered"]), "baselines": figures}


def real_pieces(folder: Path, at_most: int = N_REAL) -> tuple[list[Performance], list[str]]:
    """Pieces of a folder, chosen by chance from all its MIDI files, and the set that each is of.

    Files that cannot be used are passed over. A set is known by the name of a folder, else it is "midi".
    """
    paths = find_files(folder, MIDI_SUFFIXES)
    found: list[Performance] = []
    sources: list[str] = []
    for i in np.random.default_rng(0).permutation(len(paths)):
        if len(found) >= at_most:
            break
        try:
            performance = Performance.from_midi(from_bytes(paths[i].read_bytes(), name=paths[i].name))
        except (InputError, OSError):
            continue
        if len(performance) >= 2 * MIN_PROMPT_NOTES:
            found.append(performance.shifted(-float(performance.onset_sec[0])))
            sources.append(find_set(paths[i], SETS) or "midi")
    return found, sources


# Composing.


def compose_grid(composer: Composer, n_seeds: int, *, steering: str | None) -> list[Composed]:
    """A piece for each mood of the grid and each seed; without steering, the mood is asked for but not told."""
    found = []
    for v, valence in enumerate(DIAL):
        for a, arousal in enumerate(DIAL):
            mood = Mood(valence=valence, arousal=arousal)
            for seed in range(n_seeds):
                # What hears no dial, or only its sign, would play the same piece in many moods with one seed.
                number = seed if steering == "network" else 1000 + (v * len(DIAL) + a) * n_seeds + seed
                performance = _compose(
                    composer, mood, steering, seed=number, n_notes=N_NOTES, duration_sec=LENGTH_SEC
                ).performance
                found.append(Composed(asked=mood, performance=performance))
    return found


def rate_grid(judge: MoodJudge, pieces: Sequence[Composed]) -> list[Composed]:
    """The same pieces with their ratings; what is too short to be rated stays neutral."""
    return [
        dataclasses.replace(piece, judged=judge.judge(piece.performance).mood)
        if len(piece.performance) >= MIN_NOTES
        else piece
        for piece in pieces
    ]


def _compose(composer: Composer, mood: Mood, steering: str | None, **wishes: Any) -> Any:
    if steering is None:
        return composer.compose(None, **wishes)
    return composer.compose(MoodPath.still(mood), steering=steering, **wishes)


def compose_pairs(
    composer: Composer, real: Sequence[Performance], n_pairs: int, *, steering: str | None
) -> list[tuple[Performance, Performance]]:
    """Continuations of one beginning, first happy, then sad, without the beginning."""
    found = []
    for i in range(n_pairs):
        prompt = beginning(real[i % len(real)], skip=i // len(real))
        continued = []
        for k, name in enumerate(("happy", "sad")):
            piece = _compose(
                composer,
                NAMED_MOODS[name],
                steering,
                seed=i if steering else 2 * i + k,
                prompt=prompt,
                n_notes=len(prompt) + CONTINUATION_NOTES,
                duration_sec=float(prompt.onset_sec[-1]) + CONTINUATION_SEC,
            )
            continued.append(piece.performance.part(piece.n_prompt, len(piece.performance)))
        found.append((continued[0], continued[1]))
    return found


def rate_pairs(
    judge: MoodJudge, pairs: Sequence[tuple[Performance, Performance]]
) -> list[tuple[Judgment, Judgment]]:
    """The ratings of both continuations of each pair."""
    return [(judge.judge(happy), judge.judge(sad)) for happy, sad in pairs]


def beginning(piece: Performance, skip: int = 0) -> Performance:
    """The notes of the first ten seconds, or of the ten after ``skip`` times ten; twelve notes at least."""
    onset = piece.onset_sec
    start = int(np.searchsorted(onset, skip * PROMPT_SEC))
    if start > len(piece) - MIN_PROMPT_NOTES:
        start = 0
    stop = int(np.searchsorted(onset, onset[start] + PROMPT_SEC))
    stop = min(max(stop, start + MIN_PROMPT_NOTES), len(piece))
    return piece.part(start, stop).shifted(-float(onset[start]))


# Figures.


def dial_figures(pieces: Sequence[Composed]) -> dict[str, Any]:
    """Rank correlations of what was asked for and what was judged, with 95 % intervals by drawing pieces."""
    asked = np.array([[piece.asked.valence, piece.asked.arousal] for piece in pieces])
    judged = np.array([[piece.judged.valence, piece.judged.arousal] for piece in pieces])
    told: dict[str, Any] = {"n_pieces": len(pieces), "dial_intervals": {}}
    for k, axis in enumerate(("valence", "arousal")):
        told[f"{axis}_rho"] = _rank_correlation(asked[:, k], judged[:, k])
        correlate = partial(_correlate_rows, asked[:, k], judged[:, k])
        told["dial_intervals"][f"{axis}_rho"] = bootstrap_statistic(correlate, len(pieces))
        # How much the other dial moves this judgment: 0 would be independent dials.
        told[f"{axis}_rho_of_other_dial"] = _rank_correlation(asked[:, 1 - k], judged[:, k])
    return told


def _correlate_rows(asked: FloatArray, judged: FloatArray, rows: IntArray) -> float:
    return _rank_correlation(asked[rows], judged[rows])


def _rank_correlation(asked: FloatArray, judged: FloatArray) -> float:
    if np.ptp(asked) == 0 or np.ptp(judged) == 0:
        return 0.0
    return round(float(spearmanr(asked, judged).statistic), 4)


def by_dial(pieces: Sequence[Composed]) -> dict[str, list[float]]:
    """Mean judged valence and arousal at each setting of their own dial, from the lowest."""
    return {
        axis: [
            round(
                float(np.mean([getattr(p.judged, axis) for p in pieces if getattr(p.asked, axis) == at])), 3
            )
            for at in sorted({getattr(p.asked, axis) for p in pieces})
        ]
        for axis in ("valence", "arousal")
    }


def pair_figures(pairs: Sequence[tuple[Judgment, Judgment]]) -> dict[str, Any]:
    """How often the classifier identifies the happy one of two continuations.

    The happy one is that whose mood lies further along the line from the named mood sad to happy;
    ``by_valence`` asks for the more pleasant one alone, and ``each`` whether either piece, judged alone, lies on
    its own side of neutral.
    """
    line = np.array(
        [
            NAMED_MOODS["happy"].valence - NAMED_MOODS["sad"].valence,
            NAMED_MOODS["happy"].arousal - NAMED_MOODS["sad"].arousal,
        ]
    )
    moods = np.array([[[one.mood.valence, one.mood.arousal] for one in pair] for pair in pairs])  # (n, 2, 2)
    along = moods @ line
    found = along[:, 0] > along[:, 1]
    by_valence = moods[:, 0, 0] > moods[:, 1, 0]
    each = np.stack([along[:, 0] > 0, along[:, 1] < 0], axis=1)
    return {
        "happy_sad_accuracy": round(float(found.mean()), 4),
        "n_pairs": len(pairs),
        "happy_sad_by_valence": round(float(by_valence.mean()), 4),
        "happy_sad_each": round(float(each.mean()), 4),
        "pair_intervals": {
            "happy_sad_accuracy": bootstrap(found),
            "happy_sad_by_valence": bootstrap(by_valence),
        },
    }


def still_music(
    composer: Composer,
    groups: Mapping[str, Sequence[Composed]],
    real: Sequence[Performance],
    sources: Sequence[str],
) -> dict[str, Any]:
    """Nats a note under the unconditioned network: of real beginnings, and of composed pieces beside them.

    All are cut to the same number of notes, as the first notes of a piece cost most. Sequenced music costs far
    less than played music, whatever its mood, so the difference is told from each set apart, too.
    """
    cost = _costs(composer, [piece.first(N_NOTES) for piece in real])
    names = np.array(sources)
    told: dict[str, Any] = {
        "real": {**_cost_figures(cost), "n": len(cost)},
        "real_by_set": {
            name: {**_cost_figures(cost[names == name]), "n": int((names == name).sum())}
            for name in sorted(set(sources))
        },
    }
    for group, pieces in groups.items():
        chosen = [pieces[i] for i in np.linspace(0, len(pieces) - 1, min(N_SCORED, len(pieces))).astype(int)]
        costs = _costs(composer, [piece.performance for piece in chosen])
        told[group] = {**_cost_figures(costs), "n": len(costs), **_difference(costs, cost)}
        told[group]["by_set"] = {
            name: _difference(costs, cost[names == name]) for name in sorted(set(sources))
        }
    return told


def _difference(costs: FloatArray, real: FloatArray) -> dict[str, Any]:
    return {
        "difference_nats": round(float(costs.sum(axis=1).mean() - real.sum(axis=1).mean()), 4),
        "difference_interval": bootstrap_difference(costs.sum(axis=1), real.sum(axis=1)),
        "pitch_difference_nats": round(float(costs[:, 0].mean() - real[:, 0].mean()), 4),
    }


def _costs(composer: Composer, performances: Sequence[Performance]) -> FloatArray:
    """Mean nats of each column in each piece, shape=(n, 4)."""
    return np.array([composer.nll(performance).mean(axis=0) for performance in performances])


def _cost_figures(costs: FloatArray) -> dict[str, float]:
    each = {
        f"{name}_nats": round(float(value), 4)
        for name, value in zip(COLUMNS, costs.mean(axis=0), strict=True)
    }
    return {"nats": round(float(costs.sum(axis=1).mean()), 4), **each}


def rhythm(composed: Sequence[Performance], real: Sequence[Performance]) -> dict[str, float]:
    """Share of zero durations, and how much the histograms of composed and real notes overlap: 1 is the same."""
    columns: dict[str, tuple[Callable[[Performance], NDArray[Any]], FloatArray]] = {
        "step": (lambda p: p.step_sec[1:], STEP_EDGES),
        "duration": (lambda p: p.duration_sec, DURATION_EDGES),
        "velocity": (lambda p: p.velocity, VELOCITY_EDGES),
    }
    told = {
        "share_zero_durations": round(
            float(np.mean(np.concatenate([p.duration_sec for p in composed]) <= 0)), 4
        )
    }
    for name, (of, edges) in columns.items():
        shares = []
        for pieces in (composed, real):
            # Every piece counts the same, however many notes it has.
            each = [np.histogram(of(piece), bins=edges)[0] / max(1, len(of(piece))) for piece in pieces]
            shares.append(np.mean(each, axis=0))
        told[f"{name}_overlap"] = round(float(np.minimum(*shares).sum()), 4)
    return told
