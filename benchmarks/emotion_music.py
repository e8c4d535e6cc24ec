"""Emotion Music benchmark: loops beside real pieces, the same notes in two moods, and how near two neighboring moods are.

python -m benchmarks.emotion_music limits DATA     the table of `core/emotion/piano/repetition.py`, from real pieces
python -m benchmarks.emotion_music loops DATA      loops of 100 seeds beside real pieces; about three minutes
python -m benchmarks.emotion_music moods           the classifier on the same notes in two moods, and on two pieces
python -m benchmarks.emotion_music neighbors       pieces at arousal .42 and .43, with and without locked key and tempo

python -m benchmarks.emotion_music halves DATA     the rater's own error: two halves of each test clip of EMOPIA
python -m benchmarks.emotion_music seeds           seeds of the default piece that are rated as asked for, with their longest loop

DATA is a folder that holds the sets piano_midi_de, emopia and asap.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.emotion.compose import Request, compose
from core.emotion.inflection import perform_in_mood
from core.emotion.judge.judge import MoodJudge
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.piano import repetition
from core.emotion.piano.attributes import measure
from core.emotion.piano.generate import PianoComposer
from core.emotion.rater import find_rater
from core.music.performance import Performance

EXCERPT_SEC = 30.0
N_SEEDS = 100
DEFAULT = Mood(valence=0.6, arousal=0.3)
# Pairs of moods, from the one that is composed to the one in which it is played.
PAIRS = (
    ("happy", "sad"),
    ("sad", "happy"),
    ("excited", "peaceful"),
    ("peaceful", "angry"),
    ("angry", "wistful"),
)
N_PIECES = 12  # a pair


def read_pieces(folder: Path) -> dict[str, list[Performance]]:
    """Real pieces by their part: training, validation, test."""
    from training.emotion.piano_prepare import SETS, read
    from training.splits import split_by_key

    pieces = [piece for piece in read(folder)[0] if piece.source in SETS]
    parts = split_by_key(pieces, [piece.key for piece in pieces])
    return {name: [piece.notes for piece in part] for name, part in parts.items()}


def limits(folder: Path) -> None:
    """Print the 95th percentiles of the most frequent n-gram, and how many held-out excerpts lie above."""
    parts = read_pieces(folder)
    for n_notes in repetition.LENGTHS:
        fitted, kept = (
            np.array([repetition.most_frequent(notes.pitch) for notes in cut_by_notes(parts[name], n_notes)])
            for name in ("train", "test")
        )
        row = np.percentile(fitted, 95, axis=0, method="inverted_cdf").astype(int)
        above = (kept > repetition.most_often(n_notes)).any(axis=1).mean() if len(kept) else np.nan
        print(
            f"{n_notes:5d} notes, {len(fitted):4d} excerpts: {row.tolist()}; test excerpts above: {above:.1%}"
        )


def cut_by_notes(pieces: Sequence[Performance], n_notes: int) -> list[Performance]:
    """One excerpt of so many notes from each piece that has them, at a place drawn by chance."""
    generator = np.random.default_rng(0)
    long = [piece for piece in pieces if len(piece) >= n_notes]
    starts = [int(generator.integers(0, len(piece) - n_notes + 1)) for piece in long]
    return [piece.part(at, at + n_notes) for piece, at in zip(long, starts, strict=True)]


def cut_by_time(pieces: Sequence[Performance]) -> list[Performance]:
    """Thirty seconds from each piece, at a place drawn by chance."""
    generator = np.random.default_rng(0)
    found = []
    for piece in pieces:
        start = generator.uniform(0.0, max(0.0, float(piece.onset_sec[-1]) - EXCERPT_SEC))
        first, past = np.searchsorted(piece.onset_sec, [start, start + EXCERPT_SEC])
        part = piece.part(int(first), int(past))
        if len(part) >= repetition.LENGTHS[0]:
            found.append(part.shifted(-float(part.onset_sec[0])))
    return found


def loops(folder: Path) -> None:
    """Print loops of composed and of real pieces, by equal notes and by the self-similarity of chroma."""
    real = cut_by_time([piece for part in read_pieces(folder).values() for piece in part])
    figures = {"real": real}
    composer = PianoComposer.from_weights()
    for name, moods in (("default mood", [DEFAULT]), ("named moods", list(NAMED_MOODS.values()))):
        figures[name] = [
            composer.compose(
                MoodPath.still(moods[seed % len(moods)]), duration_sec=EXCERPT_SEC, seed=seed
            ).performance
            for seed in range(1, N_SEEDS + 1)
        ]
    measures: tuple[tuple[str, Callable[[Performance], float]], ...] = (
        ("longest loop of equal notes, s", repetition.longest_loop_sec),
        ("longest loop of like chroma, s", chroma_loop_sec),
    )
    for words, of in measures:
        most = np.nan
        for name, pieces in figures.items():
            values = np.array([of(piece) for piece in pieces])
            most = float(np.percentile(values, 95)) if name == "real" else most
            told = ", ".join(f"{value:.1f}" for value in np.percentile(values, [50, 75, 90, 95]))
            print(
                f"{words}: {name} ({len(pieces)}): percentiles 50, 75, 90, 95: {told}; "
                f"longer than real pieces' 95th: {(values > most).mean():.1%}"
            )


def chroma_loop_sec(performance: Performance, hop_sec: float = 0.1) -> float:
    """The longest stretch whose chroma is like that of a cell before, played twice at least.

    Unlike :func:`core.emotion.piano.repetition.longest_loop_sec` it hears neither octaves nor the order of notes, and a loop
    may vary: the cosine of two chroma vectors, averaged over a second, stays above .9. Cells last .6 to 8 s.
    """
    n = int(performance.end_sec / hop_sec) + 1
    chroma = np.zeros((n, 12))
    for pitch, onset, lasting in zip(
        performance.pitch, performance.onset_sec, performance.duration_sec, strict=True
    ):
        at = int(onset / hop_sec)
        length = min(n - at, max(1, int(min(lasting, 2.0) / hop_sec)))
        chroma[at : at + length, pitch % 12] += np.exp(-np.arange(length) * hop_sec / 0.5)
    chroma = np.array([_smooth(row, 5) for row in chroma.T]).T
    chroma /= np.linalg.norm(chroma, axis=1, keepdims=True) + 1e-9
    longest = 0.0
    for cell in range(round(0.6 / hop_sec), min(n - 1, round(8.0 / hop_sec))):
        like = _smooth((chroma[cell:] * chroma[:-cell]).sum(axis=1), 10) > 0.9
        edges = np.diff(np.concatenate([[0], like.astype(int), [0]]))
        runs = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
        runs = runs[runs >= cell]
        longest = max(longest, float((runs.max() + cell) * hop_sec) if len(runs) else 0.0)
    return longest


def _smooth(values: FloatArray, n: int) -> FloatArray:
    return np.convolve(values, np.ones(n) / n, mode="same")


def moods() -> None:
    """Print how far the classifier follows from one mood to another, on the same notes and on two pieces."""
    composer, judge = PianoComposer.from_weights(), MoodJudge.from_weights()
    asked, same, two = [], [], []
    for first, second in PAIRS:
        written, wanted = MoodPath.still(NAMED_MOODS[first]), MoodPath.still(NAMED_MOODS[second])
        for seed in range(1, N_PIECES + 1):
            piece = composer.compose(written, duration_sec=EXCERPT_SEC, seed=seed).performance
            played = perform_in_mood(piece, written, wanted)
            other = composer.compose(wanted, duration_sec=EXCERPT_SEC, seed=seed).performance
            before = _place(judge.judge(piece).mood)
            asked.append(_place(wanted.start) - _place(written.start))
            same.append(_place(judge.judge(played).mood) - before)
            two.append(_place(judge.judge(other).mood) - before)
    direction = np.sign(np.array(asked))
    for name, moved in (("the same notes", np.array(same)), ("two pieces", np.array(two))):
        for k, axis in enumerate(("valence", "arousal")):
            toward = moved[:, k] * direction[:, k]
            print(
                f"{name}, {axis}: moved as asked in {(toward > 0).mean():.0%} of {len(toward)}, by {toward.mean():+.2f} "
                f"on average; asked for {np.abs(np.array(asked)[:, k]).mean():.2f}"
            )


def halves(folder: Path) -> None:
    """Print how far the ratings of the two halves of a clip lie apart."""
    from training.emotion.piano_prepare import read
    from training.splits import split_by_key

    clips = [piece for piece in read(folder)[0] if piece.source == "emopia"]
    test = [piece.notes for piece in split_by_key(clips, [clip.key for clip in clips])["test"]]
    judge, apart = MoodJudge.from_weights(), []
    for notes in test:
        middle = len(notes) // 2
        parts = (notes.part(0, middle), notes.part(middle, 2 * middle))
        first, second = (_place(judge.judge(part).mood) for part in parts)
        apart.append(np.abs(first - second))
    valence, arousal = np.mean(apart, axis=0)
    print(f"mean difference of two halves, {len(test)} clips: valence {valence:.2f}, arousal {arousal:.2f}")


def _place(mood: Mood) -> FloatArray:
    return np.array([mood.valence, mood.arousal])


def seeds() -> None:
    """Print those of the seeds from 0 to 40 whose default piece is rated within the rater's own error, the nearest first."""
    composer, judge, rater = PianoComposer.from_weights(), MoodJudge.from_weights(), find_rater()
    request, rows = Request(path=MoodPath.still(DEFAULT)), []
    error = np.array([rater.error["valence"], rater.error["arousal"]])
    for seed in range(41):
        played = compose(dataclasses.replace(request, seed=seed), composer).performance
        rated = _place(judge.judge(played).mood)
        off = np.abs(rated - _place(DEFAULT)) / error
        rows.append((float(off.max()), seed, rated, repetition.longest_loop_sec(played)))
    for far, seed, rated, loop in sorted(rows, key=lambda row: row[0]):
        if far <= 1:
            print(f"seed {seed}: rated {rated[0]:+.2f} and {rated[1]:+.2f}, longest loop {loop:.1f} s")


def neighbors() -> None:
    """Print how far two pieces of neighboring moods lie from each other, and two seeds of one mood."""
    composer = PianoComposer.from_weights()

    def traits(arousal: float, seed: int, **locks: Any) -> list[Any]:
        path = MoodPath.still(Mood(valence=0.6, arousal=arousal))
        made = compose(Request(path=path, seed=seed, **locks), composer)
        found = measure(made.performance)
        numbers = (np.log2(found.onset_rate), found.register, found.loudness, np.log2(found.thickness))
        return [made.piece.key, np.log2(made.tempo_qpm), *numbers, found.majorness, made.performance.end_sec]

    names = (
        "tempo, octaves",
        "onsets, octaves",
        "register",
        "velocity",
        "notes an onset, octaves",
        "majorness",
    )
    notes_for = MoodPath.still(Mood(valence=0.6, arousal=0.4))
    every: dict[str, dict[str, Any]] = {
        "nothing locked": {},
        "key and tempo locked": {"key": "C", "tempo_qpm": 100.0},
        "notes locked": {"notes_for": notes_for},
    }
    for label, locks in every.items():
        seeds = range(1, 21)
        one = [traits(0.42, seed, **locks) for seed in seeds]
        near = [traits(0.43, seed, **locks) for seed in seeds]
        for words, pairs in (
            ("arousal .42 and .43", list(zip(one, near, strict=True))),
            ("another seed", list(zip(one, one[1:] + one[:1], strict=True))),
        ):
            keys = np.mean([a[0] == b[0] for a, b in pairs])
            apart = np.median(np.abs([np.subtract(a[1:7], b[1:7]) for a, b in pairs]), axis=0)
            told = "; ".join(f"{name} {value:.2f}" for name, value in zip(names, apart, strict=True))
            print(f"{label}, {words}: same key {keys:.0%}; median difference: {told}")
        ends = [row[7] for row in one]
        print(f"{label}: length asked for 30 s, {min(ends):.1f} to {max(ends):.1f} s")


def main() -> None:
    """Run the measure named on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("limits", "loops", "moods", "neighbors", "halves", "seeds"))
    parser.add_argument("data", type=Path, nargs="?")
    options = parser.parse_args()
    of_data = {"limits": limits, "loops": loops, "halves": halves}
    if options.what in of_data:
        if options.data is None:
            parser.error(f"{options.what} needs a folder of real pieces")
        of_data[options.what](options.data)
    else:
        {"moods": moods, "neighbors": neighbors, "seeds": seeds}[options.what]()


if __name__ == "__main__":
    main()
