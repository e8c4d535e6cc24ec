"""Tunes as ABC, MusicXML and MIDI: round trips, the shape on paper, and files that are damaged or hostile."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.music import midi
from core.music.abc_notation import read_abc, to_abc
from core.music.engraving import engrave
from core.music.musicxml import read_musicxml, to_musicxml
from core.music.musicxml_files import MAX_XML_BYTES
from core.music.note_values import beam_words, notate_bars
from core.music.spelling import shown_key
from core.music.tune import FREE, MODES, Event, Key, Meter, Tune, regular_bars
from core.music.tune_files import READABLE, read_tune, to_kern
from core.music.tune_midi import read_midi, to_midi
from tests.core.music.test_spelling import KEYS

LENGTHS = (60, 80, 96, 120, 160, 180, 240, 320, 360, 384, 480, 720, 840, 960, 1200, 1440, 1920)
# Without tuplets, which a random order breaks off where no singer could.
PLAIN = (120, 240, 360, 480, 720, 960, 1200, 1440, 1920)
METERS = ("2/4", "3/4", "4/4", "6/8", "9/8", "5/8", "7/8", "3/8", "2/2", "3/2")


def tune(
    notes: list[tuple[int | None, int]],
    meter: str = "4/4",
    key: Key | None = None,
    pickup: int = 0,
    phrases: tuple[tuple[int, int], ...] = (),
) -> Tune:
    """A tune of (pitch, ticks); phrases as (first note, last note)."""
    events, place = [], 0
    for i, (pitch, length) in enumerate(notes):
        events.append(
            Event(
                onset_tick=place,
                duration_tick=length,
                pitch=pitch,
                begins_phrase=i in [first for first, _ in phrases],
                ends_phrase=i in [last for _, last in phrases],
            )
        )
        place += length
    meters = (Meter(meter=meter),)
    return Tune(
        events=tuple(events), bars=regular_bars(place, meters, pickup), keys=(key or Key(),), meters=meters
    )


@st.composite
def tunes(draw: st.DrawFn, lengths: tuple[int, ...] = LENGTHS, modes: tuple[str, ...] = MODES) -> Tune:
    """Tunes with pickups, rests, ties over bars, tuplets whole and broken, phrases, changes of key and meter."""
    n = draw(st.integers(1, 16))
    pitches = draw(st.lists(st.one_of(st.none(), st.integers(40, 96)), min_size=n, max_size=n))
    pitches[draw(st.integers(0, n - 1))] = 67
    events, place = [], 0
    for pitch in pitches:
        length = draw(st.sampled_from(lengths))
        begins, ends = draw(st.booleans()), draw(st.booleans())
        events.append(
            Event(onset_tick=place, duration_tick=length, pitch=pitch, begins_phrase=begins, ends_phrase=ends)
        )
        place += length
    meters = [Meter(meter=draw(st.sampled_from(METERS)))]
    pickup = draw(st.sampled_from([0, 120, 240, 480]))
    pickup = pickup if pickup < min(meters[0].bar_tick, place) else 0
    bars = regular_bars(place, tuple(meters), pickup)
    if len(bars) > 2 and draw(st.booleans()):
        other = draw(st.sampled_from([meter for meter in METERS if meter != meters[0].meter]))
        meters.append(Meter(onset_tick=bars[draw(st.integers(1, len(bars) - 1))], meter=other))
        bars = regular_bars(place, tuple(meters), pickup)
    known = [key for key in KEYS if key.mode in modes]
    keys = [draw(st.sampled_from(known))]
    if draw(st.booleans()) and events[-1].onset_tick > 0:
        other_key = draw(st.sampled_from(known))
        if (other_key.tonic, other_key.mode) != (keys[0].tonic, keys[0].mode):
            keys.append(Key(onset_tick=events[-1].onset_tick, tonic=other_key.tonic, mode=other_key.mode))
    return Tune(events=tuple(events), bars=bars, keys=tuple(keys), meters=tuple(meters))


def notes_of(tune: Tune) -> list[tuple[int, int, int]]:
    return [(e.onset_tick, e.duration_tick, e.pitch) for e in tune.events if e.pitch is not None]


def facts(tune: Tune) -> dict[str, object]:
    """What a notation keeps; a rest over a bar line may come back as two."""
    return {
        "notes": notes_of(tune),
        "length": tune.length_tick,
        "begins": [e.onset_tick for e in tune.events if e.begins_phrase],
        "ends": [e.end_tick for e in tune.events if e.ends_phrase],
        "keys": tune.keys,
        "meters": tune.meters,
        "bars": tune.bars,
    }


EXAMPLES = {
    "pickup": tune(
        [(67, 480), (72, 480), (74, 480), (76, 480), (77, 480), (79, 1920)],
        pickup=480,
        key=Key(tonic="C"),
        phrases=((0, 3), (4, 5)),
    ),
    "compound": tune(
        [(62, 240), (67, 240), (69, 240), (71, 240), (72, 720), (71, 720), (67, 720)], "6/8", pickup=240
    ),
    "three flats": tune([(63, 720), (65, 240), (66, 480), (68, 480), (70, 2400)], key=Key(tonic="Eb")),
    "dorian": tune(
        [(62, 480), (65, 480), (71, 480), (72, 160), (71, 160), (69, 160)], key=Key(tonic="D", mode="dorian")
    ),
    "free": tune([(60, 480), (62, 960), (None, 240), (64, 240)], FREE),
    "rests": tune([(None, 480), (60, 480), (None, 2880), (62, 480)]),
}


@settings(max_examples=120, deadline=None)
@given(tunes())
def test_a_tune_comes_back_from_musicxml_as_it_was(given_tune: Tune) -> None:
    back, said = read_musicxml(to_musicxml(given_tune, title="A & B <c>"))
    assert facts(back) == facts(given_tune)
    assert said == []


@settings(max_examples=120, deadline=None)
@given(tunes())
def test_a_tune_comes_back_from_abc_as_it_was(given_tune: Tune) -> None:
    back, said = read_abc(to_abc(given_tune, title="50% more", tempo_qpm=96))
    assert facts(back) == facts(given_tune)
    assert said == []


@settings(max_examples=40, deadline=None)
@given(tunes(lengths=tuple(length for length in LENGTHS if length % 20 == 0), modes=("major", "minor")))
def test_notes_and_meter_come_back_from_midi(given_tune: Tune) -> None:
    whole = any(event.pitch is not None for event in given_tune.events[:1])
    back, said = read_midi(midi.from_bytes(midi.to_bytes(to_midi(given_tune, tempo_qpm=97.0))))
    shift = notes_of(given_tune)[0][0] - notes_of(back)[0][0]
    assert [(on + shift, length, pitch) for on, length, pitch in notes_of(back)] == notes_of(given_tune)
    assert said == []
    if whole and len(given_tune.meters) == 1:
        assert back.meters == given_tune.meters
        # A rest at the end is not heard, so that a bar may be lost with it.
        if given_tune.events[-1].pitch is not None:
            assert back.pickup_tick == given_tune.pickup_tick
        assert [(k.onset_tick, k.pitch_class, k.mode) for k in back.keys] == [
            (k.onset_tick, k.pitch_class, k.mode) for k in given_tune.keys
        ] or any(k.pitch_class == given_tune.keys[0].pitch_class for k in given_tune.keys[1:])


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_come_back_from_every_notation_that_keeps_everything(name: str) -> None:
    example = EXAMPLES[name]
    assert facts(read_tune(to_musicxml(example).encode(), "tune.musicxml")[0]) == facts(example)
    assert facts(read_tune(to_abc(example).encode(), "tune.abc")[0]) == facts(example)
    assert facts(read_tune(to_kern(example).encode(), "tune.krn")[0]) == facts(example)
    assert facts(read_tune(compressed(to_musicxml(example)), "tune.mxl")[0]) == facts(example)


@settings(max_examples=25, deadline=None)
@given(tunes(lengths=PLAIN))
def test_verovio_sounds_the_notes_that_were_written(given_tune: Tune) -> None:
    onsets = [onset / 480 for onset, _, _ in notes_of(given_tune)]
    from_xml = engrave(to_musicxml(given_tune), notation="musicxml")
    assert {round(onset, 2) for onset in onsets} <= {round(onset, 2) for onset, _ in from_xml.onsets}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "free"])
def test_verovio_reads_all_three_texts_with_the_same_onsets(name: str) -> None:
    example = EXAMPLES[name]
    from_xml = engrave(to_musicxml(example), notation="musicxml")
    for text, notation in ((to_abc(example), "abc"), (to_kern(example), "kern")):
        drawn = engrave(text, notation=notation)  # type: ignore[arg-type]
        assert [onset for onset, _ in drawn.onsets] == pytest.approx([onset for onset, _ in from_xml.onsets])


@settings(max_examples=60, deadline=None)
@given(tunes())
def test_written_bars_hold_each_tick_once(given_tune: Tune) -> None:
    bars = notate_bars(given_tune)
    signs = [sign for bar in bars for sign in bar.signs]
    assert signs[0].onset_tick == 0
    assert all(left.onset_tick + left.duration_tick == right.onset_tick for left, right in pairwise(signs))
    assert signs[-1].onset_tick + signs[-1].duration_tick == given_tune.length_tick
    for bar in bars:
        assert sum(sign.duration_tick for sign in bar.signs) == bar.duration_tick
        assert sum(sign.tuplet_opens for sign in bar.signs) == sum(sign.tuplet_closes for sign in bar.signs)


def test_eighths_are_beamed_by_the_beat_of_the_meter() -> None:
    eighths: list[tuple[int | None, int]] = [(67, 240)] * 6
    words = [[sign.beams[0] for sign in notate_bars(tune(eighths, m))[0].signs] for m in ("6/8", "3/4")]
    assert words[0] == ["begin", "continue", "end"] * 2
    assert words[1] == ["begin", "end"] * 3


def test_flags_join_within_a_beat_and_hooks_point_to_their_neighbors() -> None:
    assert beam_words([2, 1, 1, 2], [0, 0, 0, 0]) == [
        ("begin", "forward hook"),
        ("continue",),
        ("continue",),
        ("end", "backward hook"),
    ]
    assert beam_words([1, 0, 1, 1, 1], [0, 0, 0, 1, 1]) == [(), (), (), ("begin",), ("end",)]


def test_the_beats_of_a_pickup_are_counted_from_its_end() -> None:
    signs = notate_bars(tune([(67, 240), (69, 240), (71, 240), (72, 1920)], pickup=720))[0].signs
    assert [sign.beams for sign in signs] == [(), ("begin",), ("end",)]


def test_a_note_over_the_bar_line_is_tied_and_a_pickup_is_implicit() -> None:
    text = to_musicxml(tune([(67, 480), (69, 2400), (67, 1440)], pickup=480))
    assert '<measure number="0" implicit="yes">' in text
    assert text.count('<tie type="start"/>') == text.count('<tied type="stop"/>') == 1


def test_accidentals_stand_where_the_signature_and_the_bar_do_not_say_them() -> None:
    notes: list[tuple[int | None, int]] = [(66, 480), (66, 480), (65, 480), (78, 480), (65, 480), (66, 2400)]
    text = to_musicxml(tune(notes, key=Key(tonic="C")))
    signs = [
        line.split("<accidental>")[1].split("<")[0] if "<accidental>" in line else ""
        for line in text.split("\n")
        if "<pitch>" in line
    ]
    # F#, the same again, natural, the octave, a new bar where none is needed, F# held over the bar line.
    assert signs == ["sharp", "", "natural", "sharp", "", "sharp", ""]


def test_lines_break_after_every_four_bars() -> None:
    text = to_musicxml(tune([(60, 1920)] * 12))
    assert text.count('new-system="yes"') == 2
    assert to_abc(tune([(60, 1920)] * 12)).strip().splitlines()[-3:] == [
        "c8".upper() + " | C8 | C8 | C8 |"
    ] * 2 + ["C8 | C8 | C8 | C8 |]"]


def test_a_signature_beyond_seven_accidentals_is_written_as_its_twin() -> None:
    assert shown_key(Key(tonic="G#")).tonic == "Ab"
    assert shown_key(Key(tonic="F#")).tonic == "F#"
    given_tune = tune([(68, 1920)], key=Key(tonic="G#"))
    assert notes_of(read_abc(to_abc(given_tune))[0]) == notes_of(given_tune)
    assert notes_of(read_musicxml(to_musicxml(given_tune))[0]) == notes_of(given_tune)


def test_abc_of_other_hands_is_read() -> None:
    text = (
        "%abc-2.1\nX:7\nT:A jig % remark\nC:trad.\nM:6/8\nL:1/8\nQ:3/8=120\nK:Edor clef=treble\n"
        'D|:"Em"E2F {a}G>FE|~B,2(c ^c=c)c:|[1 [EGB]3 z3 |[2 (3Bcd e2- e/ f// g3/4 |]\nw: words here\n'
    )
    read, said = read_abc(text)
    pitches = [pitch for _, _, pitch in notes_of(read)]
    # Of two endings behind the repeat sign none would be the second.
    assert pitches == [62, 64, 66, 67, 66, 64, 59, 73, 73, 72, 72, 71, 71, 73, 74, 76, 78, 79]
    assert read.keys[0].mode == "dorian"
    assert read.pickup_tick == 240
    assert [length for _, length, _ in notes_of(read)][3:6] == [360, 120, 240]
    assert any("repeat signs contradict" in sentence for sentence in said)
    assert any("top one" in sentence for sentence in said)
    assert any("Grace" in sentence for sentence in said)


def test_of_several_abc_tunes_and_voices_the_first_is_read() -> None:
    text = "X:1\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|\nV:2\nGGGG|\nX:2\nK:G\nABcd|\n"
    read, said = read_abc(text)
    assert [pitch for _, _, pitch in notes_of(read)] == [60, 62, 64, 65]
    assert len(said) == 2


def test_of_chords_and_voices_in_musicxml_the_top_of_the_first_is_read() -> None:
    note = "<note>{}<pitch><step>{}</step><octave>4</octave></pitch><duration>1</duration><voice>{}</voice></note>"
    body = note.format("", "C", 1) + note.format("<chord/>", "E", 1) + note.format("", "D", 1)
    body += "<backup><duration>2</duration></backup>" + note.format("", "A", 2)
    read, said = read_musicxml(score(body))
    assert [pitch for _, _, pitch in notes_of(read)] == [64, 62]
    assert len(said) == 2


def test_of_a_polyphonic_midi_file_the_top_voice_of_the_first_track_is_read() -> None:
    pm = pretty_midi.PrettyMIDI(initial_tempo=120.0)
    for name, pitches in (("Song", (60, 72)), ("Bass", (36,))):
        part = pretty_midi.Instrument(0, name=name)
        for place in range(4):
            part.notes += [
                pretty_midi.Note(90, pitch + place, place * 0.5, place * 0.5 + 0.5) for pitch in pitches
            ]
        pm.instruments.append(part)
    read, said = read_tune(midi.to_bytes(pm), "song.mid")
    assert [pitch for _, _, pitch in notes_of(read)] == [72, 73, 74, 75]
    assert any("top voice" in sentence and "Song" in sentence for sentence in said)
    assert any("2 tracks" in sentence for sentence in said)


def test_notes_played_freely_are_set_on_a_grid() -> None:
    pm = pretty_midi.PrettyMIDI(initial_tempo=120.0)
    part = pretty_midi.Instrument(0)
    part.notes = [pretty_midi.Note(90, 60 + i, i * 0.5 + 0.0113, i * 0.5 + 0.4871) for i in range(6)]
    pm.instruments.append(part)
    read, said = read_midi(pm)
    assert [onset for onset, _, _ in notes_of(read)] == [0, 480, 960, 1440, 1920, 2400]
    assert any("timing is free" in sentence for sentence in said)


def test_of_kern_with_several_voices_the_top_one_is_read() -> None:
    read, said = read_tune(b"**kern\t**kern\n*M2/4\t*M2/4\n4C\t4c\n4D\t4d\n*-\t*-\n", "two.krn")
    assert read.pitches == [60, 62]
    assert said == ["This score has 2 voices. Only the top one is used."]


def score(body: str) -> bytes:
    return (
        '<score-partwise><part id="P1"><measure number="1"><attributes><divisions>1</divisions>'
        f"</attributes>{body}</measure></part></score-partwise>"
    ).encode()


def compressed(text: str | bytes, target: str = "score.xml") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            f'<container><rootfiles><rootfile full-path="{target}"/></rootfiles></container>',
        )
        archive.writestr("score.xml", text)
    return buffer.getvalue()


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><score-partwise>&b;</score-partwise>'
REFUSALS = {
    "an unknown ending": (b"x", "tune.pdf", "ends in .pdf cannot be read"),
    "no ending": (b"x", "tune", "no ending"),
    "nothing": (b"  \n", "tune.abc", "empty"),
    "entities": (BOMB.encode(), "tune.xml", "entities"),
    "an external entity": (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><score-partwise>&a;</score-partwise>',
        "t.musicxml",
        "entities",
    ),
    "cut off XML": (to_musicxml(EXAMPLES["pickup"]).encode()[:900], "t.musicxml", "cut off"),
    "other XML": (b"<html/>", "t.xml", "file holds no score"),
    "by time": (b"<score-timewise/>", "t.xml", "no pitched notes"),
    "no note": (score("<note><rest/><duration>4</duration></note>"), "t.xml", "no pitched notes"),
    "no length": (score("<note><pitch><step>C</step><octave>4</octave></pitch></note>"), "t.xml", "duration"),
    "a huge length": (
        score("<note><pitch><step>C</step><octave>4</octave></pitch><duration>1e9</duration></note>"),
        "t.xml",
        "duration",
    ),
    "a pitch far out": (
        score("<note><pitch><step>C</step><octave>99</octave></pitch><duration>1</duration></note>"),
        "t.xml",
        "not a valid number",
    ),
    "no archive": (b"PK\x03\x04 broken", "t.mxl", "damaged"),
    "an archive cut off": (compressed(to_musicxml(EXAMPLES["pickup"]))[:-60], "t.mxl", "damaged"),
    "an archive without its score": (compressed("<a/>", target="none.xml"), "t.mxl", "file holds no score"),
    "an archive that unpacks to much": (compressed(b" " * (MAX_XML_BYTES + 1)), "t.mxl", "unpacks"),
    "ABC without a key": (b"X:1\nM:4/4\nCDEF|\n", "t.abc", "no K: line"),
    "ABC without notes": (b"X:1\nK:C\n", "t.abc", "no note"),
    "no ABC": (b"X:1\nK:C\n\x01\x02\n", "t.abc", "is not ABC notation"),
    "ABC with a false meter": (b"X:1\nM:4/5\nK:C\nC", "t.abc", "not a meter"),
    "ABC with a false key": (b"X:1\nK:Q\nC", "t.abc", "not a key"),
    "ABC with an endless note": (b"X:1\nL:1/1\nK:C\nC9999", "t.abc", "too long"),
    "ABC with endless rests": (
        b"X:1\nM:4/4\nK:C\nC" + b"Z999" * 100,
        "t.abc",
        "longer than 20,000 quarter notes",
    ),
    "ABC with endless changes": (b"X:1\nK:C\nC" + b"[M:2/4][M:3/4]" * 200, "t.abc", "changes key or meter"),
    "MusicXML with endless changes": (
        score(
            "".join(
                f"<attributes><key><fifths>{n % 2}</fifths></key></attributes><note><pitch><step>C</step>"
                "<octave>4</octave></pitch><duration>1</duration></note>"
                for n in range(300)
            )
        ),
        "t.xml",
        "changes key or meter",
    ),
    "ABC with a note of no length": (b"X:1\nK:C\nC0", "t.abc", "no length"),
    "MIDI cut off": (midi.to_bytes(to_midi(EXAMPLES["pickup"]))[:60], "t.mid", "cut off|could not be read"),
    "no MIDI": (b"hello", "t.mid", "not a MIDI file"),
    "kern without a voice": (b"hello", "t.krn", "not a kern file"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(what: str) -> None:
    data, name, sentence = REFUSALS[what]
    with pytest.raises(InputError, match=sentence) as caught:
        read_tune(data, name)
    assert str(caught.value).endswith(".")


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(compressed(b" " * (MAX_XML_BYTES + 1)))
    size = (MAX_XML_BYTES + 1).to_bytes(4, "little")
    assert data.count(size) >= 1
    with pytest.raises(InputError, match=r"damaged|unpacks"):
        read_tune(bytes(data.replace(size, (100).to_bytes(4, "little"))), "t.mxl")


def test_drums_alone_are_no_melody() -> None:
    pm = pretty_midi.PrettyMIDI()
    pm.instruments.append(pretty_midi.Instrument(0, is_drum=True))
    pm.instruments[0].notes.append(pretty_midi.Note(90, 40, 0.0, 0.5))
    with pytest.raises(InputError, match="no melody"):
        read_midi(pm)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused_but_break_nothing(data: st.DataObject) -> None:
    ending = data.draw(st.sampled_from(READABLE))
    example = EXAMPLES[data.draw(st.sampled_from(sorted(EXAMPLES)))]
    whole = {
        "krn": lambda: to_kern(example).encode(),
        "abc": lambda: to_abc(example).encode(),
        "mid": lambda: midi.to_bytes(to_midi(example)),
        "mxl": lambda: compressed(to_musicxml(example)),
    }.get(ending[:3], lambda: to_musicxml(example).encode())()
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read, _ = read_tune(bytes(damaged), f"tune.{ending}")
    except InputError:
        return
    assert read.pitches


@pytest.mark.parametrize(("setting", "value"), [("tempo_qpm", 5.0), ("program", 128), ("velocity", 0)])
def test_settings_of_midi_out_of_range_are_refused(setting: str, value: float) -> None:
    with pytest.raises(InputError, match=r"must be|number"):
        to_midi(EXAMPLES["pickup"], **{setting: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("write", [to_abc, to_musicxml])
def test_a_tune_without_notes_is_not_written(write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="has no notes, so"):
        write(Tune(events=(), bars=(), keys=(Key(),), meters=(Meter(),)))
