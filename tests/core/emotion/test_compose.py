"""A request becomes a piece of its length, judged and laid on a beat; the composer here is a machine of scales."""

import re
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion.charts import mood_figure
from core.emotion.compose import Request, compose, first_seconds, own_notes
from core.emotion.descriptions import (
    agreement_in_words,
    difference_in_words,
    traits_in_words,
)
from core.emotion.examples import example, example_names
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.piano.attributes import Attributes
from core.emotion.piano.draft import Piece
from core.emotion.piano.steering import RULES_PLANE
from core.emotion.rater import CLASSIFIER
from core.emotion.rating import rate
from core.errors import InputError
from core.music.performance import Performance
from core.music.tune import Key

CALM = MoodPath.still(Mood(valence=0.5, arousal=-0.5))


@dataclass
class Scales:
    """Plays eighths at 66 quarters a minute until the time is up, and remembers what it was asked."""

    asked: list
    plane = RULES_PLANE

    def compose(self, path, *, prompt, n_notes, duration_sec, progress, **rest):
        self.asked.append((n_notes, duration_sec))
        step = 60 / 66 / 2
        before = 0.0 if prompt is None else prompt.end_sec
        n = (
            n_notes - (0 if prompt is None else len(prompt))
            if n_notes
            else int((duration_sec - before) / step)
        )
        progress(0.5)
        onsets = before + np.arange(n) * step
        played = Performance.of(60 + np.arange(n) % 12, onsets, [step] * n, [70] * n)
        if prompt is not None:
            played = Performance.of(
                *(
                    np.concatenate([getattr(prompt, name), getattr(played, name)])
                    for name in ("pitch", "onset_sec", "duration_sec", "velocity")
                )
            )
        return SimpleNamespace(
            performance=played,
            n_prompt=0 if prompt is None else len(prompt),
            path=path,
            key="C",
            mode="major",
        )


class Ear:
    """Hears the number of notes as arousal."""

    def judge(self, performance):
        mood = Mood(valence=0.0, arousal=min(1.0, len(performance) / 1000))
        return SimpleNamespace(mood=mood, p_high_valence=0.5, p_high_arousal=0.5)

    def over_time(self, performance):
        return [(0.0, self.judge(performance).mood)]


@pytest.mark.parametrize(("unit", "length"), [("seconds", 1), ("bars", 201), ("notes", 0), ("seconds", 1e9)])
def test_a_length_out_of_range_is_refused(unit, length):
    with pytest.raises(InputError, match="A piece has"):
        Request(path=CALM, unit=unit, length=length)


def test_seconds_and_notes_reach_the_composer_as_they_are():
    composer = Scales([])
    compose(Request(path=CALM, unit="seconds", length=20), composer)
    compose(Request(path=CALM, unit="notes", length=50), composer)
    assert composer.asked == [(None, 20.0), (50, None)]


def test_bars_are_counted_at_the_tempo_that_is_heard():
    composer = Scales([])
    result = compose(Request(path=CALM, unit="bars", length=12), composer)
    assert result.tempo_qpm == pytest.approx(66, rel=0.03)
    assert result.n_bars == pytest.approx(12, abs=0.3)
    assert len(composer.asked) == 2


def test_the_beginning_is_kept_and_only_the_rest_is_judged():
    prompt = first_seconds(example(example_names()[0]), 4)
    result = compose(Request(path=CALM, unit="notes", length=40), Scales([]), prompt=prompt.shifted(3.0))
    assert result.performance.first(len(prompt)).pitch.tolist() == prompt.pitch.tolist()
    assert result.performance.onset_sec[0] == 0
    assert len(own_notes(result.piece)) == 40 - len(prompt)
    rated = rate(result, Ear())
    assert rated.judgment.mood.arousal == pytest.approx((40 - len(prompt)) / 1000)
    assert rated.performance is result.performance


def test_a_beginning_that_leaves_no_room_is_refused_with_what_to_do():
    prompt = example(example_names()[0])
    with pytest.raises(InputError, match="Choose more notes"):
        compose(Request(path=CALM, unit="notes", length=len(prompt)), Scales([]), prompt=prompt)
    with pytest.raises(InputError, match="longer piece"):
        compose(Request(path=CALM, unit="seconds", length=6), Scales([]), prompt=prompt)


def test_the_first_seconds_of_notes_are_those_that_begin_in_them():
    notes = example(example_names()[0]).shifted(2.0)
    cut = first_seconds(notes, 2.0)
    assert cut.onset_sec[0] == 0
    assert (cut.onset_sec < 2.0).all()
    assert len(cut) == int((notes.onset_sec - 2.0 < 2.0).sum())
    assert len(first_seconds(notes, 0.001)) == 1


def test_progress_never_falls_and_stays_within_its_bounds():
    told = []
    compose(
        Request(path=CALM, unit="bars", length=8),
        Scales([]),
        progress=lambda share, stage: told.append(share),
    )
    assert told == sorted(told)
    assert told[0] >= 0 and told[-1] <= 1


def attributes(**changes) -> Attributes:
    usual = {"onset_rate": 3.0, "thickness": 1.5, "register": 64.0, "loudness": 64.0}
    return Attributes(**{**usual, "articulation": 1.0, "majorness": 0.2, **changes})


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"onset_rate": 1.5}, "slower: 1.5 notes or chords a second instead of 3.0"),
        ({"register": 54.0}, "lower: by 10 semitones"),
        ({"majorness": -0.3}, "minor: −0.30"),
        ({"majorness": 0.6}, "more major: +0.60"),
        ({"loudness": 40.0}, "softer: MIDI velocity 40"),
        ({"articulation": 0.4}, "more staccato"),
        ({"thickness": 3.0}, "fuller"),
    ],
)
def test_a_change_of_one_trait_is_told_and_no_other(changes, word):
    told = difference_in_words(attributes(), attributes(**changes))
    assert len(told) == 1
    assert told[0].startswith(word)


def test_what_cannot_be_heard_is_not_told():
    assert difference_in_words(attributes(), attributes(onset_rate=3.1, loudness=66.0, register=65.0)) == []


def test_the_rating_is_told_in_words_and_then_in_figures_the_one_further_off_first():
    asked = Mood(valence=-0.45, arousal=0.5)
    assert agreement_in_words(asked, Mood(valence=-0.05, arousal=0.6), CLASSIFIER) == [
        "Sounds alarmed rather than tense: more pleasant than requested.",
        "Pleasantness (valence): rated −0.05, target −0.45.",
        "Energy (arousal): rated +0.60, target +0.50; close (±0.18).",
    ]
    told = agreement_in_words(asked, Mood(valence=-0.4, arousal=-0.6), CLASSIFIER)
    assert told[0] == "Sounds wistful rather than tense: calmer than requested."
    assert told[1] == "Energy (arousal): rated −0.60, target +0.50."


def test_a_rating_close_to_the_target_on_both_axes_is_said_to_be_close():
    asked = Mood(valence=0.6, arousal=0.3)
    assert (
        agreement_in_words(asked, Mood(valence=0.7, arousal=0.4), CLASSIFIER)[0]
        == "Sounds happy, as requested."
    )
    edge = Mood(valence=0.7, arousal=0.17)
    assert (
        agreement_in_words(edge, Mood(valence=0.7, arousal=0.1), CLASSIFIER)[0]
        == "Sounds content, close to happy."
    )
    weak = agreement_in_words(Mood(valence=0.75, arousal=0.2), Mood(valence=0.75, arousal=0.6), CLASSIFIER)[0]
    assert weak == "Sounds happy, but more energetic than requested."


def test_the_mean_pitch_is_spelled_in_the_key():
    assert "pitch E♭4" in traits_in_words(attributes(register=63.0), Key(tonic="Bb"))
    assert "pitch D♯4" in traits_in_words(attributes(register=63.0), Key(tonic="E"))


def test_the_tempo_of_a_piece_is_the_tempo_mark_of_its_score():
    result = compose(Request(path=CALM, unit="bars", length=12), Scales([]))
    mark = re.search(r"<per-minute>(\d+)</per-minute>", result.musicxml("Piece"))
    assert mark is not None and int(mark[1]) == round(result.tempo_qpm)


@given(
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.sampled_from(("valence", "arousal")),
)
def test_only_a_difference_within_the_stated_error_is_called_so(target, rated, axis):
    other = {"valence": "arousal", "arousal": "valence"}[axis]
    told = agreement_in_words(
        Mood(**{axis: target, other: 0.0}), Mood(**{axis: rated, other: 0.0}), CLASSIFIER
    )
    sentence = next(each for each in told if f"({axis})" in each)
    assert ("close" in sentence) == (abs(rated - target) <= CLASSIFIER.error[axis])


def test_the_figure_shows_target_and_rating():
    path = MoodPath(start=Mood(valence=-1, arousal=0), end=Mood(valence=1, arousal=0.5))
    figure = mood_figure(
        [0, 10], [path.start, path.end], [(2.0, path.at(0.2)), (8.0, path.at(0.8))], beginning_sec=1.5
    )
    names = [f"{axis}, {what}" for axis in ("Pleasantness", "Energy") for what in ("target", "rated")]
    assert [trace.name for trace in figure.data] == names
    assert list(figure.data[0].y) == [-1, 1]
    assert list(figure.data[1].x) == [2.0, 8.0]
    assert figure.layout.shapes[0].x1 == 1.5


# Key, tempo and notes that are kept.


@pytest.mark.parametrize("unit, length", [("seconds", 20), ("bars", 8), ("notes", 50)])
@pytest.mark.parametrize("arousal", [-0.5, 0.42])
def test_a_kept_tempo_is_that_of_the_notes_whatever_the_mood(unit, length, arousal):
    path = MoodPath.still(Mood(valence=0.5, arousal=arousal))
    result = compose(Request(path=path, unit=unit, length=length, tempo_qpm=90.0), DatedScales([]))
    assert result.tempo_qpm == 90.0
    steps = np.diff(result.performance.onset_sec)
    assert steps == pytest.approx(60 / 90 / 2, rel=0.01)
    if unit == "bars":
        assert result.n_bars == pytest.approx(length, rel=0.08)
    if unit == "seconds":
        assert result.performance.end_sec == pytest.approx(length, rel=0.08)


def test_opening_notes_and_a_kept_tempo_exclude_each_other():
    prompt = example(example_names()[0]).first(4)
    with pytest.raises(InputError, match="opening notes set the tempo"):
        compose(Request(path=CALM, tempo_qpm=90.0), Scales([]), prompt=prompt)


@pytest.mark.parametrize("tempo_qpm", [10.0, 500.0, float("nan")])
def test_a_tempo_that_nobody_can_play_is_refused(tempo_qpm):
    with pytest.raises(InputError, match="40 to 200 BPM"):
        Request(path=CALM, tempo_qpm=tempo_qpm)


def test_kept_notes_are_composed_for_their_own_mood_and_played_in_the_other():
    happy, sad = (MoodPath.still(NAMED_MOODS[name]) for name in ("happy", "sad"))
    composed = compose(Request(path=happy, length=20), DatedScales([]))
    played = compose(Request(path=sad, length=20, notes_for=happy), DatedScales([]))
    assert played.performance.pitch.tolist() == composed.performance.pitch.tolist()
    assert played.performance.end_sec > 1.2 * composed.performance.end_sec
    assert played.tempo_qpm < composed.tempo_qpm / 1.2


class DatedScales(Scales):
    """The same, with a piece that can be played otherwise."""

    def compose(self, path, **rest):
        piece = super().compose(path, **rest)
        facts = {"attributes": attributes(), "key": "C", "mode": "major"}
        return Piece(performance=piece.performance, n_prompt=piece.n_prompt, path=path, **facts)
