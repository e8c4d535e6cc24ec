"""Evaluate chord symbols: the chords of tune books that carry them, beside the tonic's alone and the usual chord of a degree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.accompaniment.tune_chords import Grid, TuneHarmonizer, lay_grid
from core.errors import InputError
from core.folk.tune_measures import share_in_mode
from core.music.abc_notation import read_abc
from core.music.chord_symbols import KINDS, ChordSymbol, chord_at
from core.music.repeat_folding import fold_repeats
from core.music.tune import Tune
from core.music.tune_reading import decode_text
from training.intervals import bootstrap
from training.splits import hash_number

MIN_CHORDS, MIN_NOTES = 4, 16
N_FOLDS = 5
# Chords as they are compared: root, and whether the third is minor; sevenths and inversions are not told apart.
Triad = tuple[int, bool]


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """A tune with chord symbols by people, as it stands in the score."""

    key: str
    tune: Tune
    grid: Grid

    @property
    def part(self) -> str:
        """``"test"``, or ``"validation"`` where the weights were set on it."""
        return "test" if hash_number(self.key) % 2 else "validation"


def evaluate_chords(data: Path) -> dict[str, Any]:
    """Compare the chords of held-out tunes with those that people wrote over them.

    Parameters
    ----------
    data : Path
        A folder with ``.abc`` files at any depth; the root of the data sets has two tune books of British, Irish and
        American tunes. Files without chord symbols are passed over.

    Returns
    -------
    dict
        For the half that no weight was set on (``test``) and the other (``validation``), and for each method: shares of
        beats, of bars and of cadences with the right chord, F of the places where chords change, share of chords in the
        mode, with 95 % intervals over tunes.

    Raises
    ------
    InputError
        If no tune with chord symbols lies in the folder.
    """
    found = read_annotated(data)
    if not found:
        raise InputError(
            f"No ABC tune with chord symbols lies in {data.name}. Give a folder of tune books with chords."
        )
    harmonizer = TuneHarmonizer.from_weights()
    plain = replace(harmonizer, steering=replace(harmonizer.steering, trust=0.0))
    methods: dict[str, Callable[[Annotated], Tune]] = {
        "ours": lambda one: harmonizer.harmonize(replace(one.tune, chords=())),
        "without_network": lambda one: plain.harmonize(replace(one.tune, chords=())),
        "tonic_only": write_tonic,
        "usual_of_degree": _learn_degrees(found),
    }
    return {
        part: {
            "n_tunes": sum(one.part == part for one in found),
            **{
                name: score([one for one in found if one.part == part], method)
                for name, method in methods.items()
            },
        }
        for part in ("test", "validation")
    }


def read_annotated(data: Path) -> list[Annotated]:
    """Tunes with chord symbols of all ABC files of a folder."""
    found = []
    for path in sorted(data.rglob("*.abc")):
        text = decode_text(path.read_bytes())
        parts = text.split("\nX:")
        for number, part in enumerate([parts[0], *(f"X:{more}" for more in parts[1:])]):
            try:
                tune, _ = read_abc(part)
            except InputError:
                continue
            tune = fold_repeats(tune).tune
            if len(tune.chords) >= MIN_CHORDS and len(tune.pitches) >= MIN_NOTES and len(tune.meters) == 1:
                key = f"{path.parent.name}/{path.name}" + (f"#{number}" if number else "")
                found.append(Annotated(key=key, tune=tune, grid=lay_grid(tune)))
    return found


def write_tonic(one: Annotated) -> Tune:
    """The first baseline: the tonic's chord throughout."""
    key = one.tune.keys[0]
    kind = "m" if key.mode in ("minor", "dorian", "phrygian") else ""
    return replace(one.tune, chords=(ChordSymbol(root=key.tonic, kind=kind),))


def _learn_degrees(found: Sequence[Annotated]) -> Callable[[Annotated], Tune]:
    """The second: the chord that most often stands with the degree that sounds longest; learned on the other folds."""
    folds = [hash_number(one.key, start=8) % N_FOLDS for one in found]
    fold_of = {one.key: fold for one, fold in zip(found, folds, strict=True)}
    counts: list[dict[tuple[bool, int], Counter[tuple[int, str]]]] = [
        defaultdict(Counter) for _ in range(N_FOLDS)
    ]
    for one in found:
        for tick, degree in _list_slots(one):
            chord = chord_at(one.tune.chords, tick)
            if chord is None or not chord.root or degree < 0:
                continue
            key = one.tune.keys[0]
            root = (chord.pitch_classes[0] - key.pitch_class) % 12
            kind = "m" if 3 in KINDS[chord.kind][1] else ""
            for fold in range(N_FOLDS):
                if fold != fold_of[one.key]:
                    counts[fold][_is_minor(one), degree][root, kind] += 1

    def write(one: Annotated) -> Tune:
        table, key = counts[fold_of[one.key]], one.tune.keys[0]
        chords: list[ChordSymbol] = []
        for tick, degree in _list_slots(one):
            usual = table.get((_is_minor(one), degree))
            root, kind = usual.most_common(1)[0][0] if usual else (0, "m" if _is_minor(one) else "")
            name = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"][
                (root + key.pitch_class) % 12
            ]
            chords.append(ChordSymbol(onset_tick=tick, root=name, kind=kind))
        return replace(one.tune, chords=tuple(chords))

    return write


def _is_minor(one: Annotated) -> bool:
    return one.tune.keys[0].mode in ("minor", "dorian", "phrygian")


def _list_slots(one: Annotated) -> list[tuple[int, int]]:
    """Places where a chord may change, and the degree that sounds longest up to the next; -1 in silence."""
    ticks, grid = one.grid.ticks(), one.grid
    places = [max(0, int(ticks[beat])) for beat in np.flatnonzero(grid.free())]
    slots = []
    for begin, end in zip(places, [*places[1:], one.tune.length_tick], strict=True):
        held: Counter[int] = Counter()
        for event in one.tune.events:
            lasts = min(end, event.end_tick) - max(begin, event.onset_tick)
            if event.pitch is not None and lasts > 0:
                held[(event.pitch - one.tune.keys[0].pitch_class) % 12] += lasts
        if end > begin:
            slots.append((begin, held.most_common(1)[0][0] if held else -1))
    return slots


# Scores.


def list_triads(tune: Tune, grid: Grid) -> list[Triad | None]:
    """The triad of each beat; None before the first chord, and outside of the score."""
    found: list[Triad | None] = []
    for beat, tick in enumerate(grid.ticks().tolist()):
        _, _, first, end = grid.bars[beat // grid.n_beats]
        chord = chord_at(tune.chords, tick) if first <= tick < end else None
        sounds = chord is not None and bool(chord.root)
        found.append(
            (chord.pitch_classes[0], 3 in KINDS[chord.kind][1]) if chord is not None and sounds else None
        )
    return found


def score(tunes: Sequence[Annotated], method: Callable[[Annotated], Tune]) -> dict[str, Any]:
    """Scores of a method over tunes, each tune counting alike."""
    rows: dict[str, list[float]] = defaultdict(list)
    for one in tunes:
        made = method(one)
        ref, est = list_triads(one.tune, one.grid), list_triads(made, one.grid)
        for name, value in compare(ref, est, one.grid).items():
            rows[name].append(value)
        rows["in_mode"].append(share_in_mode(made))
    return {name: _summarize(values) for name, values in rows.items()}


def _summarize(values: Sequence[float]) -> dict[str, float]:
    known = np.array([value for value in values if not np.isnan(value)])
    low, high = bootstrap(list(known))
    return {"value": round(float(known.mean()), 4), "low": low, "high": high, "n": len(known)}


def compare(ref: Sequence[Triad | None], est: Sequence[Triad | None], grid: Grid) -> dict[str, float]:
    """Shares of beats, bars and cadences that agree, and F of the changes; where people wrote no chord nothing counts."""
    n = grid.n_beats
    known = [at for at, chord in enumerate(ref) if chord is not None]
    bars = [at for at in known if at % n == 0]
    ref_changes, est_changes = _list_changes(ref), _list_changes(est)
    hits = len(ref_changes & est_changes)
    total = len(ref_changes) + len(est_changes)
    ends = [_last_two([chords[at] for at in known]) for chords in (ref, est)]
    return {
        "beats": float(np.mean([ref[at] == est[at] for at in known])),
        "bars": float(np.mean([ref[at] == est[at] for at in bars])) if bars else float("nan"),
        "changes_f": 2 * hits / total if total else float("nan"),
        "last_chord": float(ends[0][-1:] == ends[1][-1:]),
        "cadence": float(ends[0] == ends[1]),
    }


def _list_changes(chords: Sequence[Triad | None]) -> set[int]:
    """Beats on which another chord begins; the first chord is no change."""
    found, last = set(), None
    for at, chord in enumerate(chords):
        if chord is not None and chord != last:
            if last is not None:
                found.add(at)
            last = chord
    return found


def _last_two(chords: Sequence[Triad | None]) -> list[Triad]:
    """The last chord, and the one before it."""
    found: list[Triad] = []
    for chord in chords:
        if chord is not None and (not found or found[-1] != chord):
            found.append(chord)
    return found[-2:]
