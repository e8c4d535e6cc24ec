"""The original's encoding: a tune in C major or A minor as one symbol a sixteenth.

A symbol is a MIDI note number where a note begins, ``r`` where a rest begins, ``_`` while either goes on and ``/``
between tunes. Bars, meter and phrases are not told.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.music.tune import FREE, TICKS, Event, Key, Meter, Tune, regular_bars

SIXTEENTH = TICKS // 4
# The lengths that the original accepts, in quarters: .25 .5 .75 1 1.5 2 3 4.
LENGTHS = tuple(int(quarters * TICKS) for quarters in (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4))
HOLD, REST, END = "_", "r", "/"
N_DELIMITERS = 64
# The pitches that the collection has in these keys: 35, with the other three 38 symbols.
PITCHES = (45, 47, 48, *range(50, 82))
VOCABULARY = (END, HOLD, REST, *(str(pitch) for pitch in PITCHES))
SYMBOL_IDS = {symbol: i for i, symbol in enumerate(VOCABULARY)}


def shift_of(key: Key) -> int:
    """Semitones to C major or A minor, as the original's library moves octaveless tonics: never up to C."""
    return 9 - key.pitch_class if key.mode in ("minor", "dorian", "phrygian") else -key.pitch_class


def accepts(tune: Tune) -> bool:
    """Whether every length is one of the eight and every pitch has a symbol."""
    shift = shift_of(tune.keys[0])
    return all(
        event.duration_tick in LENGTHS and (event.pitch is None or str(event.pitch + shift) in SYMBOL_IDS)
        for event in tune.events
    )


def encode(tune: Tune) -> list[int]:
    """Numbers of the symbols of a tune that :func:`accepts` accepts, without delimiters."""
    shift, ids = shift_of(tune.keys[0]), []
    for event in tune.events:
        symbol = REST if event.pitch is None else str(event.pitch + shift)
        ids += [SYMBOL_IDS[symbol]] + [SYMBOL_IDS[HOLD]] * (event.duration_tick // SIXTEENTH - 1)
    return ids


def decode(ids: Sequence[int], *, minor: bool = False, meter: str = "4/4") -> Tune:
    """A tune in C major or A minor from symbols; it stops at the first ``/``.

    Unlike the original's decoder it keeps the last note whole. A ``_`` before the first onset is left out.
    """
    events: list[Event] = []
    place = 0
    for number in ids:
        symbol = VOCABULARY[number]
        if symbol == END:
            break
        if symbol == HOLD:
            if not events:
                continue
            last = events.pop()
            events.append(
                Event(
                    onset_tick=last.onset_tick, duration_tick=last.duration_tick + SIXTEENTH, pitch=last.pitch
                )
            )
        else:
            pitch = None if symbol == REST else int(symbol)
            events.append(Event(onset_tick=place, duration_tick=SIXTEENTH, pitch=pitch))
        place += SIXTEENTH
    meters = (Meter(meter=meter),)
    key = Key(tonic="A", mode="minor") if minor else Key()
    bars = regular_bars(place, meters) if meter != FREE else (0,)
    return Tune(events=tuple(events), bars=bars, keys=(key,), meters=meters)
