"""Compose folk tunes that are always valid: sampling from the network under a plan and a few rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.errors import InputError
from core.folk import tokenizer as tk
from core.folk.config import FolkConfig
from core.folk.inference import FolkNetwork, Stepper, event_bits
from core.folk.tune_plan import MAX_COUNT, Plan, make_plan
from core.music.tune import Event, Key, Tune
from core.nn.card import Card
from core.nn.sampling import draw_class
from core.nn.weights import load_arrays

Span = tuple[int, int]  # from, to; ticks
Progress = Callable[[float], None]

MAX_REPEATS = 6  # of one pitch in a row
FINAL_TICK = 480  # the last note lasts at least a quarter where the bar allows
PERIODS = (1, 2, 4)  # bars; a group of so many is not played a third time in a row


class FolkComposer:
    """Composes with one network; shared by all visitors, changed by no call."""

    def __init__(
        self, config: FolkConfig, tensors: Mapping[str, NDArray[Any]], card: Card | None = None
    ) -> None:
        self._network = FolkNetwork(config, tensors)
        self.card = card

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
        progress: Progress | None = None,
    ) -> list[Tune]:
        """Compose tunes.

        Parameters
        ----------
        collection : str
            One of ``tokenizer.COLLECTIONS``; ``"unknown"`` for a mixture.
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
        low, high : int
            Lowest and highest MIDI note number.
        temperature : float >= 0
            0 takes the likeliest event and ignores ``seed``.
        top_p : float in (0, 1]
            Only the likeliest events that together have this probability (Holtzman et al. 2020).
        seed : int
            The n-th tune depends on it and on n alone, not on ``count``.
        count : int in [1, 32]
        prompt : Tune, optional
            A beginning in the wanted key, or, with ``keep``, a whole tune.
        keep : sequence of int, optional
            Bars of ``prompt``, from 0, that stay; all others are composed anew. The pickup stays with bar 0.
        end_on_tonic : bool
            Whether the last note is the tonic. A last bar that is kept stays as it is.
        pickup_beat : float
            Quarters before the first bar; the last bar is shorter by as much. A prompt brings its own.
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
        _check_sampling(temperature, top_p, seed, count)
        plan = make_plan(
            collection=collection,
            key=key,
            mode=mode,
            meter=meter,
            bars=bars,
            phrase_plan=phrase_plan,
            phrase_letters=phrase_letters,
            low=low,
            high=high,
            end_on_tonic=end_on_tonic,
            pickup_beat=pickup_beat,
            prompt=prompt,
            keep=keep,
        )
        spans = _find_given_spans(plan, prompt, keep)
        given = _cut_given(_translate_mode(prompt, plan.key) if prompt is not None else None, spans)
        drafts = [
            _Draft(plan, given, spans, np.random.default_rng([seed, n]), temperature, top_p)
            for n in range(count)
        ]
        self._fill(plan, drafts, progress)
        return [draft.tune() for draft in drafts]

    def bits(self, tune: Tune) -> FloatArray:
        """What each event of a tune costs under the network: how expected it is.

        Returns
        -------
        ndarray of float64, shape=(n, 2)
            Bits of the pitch or rest alone, and of pitch and length jointly, an event a row.
        """
        return event_bits(self._network, _translate_mode(tune, tune.keys[0]))

    def _fill(self, plan: Plan, drafts: list[_Draft], progress: Progress | None) -> None:
        context = tk.context_ids(plan.collection, plan.key.mode, plan.meter.meter)
        stepper = Stepper(self._network, context, len(drafts))
        while any(draft.open for draft in drafts):
            # A finished tune is read on with its last row, so that the others keep their places in the batch.
            logits = stepper.pitches([draft.row() for draft in drafts])
            pitches = [draft.choose_pitch(logits[i]) for i, draft in enumerate(drafts)]
            logits = stepper.durations(pitches)
            for i, draft in enumerate(drafts):
                draft.add(pitches[i], logits[i])
            if progress is not None:
                progress(min(draft.place for draft in drafts) / plan.length_tick)


def _check_sampling(temperature: float, top_p: float, seed: int, count: int) -> None:
    if not 0 <= temperature <= 5:
        raise InputError(f"The temperature {temperature:g} is out of reach. Choose from 0 to 5.")
    if not 0 < top_p <= 1:
        raise InputError(f"The share {top_p:g} of likely notes is none. Choose above 0 and up to 1.")
    if not 0 <= seed < 2**63:
        raise InputError(f"The seed {seed} is out of reach. Choose a whole number from 0.")
    if not 1 <= count <= MAX_COUNT:
        raise InputError(f"{count} variants cannot be composed at once. Choose from 1 to {MAX_COUNT}.")


def _translate_mode(tune: Tune, key: Key) -> Tune:
    """A tune in a mode that the network has not heard, in the one that it takes for it."""
    if key.mode not in tk.HEARD_AS:
        return tune
    events = (
        replace(event, pitch=tk.exchange_degrees(event.pitch, key.mode, key.pitch_class))
        for event in tune.events
    )
    return replace(tune, events=tuple(events))


def _find_given_spans(plan: Plan, prompt: Tune | None, keep: Sequence[int] | None) -> list[Span]:
    """Where notes are given: from, to; ascending and apart from each other."""
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
    """Events that are fixed, by onset, cut where a kept bar begins or ends."""
    found: dict[int, Event] = {}
    if prompt is not None:
        for begin, end in spans:
            found.update(_cut_events(prompt.events, begin, end))
    return found


def _cut_events(events: Sequence[Event], begin: int, end: int, shift: int = 0) -> dict[int, Event]:
    """Events moved on by ``shift``, cut where the span begins or ends, by onset."""
    found = {}
    for event in events:
        onset, stop = max(begin, event.onset_tick + shift), min(end, event.end_tick + shift)
        if onset < stop:
            found[onset] = Event(onset_tick=onset, duration_tick=stop - onset, pitch=event.pitch)
    return found


def _subtract_spans(span: Span, taken: Sequence[Span]) -> list[Span]:
    """What is left of a span outside others, which ascend."""
    left, place = [], span[0]
    for begin, end in taken:
        if begin < span[1] and end > place:
            left.append((place, begin))
            place = end
    return [(begin, end) for begin, end in [*left, (place, span[1])] if begin < end]


class _Draft:
    """One tune that is being composed."""

    def __init__(
        self,
        plan: Plan,
        given: dict[int, Event],
        spans: list[Span],
        rng: np.random.Generator,
        temperature: float,
        top_p: float,
    ) -> None:
        self.plan, self.spans, self.rng = plan, spans, rng
        self.given = dict(given)  # and what later phrases repeat
        self.temperature, self.top_p = temperature, top_p
        # The network counts from the tonic at its own height; the range may lie octaves away.
        self.zero = plan.key.pitch_class + plan.octave_shift
        phrases_known = plan.collection not in tk.WITHOUT_PHRASES
        self.reader = tk.FeatureReader(
            bars=plan.bars,
            phrases_known=phrases_known,
            phrase_ends=plan.phrase_ends if phrases_known else (),
            length_tick=plan.length_tick,
        )
        self.events: list[Event] = []
        self.bar_contents: dict[int, list[tuple[int | None, int]]] = {}
        self.boundary = tk.GOES_ON
        self.last_row: list[int] = []
        pitches = [tk.token_pitch(token, self.zero) for token in range(tk.N_PITCHES)]
        sung = [self._sing(pitch) for pitch in pitches]
        self.in_range = np.array([pitch is None or plan.low <= pitch <= plan.high for pitch in sung])
        self.is_tonic = np.array(
            [pitch is not None and (pitch - plan.key.pitch_class) % 12 == 0 for pitch in pitches]
        )

    @property
    def place(self) -> int:
        """Where the next event begins."""
        return self.reader.place

    @property
    def open(self) -> bool:
        """Whether something is missing."""
        return self.place < self.plan.length_tick

    def row(self) -> list[int]:
        """What the network is told next."""
        if self.open:
            self.last_row = self.reader.row(self.boundary)
        return self.last_row

    def choose_pitch(self, logits: FloatArray) -> int:
        """Number of the next pitch."""
        if not self.open:
            return tk.REST
        self._repeat()
        fixed = self.given.get(self.place)
        if fixed is not None:
            return tk.pitch_token(fixed.pitch, self.zero)
        allowed = self.in_range.copy()
        last = self.events[-1] if self.events else None
        # What is repeated elsewhere must not bring a rest after a rest.
        repeated = bool(self.plan.phrase_letters) and last is not None and last.ends_phrase
        if last is None or last.pitch is None or repeated:
            allowed[tk.REST] = False
        if self._must_close():
            allowed &= self.is_tonic if self.plan.end_on_tonic else np.arange(tk.N_PITCHES) != tk.REST
        for token in self._find_worn_out():
            # What must be sung is sung even if it was sung often.
            if allowed.sum() > allowed[token]:
                allowed[token] = False
        return self._draw(np.where(allowed, logits, -np.inf))

    def add(self, pitch: int, logits: FloatArray) -> None:
        """Choose a length for the chosen pitch, and add the event."""
        if not self.open:
            return
        fixed = self.given.get(self.place)
        if fixed is not None:
            self._append(pitch, fixed.pitch, fixed.duration_tick)
            return
        lengths = self._list_lengths(pitch)
        known = [n for n in lengths if n in tk.DURATIONS]
        if not known:
            self._append(pitch, tk.token_pitch(pitch, self.zero), lengths[0])
            return
        masked = np.full(tk.N_DURATIONS, -np.inf)
        tokens = [tk.duration_token(n) for n in known]
        masked[tokens] = logits[tokens]
        self._append(pitch, tk.token_pitch(pitch, self.zero), tk.DURATIONS[self._draw(masked)])

    def tune(self) -> Tune:
        """The finished tune."""
        plan = self.plan
        return Tune(
            events=tuple(replace(event, pitch=self._sing(event.pitch)) for event in self.events),
            bars=plan.bars,
            keys=(plan.key,),
            meters=(plan.meter,),
            collection=plan.collection,
        )

    def _sing(self, pitch: int | None) -> int | None:
        """A pitch that the network gives, as the mode has it."""
        return tk.exchange_degrees(pitch, self.plan.key.mode, self.plan.key.pitch_class)

    def _append(self, token: int, pitch: int | None, ticks: int) -> None:
        place, end = self.place, self.place + ticks
        begins = place == 0 or (bool(self.events) and self.events[-1].ends_phrase)
        ends = any(place < stop <= end for stop in self.plan.phrase_ends)
        self.events.append(
            Event(onset_tick=place, duration_tick=ticks, pitch=pitch, begins_phrase=begins, ends_phrase=ends)
        )
        self.boundary = tk.PHRASE_ENDS if ends else tk.GOES_ON
        bar = self.reader._bar_at(place)
        self.bar_contents.setdefault(bar, []).append((pitch, ticks))
        self.reader.push(token, tk.duration_token(ticks), ticks, self.boundary)

    def _repeat(self) -> None:
        """Where a phrase begins that repeats another, give its notes."""
        start = self.place
        model = self.plan.model_of(start)
        if model is None:
            return
        begin, end, stop = model
        source = [event for event in self.events if begin <= event.onset_tick < end]
        if stop == self.plan.length_tick and not self._may_close(source[-1]):
            stop = max(start, self.plan.bars[-1])
        for span in _subtract_spans((start, stop), self.spans):
            self.given.update(_cut_events(source, *span, shift=start - begin))

    def _may_close(self, event: Event) -> bool:
        """Whether an event may be the last of the tune."""
        if event.pitch is None:
            return False
        return not self.plan.end_on_tonic or event.pitch % 12 == self.plan.key.pitch_class

    def _is_last_stretch(self) -> bool:
        """Whether the next stop is the end of the tune."""
        return self.plan.next_stop(self.place) == self.plan.length_tick

    def _list_lengths(self, pitch: int) -> list[int]:
        lengths = self.plan.lengths_at(self.place)
        if not self._is_last_stretch():
            return lengths
        left = self.plan.length_tick - self.place
        may_close = bool(self.is_tonic[pitch]) if self.plan.end_on_tonic else pitch != tk.REST
        going_on = self._list_lengths_before_close(lengths, left)
        closing = [n for n in lengths if n == left] if may_close else []
        return going_on + closing or [left]

    def _must_close(self) -> bool:
        """Whether the next event can only be the last."""
        if not self._is_last_stretch():
            return False
        left = self.plan.length_tick - self.place
        return not self._list_lengths_before_close(self.plan.lengths_at(self.place), left)

    def _list_lengths_before_close(self, lengths: list[int], left: int) -> list[int]:
        """Lengths after which a good last note still fits."""
        good = [n for n in lengths if left - n >= FINAL_TICK]
        # A beginning may have left less than a quarter: then any note may be the last.
        return good if left >= FINAL_TICK else [n for n in lengths if n < left]

    def _find_worn_out(self) -> list[int]:
        """Pitches that would repeat one note, or a group of bars, for too long."""
        found = []
        last = self.events[-MAX_REPEATS:]
        if len(last) == MAX_REPEATS and len({event.pitch for event in last}) == 1:
            found.append(self.reader.tokens[-1][0])
        bar = self.reader._bar_at(self.place)
        present = self.bar_contents.get(bar, [])
        for period in PERIODS:
            if bar - 3 * period + 1 < 0:
                continue
            contents = self.bar_contents
            turns = all(contents.get(b) == contents.get(b - period) for b in range(bar - 2 * period + 1, bar))
            model = contents.get(bar - period, [])
            if turns and model[: len(present)] == present and len(model) > len(present):
                found.append(tk.pitch_token(model[len(present)][0], self.zero))
        return found

    def _draw(self, logits: FloatArray) -> int:
        return draw_class(logits, self.rng, temperature=self.temperature, top_p=self.top_p)
