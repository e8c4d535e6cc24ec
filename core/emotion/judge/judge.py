"""Mood rating: valence and arousal of notes, from a phrase to a long piece."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from core.emotion.judge.config import JudgeConfig
from core.emotion.judge.features import describe, has_loudness, windows, without_loudness
from core.emotion.judge.inference import MoodNetwork, Tensors
from core.emotion.judge.rules import MoodRules, RulesConfig
from core.emotion.moods import Mood
from core.errors import InputError, plural
from core.music.performance import Performance
from core.nn.card import WEIGHTS_DIR, Card, find_card, read_card
from core.nn.weights import load_arrays

MIN_NOTES = 3
MAX_POINTS = 120  # of a curve over time; each costs about 10 ms


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """Predicted mood of a piece.

    Attributes
    ----------
    mood : Mood
        ``2 p - 1`` on each axis: how sure the judge is, not how strong the feeling.
    p_high_valence, p_high_arousal : float in [0, 1]
        By rules, about the share of open piano pieces that are less pleasant, less excited; by a trained judge, the share
        of comparable clips whose listeners called them pleasant, excited.
    """

    mood: Mood
    p_high_valence: float
    p_high_arousal: float


class MoodJudge:
    """Mood rater by rules or by trained classifiers; shared by all visitors, calls do not change it.

    Parameters
    ----------
    config : RulesConfig or JudgeConfig
        Of rules, or of trained classifiers.
    tensors : mapping of str to ndarray
    card : Card, optional
    """

    def __init__(self, config: RulesConfig | JudgeConfig, tensors: Tensors, card: Card | None = None) -> None:
        self._network: MoodRules | MoodNetwork = (
            MoodRules(config, tensors) if isinstance(config, RulesConfig) else MoodNetwork(config, tensors)
        )
        self.card = card

    @classmethod
    def from_weights(
        cls, name: str = "mood", *, version: int | None = None, directory: Path = WEIGHTS_DIR
    ) -> MoodJudge:
        """Load the shipped model: rules in the open set of weights, trained classifiers in the research set."""
        card = read_card(find_card(name, version=version, directory=directory))
        if card.class_path == RulesConfig.class_path:
            return cls(*load_arrays(name, RulesConfig, version=version, directory=directory))
        return cls(*load_arrays(name, JudgeConfig, version=version, directory=directory))

    @property
    def is_by_rules(self) -> bool:
        """Whether rules rate, and no classifier that was trained on listeners' labels."""
        return isinstance(self._network, MoodRules)

    def judge(self, performance: Performance, *, heard: bool = False) -> Judgment:
        """Rate the mood of a piece.

        Parameters
        ----------
        performance : Performance
            Of three notes or more. Of a piece longer than a minute, at most sixteen parts are judged, and the
            average told. Where all notes are equally loud, loudness is not judged.
        heard : bool
            Whether the notes are what :func:`core.emotion.judge.piano_transcription.transcribe_notes` heard in a recording.

        Returns
        -------
        Judgment

        Raises
        ------
        InputError
            If there are fewer than three notes.
        """
        _refuse_few(performance)
        return self._judge_parts(windows(performance), _choose_view(performance, heard))

    def over_time(
        self, performance: Performance, *, window_sec: float = 10.0, hop_sec: float = 2.0, heard: bool = False
    ) -> list[tuple[float, Mood]]:
        """Rate the mood over time, in windows around each time.

        Parameters
        ----------
        performance : Performance
            Of three notes or more.
        window_sec : float >= 1
            How much music is judged at once.
        hop_sec : float > 0
            From one moment to the next; more in a piece so long that it would give over 120 moments.
        heard : bool
            As in :meth:`judge`.

        Returns
        -------
        list of (float, Mood)
            The middle of each window in seconds, and its mood. Windows with fewer than three notes are left
            out; a piece shorter than a window gives one moment.

        Raises
        ------
        InputError
            If there are fewer than three notes, or a number is out of reach.
        """
        _refuse_few(performance)
        if not (1.0 <= window_sec <= 60.0 and hop_sec > 0):
            raise InputError(
                f"A window lasts 1 to 60 seconds and the hop is greater than 0, not {window_sec:g} and {hop_sec:g}."
            )
        onset = performance.onset_sec
        span = float(onset[-1] - onset[0])
        hop = max(hop_sec, (span - window_sec) / (MAX_POINTS - 1))
        n = 1 + max(0, int(np.ceil((span - window_sec) / hop - 1e-9)))
        starts = onset[0] + np.minimum(np.arange(n) * hop, max(0.0, span - window_sec))
        # One view for all: a window of equal loudness in a piece that has loudness is not a file without it.
        view, found = _choose_view(performance, heard), []
        for start in starts:
            a, b = np.searchsorted(onset, [start, start + window_sec + 1e-6])
            if b - a >= MIN_NOTES:
                middle = start + min(window_sec, span) / 2
                found.append(
                    (float(middle), self._judge_parts([performance.part(int(a), int(b))], view).mood)
                )
        return found or [(float(onset[0] + span / 2), self.judge(performance, heard=heard).mood)]

    def _judge_parts(self, parts: list[Performance], view: str) -> Judgment:
        shown = [without_loudness(part) for part in parts] if view == "flat" else parts
        features = np.array([describe(part) for part in shown], dtype=np.float32)
        weights = np.sqrt([len(part) for part in parts], dtype=np.float32)
        log_odds = (self._network.log_odds(features, view) * (weights / weights.sum())[:, None]).sum(axis=0)
        valence, arousal = expit(log_odds).tolist()
        mood = Mood(valence=2 * valence - 1, arousal=2 * arousal - 1)
        return Judgment(mood=mood, p_high_valence=valence, p_high_arousal=arousal)


def _choose_view(performance: Performance, heard: bool) -> str:
    if heard:
        return "heard"
    return "played" if has_loudness(performance) else "flat"


def _refuse_few(performance: Performance) -> None:
    if len(performance) < MIN_NOTES:
        raise InputError(
            f"The mood of {plural(len(performance), 'note')} cannot be rated. Use at least {MIN_NOTES} notes."
        )
