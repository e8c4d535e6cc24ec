"""Humdrum ``**kern``: writer of melodies, with chords in a ``**mxhm`` spine; :mod:`core.music.kern` reads them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from core.errors import keep_printable
from core.music.chord_symbols import KINDS, ChordSymbol
from core.music.repeat_folding import WrittenTune, fold_repeats
from core.music.repeats import Mark
from core.music.spelling import spell_line
from core.music.tune import FREE, LINE_OF_FIFTHS, TICKS, WITH_MINOR_THIRD, Event, Key, Tune, in_force
from core.music.tune_reading import check_length

# Ticks of the lengths that one note can show, with their kern names: breve to sixty-fourth, plain and dotted; tuplets.
_LENGTHS = {8 * TICKS: "0", 12 * TICKS: "0."}
for _n in (1, 2, 4, 8, 16, 32, 64):
    _LENGTHS |= {4 * TICKS // _n: f"{_n}", 6 * TICKS // _n: f"{_n}."}
_LENGTHS |= {4 * TICKS // _n: f"{_n}" for _n in (3, 5, 6, 10, 12, 20, 24, 40, 48, 96)}


def to_kern(tune: Tune, *, title: str = "", tempo_qpm: float | None = None) -> str:
    """Write a tune as ``**kern``; notes that cross a bar line or have no length of their own are tied.

    Parameters
    ----------
    tune : Tune
    title : str
        A reference record (``!!!OTL``); none where empty.
    tempo_qpm : float or None
        Quarters a minute.

    Returns
    -------
    str
        Read back by :func:`core.music.kern.read_kern_score`, it is the same tune. Chords stand in a spine of their own,
        repeated sections once; an order of sections tells their endings.

    Raises
    ------
    InputError
        If the tune is longer than what is read.

    Examples
    --------
    >>> from core.music.kern import read_kern
    >>> text = "**kern\\n*M2/4\\n*k[f#]\\n*G:\\n=1\\n{8g\\n8a\\n4b}\\n=2\\n{2dd}\\n==\\n*-\\n"
    >>> to_kern(read_kern(text)) == text
    True
    """
    check_length(tune.length_tick, "tune")
    shown = keep_printable(title).strip()
    written = fold_repeats(tune)
    rows = _write_rows(written, [] if tempo_qpm is None else [f"*MM{tempo_qpm:g}"])
    lines = ["\t".join(row) if tune.chords else row[0] for row in rows]
    return "\n".join([*([f"!!!OTL: {shown}"] if shown else []), *lines, ""])


def _write_rows(written: WrittenTune, tempo: list[str]) -> list[tuple[str, str]]:
    """Tokens of both spines: the melody and its chords."""
    tune = written.tune
    chords = {chord.onset_tick: chord for chord in tune.chords}
    labels = _label_sections(written)
    changes: dict[int, list[str]] = {}
    for meter in tune.meters:
        names = ["*MX" if meter.meter == FREE else f"*M{meter.meter}"]
        # Verovio and music21 read no sum as a meter, so the grouping stands in a line of its own.
        names += [f"*beats:{meter.name.partition('/')[0]}"] if meter.groups else []
        changes.setdefault(meter.onset_tick, []).extend(names)
    for key in tune.keys:
        changes.setdefault(key.onset_tick, []).extend([_signature(key.fifths), _key_name(key)])
    bars = {place: number for number, place in enumerate(tune.bars, start=1)}
    # The beginning has its bar line only after the settings.
    stops = sorted({*bars, *changes, *chords})
    keys = [in_force(tune.keys, event.onset_tick) for event in tune.events]
    spellings = spell_line([event.pitch for event in tune.events], keys)
    rows: list[tuple[str, str]] = [("**kern", "**mxhm"), *((name, name) for name in tempo)]
    if labels:
        rows.append((_write_order(written, labels),) * 2)
    for event, name in zip(tune.events, spellings, strict=True):
        pieces = _pieces(event, stops)
        for i, (onset, length) in enumerate(pieces):
            if onset in labels:
                rows.append((f"*>{labels[onset]}",) * 2)
            rows += [(change, "*") for change in changes.get(onset, [])]
            if onset in bars:
                rows.append((f"={bars[onset]}{_repeat_sign(written.marks_at(onset))}",) * 2)
            note = _note(event, length, first=i == 0, last=i == len(pieces) - 1, name=name)
            rows.append((note, _chord_name(chords.get(onset))))
    end = f"=={_repeat_sign(written.marks_at(tune.length_tick))}"
    return [*rows, (end, end), ("*-", "*-")]


def _repeat_sign(mark: Mark) -> str:
    return {(True, True): ":|!|:", (True, False): ":|!", (False, True): "!|:"}.get(
        (mark.closes > 0, mark.opens), ""
    )


def _label_sections(written: WrittenTune) -> Mapping[int, str]:
    """Labels of the sections where repeats have endings, which kern can only tell by them: A, A1, A2, B; else none."""
    if not any(mark.ending for mark in written.marks):
        return {}
    labels = {}
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 40)
    letter = ""
    for tick in sorted({0, *(mark.tick for mark in written.marks if mark.tick < written.tune.length_tick)}):
        mark = written.marks_at(tick)
        if mark.ending and letter:
            labels[tick] = f"{letter}{mark.ending[0]}"
        else:
            letter = next(letters)
            labels[tick] = letter
    return labels


def _write_order(written: WrittenTune, labels: Mapping[int, str]) -> str:
    order = [
        label
        for span in written.spans
        for tick, label in labels.items()
        if span.written_tick <= tick < span.written_tick + span.end_tick - span.played_tick
    ]
    return f"*>[{','.join(order)}]"


def _chord_name(chord: ChordSymbol | None) -> str:
    """A chord as converters from MusicXML write it: the root, with - for a flat, and MusicXML's word for the kind."""
    if chord is None:
        return "."
    if not chord.root:
        return "none"
    bass = f"/{chord.bass.replace('b', '-')}" if chord.bass else ""
    return f"{chord.root.replace('b', '-')} {KINDS[chord.kind][0]}{bass}"


def _pieces(event: Event, stops: list[int]) -> list[tuple[int, int]]:
    """The event cut at bar lines and changes and into lengths that one note can show."""
    inside = stops[bisect_right(stops, event.onset_tick) : bisect_left(stops, event.end_tick)]
    edges = [event.onset_tick, *inside, event.end_tick]
    pieces = []
    for begin, end in pairwise(edges):
        while begin < end:
            length = _longest(end - begin)
            pieces.append((begin, length))
            begin += length
    return pieces


def _longest(ticks: int) -> int:
    if ticks in _LENGTHS:
        return ticks
    fitting = [length for length in _LENGTHS if length < ticks]
    return max(fitting) if fitting else ticks


def _note(event: Event, length: int, *, first: bool, last: bool, name: tuple[str, int, int] | None) -> str:
    # A length without a name of its own is written as a rational one: ticks of 1920 to the whole.
    divisor = Fraction(4 * TICKS, length)
    value = _LENGTHS.get(length) or f"{divisor.numerator}%{divisor.denominator}"
    text = value + ("r" if name is None else _write_pitch(*name))
    if event.pitch is not None and not (first and last):
        text = f"[{text}" if first else (f"{text}]" if last else f"{text}_")
    opens = "{" if event.begins_phrase and first else ""
    return opens + text + ("}" if event.ends_phrase and last else "")


def _signature(fifths: int) -> str:
    sharps = LINE_OF_FIFTHS.lower()
    sign, order = ("#", sharps) if fifths > 0 else ("-", sharps[::-1])
    # Beyond seven the first letters get a second sign, as a D flat minor of the collection has it.
    names = [order[i] + sign * ((abs(fifths) - i + 6) // 7) for i in range(min(7, abs(fifths)))]
    return f"*k[{''.join(names)}]"


def _key_name(key: Key) -> str:
    letter = key.tonic[0].lower() if key.mode in WITH_MINOR_THIRD else key.tonic[0]
    church = "" if key.mode in ("major", "minor") else key.mode[:3]
    return f"*{letter}{key.tonic[1:].replace('b', '-')}:{church}"


def _write_pitch(letter: str, shift: int, octave: int) -> str:
    letters = letter.lower() * (octave - 3) if octave >= 4 else letter * (4 - octave)
    return letters + "#" * shift + "-" * -shift
