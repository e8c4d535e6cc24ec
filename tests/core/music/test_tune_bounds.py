"""Small files of notes that would take minutes or gigabytes to read, to write or to draw: read at once, or a sentence."""

from __future__ import annotations

import re
import time
from fractions import Fraction
from itertools import pairwise

import pytest

from core.errors import InputError
from core.music import note_values
from core.music.abc_notation import read_abc, to_abc
from core.music.kern import read_kern, to_kern
from core.music.musicxml import read_musicxml, to_musicxml
from core.music.note_values import beat_places, notate_bars
from core.music.spelling import spell
from core.music.tune import FREE, TICKS, Event, Key, Meter, Tune, in_force
from core.music.tune_files import read_tune
from core.music.tune_reading import MAX_BAR_NOTES, MAX_NOTES, MAX_QUARTERS, check_exact, check_tune
from tests.core.music.test_spelling import KEYS

HEAD = "X:1\nM:4/4\nL:1/8\nK:C\n"
NOTE = "<note><pitch><step>A</step><octave>4</octave></pitch><duration>{}</duration></note>"
PRIMES = [n for n in range(1_000, 9_000) if all(n % k for k in range(2, 95))]


def kern(body: str, head: str = "*M4/4\n") -> bytes:
    return f"**kern\n{head}{body}==\n*-\n".encode()


def musicxml(body: str) -> bytes:
    attributes = "<attributes><divisions>480</divisions></attributes>"
    return f"<score-partwise><part><measure>{attributes}{body}</measure></part></score-partwise>".encode()


LONG = "longer than 20,000 quarter notes"
NO_BARS = "has a bar of more than 500 notes"
DIVIDED = "note lengths that are too irregular"
CHANGES = "changes key or meter more than 200 times"
PAIRS = "".join(
    f"*k[{'f#' if i % 2 else 'b-'}]\n*{'G' if i % 2 else 'F'}:\n16{'cd'[i % 2]}\n" for i in range(900)
)
METERS = "".join(f"*M{3 + i % 2}/4\n8{'cd'[i % 2]}\n" for i in range(900))
EVER_OTHER = "".join(
    f"<attributes><divisions>{p}</divisions></attributes><forward><duration>1</duration></forward>"
    for p in PRIMES
)
REFUSED = {
    "kern of endless rests in a tiny meter": (kern("4c\n" + "0000r\n" * 4000, "*M1/32\n"), "t.krn", LONG),
    "kern of an endless tied note": (kern("[0000c\n" + "0000c_\n" * 4000 + "4c]\n"), "t.krn", LONG),
    "kern with ever other keys": (kern(PAIRS), "t.krn", CHANGES),
    "kern with ever other meters": (kern(METERS), "t.krn", CHANGES),
    "kern without bar lines": (kern("4c\n4d\n" * 600), "t.krn", NO_BARS),
    "kern length of 5,000 digits": (kern("1" * 5000 + "c\n"), "t.krn", "the note length 1+ is not valid"),
    "ABC of long notes": ((HEAD + "C128" * 1300).encode(), "t.abc", LONG),
    "ABC without bar lines": ((HEAD + "CDEF" * 300).encode(), "t.abc", NO_BARS),
    "ABC of prime parts": (
        (HEAD + "".join(f"C{p}/{q}" for p, q in pairwise(PRIMES))).encode(),
        "t.abc",
        DIVIDED,
    ),
    "ABC voice that never closes": ((HEAD + "[V:" + "a" * 150_000).encode(), "t.abc", "is not ABC notation"),
    "ABC chord of braces": ((HEAD + "C[" + "{" * 100_000 + "]").encode(), "t.abc", "a chord has no note"),
    "MusicXML of prime parts": (
        musicxml(
            NOTE.format(480) + "".join(f"<forward><duration>1/{p}</duration></forward>" for p in PRIMES)
        ),
        "t.xml",
        "a duration is missing or invalid",
    ),
    "MusicXML with ever other divisions": (musicxml(NOTE.format(480) + EVER_OTHER), "t.xml", DIVIDED),
    "MusicXML of endless silence": (
        musicxml(NOTE.format(480) + "<forward><duration>30720</duration></forward>" * 400 + NOTE.format(480)),
        "t.xml",
        LONG,
    ),
    "MusicXML without bar lines": (musicxml(NOTE.format(240) * 1200), "t.xml", NO_BARS),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_small_file_that_would_cost_much_is_refused_soon(what: str) -> None:
    data, name, sentence = REFUSED[what]
    begin = time.process_time()
    with pytest.raises(InputError, match=sentence):
        read_tune(data, name)
    assert time.process_time() - begin < 2


READ = {
    "kern with a thousand times the same key": (kern("4c\n" + "*k[f#]\n*G:\n" * 20_000), "t.krn"),
    "kern with a meter of 5,000 digits": (kern("4c\n", "*M" + "1" * 5000 + "/4\n"), "t.krn"),
    "ABC chord of brackets": ((HEAD + "C[" + "[" * 100_000 + "C]").encode(), "t.abc"),
    "ABC of bars that open fields": ((HEAD + "C" + "|[K:" * 50_000).encode(), "t.abc"),
    "ABC note broken without end": ((HEAD + "C" + "> " * 50_000 + "D").encode(), "t.abc"),
    "ABC rests behind the last note": ((HEAD + "C|" + " " * 900_000).encode(), "t.abc"),
}


@pytest.mark.parametrize("what", READ)
def test_a_strange_file_that_can_be_read_is_read_soon(what: str) -> None:
    data, name = READ[what]
    begin = time.process_time()
    assert read_tune(data, name)[0].pitches[0] == 60
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("note", ["4c\n" + "1r\n" * 4900, "[1c\n" + "1c_\n" * 4900 + "4c]\n"])
@pytest.mark.parametrize("write", [to_abc, to_kern, to_musicxml])
def test_a_note_or_rest_of_thousands_of_bars_is_written(note: str, write: object) -> None:
    tune = read_kern(kern(note))
    assert callable(write)
    assert len(write(tune)) > 4900


def a_tune(n_notes: int, ticks: int, meters: tuple[Meter, ...], bars: tuple[int, ...] = (0,)) -> Tune:
    events = tuple(
        Event(onset_tick=i * ticks, duration_tick=ticks, pitch=60 + i % 12) for i in range(n_notes)
    )
    return Tune(events=events, bars=bars, keys=(Key(),), meters=meters)


def test_cutting_a_long_bar_looks_only_at_the_beats_of_each_note(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def counted(*arguments: object) -> list[int]:
        places = beat_places(*arguments)  # type: ignore[arg-type]
        looked_at.append(len(places))
        return places

    monkeypatch.setattr(note_values, "beat_places", counted)
    # 187 ticks need two signs.
    notate_bars(a_tune(1_000, 187, (Meter(meter="1/32"),)))
    assert sum(looked_at) < 10_000


@pytest.mark.parametrize("write", [to_abc, to_kern, to_musicxml])
def test_a_tune_that_could_not_be_read_back_is_not_written(write: object) -> None:
    assert callable(write)
    with pytest.raises(InputError, match="longer than 20,000 quarter notes"):
        write(a_tune(2, MAX_QUARTERS * TICKS, (Meter(meter="1/32"),)))


@pytest.mark.parametrize(
    ("text", "pitches", "key"),
    [
        ("C|[CEG]2 D|", [60, 67, 62], "C"),
        ("C|[K:G]F2 D|", [60, 66, 62], "G"),
        ("C|[M:C|]F2 D|", [60, 65, 62], "C"),
        ("C|:[CEG]2[DF]:|", [60, 67, 65, 67, 65], "C"),
        ("C|[1D:|[2E|]", [60, 62, 60, 64], "C"),
        ('C|["first"D:|["second"E|]', [60, 62, 60, 64], "C"),
        ("C|[1 [CE] D:|", [60, 64, 62, 60], "C"),
    ],
)
def test_a_bracket_behind_a_bar_line_is_what_it_opens(text: str, pitches: list[int], key: str) -> None:
    tune, _ = read_abc(HEAD + text)
    assert tune.pitches == pitches
    assert tune.keys[-1].tonic == key


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.tonic} {key.mode}")
def test_the_lowest_and_highest_pitches_are_read_back_in_each_key(key: Key) -> None:
    pitches = [*range(13), *range(115, 128)]
    events = tuple(Event(onset_tick=i * 480, duration_tick=480, pitch=p) for i, p in enumerate(pitches))
    tune = Tune(events=events, bars=(0,), keys=(key,), meters=(Meter(meter=FREE),))
    assert read_musicxml(to_musicxml(tune))[0].pitches == pitches
    assert read_abc(to_abc(tune))[0].pitches == pitches
    assert read_kern(to_kern(tune)).pitches == pitches


def test_some_key_needs_the_octave_below_minus_one() -> None:
    assert min(spell(0, key)[2] for key in KEYS) == -2


def test_beats_within_a_window_are_those_of_all() -> None:
    beats = (3, 2, 2)
    every = beat_places(2, 2, 100, beats)
    assert every[:5] == [2, 5, 7, 9, 12]
    for first in range(2, 30):
        assert beat_places(2, first, first + 11, beats) == [p for p in every if first <= p <= first + 11]


def test_the_meter_in_force_is_the_last_that_began() -> None:
    meters = tuple(Meter(onset_tick=tick, meter=f"{2 + tick}/4") for tick in (0, 3, 7))
    assert [in_force(meters, tick).onset_tick for tick in range(9)] == [0, 0, 0, 3, 3, 3, 3, 7, 7]


def test_changes_that_do_not_ascend_are_no_tune() -> None:
    meters = (Meter(), Meter(onset_tick=960, meter="3/4"), Meter(onset_tick=480, meter="2/4"))
    with pytest.raises(ValueError, match="must ascend"):
        a_tune(4, 480, meters)


def test_a_change_that_a_second_voice_repeats_is_left_out() -> None:
    change = "<attributes><time><beats>{}</beats><beat-type>4</beat-type></time></attributes>"
    body = change.format(3) + NOTE.format(480) + change.format(2) + NOTE.format(480)
    body += "<backup><duration>720</duration></backup>" + change.format(4)
    tune, _ = read_musicxml(musicxml(body))
    assert [(meter.onset_tick, meter.meter) for meter in tune.meters] == [(0, "3/4"), (480, "2/4")]


def test_the_most_that_is_allowed_is_read() -> None:
    assert check_tune(a_tune(MAX_BAR_NOTES, 480, (Meter(),)), "tune")
    with pytest.raises(InputError, match=re.escape(NO_BARS)):
        check_tune(a_tune(MAX_BAR_NOTES + 1, 480, (Meter(),)), "tune")
    bars = tuple(range(0, MAX_NOTES * 480, 1920))
    tune = a_tune(MAX_NOTES, 480, (Meter(),), bars)
    assert check_tune(tune, "tune") is tune
    assert len(notate_bars(tune)) == MAX_NOTES // 4


def test_the_fractions_of_music_are_exact() -> None:
    total = sum((Fraction(480, odd) for odd in range(1, 41, 2)), Fraction(0))
    assert check_exact(total, "tune") == total
