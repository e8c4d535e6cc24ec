"""The Folk Generator's jobs give plain data that comes back from a worker as it was."""

import pytest
from defusedxml import ElementTree

from core.errors import InputError
from core.folk.generate import FolkComposer
from core.folk.job import TuneRequest, compose_tunes, draw_score, play_line, play_tune
from core.folk.originality.fingerprint import Fingerprint
from core.music.tune_engraving import engrave_tune
from core.plain_data import from_bytes, to_bytes

REQUEST = TuneRequest(bars=4, key="D", mode="dorian", meter="3/4", seed=5, count=2)


def test_tunes_are_those_of_the_composer_and_survive_the_way_to_the_server():
    told = []
    made = compose_tunes(REQUEST, progress=lambda share, stage: told.append(share))
    composer = FolkComposer.from_weights()
    assert list(made.tunes) == composer.compose(bars=4, key="D", mode="dorian", meter="3/4", seed=5, count=2)
    assert len(made.svgs) == 2 and all("fill:#fff" in svg for svg in made.svgs)
    assert told == sorted(told) and told[-1] <= 1
    assert from_bytes(to_bytes(made)) == made


def test_one_tune_has_no_small_score():
    assert compose_tunes(TuneRequest(bars=2)).svgs == ()


def test_a_tune_is_played_alike_whether_or_not_it_was_composed_before():
    tune = compose_tunes(REQUEST).tunes[1]
    played, again = play_tune(REQUEST, 1, 120.0, 73, tune), play_tune(REQUEST, 1, 120.0, 73)
    assert to_bytes(played) == to_bytes(again)
    assert played.originality == Fingerprint.from_weights().compare(tune)
    assert played.bits == pytest.approx(float(FolkComposer.from_weights().bits(tune)[:, 1].mean()))
    assert played.played.sound.duration_sec == pytest.approx(
        played.played.midi.get_end_time() + 1.5, abs=0.01
    )
    assert [score.width_px for score in played.played.scores] == [760, 430]
    assert len(played.played.scores[0].notes) >= len(tune.pitches)
    data = to_bytes(played)
    back = from_bytes(data)
    assert to_bytes(back) == data and back.tune == tune
    assert back.played.midi.instruments[0].program == 73


def test_bars_that_stay_are_kept_and_framed():
    base = compose_tunes(REQUEST).tunes[0]
    asked = TuneRequest(
        bars=4, key="D", mode="dorian", meter="3/4", seed=6, count=2, prompt=base, keep=(0, 1)
    )
    for tune, svg in zip(compose_tunes(asked).tunes, compose_tunes(asked).svgs, strict=True):
        n = sum(event.onset_tick < base.bars[2] for event in base.events)
        assert tune.events[: n - 1] == base.events[: n - 1]
        assert svg == draw_score(tune, 430, scale=30, kept=(0, 1)) != draw_score(tune, 430, scale=30)


def test_a_line_is_played_at_its_tempo_and_drawn_in_the_widths_that_are_asked_for():
    tune = compose_tunes(TuneRequest(bars=2)).tunes[0]
    line = play_line(tune, 60.0, 52, (430,))
    last = [event for event in tune.events if event.pitch is not None][-1]
    assert line.midi.get_end_time() == pytest.approx(last.end_tick / 480)
    assert [score.width_px for score in line.scores] == [430]


def test_a_request_that_contradicts_itself_is_told():
    with pytest.raises(InputError):
        compose_tunes(TuneRequest(bars=1))


def test_a_score_to_look_at_has_nothing_in_it_that_only_a_program_would_look_for():
    tune = compose_tunes(TuneRequest(bars=8)).tunes[0]
    svg, whole = draw_score(tune, 430), engrave_tune(tune, width_px=430).svg[0]
    names = {element.get("id") for element in ElementTree.fromstring(svg).iter() if element.get("id")}
    assert names and all(f"#{name}" in svg for name in names)
    for shape in ("<path", "<use", "<ellipse", "<rect", "<text", "<tspan"):
        assert svg.count(shape) == whole.count(shape) + (shape == "<rect")
    assert len(svg) < 0.7 * len(whole)
