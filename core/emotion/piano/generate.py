"""Compose piano music in a mood; the surprise (negative log-likelihood) of given notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.emotion.moods import MoodPath
from core.emotion.piano.attributes import measure, raw_rows, scaled
from core.emotion.piano.config import PianoConfig
from core.emotion.piano.draft import Draft, Piece, Progress
from core.emotion.piano.inference import Weights, nll
from core.emotion.piano.repetition import NgramCounts, repeats_too_often
from core.emotion.piano.steering import MoodPlane, find_plane
from core.errors import InputError
from core.limits import MAX_DURATION_SEC, MAX_NOTES
from core.music.key import MAJOR_TONICS, TONICS
from core.music.performance import HIGHEST_PITCH, LOWEST_PITCH, Performance
from core.music.scales import fold_octaves
from core.music.tune import Key
from core.nn.card import Card
from core.nn.weights import load_arrays

if TYPE_CHECKING:
    from core.emotion.classic.steering import ClassicSteering


Steering = Literal["network", "classic"]
GUIDANCE = 1.0
KIND = "pop"  # the labeled moods are of pop songs; a network that knows no pop is told the first of its kinds
N_DRAFTS = 2
# What a draft is chosen by; the mode most, because chance leads away from it most. Choosing by register and articulation,
# too, made the durations of the chosen ones less varied than real ones are.
MISSED_WEIGHTS = np.array([0.25, 0.3, 0.0, 0.5, 0.0, 1.0])


class PianoComposer:
    """Composer of piano pieces with one network; shared by all visitors, calls do not change it.

    Attributes
    ----------
    card : Card or None
    plane : MoodPlane
        What music of each mood is like; of the set of weights.
    """

    def __init__(
        self, config: PianoConfig, tensors: Mapping[str, NDArray[Any]], card: Card | None = None
    ) -> None:
        self._weights = Weights(config, tensors)
        self.card = card
        self.plane = find_plane(config.kinds)

    @classmethod
    def from_weights(cls) -> PianoComposer:
        """Load the shipped network."""
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
        key: str | None = None,
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
        kind : str, optional
            What the network is told it plays: ``"classical"``, ``"performed"``, ``"pop"`` or ``"score"``. Where it does not know
            this kind it is told the first that it knows.
        key : str, optional
            Tonic to which the piece is transposed, such as "Eb"; the mode follows the valence. Without it the seed chooses a
            tonic, which may change on the way. Not with a beginning, whose key is kept.
        progress : callable, optional
            Called with the share done.

        Returns
        -------
        Piece
            A piece in which an n-gram of pitches comes back more often than in real music
            (:mod:`core.emotion.piano.repetition`) is written again without; every other one stays the same for its seed.

        Raises
        ------
        InputError
            If a value is out of range or the beginning leaves no room.
        """
        _check(n_notes, duration_sec, temperature, top_p, guidance)
        begins = prompt is not None and len(prompt) > 0
        tonic = _find_tonic(key, begins=begins)
        tell = progress or (lambda share: None)
        classic = _load_classic() if steering == "classic" and path else None
        # Chance may lead away from a mood, so two drafts are made; at temperature 0 both would be the same.
        n_drafts = N_DRAFTS if path is not None and classic is None and temperature > 0 else 1

        def write(number: int, *, limited: bool) -> Piece:
            draft = Draft(
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
                counts=NgramCounts() if limited else None,
            )
            if prompt is not None and begins:
                draft.begin_with(prompt)
            draft.compose(lambda share: tell((n_drafts * limited + number + share) / (2 * n_drafts)))
            return draft.piece()

        def miss(piece: Piece) -> float:
            return _measure_miss(piece, self.plane)

        best = min((write(number, limited=False) for number in range(n_drafts)), key=miss)
        if repeats_too_often(_own_notes(best).pitch):
            # Only a piece that loops is written again, so that every other one stays the same for its seed.
            best = min((write(number, limited=True) for number in range(n_drafts)), key=miss)
        tell(1.0)
        return best if tonic is None else _move_to_tonic(best, tonic)

    def nll(self, performance: Performance) -> FloatArray:
        """Surprise of every note without conditions, nats, shape=(n, 4); see :func:`core.emotion.piano.inference.nll`."""
        return nll(self._weights, performance)


def _check(
    n_notes: int | None, duration_sec: float | None, temperature: float, top_p: float, guidance: float
) -> None:
    if n_notes is None and duration_sec is None:
        raise InputError("A piece needs a length in notes, bars or seconds.")
    if n_notes is not None and not 1 <= n_notes <= MAX_NOTES:
        raise InputError(f"A piece has 1 to {MAX_NOTES:,} notes, not {n_notes:,}.")
    if duration_sec is not None and not 1.0 <= duration_sec <= MAX_DURATION_SEC:
        raise InputError(f"A piece lasts 1 to {MAX_DURATION_SEC:g} seconds, not {duration_sec:g}.")
    if not 0 <= temperature <= 2:
        raise InputError(f"Temperature ranges from 0 to 2, not {temperature:g}.")
    if not 0 < top_p <= 1:
        raise InputError(f"Top-p is greater than 0 and at most 1, not {top_p:g}.")
    if not 1 <= guidance <= 5:
        raise InputError(f"Guidance ranges from 1 to 5, not {guidance:g}.")


def _find_tonic(key: str | None, *, begins: bool) -> int | None:
    if key is None:
        return None
    if key not in MAJOR_TONICS:
        raise InputError(f"A key is one of {', '.join(MAJOR_TONICS)}, not {key}.")
    if begins:
        raise InputError("The opening notes set the key. Leave the key open, or compose without them.")
    return MAJOR_TONICS.index(key)


def _move_to_tonic(piece: Piece, tonic: int) -> Piece:
    """The piece, transposed by at most a tritone."""
    up = (tonic - Key(tonic=piece.key).pitch_class + 5) % 12 - 5
    if not up:
        return piece
    notes = piece.performance
    pitch = fold_octaves(notes.pitch + up, LOWEST_PITCH, HIGHEST_PITCH)
    moved = Performance.of(pitch, notes.onset_sec, notes.duration_sec, notes.velocity)
    return dataclasses.replace(
        piece, performance=moved, attributes=measure(moved), key=TONICS[piece.mode][tonic]
    )


def _measure_miss(piece: Piece, plane: MoodPlane) -> float:
    """Distance of the composed notes from the mood's targets, in weighted standard deviations."""
    own = _own_notes(piece)
    if piece.path is None or not len(own):
        return 0.0
    measured = scaled(raw_rows(own, window=4 * len(own), mode_window=4 * len(own))[:1])[0]
    wanted = plane.targets(piece.path.at(0.5))
    return float(np.abs(measured - wanted) @ MISSED_WEIGHTS)


def _own_notes(piece: Piece) -> Performance:
    return piece.performance.part(piece.n_prompt, len(piece.performance))


def _load_classic() -> ClassicSteering:
    from core.emotion.classic.steering import ClassicSteering

    return ClassicSteering.from_weights()
