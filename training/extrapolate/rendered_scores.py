"""Render scores as training material: SoundFont synthesis with varied tempo, dynamics, instruments, loops and reverb."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pretty_midi

from core import synth
from core.arrays import Float32Array, FloatArray
from core.audio.reverb import add_reverb
from core.errors import DashboardError, InputError
from core.extrapolate.spectrograms import SR
from core.synth.font_choice import installed_soundfonts
from training.datasets import MIDI_SUFFIXES, find_files, map_in_processes
from training.extrapolate.prepare import describe_sound
from training.splits import hash_number, split_of

SCORE_SETS = (
    "openscore_lieder",
    "polish_piano",
    "mutopia_piano",
    "piano_midi_de",
    "pop909",
    "nottingham",
)
# Sections of loops have so many beats.
_LOOP_BEATS = (8, 16, 24, 32)
# General MIDI programs by the part that they can take: chords, tune, bass.
_CHORDS = (0, 1, 4, 5, 6, 11, 16, 19, 24, 25, 46, 48, 49, 50, 52, 80, 81, 88, 89)
_TUNES = (0, 9, 11, 12, 22, 40, 41, 42, 56, 60, 64, 65, 68, 71, 73, 74, 75, 78, 79, 80, 81, 82, 85)
_BASSES = (0, 32, 33, 35, 38, 39, 42, 43, 58, 70, 80, 87)
_KICK, _SNARE, _CLOSED_HAT, _OPEN_HAT = 36, 38, 42, 46
# How a place of the cache is called: another number where rendering or description changes.
_FORM = 1


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """How scores are rendered.

    Attributes
    ----------
    n_excerpts : int
        From all sets alike, as far as they have so many pieces.
    excerpt_sec : float
    tempo_spread, transposition : float, int
        An excerpt is played up to ``1 + tempo_spread`` times as fast or slow, and up to so many semitones higher or lower.
    solo_share, loop_share, drum_share, reverb_share : float in [0, 1]
        Of excerpts: those left on the instruments as written, those that repeat a section, those with drums, and
        those in a small room.
    soundfont, soundfont_sha256 : str
        The SoundFont's file name and the SHA-256 of its bytes; empty for the best that is installed.
    seed : int
    """

    n_excerpts: int
    soundfont: str
    soundfont_sha256: str
    excerpt_sec: float = 60.0
    tempo_spread: float = 0.3
    transposition: int = 4
    solo_share: float = 0.3
    loop_share: float = 0.35
    drum_share: float = 0.35
    reverb_share: float = 0.5
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Score:
    """A MIDI file of a set.

    Attributes
    ----------
    path : Path
    set_name : str
        One of :data:`SCORE_SETS`.
    key : str
        What the split is drawn from: movements of one file, and versions of one piece, stay together.
    """

    path: Path
    set_name: str
    key: str

    @property
    def split(self) -> str:
        """``"train"``, ``"validation"`` or ``"test"``."""
        return split_of(self.key)


def find_scores(folders: Mapping[str, Path]) -> list[Score]:
    """The MIDI files of those folders that hold a set of scores, by set and path.

    Parameters
    ----------
    folders : mapping
        Folder by name of the set.
    """
    return [
        Score(path=path, set_name=name, key=_key_of(name, path, folders[name]))
        for name in SCORE_SETS
        if name in folders
        for path in find_files(folders[name], MIDI_SUFFIXES)
    ]


def _key_of(name: str, path: Path, folder: Path) -> str:
    match name:
        case "openscore_lieder":
            return f"{name}/{path.stem}.krn"
        case "piano_midi_de":
            return f"{name}/{path.relative_to(folder).as_posix()}"
        case "mutopia_piano":
            return f"{name}/{re.sub(r'_[0-9]+$', '', path.stem)}"
    return f"{name}/{path.name}"


def draw_scores(scores: Sequence[Score], n: int, seed: int) -> list[Score]:
    """So many scores of the training part, from each set alike; by a hash of their keys, so that more begin with the same."""
    chosen: list[Score] = []
    names = [name for name in SCORE_SETS if any(score.set_name == name for score in scores)]
    for k, name in enumerate(names):
        own = sorted(
            (score for score in scores if score.set_name == name and score.split == "train"),
            key=lambda score: hash_number(f"{seed}/{score.key}/{score.path.name}"),
        )
        chosen += own[: (n - len(chosen)) // (len(names) - k)]
    return chosen


def describe_scores(
    scores: Sequence[Score], options: RenderOptions, work: Path | None
) -> dict[str, list[Float32Array]]:
    """Vectors of rendered excerpts by set; from the folder of the work where they were made before.

    Parameters
    ----------
    scores : sequence of Score
    options : RenderOptions
    work : Path, optional

    Raises
    ------
    InputError
        If the SoundFont is not installed.
    """
    find_soundfont(options.soundfont, options.soundfont_sha256)
    made = map_in_processes(partial(_describe_score, options=options, work=work), scores, chunksize=2)
    found: dict[str, list[Float32Array]] = {}
    for score, vectors in zip(scores, made, strict=True):
        if vectors is not None:
            found.setdefault(score.set_name, []).append(vectors)
    return found


def _describe_score(score: Score, options: RenderOptions, work: Path | None) -> Float32Array | None:
    told = json.dumps(
        [_FORM, {**asdict(options), "n_excerpts": 0}, score.key, score.path.name], sort_keys=True
    )
    kept = work / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.npy" if work else None
    if kept is not None and kept.is_file():
        return np.asarray(np.load(kept, allow_pickle=False))
    y = render_score(score, options)
    if y is None:
        return None
    vectors = describe_sound(y)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        half_made = kept.with_suffix(".part.npy")
        np.save(half_made, vectors)
        half_made.replace(kept)
    return vectors


@cache
def find_soundfont(name: str, sha256: str) -> Path | None:
    """The installed SoundFont of that name, if it is the one that a recipe asks for.

    Raises
    ------
    InputError
        If it is not installed, or is another version.
    """
    if not name:
        return None
    path = next((path for path in installed_soundfonts() if path.name == name), None)
    if path is None:
        raise InputError(f"The SoundFont {name} is not installed. See packages.txt for where it comes from.")
    if (found := hashlib.sha256(path.read_bytes()).hexdigest()) != sha256:
        raise InputError(f"{path} has the SHA-256 {found[:12]}..., and the recipe asks for {sha256[:12]}....")
    return path


def render_score(score: Score, options: RenderOptions) -> Float32Array | None:
    """An excerpt of a score as mono sound at ``SR``; None where the file cannot be played."""
    rendered = render_with_notes(score, options)
    return None if rendered is None else rendered[0]


def render_with_notes(score: Score, options: RenderOptions) -> tuple[Float32Array, Arrangement] | None:
    """An excerpt of a score as mono sound at ``SR``, and what was played; None where the file cannot be played."""
    rng = np.random.default_rng([options.seed, hash_number(f"{score.key}/{score.path.name}")])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of meters on other tracks than the first
            arrangement = arrange(pretty_midi.PrettyMIDI(str(score.path)), options, rng)
        rendered = synth.render(
            arrangement.piece,
            engine="embedded",
            soundfont=find_soundfont(options.soundfont, options.soundfont_sha256),
            sr=SR,
            tail_sec=0.2,
        ).audio
    except (DashboardError, OSError, EOFError, ValueError, KeyError, IndexError):
        return None
    if rng.random() < options.reverb_share:
        add_reverb(rendered, overwrite=True)
    mono = rendered.mono().y
    peak = float(np.abs(mono).max())
    if peak < 1e-4:
        return None
    return np.asarray(mono * (0.7 / peak), dtype=np.float32), arrangement


# Arrangement.


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrangement:
    """What is played of a score.

    Attributes
    ----------
    piece : pretty_midi.PrettyMIDI
    beat_sec : float
        Beats lie at its multiples.
    beats_a_bar : int or None
        None where bars are not all alike, or the excerpt does not begin with one.
    """

    piece: pretty_midi.PrettyMIDI
    beat_sec: float
    beats_a_bar: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line:
    """Notes of one track: pitch, onset and end in beats of the excerpt, velocity."""

    pitch: FloatArray
    start: FloatArray
    end: FloatArray
    velocity: FloatArray
    program: int
    is_drum: bool


def arrange(piece: pretty_midi.PrettyMIDI, options: RenderOptions, rng: np.random.Generator) -> Arrangement:
    """An excerpt of a piece as it is rendered: tempo, key, dynamics, instruments, loops and drums varied.

    Raises
    ------
    ValueError
        If it has fewer than eight beats or no notes.
    """
    beats = piece.get_beats()
    if len(beats) < 9:
        raise ValueError("The piece is too short.")
    beat_sec = float(np.median(np.diff(beats))) * float(
        np.exp(rng.uniform(-1, 1) * np.log1p(options.tempo_spread))
    )
    beat_sec = float(np.clip(beat_sec, 0.25, 1.5))
    n_beats = int(options.excerpt_sec / beat_sec)
    is_loop = rng.random() < options.loop_share
    length = min(int(rng.choice(_LOOP_BEATS)) if is_loop else n_beats, len(beats) - 1)
    downbeats = np.flatnonzero(np.isin(np.round(beats, 4), np.round(piece.get_downbeats(), 4)))
    places = downbeats[downbeats + length < len(beats)]
    first = int(rng.choice(places)) if len(places) else 0
    inside = downbeats[(downbeats >= first) & (downbeats <= first + length)]
    bars = np.unique(np.diff(inside)) if len(places) else np.array([])
    lines = _cut(piece, beats, first, length)
    if not lines:
        raise ValueError("No notes lie in the excerpt.")
    is_solo = rng.random() < options.solo_share
    if not is_solo:
        lines = _orchestrate(lines, rng)
    n_rounds = -(-n_beats // length) if is_loop else 1
    shift = int(rng.integers(-options.transposition, options.transposition + 1))
    made = pretty_midi.PrettyMIDI()
    for number, line in enumerate(lines):
        # In a loop a part may enter after the first round.
        enters = int(rng.random() < 0.3) if number and n_rounds > 2 else 0
        made.instruments.append(_play(line, beat_sec, length, range(enters, n_rounds), shift, rng))
    if not is_solo and rng.random() < options.drum_share:
        made.instruments.append(_play_drums(length * n_rounds, beat_sec, rng))
    return Arrangement(
        piece=made, beat_sec=beat_sec, beats_a_bar=int(bars[0]) if len(bars) == 1 and not is_loop else None
    )


def _cut(piece: pretty_midi.PrettyMIDI, beats: FloatArray, first: int, length: int) -> list[_Line]:
    """The tracks of some beats of a piece; a rubato is taken out, for beats are counted."""
    lines = []
    for instrument in piece.instruments:
        held = np.array([(note.pitch, note.start, note.end, note.velocity) for note in instrument.notes])
        if not len(held):
            continue
        start, end = (np.interp(held[:, k], beats, np.arange(len(beats))) - first for k in (1, 2))
        inside = (start > -1e-3) & (start < length - 1e-3) & (end > start)
        if inside.any():
            lines.append(
                _Line(
                    pitch=held[inside, 0],
                    start=np.maximum(start[inside], 0.0),
                    end=np.minimum(end[inside], length),
                    velocity=held[inside, 3],
                    program=instrument.program,
                    is_drum=instrument.is_drum,
                )
            )
    return lines


def _orchestrate(lines: list[_Line], rng: np.random.Generator) -> list[_Line]:
    """Other instruments: each track one of its own, or the lowest and highest notes of all taken by others."""
    lines = [line for line in lines if not line.is_drum] or lines
    found = []
    for line in lines:
        high = float(line.pitch.mean())
        programs = _BASSES if high < 50 else _TUNES if high > 66 else _CHORDS
        below, above = line.pitch < 50, line.pitch > 68
        program, other = int(rng.choice(programs)), int(rng.choice(_BASSES if below.any() else _TUNES))
        apart = below if below.any() else above
        is_split = 0.1 < apart.mean() < 0.7 and rng.random() < 0.6
        for rows, of_rows in (
            ((~apart, program), (apart, other)) if is_split else ((apart | ~apart, program),)
        ):
            columns = {name: getattr(line, name)[rows] for name in ("pitch", "start", "end", "velocity")}
            found.append(_Line(**columns, program=of_rows, is_drum=line.is_drum))
    return found


def _play(
    line: _Line,
    beat_sec: float,
    length: int,
    rounds: range,
    shift: int,
    rng: np.random.Generator,
) -> pretty_midi.Instrument:
    """A track as notes in seconds: its dynamics rise and fall, downbeats are louder, and onsets are not exact."""
    instrument = pretty_midi.Instrument(line.program, is_drum=line.is_drum)
    level, swell, period = rng.uniform(0.6, 1.1), rng.uniform(0, 0.25), rng.uniform(6, 24)
    accent, jitter_sec = rng.uniform(0, 0.15), rng.choice([0.0, 0.006, 0.012])
    articulation = rng.uniform(0.75, 1.0)
    for around in rounds:
        beat = line.start + around * length
        shape = 1 + swell * np.sin(2 * np.pi * beat / period) + accent * (beat % 4 < 1e-3)
        velocity = np.clip(line.velocity * level * shape * rng.normal(1, 0.05, len(beat)), 12, 127)
        onset = np.maximum(0.0, beat * beat_sec + rng.normal(0, 1, len(beat)) * jitter_sec)
        duration = np.maximum(0.04, (line.end - line.start) * beat_sec * articulation)
        for pitch, at, lasting, force in zip(line.pitch, onset, duration, velocity, strict=True):
            key = int(pitch) if line.is_drum else int(np.clip(pitch + shift, 21, 108))
            instrument.notes.append(pretty_midi.Note(int(force), key, float(at), float(at + lasting)))
    return instrument


def _play_drums(n_beats: int, beat_sec: float, rng: np.random.Generator) -> pretty_midi.Instrument:
    """A pattern of two bars of four that is repeated, with a change at the end of every fourth bar."""
    kit = pretty_midi.Instrument(0, is_drum=True)
    kick = np.unique(np.concatenate([[0, 8], rng.integers(0, 16, int(rng.integers(0, 3)))]))
    snare = np.array([4, 12]) if rng.random() < 0.8 else np.array([8])
    step, hat = int(rng.choice([1, 2, 2, 4])), int(rng.choice([_CLOSED_HAT, _CLOSED_HAT, _OPEN_HAT, 70]))
    level = rng.uniform(0.5, 1.0)
    for sixteenth in range(n_beats * 4):
        place, is_fill = sixteenth % 16, sixteenth % 64 >= 60
        struck = [(_KICK, 105)] if place in kick else []
        struck += [(_SNARE, 100)] if place in snare or (is_fill and rng.random() < 0.7) else []
        struck += [(hat, 62)] if place % step == 0 else []
        for pitch, force in struck:
            at = sixteenth * beat_sec / 4
            velocity = int(np.clip(force * level * rng.normal(1, 0.06), 10, 127))
            kit.notes.append(pretty_midi.Note(velocity, pitch, at, at + 0.1))
    return kit
