"""Piano score benchmark: ties, accidentals, spelling and written lengths against scores that people have written.

python -m benchmarks.piano_scores --data DIR     # DIR holds mutopia_piano; music21 brings the written scores
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido
import numpy as np

from core.arrays import IntArray
from core.music.beat_grid import BeatGrid
from core.music.performance import Performance
from core.music.piano_score import write_score
from core.music.score_spelling import Head, print_accidentals
from core.music.staff_voices import BarLines
from core.music.tune import TICKS, Meter
from core.music.written_lengths import cut_note, tuplet_beat
from training.intervals import bootstrap

N_PIECES, MAX_BARS, A_COMPOSER = 40, 32, 4
TEMPO_QPM = 96.0
# Of music21's corpus: music for keyboard, quartets, and chorales; those with one meter and signature.
KEYBOARD = (
    "joplin/maple_leaf_rag", "mozart/k545/movement1_exposition", "chopin/mazurka06-2", "cpebach/h186",
    "schumann_clara/polonaise_op1n1", "schumann_clara/polonaise_op1n2", "schumann_clara/polonaise_op1n3",
    "schumann_clara/polonaise_op1n4",
)  # fmt: skip
QUARTETS = (
    "mozart/k155/movement1", "mozart/k155/movement2", "mozart/k156/movement1", "mozart/k156/movement2",
    "mozart/k80/movement1", "mozart/k80/movement2", "mozart/k458/movement2", "mozart/k458/movement3",
    "haydn/opus1no1/movement1", "haydn/opus1no1/movement3", "haydn/opus74no1/movement2",
)  # fmt: skip
CHORALES = tuple(f"bach/bwv{number}" for number in (
    "1.6", "10.7", "101.7", "102.7", "103.6", "104.6", "108.6", "110.7", "111.6", "112.5", "113.8", "114.7", "115.6",
    "116.6", "117.4", "13.6", "14.5", "16.6", "17.7", "119.9", "120.6", "121.6", "122.6", "123.6", "124.6", "125.6", "126.6", "127.5",
))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Original:
    """A written piece: its notes as one whole each, and what its own notation costs a reader.

    Attributes
    ----------
    name, meter : str
    first_bar : int
        Ticks to the first bar line.
    onset, length, pitch, staff : ndarray of int64
        Ticks of a quarter / 480; the staff is 0 where there are not two of them.
    spellings : list of (str, int, int) or None
    ties, accidentals : float
        A bar; the accidentals NaN where spelling and signature are not known.
    """

    name: str
    meter: str
    first_bar: int
    onset: IntArray
    length: IntArray
    pitch: IntArray
    staff: IntArray
    spellings: list[tuple[str, int, int]] | None
    ties: float
    accidentals: float

    @property
    def n_bars(self) -> int:
        """Bars, the pickup not counted."""
        return max(
            1,
            -(-(int((self.onset + self.length).max()) - self.first_bar) // Meter(meter=self.meter).bar_tick),
        )


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """A piece as it was played: the notes, which one of the piece each is, and the beats where they are known."""

    performance: Performance
    order: IntArray
    grid: BeatGrid | None


def _digest(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


def perform(piece: Original, *, like_a_person: bool) -> Rendition:
    """Play as a program does, or with a drifting tempo, spread onsets and lengths between detached and overlapping."""
    rng = np.random.default_rng(int(_digest(piece.name)[:8], 16))
    end_sec = float((piece.onset + piece.length).max()) / TICKS * 60 / TEMPO_QPM
    grid = BeatGrid.steady(
        tempo_qpm=TEMPO_QPM, first_sec=0.0, end_sec=end_sec, beat_tick=tuplet_beat(piece.meter), exact=True
    )
    on = grid.seconds_at(piece.onset)
    held = grid.seconds_at(piece.onset + piece.length) - on
    if like_a_person:
        drift = np.zeros(len(grid.beat_sec))
        for i in range(1, len(drift)):
            drift[i] = 0.9 * drift[i - 1] + rng.normal(0, 0.02)
        steps = np.diff(grid.beat_sec, prepend=0.0) * np.exp(drift)
        played = BeatGrid(beat_sec=np.cumsum(steps), beat_tick=grid.beat_tick)
        on = played.seconds_at(piece.onset)
        held = (played.seconds_at(piece.onset + piece.length) - on) * rng.uniform(0.6, 1.15, len(on))
        on = on + rng.normal(0, 0.008, len(on))
    order = np.lexsort((piece.pitch, on))
    return Rendition(
        performance=Performance.of(piece.pitch, on, held, np.full(len(on), 70)),
        order=order,
        grid=None if like_a_person else grid,
    )


def read_mutopia(folder: Path) -> Iterator[Original]:
    """Piano pieces of one meter on two staves, in an order that nobody chose, at most four a composer."""
    with (folder / "index.csv").open(encoding="utf-8") as rows:
        index = sorted(csv.DictReader(rows), key=lambda row: _digest(row["file"]))
    of_composer: Counter[str] = Counter()
    for row in index:
        if of_composer[row["composer"]] == A_COMPOSER:
            continue
        piece = _read_midi(folder / row["file"])
        if piece is not None:
            of_composer[row["composer"]] += 1
            yield piece


def _read_midi(path: Path) -> Original | None:
    midi = mido.MidiFile(path)
    meters = [message for track in midi.tracks for message in track if message.type == "time_signature"]
    staves = [track for track in midi.tracks if any(message.type == "note_on" for message in track)]
    if len(meters) != 1 or len(staves) != 2 or meters[0].denominator not in (2, 4, 8):
        return None
    meter = f"{meters[0].numerator}/{meters[0].denominator}"
    last = MAX_BARS * Meter(meter=meter).bar_tick
    notes: list[tuple[int, int, int, int]] = []
    for staff, track in enumerate(staves, start=1):
        at = 0
        sounding: dict[int, list[int]] = {}
        for message in track:
            at += message.time
            tick = round(at * TICKS / midi.ticks_per_beat)
            if message.type == "note_on" and message.velocity:
                sounding.setdefault(message.note, []).append(tick)
            elif message.type in ("note_on", "note_off") and sounding.get(message.note):
                begin = sounding[message.note].pop(0)
                if begin < last and tick > begin:
                    notes.append((begin, min(tick, last) - begin, message.note, staff))
    if len(notes) < 40:
        return None
    unique = {(onset, pitch): (length, staff) for onset, length, pitch, staff in notes}
    onset, pitch = (np.array(column) for column in zip(*sorted(unique), strict=True))
    length, staff_of = (
        np.array(column) for column in zip(*(unique[key] for key in sorted(unique)), strict=True)
    )
    n_bars = -(-int((onset + length).max()) // Meter(meter=meter).bar_tick)
    return Original(
        name=path.stem, meter=meter, first_bar=0, onset=onset, length=length, pitch=pitch, staff=staff_of,
        spellings=None, ties=count_ties(onset, length, meter, 0) / n_bars, accidentals=np.nan,
    )  # fmt: skip


def count_ties(onset: IntArray, length: IntArray, meter: str, first_bar: int) -> int:
    """Ties that lengths ask for when each is cut at bar lines and beats."""
    bar = Meter(meter=meter).bar_tick
    begin = first_bar - bar if first_bar else 0
    edges = tuple(range(begin, int((onset + length).max()) + 2 * bar, bar))
    lines = BarLines(edges=edges, meter=meter, bar_tick=bar)
    heads = 0
    for first, size in zip(onset.tolist(), length.tolist(), strict=True):
        for _, left, right in lines.split(first, first + size):
            heads += len(cut_note(left, right, meter)) if left % 30 == 0 == right % 30 else 1
    return heads - len(onset)


def read_written(names: tuple[str, ...]) -> Iterator[Original]:
    """Scores of music21's corpus with one meter and signature in their first bars."""
    from music21 import corpus

    for name in names:
        piece = _read_score(name, corpus.parse(name))
        if piece is not None:
            yield piece


def _read_score(name: str, score: Any) -> Original | None:
    parts = list(score.parts)
    bars = [list(part.getElementsByClass("Measure"))[:MAX_BARS] for part in parts]
    meters = {item.ratioString for bar in bars[0] for item in bar.getElementsByClass("TimeSignature")}
    fifths = {item.sharps for part in bars for bar in part for item in bar.getElementsByClass("KeySignature")}
    # In some scores the bars of the parts do not line up.
    places = {tuple(round(bar.offset * TICKS) for bar in part) for part in bars}
    if len(meters) != 1 or len(fifths) != 1 or len(places) != 1:
        return None
    meter, sharps = meters.pop(), int(fifths.pop())
    bar_tick = Meter(meter=meter).bar_tick
    first_length = round(bars[0][0].duration.quarterLength * TICKS)
    first_bar = first_length if first_length < bar_tick else 0
    notes: dict[tuple[int, int], list[Any]] = {}
    heads: list[tuple[int, int, int, tuple[str, int, int], bool]] = []  # bar, staff, onset, name, tied
    for staff, measures in enumerate(bars, start=1):
        open_ties: dict[int, list[Any]] = {}
        for number, bar in enumerate(measures):
            for item in sorted(bar.recurse().notes, key=lambda item: item.getOffsetInHierarchy(bar)):
                if item.duration.isGrace or item.quarterLength == 0:
                    continue
                at = round((bar.offset + item.getOffsetInHierarchy(bar)) * TICKS)
                size = round(item.quarterLength * TICKS)
                for note in item.notes if item.isChord else [item]:
                    spelled = (note.pitch.step, int(note.pitch.alter), note.pitch.octave)
                    tie = note.tie.type if note.tie else (item.tie.type if item.tie else "")
                    tied = tie in ("stop", "continue") and note.pitch.midi in open_ties
                    heads.append((number, staff, at, spelled, tied))
                    if tied:
                        open_ties[note.pitch.midi][0] = at + size - open_ties[note.pitch.midi][3]
                    entry = open_ties[note.pitch.midi] if tied else [size, staff, spelled, at]
                    if not tied:
                        notes.setdefault((at, note.pitch.midi), entry)
                    if tie in ("start", "continue"):
                        open_ties[note.pitch.midi] = entry
                    else:
                        open_ties.pop(note.pitch.midi, None)
    keys = sorted(notes)
    heads.sort(key=lambda head: (head[0], head[1], head[2]))
    printed = print_accidentals(
        [Head(note=i, bar=head[0], staff=head[1], tied=head[4]) for i, head in enumerate(heads)],
        [head[3] for head in heads],
        sharps,
    )
    n_bars = len(bars[0])
    return Original(
        name=name, meter=meter, first_bar=first_bar,
        onset=np.array([key[0] for key in keys]), pitch=np.array([key[1] for key in keys]),
        length=np.array([notes[key][0] for key in keys]),
        staff=np.array([notes[key][1] if len(parts) == 2 else 0 for key in keys]),
        spellings=[notes[key][2] for key in keys],
        ties=sum(head[4] for head in heads) / n_bars,
        accidentals=sum(bool(word) and not courtesy for word, courtesy in printed) / n_bars,
    )  # fmt: skip


def measure_own(piece: Original, *, like_a_person: bool) -> dict[str, float]:
    """Write a rendition with our writer and compare it with the piece."""
    played = perform(piece, like_a_person=like_a_person)
    score = write_score(
        played.performance,
        tempo_qpm=TEMPO_QPM,
        grid=played.grid,
        meter=piece.meter,
        first_bar_tick=piece.first_bar if played.grid is not None else None,
    )
    heads = score.heads()
    words = print_accidentals(heads, score.spelled.spellings, score.spelled.key.fifths)
    written = score.onset_tick >= 0
    of = played.order
    bar = Meter(meter=piece.meter).bar_tick
    here = (score.onset_tick + score.lines.shift(0)) % bar
    there = (piece.onset[of] - piece.first_bar) % bar
    same_place = np.diff(score.onset_tick) == np.diff(piece.onset[of])
    found = {
        "ties": sum(head.tied for head in heads) / piece.n_bars,
        "accidentals": sum(bool(word) and not courtesy for word, courtesy in words) / piece.n_bars,
        "courtesies": sum(courtesy for _, courtesy in words) / piece.n_bars,
        "lost": score.n_lost / len(of),
        "same length": float((score.written_tick == piece.length[of])[written].mean()),
        "same step": float(same_place.mean()),
        "same place in the bar": float((here == there)[written].mean()),
        "onset error, median ms": 1e3 * float(np.median(score.onset_error_sec)),
        "onset error, largest ms": 1e3 * float(score.onset_error_sec.max()),
    }
    if piece.staff.any():
        found["same staff"] = float((score.staff == piece.staff[of])[written].mean())
    if piece.spellings is not None:
        names = [piece.spellings[int(i)] for i in of]
        found["same spelling"] = _agree(score.spelled.spellings, names)
        found["same spelling, or twin key"] = _agree_as_twin(score.spelled.spellings, names)
    return found


def _agree(own: list[tuple[str, int, int]], names: list[tuple[str, int, int]]) -> float:
    return float(np.mean([one == other for one, other in zip(own, names, strict=True)]))


def _agree_as_twin(own: list[tuple[str, int, int]], names: list[tuple[str, int, int]]) -> float:
    """Share of the same letters, all of them moved by the same step: A flat minor for G sharp minor."""
    letters = "CDEFGAB"
    steps = [
        (letters.index(one[0]) - letters.index(other[0])) % 7 for one, other in zip(own, names, strict=True)
    ]
    return max(steps.count(step) for step in (0, 1, 6)) / len(steps)


def measure_plain(piece: Original, *, like_a_person: bool) -> dict[str, float]:
    """Nearest sixteenths at the nominal tempo, lengths too, sharps without a signature: what plain importers do."""
    played = perform(piece, like_a_person=like_a_person)
    of, notes = played.order, played.performance
    grid = BeatGrid.steady(tempo_qpm=TEMPO_QPM, first_sec=0.0, end_sec=notes.end_sec)
    onset = np.maximum(np.rint(grid.ticks_at(notes.onset_sec) / 120), 0).astype(np.int64) * 120
    end = np.rint(grid.ticks_at(notes.onset_sec + notes.duration_sec) / 120).astype(np.int64) * 120
    length = np.maximum(end - onset, 120)
    sharp = {1: "C", 3: "D", 6: "F", 8: "G", 10: "A"}
    naturals = {0: "C", 2: "D", 4: "E", 5: "F", 7: "G", 9: "A", 11: "B"}
    names = [
        (sharp.get(pitch % 12) or naturals[pitch % 12], int(pitch % 12 in sharp), pitch // 12 - 1)
        for pitch in notes.pitch.tolist()
    ]
    return _compare(piece, of, onset, length, names)


def measure_music21(piece: Original, *, like_a_person: bool) -> dict[str, float]:
    """music21's quantizer (fourths and thirds of a quarter) and its own spelling, at the nominal tempo."""
    from music21 import note, stream

    played = perform(piece, like_a_person=like_a_person)
    notes = played.performance
    flat: Any = stream.Stream()
    made = []
    for on, size, pitch in zip(notes.onset_sec, notes.duration_sec, notes.pitch, strict=True):
        one = note.Note(int(pitch), quarterLength=float(size * TEMPO_QPM / 60))
        flat.insert(max(0.0, float(on * TEMPO_QPM / 60)), one)
        made.append(one)
    flat.quantize((4, 3), processOffsets=True, processDurations=True, inPlace=True)
    onset = np.array([round(float(one.getOffsetBySite(flat)) * TICKS) for one in made])
    length = np.array([max(1, round(float(one.quarterLength) * TICKS)) for one in made])
    names = [(str(one.pitch.step), int(one.pitch.alter), int(one.pitch.octave or 0)) for one in made]
    return _compare(piece, played.order, onset, length, names)


def _compare(
    piece: Original, of: IntArray, onset: IntArray, length: IntArray, names: list[tuple[str, int, int]]
) -> dict[str, float]:
    """The same figures for notes that were only quantized; the accidentals with no signature."""
    bar = Meter(meter=piece.meter).bar_tick
    numbers = (onset - piece.first_bar) // bar + 1
    order = np.lexsort((onset, numbers))
    heads = [
        Head(note=int(i), bar=int(numbers[i]), staff=1 if piece.pitch[of[i]] >= 60 else 2, tied=False)
        for i in order
    ]
    words = print_accidentals(heads, names, 0)
    pairs = set(zip(onset.tolist(), piece.pitch[of].tolist(), strict=True))
    found = {
        "ties": count_ties(onset, length, piece.meter, piece.first_bar) / piece.n_bars,
        "accidentals": sum(bool(word) and not courtesy for word, courtesy in words) / piece.n_bars,
        "lost": 1 - len(pairs) / len(of),
        "same length": float((length == piece.length[of]).mean()),
        "same step": float((np.diff(onset) == np.diff(piece.onset[of])).mean()),
        "same place in the bar": float((onset % bar == piece.onset[of] % bar).mean()),
    }
    if piece.spellings is not None:
        found["same spelling"] = float(
            np.mean([own == piece.spellings[int(i)] for own, i in zip(names, of, strict=True)])
        )
    return found


METHODS = {"own": measure_own, "plain sixteenths": measure_plain, "music21": measure_music21}


def show(title: str, pieces: list[Original], *, like_a_person: bool, methods: list[str]) -> None:
    """Print a table: the originals and each method, with intervals by piece."""
    print(
        f"\n{title}, {'played like a person' if like_a_person else 'as a program plays'}: {len(pieces)} pieces"
    )
    print(f"  {'original':<17} ties a bar {_interval([piece.ties for piece in pieces])}", end="")
    known = [piece.accidentals for piece in pieces if np.isfinite(piece.accidentals)]
    print(f"  accidentals a bar {_interval(known)}" if known else "  accidentals a bar: not in the files")
    for method in methods:
        rows = [METHODS[method](piece, like_a_person=like_a_person) for piece in pieces]
        print(f"  {method}")
        for name in dict.fromkeys(itertools.chain(*rows)):
            values = [row[name] for row in rows if name in row]
            original = (
                sum(getattr(piece, name) for piece in pieces) if name in ("ties", "accidentals") else np.nan
            )
            ratio = f"   {sum(values) / original:.2f} times the original's" if np.isfinite(original) else ""
            print(f"    {name:<26} {_interval(values)}{ratio}")
        if method == "own":
            worst = sorted(zip(rows, pieces, strict=True), key=lambda row: row[1].ties - row[0]["ties"])[:3]
            print(
                "    most ties more:",
                ", ".join(f"{p.name} {r['ties']:.1f} for {p.ties:.1f}" for r, p in worst),
            )


def _interval(values: list[float]) -> str:
    low, high = bootstrap(np.array(values))
    return f"{np.mean(values):8.3f} [{low:.3f}, {high:.3f}] n={len(values)}"


def show_composed(n_seeds: int) -> None:
    """Print the counts of pieces that Emotion Music composes: there is no original."""
    from core.emotion.compose import Request, compose
    from core.emotion.moods import NAMED_MOODS, MoodPath
    from core.emotion.piano.generate import PianoComposer

    composer = PianoComposer.from_weights()
    rows = []
    for mood, seed in itertools.product(NAMED_MOODS.values(), range(n_seeds)):
        made = compose(Request(path=MoodPath.still(mood), seed=seed), composer)
        score = write_score(made.performance, tempo_qpm=made.tempo_qpm)
        heads, errors = score.heads(), 1e3 * score.onset_error_sec
        words = print_accidentals(heads, score.spelled.spellings, score.spelled.key.fifths)
        rows.append(
            {
                "ties": sum(head.tied for head in heads) / len(score.bars),
                "accidentals": sum(bool(word) and not courtesy for word, courtesy in words) / len(score.bars),
                "signs of the signature": abs(score.spelled.key.fifths),
                "lost": score.n_lost / len(made.performance),
                "onset error, median ms": float(np.median(errors)),
                "onset error, largest ms": float(errors.max()),
            }
        )
    print(f"\nComposed pieces of 30 s: {len(NAMED_MOODS)} moods, {n_seeds} seeds")
    for name in rows[0]:
        print(f"    {name:<26} {_interval([row[name] for row in rows])}")


def main() -> None:
    """Measure the pieces of Mutopia and of music21's corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with mutopia_piano")
    parser.add_argument("--only", choices=("mutopia", "written", "composed"), help="one of the sets")
    parser.add_argument("--pieces", type=int, default=N_PIECES)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    asked = parser.parse_args()
    sets: dict[str, list[Original]] = {}
    if asked.data and asked.only in (None, "mutopia"):
        sets["Mutopia"] = list(itertools.islice(read_mutopia(asked.data / "mutopia_piano"), asked.pieces))
    if asked.only in (None, "written"):
        names = (*KEYBOARD, *QUARTETS, *CHORALES)
        sets["Written scores"] = list(itertools.islice(read_written(names), asked.pieces))
    for title, pieces in sets.items():
        for like_a_person in (False, True):
            show(title, pieces, like_a_person=like_a_person, methods=asked.methods)
    if asked.only in (None, "composed"):
        show_composed(3)


if __name__ == "__main__":
    main()
