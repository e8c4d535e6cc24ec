"""Draft of a piano piece: one note after another is drawn from the network, steered toward the mood, up to the last chord."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.emotion.moods import Mood, MoodPath
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import Attributes, class_weights, key_of, measure, raw_rows, scaled
from core.emotion.piano.ending import Ending, compose_final_chord
from core.emotion.piano.inference import Stepper, Weights
from core.emotion.piano.repetition import NgramCounts
from core.emotion.piano.steering import (
    CHORD_NOTES_READ,
    LEAST_CHORD_SEC,
    MOST_CHORD_SEC,
    Push,
    chord_pull,
    condition_row,
    find_plane,
    set_loudness,
    stress_melody,
    tonic_for,
)
from core.errors import InputError
from core.limits import MAX_NOTES
from core.music.performance import LOWEST_PITCH, MIN_DURATION_SEC, Performance
from core.music.tune import Key
from core.nn.sampling import draw_class

if TYPE_CHECKING:
    from core.emotion.classic.steering import ClassicSteering


Progress = Callable[[float], None]

# Of a long beginning only the end is read: the network's memory and its lookups reach no further back.
MAX_PROMPT_READ = 1024
RECENT_NOTES = 64
MEASURE_EVERY, FIRST_MEASURED = 6, 12
SMOOTHING = 0.35
# What a mood makes unusual is made up for by choosing more carefully: of step, duration and velocity, beside the plane's own
# factor of pitches.
STEERED_TEMPERATURES = (0.9, 0.8, 0.75)
# A step that was played before in the same bin is played again with this probability, so that a pulse stays even.
SAME_STEP = 0.8
MIN_VELOCITY = 12  # softer notes are hardly heard


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A composed piece.

    Attributes
    ----------
    performance : Performance
        The beginning, as it was given, and the continuation.
    n_prompt : int
        Notes of the beginning.
    path : MoodPath or None
        What was asked for; None for music without a mood.
    attributes : Attributes
        Measured on the composed notes, without the beginning.
    key, mode : str
        Of the composed notes, such as "Eb" and "minor".
    """

    performance: Performance
    n_prompt: int
    path: MoodPath | None
    attributes: Attributes
    key: str
    mode: str


@dataclass(kw_only=True)
class Draft:
    """State of one piece being composed."""

    weights: Weights
    path: MoodPath | None
    n_notes: int | None
    duration_sec: float | None
    temperature: float
    top_p: float
    seed: int | list[int]
    classic: ClassicSteering | None
    guidance: float
    kind: str | None
    counts: NgramCounts | None = None  # given where n-grams are kept from coming back too often

    def __post_init__(self) -> None:
        told = self.path is not None and self.classic is None
        self.n_rows = 2 if told and self.guidance > 1 else 1
        self.stepper = Stepper(self.weights, self.n_rows)
        self.plane = find_plane(self.weights.kinds)
        if self.kind not in (None, *self.weights.kinds):
            self.kind = self.weights.kinds[0]
        self.generator = np.random.default_rng(self.seed)
        self.prompt: Performance | None = None
        self.usual: FloatArray | None = None  # attributes of the beginning
        self.notes: list[tuple[int, float, float, int]] = []  # pitch, onset, duration, velocity
        self.now_sec = 0.0  # the last onset
        # The same notes as the network said them, before the mood's tempo and loudness were laid on.
        self.own: list[tuple[int, float, float, int]] = []
        self.own_sec = 0.0
        self.slower, self.louder = 1.0, 0.0
        self.push = Push()
        self.played: dict[int, float] = {}  # the step last played in a bin
        steered = (self.plane.pitch_temperature, *STEERED_TEMPERATURES)
        self.eveners = (1.0,) * 4 if self.path is None else steered
        self.tonic = int(self.generator.integers(12))
        self.faster = float(self.generator.normal(0.0, self.plane.pace_spread))
        self.ending = Ending(n_notes=self.n_notes, duration_sec=self.duration_sec)

    @property
    def n_prompt(self) -> int:
        """Number of notes in the opening."""
        return 0 if self.prompt is None else len(self.prompt)

    def begin_with(self, prompt: Performance) -> None:
        """Read the opening with its own attributes and without a mood."""
        if self.n_notes is not None and len(prompt) >= self.n_notes:
            raise InputError(
                f"The opening has {len(prompt):,} notes and the whole piece {self.n_notes:,}. Choose more notes."
            )
        if self.duration_sec is not None and prompt.onset_sec[-1] >= self.duration_sec - 0.5:
            raise InputError(
                f"The opening takes {prompt.onset_sec[-1]:.0f} of {self.duration_sec:.0f} seconds. "
                "Choose a longer piece."
            )
        self.prompt = prompt
        # The beginning's tonic stays, so that one melody goes on in major or in minor as the mood asks.
        self.tonic = Key(tonic=key_of(prompt)[0]).pitch_class
        last = prompt.part(max(0, len(prompt) - MAX_PROMPT_READ), len(prompt))
        read, rows = tk.encode(last), scaled(raw_rows(last))
        self.usual = rows.mean(axis=0)
        for i in range(len(read)):
            told = [self._tell(rows[i]), self._tell(None)]
            self.stepper.pitch_logits(np.stack(told[: self.n_rows]))
            self.stepper.push(read.tokens[i], float(read.onset_sec[i]), float(read.duration_sec[i]))
        self.now_sec = self.own_sec = float(prompt.onset_sec[-1])

    def compose(self, progress: Progress) -> None:
        """Add notes until the end, then the last chord."""
        self._listen()
        while not self.ending.is_due(self.n_prompt + len(self.notes), self.now_sec):
            if len(self.notes) % MEASURE_EVERY == 0:
                self._listen()
                progress(self._share())
            self._add_note()
            if self.n_prompt + len(self.notes) >= MAX_NOTES:
                break
        self._close()
        progress(1.0)

    def _share(self) -> float:
        shares = [0.0]
        if self.n_notes is not None:
            shares.append((self.n_prompt + len(self.notes)) / self.n_notes)
        if self.duration_sec is not None:
            shares.append(self.now_sec / self.duration_sec)
        return min(1.0, max(shares))

    def _mood(self) -> Mood | None:
        return None if self.path is None else self.path.at(self._share())

    def _take_recent(self, n: int = RECENT_NOTES) -> Performance:
        return to_performance(self.notes[-n:])

    def _take_heard(self) -> Performance:
        """The recent notes, including the opening."""
        recent = self._take_recent()
        if len(recent) >= RECENT_NOTES or self.prompt is None:
            return recent
        kept = self.prompt.part(max(0, self.n_prompt - RECENT_NOTES + len(recent)), self.n_prompt)
        return join_performances(kept, recent)

    def _listen(self) -> None:
        """Measure the last notes, and steer harder where they fall short of the mood."""
        mood = self._mood()
        if mood is None or self.classic is not None:
            return
        heard = self._take_heard()
        weights = class_weights(heard) if len(heard) else np.zeros(12)
        if len(heard) < 12:
            # Nothing has said a key yet: one is drawn, and weighs as much as a few notes.
            weights[self.tonic] += 0.5
        said = to_performance(self.own[-RECENT_NOTES:])
        if len(said) < FIRST_MEASURED and self.prompt is not None:
            # Until the continuation can be measured it is taken to go on like the beginning.
            said = self.prompt.part(max(0, self.n_prompt - RECENT_NOTES), self.n_prompt)
        measured = None
        if len(said) >= FIRST_MEASURED or self.prompt is not None:
            measured = raw_rows(said, window=4 * len(said), mode_window=4 * len(said))[0]
        self.tonic = tonic_for(weights, mood.valence, self.tonic)
        self.push = Push.toward(mood, measured, weights, self.tonic, plane=self.plane, faster=self.faster)
        # The first measure counts at once; later ones slowly, so that the pulse does not waver.
        share = SMOOTHING if len(self.notes) >= FIRST_MEASURED + MEASURE_EVERY else 1.0
        self.slower *= (self.push.slower / self.slower) ** share
        self.louder += share * (self.push.louder - self.louder)

    def _conditions(self) -> NDArray[np.float32]:
        mood = self._mood()
        if mood is None:
            return self._tell(self.usual)[None]
        unknown = self._tell(None)
        if self.classic is not None:
            return unknown[None]
        # A network that was shown no moods is told their attributes alone.
        known = mood if self.weights.has_moods else None
        told = self._tell(
            self.plane.targets(mood, self.faster) + self.push.attributes, mood=known, kind=self.kind
        )
        return np.stack([told, unknown]) if self.n_rows == 2 else told[None]

    def _tell(
        self, attributes: FloatArray | None, *, mood: Mood | None = None, kind: str | None = None
    ) -> NDArray[np.float32]:
        return condition_row(attributes, mood, kind, self.weights.kinds)

    def _add_note(self) -> None:
        stepper = self.stepper
        logits = self._guide(stepper.pitch_logits(self._conditions()))
        logits = (
            logits
            + self.push.pitches
            + self._chord_pull()
            + self.ending.pitch_bias(self.n_prompt + len(self.notes), self.now_sec, self._take_heard)
        )
        if self.classic is not None and self.path is not None:
            score = self.classic.pitch_scores(self._take_heard(), self._is_happy)[
                LOWEST_PITCH : LOWEST_PITCH + tk.N_PITCHES
            ]
            logits = self.classic.alpha * logits + self.classic.beta * score
        if self.counts is not None:
            logits = np.where(self.counts.too_often(), -np.inf, logits)
        pitch = self._draw(logits, tk.PITCH)
        steps = self._guide(stepper.step_logits(pitch))
        # A chord is told from low to high, and nothing is struck together with the beginning's last note.
        if pitch <= stepper.last[tk.PITCH] or not self.notes:
            steps[tk.CHORD] = -np.inf
        step = self._draw(steps, tk.STEP)
        duration = self._draw(self._guide(stepper.duration_logits(step)), tk.DURATION)
        velocity = self._draw(self._guide(stepper.velocity_logits(duration)), tk.VELOCITY)
        self._play(pitch, step, duration, velocity)

    def _chord_pull(self) -> NDArray[np.float32] | float:
        mood = self._mood()
        if mood is None or self.classic is not None:
            return 0.0
        sounding = np.zeros(12, dtype=bool)
        for pitch, onset, duration, _ in self.notes[-CHORD_NOTES_READ:]:
            lasting = min(max(duration, LEAST_CHORD_SEC), MOST_CHORD_SEC)
            sounding[pitch % 12] |= onset + lasting > self.now_sec
        return chord_pull(sounding, mood.valence)

    def _play(self, pitch: int, step: int, duration: int, velocity: int) -> None:
        """Feed the network its own note, and perform it at the mood's tempo and loudness."""
        step_sec, lasting = self._draw_step_sec(step), self._draw_within(tk.duration_bounds_sec(duration))
        if not self.notes and self.prompt is None:
            step_sec = 0.0
        self.own_sec += step_sec
        self.stepper.push(np.array([pitch, step, duration, velocity]), self.own_sec, lasting)
        loud = velocity * tk.VELOCITY_WIDTH + int(self.generator.integers(tk.VELOCITY_WIDTH))
        self.own.append((pitch + LOWEST_PITCH, self.own_sec, lasting, max(1, loud)))
        slower = self.slower * self.ending.slowing(self.n_prompt + len(self.notes), self.now_sec)
        if self.classic is not None:
            slower *= self.classic.tempo_factor(self._is_happy)
        self.now_sec = min(self.now_sec + step_sec * slower, max(self.now_sec, self.ending.latest_sec))
        lasting = max(MIN_DURATION_SEC, lasting * slower)
        loud = int(np.clip(round(loud + self.louder), MIN_VELOCITY, 127))
        self.notes.append((pitch + LOWEST_PITCH, self.now_sec, lasting, loud))
        if self.counts is not None:
            self.counts.push(pitch + LOWEST_PITCH)

    @property
    def _is_happy(self) -> bool:
        mood = self._mood()
        return mood is not None and mood.valence >= 0

    def _draw_step_sec(self, step: int) -> float:
        if step == tk.CHORD:
            return 0.0
        if step in self.played and self.generator.random() < SAME_STEP:
            return self.played[step]
        self.played[step] = self._draw_within(tk.step_bounds_sec(step))
        return self.played[step]

    def _draw_within(self, bounds: tuple[float, float]) -> float:
        return float(self.generator.uniform(*bounds))

    def _guide(self, logits: NDArray[np.float32]) -> FloatArray:
        if self.n_rows == 1:
            return np.array(logits[0], dtype=np.float64)
        told, unknown = logits.astype(np.float64)
        guided: FloatArray = unknown + self.guidance * (told - unknown)
        return guided

    def _draw(self, logits: FloatArray, column: int) -> int:
        temperature = self.temperature * self.eveners[column]
        return draw_class(logits, self.generator, temperature=temperature, top_p=self.top_p)

    def _close(self) -> None:
        chord = compose_final_chord(
            self._take_heard(), self.ending.n_chord, self.now_sec, self.ending, self.generator
        )
        self.notes.extend(chord)

    def piece(self) -> Piece:
        """The piece, measured."""
        own = self._take_recent(len(self.notes))
        if self.duration_sec is not None:
            room = np.maximum(self.duration_sec - own.onset_sec, MIN_DURATION_SEC)
            own = dataclasses.replace(own, duration_sec=np.minimum(own.duration_sec, room))
        whole = own if self.prompt is None else join_performances(self.prompt, own)
        if self.path is not None:
            n, length = self.n_prompt, self.duration_sec
            shares = whole.onset_sec / length if length else np.arange(len(whole)) / max(1, len(whole) - 1)
            moods = [self.path.at(float(share)) for share in shares[n:]]
            valence = np.array([mood.valence for mood in moods])
            velocity = stress_melody(whole.velocity[n:], whole.onset_sec[n:], valence, self.plane)
            if self.classic is None:
                arousal = np.array([mood.arousal for mood in moods])
                velocity = set_loudness(velocity, valence, arousal, self.plane)
            whole = dataclasses.replace(whole, velocity=np.concatenate([whole.velocity[:n], velocity]))
            own = whole.part(n, len(whole))
        key, mode = key_of(own)
        return Piece(
            performance=whole,
            n_prompt=self.n_prompt,
            path=self.path,
            attributes=measure(own),
            key=key,
            mode=mode,
        )


def to_performance(notes: list[tuple[int, float, float, int]]) -> Performance:
    """A performance of pitches, onsets, durations and velocities."""
    pitch, onset, duration, velocity = zip(*notes, strict=True) if notes else ((), (), (), ())
    return Performance.of(list(pitch), list(onset), list(duration), list(velocity))


def join_performances(first: Performance, second: Performance) -> Performance:
    """Concatenate performances; the second begins no sooner than the first's last onset."""
    return Performance(
        pitch=np.concatenate([first.pitch, second.pitch]),
        onset_sec=np.concatenate([first.onset_sec, second.onset_sec]),
        duration_sec=np.concatenate([first.duration_sec, second.duration_sec]),
        velocity=np.concatenate([first.velocity, second.velocity]),
    )
