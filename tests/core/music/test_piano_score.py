"""Scores of played piano pieces: every note written once, every bar full, spelled and cut so that they can be read."""

import re
import zlib

import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.music import piano_engraving
from core.music.beat_grid import BeatGrid
from core.music.performance import Performance
from core.music.piano_engraving import draw_score, print_score
from core.music.piano_score import find_tempo_qpm, to_musicxml, write_score
from core.music.tune import TICKS, Key
from tests.core.music.test_performance import NOTES, performance

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def exact(notes, *, tempo_qpm=60.0, meter="4/4", first_bar_tick=0):
    """A score of (onset, length, pitch) in ticks, as a program plays."""
    onset, length, pitch = (np.array(column) for column in zip(*notes, strict=True))
    end_sec = float((onset + length).max()) / TICKS
    grid = BeatGrid.steady(tempo_qpm=60, first_sec=0.0, end_sec=end_sec, exact=True)
    played = Performance.of(pitch, onset / TICKS, length / TICKS, np.full(len(onset), 70))
    return write_score(played, tempo_qpm=tempo_qpm, grid=grid, meter=meter, first_bar_tick=first_bar_tick)


def read(score):
    return ElementTree.fromstring(to_musicxml(score, title="a < b").encode())


def sounding(root):
    """Pitches and how often each begins, of notes that are not tied from before."""
    found = []
    for note in root.iter("note"):
        pitch = note.find("pitch")
        if pitch is None or any(tie.get("type") == "stop" for tie in note.findall("tie")):
            continue
        found.append(
            12 * (int(pitch.findtext("octave")) + 1)
            + STEPS[pitch.findtext("step")]
            + int(pitch.findtext("alter") or 0)
        )
    return sorted(found)


@settings(max_examples=20)
@given(NOTES, st.floats(40, 200))
def test_every_note_is_written_once_unless_its_key_is_struck_twice_on_one_place(notes, tempo_qpm):
    played = performance(notes)
    score = write_score(played, tempo_qpm=tempo_qpm)
    assert sounding(read(score)) == sorted(played.pitch[score.onset_tick >= 0].tolist())
    lost = np.flatnonzero(score.onset_tick < 0)
    assert set(played.pitch[lost].tolist()) <= set(played.pitch[score.onset_tick >= 0].tolist())
    assert score.n_lost == len(lost)


@settings(max_examples=20)
@given(NOTES)
def test_every_voice_fills_its_bars_and_nothing_in_it_overlaps(notes):
    score = write_score(performance(notes), tempo_qpm=90)
    edges = score.lines.edges
    for number, bar in enumerate(score.bars):
        assert {staff for staff, _ in bar} == {1, 2}
        for signs in bar.values():
            at = edges[number]
            for sign in signs:
                assert sign.onset == at and sign.duration > 0
                at += sign.duration
            assert at == edges[number + 1]
    for measure in read(score).iter("measure"):
        forward = sum(int(item.findtext("duration")) for item in measure if item.tag in ("forward",))
        notes_of = [item for item in measure.iter("note") if item.find("chord") is None]
        back = sum(int(item.findtext("duration")) for item in measure.iter("backup"))
        n_voices = 1 + len(list(measure.iter("backup")))
        length = back // (n_voices - 1)
        assert forward + sum(int(note.findtext("duration")) for note in notes_of) == n_voices * length


@settings(max_examples=20)
@given(NOTES)
def test_a_tie_joins_two_notes_of_one_pitch_and_every_printed_accidental_is_the_notes_own(notes):
    root = read(write_score(performance(notes), tempo_qpm=90))
    starts = sum(tie.get("type") == "start" for tie in root.iter("tie"))
    stops = sum(tie.get("type") == "stop" for tie in root.iter("tie"))
    assert starts == stops
    words = {"flat-flat": "-2", "flat": "-1", "natural": "0", "sharp": "1", "double-sharp": "2"}
    for note in root.iter("note"):
        accidental = note.findtext("accidental")
        assert accidental is None or words[accidental] == (note.find("pitch").findtext("alter") or "0")


def test_scores_of_programs_come_back_as_they_were_written():
    bass = [(0, 960, 48), (960, 960, 43), (1920, 1920, 48)]
    tune = [(0, 480, 72), (480, 240, 74), (720, 240, 76), (960, 160, 77), (1120, 160, 76), (1280, 160, 74),
            (1440, 480, 71), (1920, 1920, 72)]  # fmt: skip
    score = exact(bass + tune)
    played = score.performance
    assert score.onset_tick.tolist() == np.rint(played.onset_sec * TICKS).astype(int).tolist()
    assert score.written_tick.tolist() == np.rint(played.duration_sec * TICKS).astype(int).tolist()
    assert score.staff.tolist() == [1 if pitch >= 60 else 2 for pitch in played.pitch]
    root = read(score)
    assert not list(root.iter("tie"))
    assert [mark.get("type") for mark in root.iter("tuplet")] == ["start", "stop"]
    assert score.onset_error_sec.max() < 1e-9


def test_a_held_note_over_moving_ones_gets_a_voice_of_its_own():
    held = [(0, 1920, 79), *((480 * i, 480, 64 + i) for i in range(4))]
    bar = exact(held).bars[0]
    assert [sign.duration for sign in bar[1, 0]] == [1920]
    assert [sign.duration for sign in bar[1, 1]] == [480] * 4


def test_pedaled_accompaniment_is_written_without_ties():
    onset = np.arange(16) * 0.25
    held = np.where(np.arange(16) < 12, 1.9, 0.25)
    played = Performance.of([43, 50, 55, 59] * 4, onset, held, np.full(16, 60))
    score = write_score(played, tempo_qpm=120)
    assert not any(head.tied for head in score.heads())


def test_a_tempo_that_drifts_leaves_the_rhythm_as_it_is():
    rng = np.random.default_rng(3)
    beats = np.cumsum(0.5 * np.exp(np.linspace(0, 0.35, 33)))
    places = np.arange(0, 32, 0.5)
    onset = np.interp(places, np.arange(33), beats) + rng.normal(0, 0.006, len(places))
    pitch = np.where(np.arange(len(places)) % 8 == 0, 43, 67)
    played = Performance.of(pitch, onset, np.full(len(places), 0.3), np.full(len(places), 70))
    score = write_score(played, tempo_qpm=110)
    assert set(np.diff(score.onset_tick).tolist()) == {240}
    assert score.onset_error_sec.max() < 0.04


def test_a_flat_minor_is_written_as_g_sharp_minor_with_five_sharps():
    scale = [68, 70, 71, 73, 75, 76, 78, 80, 79, 80]  # with its leading note, F double sharp
    score = exact([(480 * i, 480, pitch) for i, pitch in enumerate(scale)])
    assert (score.spelled.key.tonic, score.spelled.key.mode, score.spelled.key.fifths) == ("G#", "minor", 5)
    assert score.spelled.spellings[8] == ("F", 2, 5)
    assert [
        note.findtext("accidental")
        for note in read(score).iter("note")
        if note.find("accidental") is not None
    ] == ["double-sharp"]
    drawn = draw_score(score, width_px=900)
    assert "E263" in drawn.svg  # SMuFL's double sharp


def test_a_score_has_the_signature_of_its_key_where_that_of_the_fifth_below_would_print_fewer_accidentals():
    notes = [(480 * i, 480, pitch) for i, pitch in enumerate((62, 64, 66, 67, 69, 72, 71, 72))]
    assert exact(notes).spelled.key.fifths == 1
    played = exact(notes).performance
    score = write_score(played, tempo_qpm=60, key=Key(tonic="D"))
    assert score.spelled.key == Key(tonic="D")
    assert "<fifths>2</fifths>" in to_musicxml(score)
    assert [letter for letter, _, _ in score.spelled.spellings] == list("DEFGACBC")


def test_no_empty_bar_follows_the_last_note():
    played = Performance.of([60, 64], [0.0, 1.9], [0.4, 0.15], [70, 70])
    score = write_score(played, tempo_qpm=120, first_bar_tick=0)
    assert len(score.bars) == 1


def test_the_tempo_is_drawn_with_signs_that_every_font_has():
    drawn = draw_score(exact([(0, 480, 60)]), width_px=600)
    assert "\N{QUARTER NOTE}" in drawn.svg and "60" in drawn.svg
    assert "font-face" not in drawn.svg and not any("\ue000" <= letter <= "\uf8ff" for letter in drawn.svg)


def test_the_note_of_a_printed_tempo_mark_is_a_curve_and_no_word(monkeypatch):
    def draw(print_note):
        monkeypatch.setattr("core.music.score_pdf._NOTE_SIZE", 1.0 if print_note else 0.0)
        pdf = print_score(exact([(0, 480, 60)]), title="A")
        streams = re.findall(rb"/Filter /FlateDecode.*?stream\r?\n(.*?)\nendstream", pdf, re.DOTALL)
        texts = [zlib.decompress(stream).decode("latin-1") for stream in streams]
        return next(text for text in texts if "(= 60)" in text)

    page = draw(print_note=True)
    assert "quarter" not in page and "?" not in page
    assert page != draw(print_note=False)


def test_the_tempo_mark_is_the_tempo_given_where_the_beats_agree_and_that_of_the_beats_otherwise():
    played = Performance.of([60 + i % 5 for i in range(16)], np.arange(16) * 0.5, [0.5] * 16, [70] * 16)
    assert write_score(played, tempo_qpm=120.6).tempo_qpm == 120.6
    far = write_score(played, tempo_qpm=112.0)
    assert far.tempo_qpm == far.grid.tempo_qpm == pytest.approx(120, rel=0.02)
    assert find_tempo_qpm(played, 112.0) == pytest.approx(far.tempo_qpm, rel=0.02)


def test_a_pickup_is_no_bar():
    score = exact([(0, 480, 67), (480, 1920, 72), (2400, 1920, 76)], first_bar_tick=480)
    assert (len(score.bars), score.n_bars) == (3, 2)


def test_a_pickup_stands_before_the_first_bar():
    root = read(exact([(0, 480, 67), (480, 1920, 72), (2400, 1920, 76)], first_bar_tick=480))
    first = next(root.iter("measure"))
    assert (first.get("number"), first.get("implicit")) == ("0", "yes")
    assert first.findtext("backup/duration") == "480"


@pytest.mark.parametrize("tempo_qpm", [10.0, 500.0])
def test_a_tempo_nobody_counts_is_refused(tempo_qpm):
    with pytest.raises(InputError, match="20 to 400"):
        write_score(Performance.of([60], [0.0], [1.0], [70]), tempo_qpm=tempo_qpm)


def test_a_score_of_thousands_of_bars_is_refused_and_one_of_no_notes():
    far = Performance.of([60, 60], [0.0, 5000.0], [1, 1], [70, 70])
    with pytest.raises(InputError, match="bars"):
        write_score(far, tempo_qpm=120)
    with pytest.raises(InputError, match="no note"):
        write_score(far.first(0), tempo_qpm=120)


def test_loudness_is_marked_where_it_changes_and_not_at_every_bar():
    notes = [(480 * i, 480, 60) for i in range(32)]
    score = exact(notes)
    swaying = 60 + 4 * (-1) ** np.arange(32)  # around the border of two marks
    loud = np.where(np.arange(32) < 16, swaying, 110)
    played = Performance.of(
        score.performance.pitch, score.performance.onset_sec, score.performance.duration_sec, loud
    )
    root = read(write_score(played, tempo_qpm=60, grid=score.grid, first_bar_tick=0))
    assert [next(iter(mark)).tag for mark in root.iter("dynamics")] == ["mp", "ff"]


def test_what_is_drawn_sounds_when_it_was_played():
    score = exact([(0, 480, 60), (0, 480, 72), (480, 1920, 74), (2400, 480, 76)])
    drawn = draw_score(score, width_px=600)
    assert [(len(ids.split()), onset, end) for ids, onset, end in drawn.notes] == [
        (2, 0, 1),
        (1, 1, 5),
        (1, 5, 6),
    ]
    names = [name for ids, _, _ in drawn.notes for name in ids.split()]
    assert all(drawn.svg.count(f'id="{name}"') == 1 for name in names)
    assert print_score(score, title="A piece")[:5] == b"%PDF-"


def test_a_score_that_is_too_long_to_be_drawn_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(piano_engraving, "MAX_DRAWN_SIGNS", 20)
    with pytest.raises(InputError, match="MusicXML"):
        draw_score(exact([(480 * i, 480, 60 + i % 12) for i in range(24)]), width_px=600)
