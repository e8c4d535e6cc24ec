"""Draft of a folk tune: constraints on the next pitch and length, the events so far, the planned cadence."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from scipy.special import logsumexp

from core.arrays import FloatArray
from core.folk import tokenizer as tk
from core.folk.closings import draw_closing, list_closings
from core.folk.tune_plan import Plan
from core.music.tune import Event, Tune
from core.nn.sampling import draw_class

Span = tuple[int, int]  # from, to; ticks

MAX_REPEATS = 6  # of one pitch in a row
PERIODS = (1, 2, 4)  # bars; a group of so many is not played a third time in a row
# The degree, in semitones above the tonic, that would turn a mode into another: the minor sixth in Dorian, the leading
# tone in Mixolydian, the second in Phrygian, the fourth in Lydian. It is not composed; given notes may have it.
CONTRADICTING = {"dorian": 8, "mixolydian": 11, "phrygian": 2, "lydian": 5}


def cut_events(events: Sequence[Event], begin: int, end: int, shift: int = 0) -> dict[int, Event]:
    """Events shifted by ``shift`` and clipped to the span, by onset."""
    found = {}
    for event in events:
        onset, stop = max(begin, event.onset_tick + shift), min(end, event.end_tick + shift)
        if onset < stop:
            found[onset] = Event(onset_tick=onset, duration_tick=stop - onset, pitch=event.pitch)
    return found


def subtract_spans(span: Span, taken: Sequence[Span]) -> list[Span]:
    """Parts of a span that lie outside other spans, given in ascending order."""
    left, place = [], span[0]
    for begin, end in taken:
        if begin < span[1] and end > place:
            left.append((place, begin))
            place = end
    return [(begin, end) for begin, end in [*left, (place, span[1])] if begin < end]


class Draft:
    """State of one tune being composed."""

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
        self.closing = self._plan_closing()
        end = plan.length_tick if self.closing is None else self.closing[1]
        phrases_known = plan.collection not in tk.WITHOUT_PHRASES
        self.reader = tk.FeatureReader(
            bars=plan.bars,
            phrases_known=phrases_known,
            phrase_ends=(*plan.phrase_ends[:-1], end) if phrases_known else (),
            length_tick=plan.length_tick,
        )
        self.closing_log_p = 0.0
        self.events: list[Event] = []
        self.bar_contents: dict[int, list[tuple[int | None, int]]] = {}
        self.boundary = tk.GOES_ON
        self.last_row: list[int] = []
        pitches = [tk.token_pitch(token, self.zero) for token in range(tk.N_PITCHES)]
        sung = [self._sing(pitch) for pitch in pitches]
        avoided = CONTRADICTING.get(plan.key.mode)
        self.singable = np.array(
            [
                pitch is None
                or (plan.low <= pitch <= plan.high and (pitch - plan.key.pitch_class) % 12 != avoided)
                for pitch in sung
            ]
        )
        self.is_tonic = np.array(
            [pitch is not None and (pitch - plan.key.pitch_class) % 12 == 0 for pitch in pitches]
        )

    def fork(self, n: int) -> list[Draft]:
        """Copies that continue independently; only the draft itself if the rest of the tune is given.

        They are drawn from by the weight that :meth:`draw_cadence` reads, so that together they stand for what the
        network would sing if it knew that the tune closes there.
        """
        if self.closing is None or not self.open or self.temperature == 0:
            return [self]
        forks = []
        for rng in self.rng.spawn(n):
            fork = copy(self)
            fork.rng, fork.reader = rng, self.reader.copy()
            fork.events, fork.given = list(self.events), dict(self.given)
            fork.bar_contents = {bar: list(found) for bar, found in self.bar_contents.items()}
            forks.append(fork)
        return forks

    def draw_cadence(self, forks: Sequence[Draft]) -> Draft:
        """Draw one of the copies, weighted by the network's probability of its last note."""
        logs = np.array([fork.closing_log_p for fork in forks])
        return forks[draw_class(logs, self.rng)] if len(forks) > 1 else forks[0]

    def reaches_cadence(self) -> bool:
        """Whether the last note is no more than a bar away."""
        bar = self.plan.meter.bar_tick
        return not self.open or (self.closing is not None and self.place >= self.closing[0] - bar)

    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.open

    @property
    def place(self) -> int:
        """Onset of the next event."""
        return self.reader.place

    @property
    def open(self) -> bool:
        """Whether the tune is incomplete."""
        return self.place < self.plan.length_tick

    def row(self) -> list[int]:
        """Next input row of the network."""
        if self.open:
            self.last_row = self.reader.row(self.boundary)
        return self.last_row

    def choose_pitch(self, logits: FloatArray) -> int:
        """Sample the token of the next pitch."""
        if not self.open:
            return tk.REST
        self._repeat()
        fixed = self.given.get(self.place)
        if fixed is not None:
            return tk.pitch_token(fixed.pitch, self.zero)
        if self._is_closed():
            return tk.REST
        allowed = self.singable.copy()
        last = self.events[-1] if self.events else None
        # What is repeated elsewhere must not bring a rest after a rest.
        repeated = bool(self.plan.phrase_letters) and last is not None and last.ends_phrase
        if last is None or last.pitch is None or repeated or not self._list_lengths(tk.REST):
            allowed[tk.REST] = False
        if self.closing is not None and self.place == self.closing[0]:
            allowed &= self.is_tonic if self.plan.end_on_tonic else np.arange(tk.N_PITCHES) != tk.REST
            scaled = logits / max(self.temperature, 0.01)
            self.closing_log_p = float(logsumexp(scaled[allowed]) - logsumexp(scaled[self.singable]))
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
        """Map a pitch of the network to the mode."""
        return tk.exchange_degrees(pitch, self.plan.key.mode, self.plan.key.pitch_class)

    def _append(self, token: int, pitch: int | None, ticks: int) -> None:
        place, end = self.place, self.place + ticks
        begins = place == 0 or (bool(self.events) and self.events[-1].ends_phrase)
        ends = any(place < stop <= end for stop in self.plan.phrase_ends)
        self.events.append(
            Event(onset_tick=place, duration_tick=ticks, pitch=pitch, begins_phrase=begins, ends_phrase=ends)
        )
        self.boundary = tk.PHRASE_ENDS if ends else tk.GOES_ON
        bar = self.reader.bar_at(place)
        self.bar_contents.setdefault(bar, []).append((pitch, ticks))
        self.reader.push(token, tk.duration_token(ticks), ticks, self.boundary)

    def _repeat(self) -> None:
        """Copy the notes of an earlier phrase where a phrase that repeats it begins."""
        start = self.place
        model = self.plan.model_of(start)
        if model is None:
            return
        begin, end, stop = model
        source = [event for event in self.events if begin <= event.onset_tick < end]
        if stop == self.plan.length_tick and self.closing is not None:
            if self._closes(source):
                self.closing = None
            else:
                stop = max(start, self.plan.bars[-1])
        for span in subtract_spans((start, stop), self.spans):
            self.given.update(cut_events(source, *span, shift=start - begin))

    def _closes(self, events: Sequence[Event]) -> bool:
        """Whether events can close the tune: they end on a note after a note, on the tonic if required."""
        notes = [event for event in events if event.pitch is not None]
        if len(notes) < 2 or notes[-1].onset_tick != notes[-2].end_tick:
            return False
        on_tonic = notes[-1].pitch is not None and notes[-1].pitch % 12 == self.plan.key.pitch_class
        return on_tonic or not self.plan.end_on_tonic

    def _is_closed(self) -> bool:
        """Whether the closing note is complete, so that a rest fills the bar."""
        return self.closing is not None and self.place >= self.closing[1]

    def _next_stop(self) -> int:
        """Next position that no note may cross, including the onset of the last note."""
        stop = self.plan.next_stop(self.place)
        if self.closing is None or self.place >= stop:
            return stop
        return next((place for place in self.closing if self.place < place < stop), stop)

    def _list_lengths(self, pitch: int) -> list[int]:
        """Allowed lengths of a pitch at this position, in ticks; empty where the pitch is not allowed."""
        stop = self._next_stop()
        if self.closing is not None and self.place >= self.closing[0]:
            return [stop - self.place]
        lengths = self.plan.lengths_at(self.place, stop)
        # The last note follows a note: where it follows a rest, the tune has ended before.
        leads = pitch == tk.REST and self.closing is not None and stop == self.closing[0]
        return [n for n in lengths if self.place + n < stop] if leads else lengths

    def _plan_closing(self) -> Span | None:
        """Draw onset and end of the last note from the collection's closings; None where it is given."""
        plan, bar = self.plan, self.plan.bars[-1]
        begin = max([bar, *(end for _, end in self.spans if end > bar)])
        if begin >= plan.length_tick:
            return None
        fitting = list_closings(
            plan.collection, plan.meter.meter, plan.bars[0], begin - bar, plan.length_tick - bar
        )
        onset, ticks = draw_closing(fitting, self.rng if self.temperature > 0 else None)
        return bar + onset, bar + onset + ticks

    def _find_worn_out(self) -> list[int]:
        """Pitches that would repeat one note or a group of bars too often."""
        found = []
        last = self.events[-MAX_REPEATS:]
        if len(last) == MAX_REPEATS and len({event.pitch for event in last}) == 1:
            found.append(self.reader.tokens[-1][0])
        bar = self.reader.bar_at(self.place)
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
