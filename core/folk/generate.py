"""Compose folk tunes: sample from the model under a plan, draw the cadence, keep the candidates that pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.errors import InputError
from core.folk import tokenizer as tk
from core.folk.collection_names import find_nearest
from core.folk.config import FolkConfig
from core.folk.draft import Draft, Span, cut_events
from core.folk.form import parts_differ
from core.folk.inference import FolkNetwork, Stepper, event_bits, find_phrase_ends
from core.folk.phrase_marks import place_phrase_marks
from core.folk.selection import MIN_IN_KEY, Selection, is_usual, share_in_key, usual_bits
from core.folk.tune_plan import MAX_COUNT, Plan, make_plan
from core.music.tune import Event, Key, Tune
from core.nn.card import Card
from core.nn.lstm import State
from core.nn.weights import load_arrays

Progress = Callable[[float], None]

N_CADENCES = 6  # ways to the last note, of which one is drawn
_PLAN_DEFAULTS: dict[str, Any] = {
    "collection": "germany/erk",
    "key": "G",
    "mode": "major",
    "meter": "4/4",
    "bars": 16,
    "phrase_plan": None,
    "low": 60,
    "high": 79,
    "end_on_tonic": True,
}


@dataclass(frozen=True)
class _Candidate:
    """A composed tune, its share of notes in key, whether its surprise is typical of real tunes, and its parts differ."""

    tune: Tune
    in_key: float = 1.0
    is_usual: bool = True
    is_varied: bool = True

    @property
    def is_good(self) -> bool:
        """Whether the tune passes selection."""
        return self.in_key >= MIN_IN_KEY and self.is_usual and self.is_varied


class FolkComposer:
    """Composer of folk tunes with one network; shared by all visitors, calls do not change it."""

    def __init__(
        self, config: FolkConfig, tensors: Mapping[str, NDArray[Any]], card: Card | None = None
    ) -> None:
        self._network = FolkNetwork(config, tensors)
        self.card = card

    @property
    def collections(self) -> tuple[str, ...]:
        """The collections that the network knows; the first is ``"unknown"``."""
        return self._network.config.collections

    @classmethod
    def from_weights(cls) -> FolkComposer:
        """The composer with the shipped network."""
        return cls(*load_arrays("folk_melody", FolkConfig))

    def compose(
        self,
        *,
        collection: str = "germany/erk",
        key: str = "G",
        mode: str = "major",
        meter: str = "4/4",
        bars: int = 16,
        phrase_plan: Sequence[int] | None = None,
        phrase_letters: str = "",
        groups: Sequence[int] = (),
        low: int = 60,
        high: int = 79,
        temperature: float = 1.0,
        top_p: float = 1.0,
        seed: int = 0,
        count: int = 1,
        prompt: Tune | None = None,
        keep: Sequence[int] | None = None,
        end_on_tonic: bool = True,
        pickup_beat: float = 0.0,
        selective: bool = True,
        progress: Progress | None = None,
    ) -> list[Tune]:
        """Compose tunes.

        Parameters
        ----------
        collection : str
            One of ``tokenizer.COLLECTIONS``; ``"unknown"`` for a mixture. Where the network does not know it, the nearest
            one that it knows is followed, and told by the tune.
        key, mode, meter : str
            ``"Bb"``, ``"dorian"``, ``"6/8"``.
        bars : int in [2, 128]
        phrase_plan : sequence of int, optional
            Bars of each phrase, together ``bars``; phrases of four bars if not given. Each ends exactly there:
            no note goes on over it.
        phrase_letters : str
            One letter a phrase, such as ``"AABA"``, or none. A phrase repeats the notes of the first one of its
            letter, which is as long. Two things come before that: what is given or kept, and a last bar that
            closes the tune; it is composed anew where a repeat would not close it as asked.
        groups : sequence of int
            How the beats of an irregular meter are grouped in notation, such as ``(3, 2, 2)`` for 7/8.
        low, high : int
            Lowest and highest MIDI note number.
        temperature : float >= 0
            0 takes the likeliest event and ignores ``seed``.
        top_p : float in (0, 1]
            Only the likeliest events that together have this probability (Holtzman et al. 2020).
        seed : int
            The n-th candidate depends on it and on n alone, not on ``count``.
        count : int in [1, 32]
        prompt : Tune, optional
            A beginning in the wanted key, or, with ``keep``, a whole tune.
        keep : sequence of int, optional
            Bars of ``prompt``, from 0, that stay; all others are composed anew. The pickup stays with bar 0.
        end_on_tonic : bool
            Whether the last note is the tonic. A last bar that is kept stays as it is.
        pickup_beat : float
            Quarters before the first bar; the last bar is shorter by as much. A prompt brings its own.
        selective : bool
            Leave out candidates of which less than 95 % of the composed notes lie in the scale, and those that are far
            more or less surprising than real tunes, or whose repeated parts are nearly the same; up to ``4 count + 4``
            are composed. Where too few are left, those with most notes in the scale are taken as well.
        progress : callable, optional
            Told the share that is done, 0 to 1.

        Returns
        -------
        list of Tune

        Raises
        ------
        InputError
            If the request contradicts itself or lies out of reach.

        Examples
        --------
        >>> composer = FolkComposer.from_weights()
        >>> (tune,) = composer.compose(key="D", mode="dorian", meter="6/8", bars=4, seed=1)
        >>> tune.meters[0].meter, tune.keys[0].mode, tune.pitches[-1] % 12
        ('6/8', 'dorian', 2)
        """
        selection = self.compose_selection(
            collection=collection,
            key=key,
            mode=mode,
            meter=meter,
            bars=bars,
            phrase_plan=phrase_plan,
            phrase_letters=phrase_letters,
            groups=groups,
            low=low,
            high=high,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            count=count,
            prompt=prompt,
            keep=keep,
            end_on_tonic=end_on_tonic,
            pickup_beat=pickup_beat,
            selective=selective,
            progress=progress,
        )
        return list(selection.tunes)

    def compose_selection(
        self,
        *,
        temperature: float = 1.0,
        top_p: float = 1.0,
        seed: int = 0,
        count: int = 1,
        prompt: Tune | None = None,
        keep: Sequence[int] | None = None,
        selective: bool = True,
        progress: Progress | None = None,
        **asked: Any,
    ) -> Selection:
        """Compose tunes and count those that were left out; parameters as for :meth:`compose`."""
        check_sampling(temperature, top_p, seed, count)
        plan = make_plan(**{**_PLAN_DEFAULTS, **asked}, prompt=prompt, keep=keep)
        plan = replace(plan, collection=find_nearest(plan.collection, self.collections))
        spans = _find_given_spans(plan, prompt, keep)
        given = _cut_given(_translate_mode(prompt, plan.key) if prompt is not None else None, spans)
        # At temperature 0 all candidates are the same.
        selective = selective and temperature > 0
        most = 4 * count + 4 if selective else count
        candidates: list[_Candidate] = []
        tell = _tell_rising(progress)
        while len(candidates) < most:
            missing = count - sum(candidate.is_good for candidate in candidates)
            if missing <= 0:
                break
            batch = min(most - len(candidates), missing + selective)
            drafts = [
                Draft(plan, given, spans, np.random.default_rng([seed, n]), temperature, top_p)
                for n in range(len(candidates), len(candidates) + batch)
            ]
            for draft in self._fill(plan, drafts, tell):
                tune = self._mark_phrases(draft.tune(), plan)
                candidates.append(self._judge(tune, draft, prompt is None) if selective else _Candidate(tune))
        tell(1.0)
        return _select(candidates, count)

    def _mark_phrases(self, tune: Tune, plan: Plan) -> Tune:
        log_odds = find_phrase_ends(self._network, _translate_mode(tune, tune.keys[0]))
        return place_phrase_marks(tune, plan.phrase_ends, log_odds)

    def _judge(self, tune: Tune, draft: Draft, is_free: bool) -> _Candidate:
        share = share_in_key(tune, draft.spans)
        if share < MIN_IN_KEY or not is_free:
            return _Candidate(tune, share)
        bits = float(self.bits(tune)[:, 1].mean())
        usual = is_usual(bits, usual_bits(self.card, draft.plan.collection), draft.temperature)
        return _Candidate(
            tune, share, usual, parts_differ(tune, draft.plan.phrase_letters, draft.plan.phrase_ends)
        )

    def bits(self, tune: Tune) -> FloatArray:
        """Surprise of each event of a tune under the network, in bits.

        Returns
        -------
        ndarray of float64, shape=(n, 2)
            Bits of the pitch or rest alone, and of pitch and length jointly, an event a row.
        """
        return event_bits(self._network, _translate_mode(tune, tune.keys[0]))

    def _fill(self, plan: Plan, drafts: list[Draft], progress: Progress) -> list[Draft]:
        """Compose up to the cadence, then several cadences per tune, and draw one for each."""
        context = self._network.context_ids(plan.collection, plan.key.mode, plan.meter.meter)
        stepper = Stepper(self._network, context, len(drafts))
        states = _step_until(stepper, drafts, Draft.reaches_cadence, progress)
        forks = [draft.fork(N_CADENCES) for draft in drafts]
        stepper.restore([state for state, group in zip(states, forks, strict=True) for _ in group])
        _step_until(stepper, [draft for group in forks for draft in group], Draft.is_complete, progress)
        return [draft.draw_cadence(group) for draft, group in zip(drafts, forks, strict=True)]


def _step_until(
    stepper: Stepper, drafts: list[Draft], halts: Callable[[Draft], bool], progress: Progress
) -> list[State]:
    """Add events to every draft until it halts; returns the network state of each."""
    states: list[State | None] = [None] * len(drafts)
    while True:
        for i, draft in enumerate(drafts):
            if states[i] is None and halts(draft):
                states[i] = stepper.state_of(i)
        going = [i for i, state in enumerate(states) if state is None]
        if not going:
            return [state for state in states if state is not None]
        # A draft that has halted is read on with its last row, so that the others keep their places in the batch.
        logits = stepper.pitches([draft.row() for draft in drafts])
        pitches = [tk.REST] * len(drafts)
        for i in going:
            pitches[i] = drafts[i].choose_pitch(logits[i])
        logits = stepper.durations(pitches)
        for i in going:
            drafts[i].add(pitches[i], logits[i])
        progress(min(draft.place for draft in drafts) / drafts[0].plan.length_tick)


def _tell_rising(progress: Progress | None) -> Progress:
    """Make progress monotonic: further candidates would start at 0 again."""
    told = -1.0

    def tell(share: float) -> None:
        nonlocal told
        if progress is not None and share > told:
            told = share
            progress(share)

    return tell


def _select(candidates: Sequence[_Candidate], count: int) -> Selection:
    """Select the first good candidates; if too few, fill up with those with most notes in key."""
    good = [candidate for candidate in candidates if candidate.is_good][:count]
    others = [candidate for candidate in candidates if not candidate.is_good]
    others.sort(key=lambda candidate: (not candidate.is_varied, -candidate.in_key))
    in_spite = others[: count - len(good)]
    out = others[len(in_spite) :]
    out_of_key = sum(candidate.in_key < MIN_IN_KEY for candidate in out)
    unusual = sum(candidate.in_key >= MIN_IN_KEY and not candidate.is_usual for candidate in out)
    return Selection(
        tunes=tuple(candidate.tune for candidate in [*good, *in_spite]),
        n_composed=len(candidates),
        n_out_of_key=out_of_key,
        n_unusual=unusual,
        n_alike=len(out) - out_of_key - unusual,
        n_in_spite=len(in_spite),
    )


def check_sampling(temperature: float, top_p: float, seed: int, count: int) -> None:
    """Refuse numbers that are out of range.

    Raises
    ------
    InputError
    """
    if not 0 <= temperature <= 5:
        raise InputError(f"Temperature can be 0 to 5, not {temperature:g}.")
    if not 0 < top_p <= 1:
        raise InputError(f"Top-p can be above 0 and up to 1, not {top_p:g}.")
    if not 0 <= seed < 2**63:
        raise InputError(f"A seed is a whole number from 0, not {seed}.")
    if not 1 <= count <= MAX_COUNT:
        raise InputError(f"1 to {MAX_COUNT} variants can be composed at once, not {count}.")


def _translate_mode(tune: Tune, key: Key) -> Tune:
    """Translate a tune in an untrained mode to the mode that stands in for it."""
    if key.mode not in tk.HEARD_AS:
        return tune
    events = (
        replace(event, pitch=tk.exchange_degrees(event.pitch, key.mode, key.pitch_class))
        for event in tune.events
    )
    return replace(tune, events=tuple(events))


def _find_given_spans(plan: Plan, prompt: Tune | None, keep: Sequence[int] | None) -> list[Span]:
    """Spans of given notes (start, end), ascending and disjoint."""
    if prompt is None:
        return []
    if keep is None:
        return [(0, prompt.length_tick)]
    edges = [*plan.bars, plan.length_tick]
    spans = [(0 if bar == 0 else edges[bar], edges[bar + 1]) for bar in sorted(set(keep))]
    joined: list[Span] = []
    for begin, end in spans:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        elif begin < end:
            joined.append((begin, end))
    return joined


def _cut_given(prompt: Tune | None, spans: list[Span]) -> dict[int, Event]:
    """Given events by onset, clipped to the kept bars."""
    found: dict[int, Event] = {}
    if prompt is not None:
        for begin, end in spans:
            found.update(cut_events(prompt.events, begin, end))
    return found
