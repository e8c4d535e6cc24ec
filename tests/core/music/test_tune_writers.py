"""What files of a tune say beside its notes: title, tempo, part; and how chromatic notes are spelled in them."""

from __future__ import annotations

import re

import pytest

from core.errors import InputError
from core.music import midi
from core.music.abc_notation import read_abc, to_abc
from core.music.kern import read_kern, to_kern
from core.music.musicxml import read_musicxml, to_musicxml
from core.music.spelling import spell_line
from core.music.tune import Key, Tune
from core.music.tune_midi import read_midi, to_midi

JIG = "M:6/8\nL:1/8\nK:G\nD|GAB c2d|gfe d2|]"


def _tune(text: str = JIG) -> Tune:
    return read_abc(text)[0]


def test_musicxml_says_tempo_and_part_and_is_the_same_tune() -> None:
    text = to_musicxml(_tune(), title="Up & away", tempo_qpm=180, program=40)
    assert "<part-name>Violin</part-name>" in text
    assert "<midi-program>41</midi-program>" in text
    assert "<beat-unit-dot/><per-minute>120</per-minute>" in text  # dotted quarters in 6/8
    assert '<sound tempo="180"/>' in text
    assert "<work-title>Up &amp; away</work-title>" in text
    assert read_musicxml(text)[0] == _tune()


def test_without_a_tempo_none_is_written() -> None:
    assert "<metronome" not in to_musicxml(_tune())
    assert "*MM" not in to_kern(_tune())


def test_kern_and_midi_have_the_title() -> None:
    text = to_kern(_tune(), title="Up\nhigh", tempo_qpm=180)
    assert text.startswith("!!!OTL: Up high\n**kern\n*MM180\n")
    assert read_kern(text) == _tune()
    assert (
        midi.from_bytes(midi.to_bytes(to_midi(_tune(), name="Auf geht’s"))).instruments[0].name
        == "Auf geht’s"
    )
    assert "T:Up" in to_abc(_tune(), title="Up")


def test_a_tune_transposed_beyond_midi_is_refused_in_a_sentence() -> None:
    assert _tune().transposed(-2).keys[0].tonic == "F"
    with pytest.raises(InputError, match="leaves the range of MIDI"):
        _tune().transposed(60)


@pytest.mark.parametrize(
    ("tonic", "mode", "pitches", "names"),
    [
        ("G", "major", [68, 69, 70, 71], "G# A A# B"),
        ("G", "major", [71, 70, 69, 68, 67], "B Bb A Ab G"),
        ("C", "major", [66, 65], "F# F"),
        ("C", "major", [61, 61, 62], "C# C# D"),
        ("C", "major", [70, 67], "Bb G"),
        ("A", "minor", [68, 67, 68, 69], "G# G G# A"),
        ("D", "minor", [73, 74, 72, 71, 70], "C# D C B Bb"),
        ("F", "major", [70, 71, 72], "Bb B C"),
        ("Eb", "major", [69, 70, 66, 67], "A Bb F# G"),
    ],
)
def test_a_chromatic_note_is_named_by_where_it_leads(
    tonic: str, mode: str, pitches: list[int], names: str
) -> None:
    found = spell_line(pitches, [Key(tonic=tonic, mode=mode)] * len(pitches))
    written = [name[0] + "#" * name[1] + "b" * -name[1] for name in found if name is not None]
    assert " ".join(written) == names


def test_names_lead_over_no_rest_and_hold_for_repeated_notes() -> None:
    keys = [Key(tonic="G")] * 5
    names = spell_line([70, None, 71, 70, 70], keys)
    assert names[1] is None
    assert names[0] == ("B", -1, 4)
    assert names[3] == names[4]


def test_every_name_is_that_of_its_pitch() -> None:
    letters = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    for tonic in ("C", "F#", "Db", "A"):
        for mode in ("major", "minor", "dorian"):
            pitches = [*range(48, 73), *range(72, 47, -1)]
            for pitch, name in zip(
                pitches, spell_line(pitches, [Key(tonic=tonic, mode=mode)] * 50), strict=True
            ):
                assert name is not None
                assert 12 * (name[2] + 1) + letters[name[0]] + name[1] == pitch


def _in_first_bar(beats: float, meter: str) -> tuple[Tune, list[str]]:
    """A tune whose notes begin so many quarters after the first bar line, as Nottingham's files have it."""
    rest = f"z{round(beats * 2)}" if beats else ""
    tune = _tune(f"M:{meter}\nL:1/8\nK:G\n|{rest} G|A2 B c2 d|e2 f g3|]")
    pm = to_midi(tune)
    pm.time_signature_changes = pm.time_signature_changes[-1:]
    pm.time_signature_changes[0].time = 0.0
    return read_midi(pm)


@pytest.mark.parametrize(("beats", "pickup"), [(2.5, 240), (0, 0)])
def test_a_first_bar_that_is_mostly_silence_is_a_pickup(beats: float, pickup: int) -> None:
    tune, _ = _in_first_bar(beats, "6/8")
    assert tune.events[0].pitch == 67
    assert tune.pickup_tick == pickup
    numbers = re.findall(r'<measure number="(\d+)"', to_musicxml(tune))
    assert numbers[0] == ("0" if pickup else "1")


def test_a_file_without_a_key_has_that_of_its_notes() -> None:
    pm = to_midi(_tune("M:4/4\nL:1/4\nK:D\nD E F G|A F D2|E C D2|]"))
    pm.key_signature_changes = []
    tune, said = read_midi(pm)
    assert tune.keys == (Key(tonic="D"),)
    assert any("D major fits" in sentence for sentence in said)
