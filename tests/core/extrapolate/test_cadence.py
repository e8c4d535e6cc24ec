"""Endings of what is added: a fade-out, a cadence on the recording's own ending or on the tonic, or none; and claims on mood."""

from dataclasses import replace

import numpy as np
import pytest

from core.audio import Audio
from core.extrapolate import descriptions
from core.extrapolate.analysis import analyze
from core.extrapolate.cadence import find_closings
from core.extrapolate.examples import EXAMPLES
from core.extrapolate.extend import extend
from core.extrapolate.report import report
from core.extrapolate.request import Request
from core.extrapolate.result import Result
from core.extrapolate.sound_mood import SoundMood

SR = 22_050


@pytest.fixture(scope="module")
def waltz() -> Audio:
    return EXAMPLES["waltz"].audio(sr=SR)


@pytest.fixture(scope="module")
def broken_off(waltz) -> Audio:
    """The waltz without its ending: it stops in the middle of a bar."""
    return Audio(waltz.y[..., : round(0.8 * waltz.n_samples)], waltz.sr)


def level_db(result: Result, start_sec: float, stop_sec: float) -> float:
    y = result.between(start_sec, stop_sec).mono().y
    return float(10 * np.log10(np.mean(np.square(y, dtype=np.float64)) + 1e-12))


def test_a_fade_out_ends_in_silence_and_leaves_the_rest_as_it_is(waltz):
    cut, faded = (extend(waltz, Request(seconds=20, ending=ending, seed=2)) for ending in ("cut", "fade"))
    assert faded.n_samples == cut.n_samples and faded.identical
    assert (faded.added[0].ending, faded.added[0].ending_sec) == ("fade", pytest.approx(4.0, abs=0.1))
    start = faded.duration_sec - faded.added[0].ending_sec
    same = faded.between(0, start - 0.01).y == cut.between(0, start - 0.01).y
    assert same.all()
    end = faded.duration_sec
    assert level_db(faded, end - 0.5, end) < level_db(cut, end - 0.5, end) - 15
    assert any("fades out" in note for note in faded.notes) and not any("fade" in note for note in cut.notes)


def test_a_fade_out_is_no_change_of_loudness(waltz):
    cut, faded = (extend(waltz, Request(seconds=12, ending=ending, seed=2)) for ending in ("cut", "fade"))
    assert faded.added[0].portrait.loudness_lufs == pytest.approx(
        cut.added[0].portrait.loudness_lufs, abs=1.0
    )


def test_a_cadence_ends_on_the_recordings_own_ending(waltz):
    analysis = analyze(waltz)
    result = extend(waltz, Request(seconds=20, ending="cadence", seed=2), analysis=analysis)
    added = result.added[0]
    assert added.ending == "cadence" and "own ending" in " ".join(result.notes)
    assert 16 < added.stop_sec - added.start_sec <= 20.01
    # Its last second is the recording's up to its last beat, but for a fade of 50 ms and the gain of a join.
    ours = result.between(result.duration_sec - 1, result.duration_sec).mono().y
    own = waltz.mono().y[: analysis.bounds[-1]][-len(ours) :]
    assert np.corrcoef(ours[:-2_000], own[:-2_000])[0, 1] > 0.95


def test_a_cadence_of_a_recording_that_breaks_off_rests_on_the_tonic(broken_off):
    analysis = analyze(broken_off)
    closings = find_closings(broken_off, analysis)
    assert closings and not closings[0].is_own and closings[0].key == ("F", "major")
    result = extend(broken_off, Request(seconds=20, ending="cadence", seed=2), analysis=analysis)
    added = result.added[0]
    assert added.ending == "cadence" and "F major" in " ".join(result.notes)
    arrival = added.stop_sec - added.ending_sec
    assert analysis.beats_a_bar == 3 and 0.5 < added.ending_sec < 3
    assert (
        level_db(result, added.stop_sec - 0.2, added.stop_sec) < level_db(result, arrival, arrival + 0.4) - 20
    )
    tonic = result.features.between(arrival, added.stop_sec).chroma.sum(axis=1)
    assert {0, 5, 9} & set(np.argsort(-tonic)[:2].tolist())


def test_a_texture_has_no_cadence_and_says_that_it_fades_out():
    mist = EXAMPLES["mist"].audio(sr=SR)
    result = extend(mist, Request(seconds=10, ending="cadence"))
    assert result.added[0].ending == "fade"
    assert any("No place for a final chord" in note for note in result.notes)


def test_what_comes_before_the_recording_has_no_ending(waltz):
    result = extend(waltz, Request(seconds=10, direction="both", seed=1))
    endings = {added.side: added.ending for added in result.added}
    assert endings == {"before": "cut", "after": "fade"}
    told = report(result)
    assert told["request"]["ending"] == "fade"
    assert {side: told["after"][side]["ending"] for side in endings} == endings


@pytest.mark.parametrize(
    ("wish", "arousal", "louder_db", "said"),
    [
        ("keep", 0.0, 0.0, "Mood kept in the part added after the end: "),
        ("keep", -0.57, -6.0, "Mood not kept in the part added after the end: arousal "),
        ("keep", 0.05, -6.0, "Mood not kept in the part added after the end: loudness "),
        ("lift", 0.3, 0.0, "The part added after the end is more energetic: "),
        ("lift", 0.1, 0.0, "The part added after the end is not more energetic: "),
        ("calm", 0.1, 0.0, "The part added after the end is not calmer: "),
    ],
)
def test_a_claim_on_mood_follows_the_stated_thresholds_and_the_largest_departure_stands_first(
    waltz, wish, arousal, louder_db, said
):
    result = extend(waltz, Request(seconds=3))
    own = result.recording.mood
    changed = replace(
        result.added[0].portrait,
        mood=SoundMood(valence=own.valence, arousal=own.arousal + arousal),
        loudness_lufs=result.recording.loudness_lufs + louder_db,
    )
    asked = replace(
        result,
        request=replace(result.request, mood=wish),
        added=(replace(result.added[0], portrait=changed),),
    )
    sentence = descriptions.mood_in_words(asked)[0]
    assert sentence.startswith(said)
    assert "0.15" in descriptions.thresholds_in_words() and "2 LU" in descriptions.thresholds_in_words()


def test_what_is_written_of_a_change_adds_up_and_has_no_negative_zero(waltz):
    result = extend(waltz, Request(seconds=3))

    def told(*, before: float, after: float, louder_db: float) -> str:
        """The sentence for other figures."""
        own = replace(result.recording, mood=SoundMood(valence=0.0, arousal=before), loudness_lufs=-21.76)
        new = replace(
            own, mood=SoundMood(valence=-0.004, arousal=after), loudness_lufs=own.loudness_lufs + louder_db
        )
        return descriptions.mood_in_words(
            replace(result, recording=own, added=(replace(result.added[0], portrait=new),))
        )[0]

    # 0.04 dB less are -21.8 in both places.
    assert "valence 0.00 (same)" in told(before=0.1, after=-0.004, louder_db=-0.04)
    assert "loudness \u221221.8 LUFS (same)" in told(before=0.1, after=-0.004, louder_db=-0.04)
    assert "arousal +0.10 → 0.00 (\u22120.10)" in told(before=0.1, after=-0.004, louder_db=-0.04)


def test_an_addition_that_ends_short_of_what_was_asked_says_by_how_much(waltz):
    assert descriptions.length_in_words(extend(waltz, Request(seconds=3, ending="cut"))) == ""
    result = extend(waltz, Request(seconds=20, ending="cadence"))
    added = result.added[0]
    short = round(20 - (added.stop_sec - added.start_sec), 1)
    assert short > 0
    assert f"{short:.1f} s shorter than asked" in descriptions.length_in_words(result)
