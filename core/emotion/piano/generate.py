"""Compose piano music in a mood, and say what music costs without one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.emotion.moods import Mood, MoodPath
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import Attributes, class_weights, key_of, measure, raw_rows, scaled
from core.emotion.piano.config import PianoConfig
from core.emotion.piano.ending import Ending, compose_final_chord
from core.emotion.piano.inference import Stepper, Weights, nll
from core.emotion.piano.steering import (
    CHORD_NOTES_READ,
    LEAST_CHORD_SEC,
    MOST_CHORD_SEC,
    PACE_SPREAD,
    Push,
    chord_pull,
    condition_row,
    set_loudness,
    stress_melody,
    targets,
    tonic_for,
)
from core.errors import InputError
from core.limits import MAX_DURATION_SEC, MAX_NOTES
from core.music.key import MAJOR_TONICS
from core.music.performance import LOWEST_PITCH, MIN_DURATION_SEC, Performance
from core.nn.card import Card
from core.nn.sampling import draw_class
from core.nn.weights import load_arrays

if TYPE_CHECKING:
    from core.emotion.classic.steering import ClassicSteering

Progress = Callable[[float], None]
Steering = Literal["network", "classic"]

# Of a long beginning only the end is read: the network's memory and its lookups reach no further back.
MAX_PROMPT_READ = 1024
RECENT_NOTES = 64
MEASURE_EVERY, FIRST_MEASURED = 6, 12
SMOOTHING = 0.35
GUIDANCE = 1.0
KIND = "pop"  # the labeled moods are of pop songs
# What a mood makes unusual is made up for by choosing more carefully: of pitch, step, duration and velocity.
STEERED_TEMPERATURES = (0.8, 0.9, 0.8, 0.75)
# A step that was played before in the same bin is played again with this probability, so that a pulse stays even.
SAME_STEP = 0.8
N_DRAFTS = 2
# What a draft is chosen by; the mode most, because chance leads away from it most. Choosing by register and articulation,
# too, made the durations of the chosen ones less varied than real ones are.
MISSED_WEIGHTS = np.array([0.25, 0.3, 0.0, 0.5, 0.0, 1.0])
MIN_VELOCITY = 12  # softer notes are hardly heard


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What was composed.

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


class PianoComposer:
    """Composes with one network; shared by all visitors, changed by no call.

    Attributes
    ----------
    card : Card or None
    """

    def __init__(
        self, config: PianoConfig, tensors: Mapping[str, NDArray[Any]], card: Card | None = None
    ) -> None:
        self._weights = Weights(config, tensors)
        self.card = card

    @classmethod
    def from_weights(cls) -> PianoComposer:
        """The shipped network."""
        return cls(*load_arrays("piano", PianoConfig))

    def compose(
        self,
        path: MoodPath | None,
        *,
        prompt: Performance | None = None,
        n_notes: int | None = None,
        duration_sec: float | None = None,
        temperature: float = 1.0,
        top_p: float = 0.95,
        seed: int = 0,
        steering: Steering = "network",
        guidance: float = GUIDANCE,
        kind: str | None = KIND,
        progress: Progress | None = None,
    ) -> Piece:
        """Compose a piece.

        Parameters
        ----------
        path : MoodPath or None
            The mood from the first note to the last. None leaves the mood and the kind unknown: a beginning goes on
            with its own mean attributes, and without one these are unknown, too.
        prompt : Performance, optional
            The beginning; its notes stay as they are.
        n_notes : int, optional
            Of the whole piece, the beginning included.
        duration_sec : float, optional
            When the piece ends. With both, what comes first; one of them is needed.
        temperature : float in [0, 2]
            0 takes the likeliest class every time.
        top_p : float in (0, 1]
            Classes beyond this share of the probability are not drawn (Holtzman et al. 2020).
        seed : int
            Of a steered piece two drafts are made, and the one whose measured attributes lie nearer to the mood's is
            taken.
        steering : {"network", "classic"}
            "classic" replaces the conditions by the original project's clusters: a score a pitch and a tempo factor.
        guidance : float from 1
            How far beyond the conditioned network the logits move away from the unconditioned one.
        kind : {"classical", "performed", "pop"}, optional
        progress : callable, optional
            Called with the share done.

        Returns
        -------
        Piece

        Raises
        ------
        InputError
            If a value is out of range or the beginning leaves no room.
        """
        _check(n_notes, duration_sec, temperature, top_p, guidance)
        tell = progress or (lambda share: None)
        classic = _load_classic() if steering == "classic" and path else None
        # Chance may lead away from a mood, so two drafts are made; at temperature 0 both would be the same.
        n_drafts = N_DRAFTS if path is not None and classic is None and temperature > 0 else 1
        pieces = []
        for number in range(n_drafts):
            draft = _Draft(
                weights=self._weights,
                path=path,
                n_notes=n_notes,
                duration_sec=duration_sec,
                temperature=temperature,
                top_p=top_p,
                seed=seed if number == 0 else [seed, number],
                classic=classic,
                guidance=guidance,
                kind=kind,
            )
            if prompt is not None and len(prompt):
                draft.begin_with(prompt)
            draft.compose(lambda share, done=number: tell((done + share) / n_drafts))  # type: ignore[misc]
            pieces.append(draft.piece())
        return min(pieces, key=_measure_miss) if n_drafts > 1 else pieces[0]

    def nll(self, performance: Performance) -> FloatArray:
        """Cost of every note without conditions, nats, shape=(n, 4); see :func:`core.emotion.piano.inference.nll`."""
        return nll(self._weights, performance)


def _check(
    n_notes: int | None, duration_sec: float | None, temperature: float, top_p: float, guidance: float
) -> None:
    if n_notes is None and duration_sec is None:
        raise InputError("A piece needs a length. Give notes, bars or seconds.")
    if n_notes is not None and not 1 <= n_notes <= MAX_NOTES:
        raise InputError(f"A piece can have 1 to {MAX_NOTES:,} notes, not {n_notes:,}.")
    if duration_sec is not None and not 1.0 <= duration_sec <= MAX_DURATION_SEC:
        raise InputError(f"A piece can last 1 to {MAX_DURATION_SEC:g} seconds, not {duration_sec:g}.")
    if not 0 <= temperature <= 2:
        raise InputError(f"The temperature goes from 0 to 2, not {temperature:g}.")
    if not 0 < top_p <= 1:
        raise InputError(f"Top-p goes from 0 (excluded) to 1, not {top_p:g}.")
    if not 1 <= guidance <= 5:
        raise InputError(f"The guidance goes from 1 to 5, not {guidance:g}.")


def _measure_miss(piece: Piece) -> float:
    """How far the composed notes lie from what the mood asks for, in weighted standard deviations."""
    own = piece.performance.part(piece.n_prompt, len(piece.performance))
    if piece.path is None or not len(own):
        return 0.0
    measured = scaled(raw_rows(own, window=4 * len(own), mode_window=4 * len(own))[:1])[0]
    wanted = targets(piece.path.at(0.5))
    return float(np.abs(measured - wanted) @ MISSED_WEIGHTS)


def _load_classic() -> ClassicSteering:
    from core.emotion.classic.steering import ClassicSteering

    return ClassicSteering.from_weights()


@dataclass(kw_only=True)
class _Draft:
    """One piece on its way; made for one call."""

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

    def __post_init__(self) -> None:
        told = self.path is not None and self.classic is None
        self.n_rows = 2 if told and self.guidance > 1 else 1
        self.stepper = Stepper(self.weights, self.n_rows)
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
        self.eveners = (1.0,) * 4 if self.path is None else STEERED_TEMPERATURES
        self.tonic = int(self.generator.integers(12))
        self.faster = float(self.generator.normal(0.0, PACE_SPREAD))
        self.ending = Ending(n_notes=self.n_notes, duration_sec=self.duration_sec)

    @property
    def n_prompt(self) -> int:
        """Notes of the beginning."""
        return 0 if self.prompt is None else len(self.prompt)

    def begin_with(self, prompt: Performance) -> None:
        """Read the beginning; it is told its own attributes and no mood."""
        if self.n_notes is not None and len(prompt) >= self.n_notes:
            raise InputError(
                f"The beginning has {len(prompt):,} notes and the piece {self.n_notes:,}. Ask for more notes."
            )
        if self.duration_sec is not None and prompt.onset_sec[-1] >= self.duration_sec - 0.5:
            raise InputError(
                f"The beginning takes {prompt.onset_sec[-1]:.0f} of {self.duration_sec:.0f} seconds. "
                "Ask for a longer piece."
            )
        self.prompt = prompt
        # The beginning's tonic stays, so that one melody goes on in major or in minor as the mood asks.
        self.tonic = MAJOR_TONICS.index(key_of(prompt)[0])
        last = prompt.part(max(0, len(prompt) - MAX_PROMPT_READ), len(prompt))
        read, rows = tk.encode(last), scaled(raw_rows(last))
        self.usual = rows.mean(axis=0)
        for i in range(len(read)):
            told = [condition_row(rows[i], None, None), condition_row(None, None, None)]
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
        return _to_performance(self.notes[-n:])

    def _take_heard(self) -> Performance:
        """The recent notes, of the beginning too."""
        recent = self._take_recent()
        if len(recent) >= RECENT_NOTES or self.prompt is None:
            return recent
        kept = self.prompt.part(max(0, self.n_prompt - RECENT_NOTES + len(recent)), self.n_prompt)
        return _join(kept, recent)

    def _listen(self) -> None:
        """Measure the last notes, and press harder where they fall short of the mood."""
        mood = self._mood()
        if mood is None or self.classic is not None:
            return
        heard = self._take_heard()
        weights = class_weights(heard) if len(heard) else np.zeros(12)
        if len(heard) < 12:
            # Nothing has said a key yet: one is drawn, and weighs as much as a few notes.
            weights[self.tonic] += 0.5
        said = _to_performance(self.own[-RECENT_NOTES:])
        if len(said) < FIRST_MEASURED and self.prompt is not None:
            # Until the continuation can be measured it is taken to go on like the beginning.
            said = self.prompt.part(max(0, self.n_prompt - RECENT_NOTES), self.n_prompt)
        measured = None
        if len(said) >= FIRST_MEASURED or self.prompt is not None:
            measured = raw_rows(said, window=4 * len(said), mode_window=4 * len(said))[0]
        self.tonic = tonic_for(weights, mood.valence, self.tonic)
        self.push = Push.toward(mood, measured, weights, self.tonic, faster=self.faster)
        # The first measure counts at once; later ones slowly, so that the pulse does not waver.
        share = SMOOTHING if len(self.notes) >= FIRST_MEASURED + MEASURE_EVERY else 1.0
        self.slower *= (self.push.slower / self.slower) ** share
        self.louder += share * (self.push.louder - self.louder)

    def _conditions(self) -> NDArray[np.float32]:
        mood = self._mood()
        if mood is None:
            return condition_row(self.usual, None, None)[None]
        unknown = condition_row(None, None, None)
        if self.classic is not None:
            return unknown[None]
        told = condition_row(targets(mood, self.faster) + self.push.attributes, mood, self.kind)
        return np.stack([told, unknown]) if self.n_rows == 2 else told[None]

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
        """Tell the network its own note, and play it at the tempo and loudness that the mood asks for."""
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
        whole = own if self.prompt is None else _join(self.prompt, own)
        if self.path is not None:
            n, length = self.n_prompt, self.duration_sec
            shares = whole.onset_sec / length if length else np.arange(len(whole)) / max(1, len(whole) - 1)
            moods = [self.path.at(float(share)) for share in shares[n:]]
            valence = np.array([mood.valence for mood in moods])
            velocity = stress_melody(whole.velocity[n:], whole.onset_sec[n:], valence)
            if self.classic is None:
                velocity = set_loudness(velocity, valence, np.array([mood.arousal for mood in moods]))
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


def _to_performance(notes: list[tuple[int, float, float, int]]) -> Performance:
    pitch, onset, duration, velocity = zip(*notes, strict=True) if notes else ((), (), (), ())
    return Performance.of(list(pitch), list(onset), list(duration), list(velocity))


def _join(first: Performance, second: Performance) -> Performance:
    return Performance(
        pitch=np.concatenate([first.pitch, second.pitch]),
        onset_sec=np.concatenate([first.onset_sec, second.onset_sec]),
        duration_sec=np.concatenate([first.duration_sec, second.duration_sec]),
        velocity=np.concatenate([first.velocity, second.velocity]),
    )
