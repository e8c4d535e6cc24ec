"""Plan of a tune before its first note: checked bars, phrases and range, and which note lengths fit where."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from core.errors import InputError
from core.folk.tokenizer import COLLECTIONS, HIGHEST, LOWEST, METERS
from core.music.tune import TICKS, Key, Meter, Tune, regular_bars

MAX_BARS = 128
MAX_COUNT = 32
MIN_SPAN = 7  # semitones; below a fifth there is no tune to sing
# Lengths that one note can show.
STRAIGHT = (60, 120, 180, 240, 360, 480, 720, 960, 1440, 1920, 2880, 3840, 5760, 7680)
TRIPLET = TICKS // 3
# How the beats of an irregular meter may be grouped, first the usual way.
GROUPINGS = {
    "5/4": ("3+2", "2+3"),
    "5/8": ("3+2", "2+3"),
    "7/8": ("2+2+3", "3+2+2", "2+3+2"),
    "9/8": ("3+3+3", "2+2+2+3", "3+2+2+2", "2+3+2+2", "2+2+3+2"),
}
COMPOSABLE_METERS = tuple(meter for meter in METERS if meter not in ("free", "other"))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A checked request for tunes.

    Attributes
    ----------
    collection, key, meter
        As the network is told them.
    low, high : int
        MIDI note numbers, both included.
    bars : tuple of int
        Where bars begin; the first is the end of the pickup.
    length_tick : int
    phrase_ends : tuple of int
        The last is ``length_tick``.
    phrase_letters : str
        One a phrase, or empty: phrases with the same letter have the same notes.
    octave_shift : int
        Semitones by which the network's register is moved to the range; a multiple of 12.
    end_on_tonic : bool
    """

    collection: str
    key: Key
    meter: Meter
    low: int
    high: int
    bars: tuple[int, ...]
    length_tick: int
    phrase_ends: tuple[int, ...]
    phrase_letters: str
    octave_shift: int
    end_on_tonic: bool

    def next_stop(self, place: int) -> int:
        """Next position that no composed note crosses: a bar line, the end of a phrase or of the tune."""
        at = bisect_right(self.bars, place)
        bar = self.bars[at] if at < len(self.bars) else self.length_tick
        at = bisect_right(self.phrase_ends, place)
        phrase = self.phrase_ends[at] if at < len(self.phrase_ends) else self.length_tick
        return min(bar, phrase, self.length_tick)

    def model_of(self, start: int) -> tuple[int, int, int] | None:
        """The phrase repeated by the one at a position: start and end of the first with its letter, and its own end.

        None if no phrase begins there, or it is the first of its letter.
        """
        starts = (0, *self.phrase_ends[:-1])
        if not self.phrase_letters or start not in starts:
            return None
        at = starts.index(start)
        first = self.phrase_letters.index(self.phrase_letters[at])
        return (starts[first], self.phrase_ends[first], self.phrase_ends[at]) if first < at else None

    def lengths_at(self, place: int, stop: int) -> list[int]:
        """Lengths in ticks that fit before a stop and leave a remainder that can be filled."""
        at = bisect_right(self.bars, place) - 1
        within = place - self.bars[at] if at >= 0 else (place - self.bars[0]) % TICKS
        left, beat = stop - place, within % TICKS
        if beat in (TRIPLET, 2 * TRIPLET):
            found = [n for n in (TRIPLET, 2 * TRIPLET) if n <= min(left, TICKS - beat)]
        elif beat % 120 == 60:
            found = [n for n in (60, 180) if n <= left]
        elif beat % 120 == 0:
            found = [n for n in STRAIGHT if n <= left]
            if beat == 0 and left >= TICKS:
                found += [TRIPLET, 2 * TRIPLET]
        else:
            found = []
        # A beginning of another grid is first brought back onto a sixteenth.
        if at >= 0:  # not in the pickup
            found = self._keep_groups(found, within)
        return found or [min(left, 120 - within % 120)]

    def _keep_groups(self, lengths: list[int], within: int) -> list[int]:
        """Of some lengths, those that cross no group of beats, where the meter names its groups."""
        groups, bar = self.meter.groups, self.meter.bar_tick
        if not groups:
            return lengths
        edges = [0, *(bar * n // sum(groups) for n in accumulate(groups))]
        stop = next((edge for edge in edges if edge > within), bar)
        if within in edges:  # a note may fill whole groups
            return [n for n in lengths if within + n <= stop or within + n in edges]
        return [n for n in lengths if within + n <= stop]

    def tonics(self) -> list[int]:
        """The tonic's pitches in the range."""
        return [p for p in range(self.low, self.high + 1) if p % 12 == self.key.pitch_class]


def make_plan(
    *,
    collection: str,
    key: str,
    mode: str,
    meter: str,
    bars: int,
    phrase_plan: Sequence[int] | None,
    phrase_letters: str = "",
    groups: Sequence[int] = (),
    low: int,
    high: int,
    end_on_tonic: bool,
    pickup_beat: float = 0.0,
    prompt: Tune | None = None,
    keep: Sequence[int] | None = None,
) -> Plan:
    """Check a request.

    Raises
    ------
    InputError
        For the first thing that cannot be; the sentence says what came and what works.
    """
    if collection not in COLLECTIONS:
        raise InputError(
            f'There is no collection "{collection[:30]}". Choose one of {", ".join(COLLECTIONS[1:])}.'
        )
    the_key = Key(tonic=key, mode=mode)
    if meter not in COMPOSABLE_METERS:
        raise InputError(
            f"Too few training tunes are in {meter[:12]}. Choose one of {', '.join(COMPOSABLE_METERS)}."
        )
    if not 2 <= bars <= MAX_BARS:
        raise InputError(f"A tune can have 2 to {MAX_BARS} bars, not {bars} bars.")
    the_meter = Meter(meter=meter, groups=tuple(groups))
    pickup = prompt.pickup_tick if prompt is not None else _pickup(pickup_beat, the_meter.bar_tick)
    pickup %= the_meter.bar_tick
    length = bars * the_meter.bar_tick
    if keep is not None and prompt is not None and prompt.length_tick == length + pickup:
        length += pickup  # a whole tune that does not make up for its pickup in the last bar
    plan = Plan(
        collection=collection,
        key=the_key,
        meter=the_meter,
        low=low,
        high=high,
        bars=regular_bars(length, (the_meter,), pickup),
        length_tick=length,
        phrase_ends=_phrase_ends(phrase_plan, bars, the_meter.bar_tick, length),
        phrase_letters=_check_letters(phrase_letters, phrase_plan),
        end_on_tonic=end_on_tonic,
        octave_shift=_octave_shift(low, high, the_key),
    )
    _check_range(plan)
    _check_prompt(plan, prompt, keep)
    if phrase_plan is not None and prompt is not None:
        _check_phrases(plan, prompt)
    return plan


def _pickup(beats: float, bar_tick: int) -> int:
    fits = 0 <= beats * TICKS < bar_tick  # and not NaN
    ticks = round(beats * 4) * TICKS // 4 if fits else bar_tick
    if ticks >= bar_tick:
        longest = (bar_tick - 1) // (TICKS // 4) / 4
        raise InputError(
            f"A pickup can be 0 to {longest:g} quarter notes, less than a bar of {bar_tick / TICKS:g}; it was {beats:g}."
        )
    return ticks


def _phrase_ends(plan: Sequence[int] | None, bars: int, bar_tick: int, length: int) -> tuple[int, ...]:
    """Phrase ends, one pickup before the bar line, because a pickup belongs to the next phrase."""
    if plan is None:
        plan = [4] * (bars // 4)
        left = bars % 4
        if left == 1 and plan:
            plan[-1] += 1
        elif left:
            plan.append(left)
    elif not plan or min(plan) < 1 or sum(plan) != bars:
        raise InputError(
            f"The phrases {'+'.join(str(n) for n in plan)} make {sum(plan)} bars, but the tune has {bars}. "
            "Change one of them."
        )
    return (*(done * bar_tick for done in accumulate(plan[:-1])), length)


def _check_letters(letters: str, plan: Sequence[int] | None) -> str:
    if not letters:
        return ""
    if plan is None or len(plan) != len(letters):
        raise InputError(
            f"The phrase letters {letters[:30]} need a length each. Give as many lengths as letters."
        )
    for letter in set(letters):
        if len({n for name, n in zip(letters, plan, strict=True) if name == letter}) > 1:
            raise InputError(f"Phrases with the letter {letter} differ in length. Give them the same length.")
    return letters


def _check_phrases(plan: Plan, prompt: Tune) -> None:
    # Only where the visitor has said where phrases end: else the end moves to that of the note.
    for end in plan.phrase_ends:
        if any(event.onset_tick < end < event.end_tick for event in prompt.events):
            bar = bisect_right(plan.bars, end - 1)
            raise InputError(
                f"One of your notes lasts beyond the end of a phrase in bar {bar}. End the phrases elsewhere, or "
                "set them to automatic."
            )


def _octave_shift(low: int, high: int, key: Key) -> int:
    # The tunes of the collections lie around a fourth above the tonic that the network counts from.
    usual = 60 + key.pitch_class + 5
    return 12 * round(((low + high) / 2 - usual) / 12)


def _check_range(plan: Plan) -> None:
    low, high = plan.low, plan.high
    if not 0 <= low <= high <= 127:
        raise InputError(
            f"The range {low} to {high} is not possible. Choose notes from 0 to 127, the lower one first."
        )
    if high - low < MIN_SPAN:
        raise InputError(f"A range of {high - low} semitones is too narrow. Use at least {MIN_SPAN}.")
    floor = 60 + plan.key.pitch_class + plan.octave_shift
    if high < floor + LOWEST or low > floor + HIGHEST:
        raise InputError(
            f"The range {low} to {high} is beyond what the model can compose. Move it closer to the middle of the piano."
        )
    if plan.end_on_tonic and not plan.tonics():
        raise InputError(
            f"No {plan.key.tonic} lies in the range, so the tune cannot end on it. "
            "Widen the range, or turn off ending on the tonic."
        )


def _check_prompt(plan: Plan, prompt: Tune | None, keep: Sequence[int] | None) -> None:
    if keep is not None and prompt is None:
        raise InputError("There is no tune to keep bars of. Give one first.")
    if prompt is None:
        return
    if keep is None and prompt.length_tick >= plan.length_tick:
        raise InputError(
            f"Your notes last {prompt.length_tick / TICKS:g} quarter notes, the whole tune {plan.length_tick / TICKS:g}. "
            "Choose more bars, or use fewer bars of your notes."
        )
    if keep is not None:
        bad = [bar for bar in keep if not 0 <= bar < len(plan.bars)]
        if bad:
            raise InputError(f"Bar {bad[0] + 1} cannot be kept: the tune has {len(plan.bars)} bars.")
        if prompt.length_tick != plan.length_tick:
            raise InputError(
                f"The tune lasts {prompt.length_tick / TICKS:g} quarter notes, but {len(plan.bars)} bars of "
                f"{plan.meter.meter} last {plan.length_tick / TICKS:g}. Choose the tune's own meter and number of bars."
            )
    outside = [pitch for pitch in prompt.pitches if not plan.low <= pitch <= plan.high]
    if outside:
        raise InputError(
            f"Your notes go from {min(prompt.pitches)} to {max(prompt.pitches)}, but the range is {plan.low} to "
            f"{plan.high}. Widen the range or transpose your notes."
        )
