"""The Folk page composes, keeps, measures and answers bad input, in Streamlit's own test harness."""

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from core.folk.collection_names import collection_name, find_nearest
from core.folk.generate import FolkComposer
from core.folk.job import ComposedTunes, PlayedTune, draw_score, print_score
from core.folk.settings import first_bars
from core.jobs import SERVER, JobQueue
from core.music.midi import to_bytes
from core.music.tune import MODES, TICKS, Tune
from core.music.tune_files import to_kern, to_midi, to_musicxml
from core.voice.transcription import Transcription
from pages.components.folk import texts
from pages.components.folk.controls import KEYS
from pages.components.folk.defaults import default_jobs
from pages.components.shared import texts as shared_texts
from pages.components.shared.results import keep_result
from pages.components.shared.server_cache import server_cache
from pages.components.shared.server_jobs import server_jobs
from tests.core.sung import sung_wav
from tests.core.sung import tune as sung_tune
from tests.pages.conftest import another_visitor, captions, errors, markdown, open_page, shown
from tests.pages.shared.test_component_state import send


def open_folk(**query: str) -> AppTest:
    return open_page("folk_generator.py", **{f"folk__{name}": value for name, value in query.items()})


def tunes() -> tuple[Tune, ...]:
    """What a page has composed last."""
    return shown(ComposedTunes).tunes


def result() -> PlayedTune:
    """What a page has shown last."""
    return shown(PlayedTune)


def bar(tune: Tune, number: int) -> list[tuple[int, int, int | None]]:
    return [
        (event.onset_tick, event.duration_tick, event.pitch)
        for event in tune.events
        if tune.bar_of(event.onset_tick) == number - 1
    ]


def last_note_end(tune: Tune) -> int:
    return [event.end_tick for event in tune.events if event.pitch is not None][-1]


def phrase_ends(tune: Tune) -> list[int]:
    """The bar in which each phrase ends; a rest or the next phrase's pickup may follow, and more of a rest the last note."""
    *inner, last = [event.end_tick / tune.meters[0].bar_tick for event in tune.events if event.ends_phrase]
    return [*(round(bars + 0.24) for bars in inner), math.ceil(last)]


@pytest.fixture(scope="module")
def given() -> Tune:
    """A tune of six bars as a visitor may have it in a file."""
    composer = FolkComposer.from_weights()
    return composer.compose(bars=6, key="D", mode="dorian", meter="3/4", low=62, high=76, seed=3)[0]


def test_the_page_begins_with_dances_chords_and_a_guitar_and_a_link_with_what_it_names():
    at = open_folk()
    assert dict(at.query_params) == {}  # else Back would lead to an address that nobody has chosen
    made = result()
    assert made.played.note is None
    assert made.tune.chords[0].name == made.tune.keys[0].tonic
    assert made.tune.collection == "nottingham" and made.tune.chords
    assert [part.name for part in made.played.midi.instruments] == ["Tune", "Guitar"]
    # A link of before names neither collection nor chords where it means the first one and none.
    at = open_folk(bars="4")
    assert errors(at) == []
    erk = find_nearest("germany/erk", FolkComposer.from_weights().collections)
    assert result().tune.collection == erk and not result().tune.chords
    assert texts.EARLIER_EDITION in captions(at)
    assert len(result().played.midi.instruments) == 1
    assert list(at.query_params) == ["folk.bars"]
    # Of today's, it is told in the address; so is the first one's where nothing else tells it.
    at = open_folk(bars="4", edition="3")
    assert result().tune.collection == "nottingham" and result().tune.chords
    assert texts.EARLIER_EDITION not in captions(at)
    assert errors(open_folk(bars="4", edition="2")) == [] and result().tune.chords
    at = open_folk(edition="1")
    assert result().tune.collection == erk and at.query_params["folk.edition"] == "1"


def test_a_link_with_a_collection_of_another_model_opens_with_the_nearest_and_says_so():
    known = FolkComposer.from_weights().collections
    for asked in ("germany/ballads", "china/han", "irish"):
        name, near = collection_name(asked), find_nearest(asked, known)
        at = open_folk(bars="4", count="1", collection=name)
        assert errors(at) == [] and result().tune.collection == near
        said = texts.describe_nearest(name, collection_name(near))
        assert (said in captions(at)) == (near != asked)
        # What a link without a collection means is not written.
        usual = collection_name(find_nearest("germany/erk", known))
        told = dict(at.query_params).get("folk.collection", usual)
        assert told == collection_name(near)


def test_a_choice_on_the_usual_page_gives_a_link_that_keeps_the_rest():
    at = open_folk()
    at.number_input(key="folk.bars").set_value(4).run()
    address = {name: at.query_params[name] for name in at.query_params}
    assert address == {"folk.bars": "4", "folk.edition": "3"}
    made = result().tune
    open_folk(**{name.removeprefix("folk."): value for name, value in address.items()})
    assert result().tune == made and made.collection == "nottingham"
    at.number_input(key="folk.bars").set_value(16).run()
    assert dict(at.query_params) == {}


def test_aabb_is_drawn_with_repeats_and_leaves_bars_and_phrases_alone():
    at = open_folk(form=texts.FORM_NAMES["AABB"], count="1", chords="true", accompaniment="Drone", bars="12")
    assert errors(at) == []
    tune = result().tune
    assert len(tune.bars) == 32 and len(tune.repeats) == 2
    assert at.number_input(key="folk.bars").disabled and at.selectbox(key="folk.phrases").disabled
    assert max(at.multiselect(key="folk.keep").options, key=int) == "32"
    at.selectbox(key="folk.form").set_value("").run()
    assert errors(at) == [] and len(result().tune.bars) == 12 and not result().tune.repeats


def test_a_tune_stands_there_without_a_click():
    at = open_folk()
    assert errors(at) == []
    assert [len(tune.bars) for tune in tunes()] == [16, 16, 16]
    made = result()
    assert made.tune == tunes()[0]
    assert made.played.sound.data[:4] == b"fLaC"
    assert len(made.played.midi.instruments[0].notes) == len(made.tune.pitches)
    assert {metric.label for metric in at.metric} == {texts.LONGEST_MATCH, texts.BITS, texts.IN_KEY}
    words = markdown(at)
    assert "Typical for traditional tunes" in words
    assert re.search(r"It ends on the tonic \(G\d\)", words)


def _refuse(*_args, **_named):
    raise AssertionError("something was computed")


@pytest.mark.usefixtures("empty_cache")
def test_the_first_look_needs_nothing_but_what_is_made_when_the_server_warms_up(monkeypatch):
    jobs = default_jobs()
    for job in jobs:
        server_jobs().submit(job, SERVER, partial(keep_result, job.key, "")).result()
    monkeypatch.setattr(JobQueue, "submit", _refuse)
    at = open_folk()
    assert errors(at) == [] and at.metric
    at.run()
    assert errors(at) == [] and at.metric
    assert len(server_cache()) == len(jobs)
    assert result().tune == tunes()[0]


def test_a_rerun_makes_nothing_anew_and_another_variant_composes_nothing(monkeypatch):
    at = open_folk(bars="4")
    made, played = tunes(), result()
    with monkeypatch.context() as patch:
        patch.setattr(JobQueue, "submit", _refuse)
        at.run()
        assert errors(at) == [] and at.metric
    assert tunes() is made and result() is played
    at.radio(key="folk.variant").set_value(2).run()
    assert errors(at) == []
    assert tunes() is made and result().tune == made[1]
    at.number_input(key="folk.tempo").set_value(160).run()
    assert tunes() is made and result().played.midi.get_end_time() == pytest.approx(
        last_note_end(made[1]) / TICKS * 60 / 160
    )


def test_what_one_visitors_file_made_no_other_visitor_is_given(given):
    data = to_kern(given).encode()
    made = []
    for name in ("one", "another"):
        with another_visitor(name):
            at = open_folk(bars="8", count="1", begin=texts.FILE)
            at.file_uploader(key="folk.file").upload("mine.krn", data, "application/octet-stream").run()
            assert errors(at) == []
            made.append((tunes(), result()))
    assert made[0][0] == made[1][0] and made[0][0] is not made[1][0]
    assert made[0][1] is not made[1][1]
    assert not any(tune.pitches[:8] == given.pitches[:8] for tune in tunes())


def test_the_score_is_printed_when_it_is_asked_for():
    open_folk(bars="4", count="1")
    (pdf, again) = (print_score(result().tune, "A tune", ["4 bars"]) for _ in range(2))
    assert pdf[:5] == b"%PDF-" and pdf == again


def test_the_link_reproduces_the_tune():
    query = {
        "collection": collection_name("nottingham"),
        "key": "D",
        "mode": "dorian",
        "meter": "6/8",
        "bars": "8",
        "low": "D4",
        "high": "B5",
        "seed": "17",
        "count": "2",
        "variant": "2",
        "tempo": "90",
        "temperature": "0.8",
        "instrument": "Violin",
        "end_on_tonic": "false",
    }
    assert errors(open_folk(**query)) == []
    assert len(tunes()) == 2
    tune = result().tune
    assert tune == tunes()[1]
    assert (tune.collection, tune.meters[0].meter, tune.keys[0].mode) == ("nottingham", "6/8", "dorian")
    assert len(tune.bars) == 8 and all(62 <= pitch <= 83 for pitch in tune.pitches)
    assert result().played.midi.instruments[0].program == 40
    assert replace(tune, chords=()) in FolkComposer.from_weights().compose(
        collection="nottingham",
        key="D",
        mode="dorian",
        meter="6/8",
        bars=8,
        low=62,
        high=83,
        seed=17,
        count=2,
        temperature=0.8,
        end_on_tonic=False,
    )


def test_compose_again_gives_another_tune():
    at = open_folk(bars="4", count="1")
    before = result().tune
    at.button(key="folk.new_seed").click().run()
    assert errors(at) == []
    assert result().tune != before


def test_kept_bars_stay_and_the_rest_is_new():
    at = open_folk(bars="8", variant="2")
    before = result().tune
    at.multiselect(key="folk.keep").set_value([1, 2, 8]).run()
    assert errors(at) == []
    assert at.number_input(key="folk.base").value == 2
    for _ in range(2):
        after = result().tune
        assert after != before
        assert [bar(after, n) for n in (1, 2, 8)] == [bar(before, n) for n in (1, 2, 8)]
        at.button(key="folk.new_seed").click().run()
        assert errors(at) == []
        assert result().tune != after
    at.multiselect(key="folk.keep").set_value([]).run()
    assert before in tunes()


def test_fewer_bars_and_fewer_variants_than_were_kept_are_no_trouble():
    at = open_folk(bars="8", keep="8", base="3")
    assert errors(at) == []
    at.number_input(key="folk.bars").set_value(4).run()
    at.number_input(key="folk.count").set_value(2).run()
    assert errors(at) == []
    assert len(result().tune.bars) == 4


def test_a_refused_wish_changes_nothing_else():
    at = open_folk(bars="4", variant="3")
    before = result().tune
    at.selectbox(key="folk.high").set_value("C#4").run()
    assert len(errors(at)) == 1
    at.selectbox(key="folk.high").set_value("G5").run()
    assert errors(at) == []
    assert result().tune == before


def test_a_beginning_in_letters_is_gone_on_with():
    at = open_folk(abc="G2 A2 B2 c2 | d4 d4 |", bars="4")
    assert errors(at) == []
    assert [tune.pitches[:6] for tune in tunes()] == [[67, 69, 71, 72, 74, 74]] * 3
    at.text_area(key="folk.abc").set_value("K:Ddor\nM:6/8\nDEF GAB | d3 d3 |").run()
    assert errors(at) == []
    tune = tunes()[0]
    assert (tune.keys[0].mode, tune.meters[0].meter) == ("dorian", "6/8")
    assert tune.pitches[:8] == [62, 64, 65, 67, 69, 71, 74, 74]


@pytest.mark.parametrize("ending", ["krn", "mid", "musicxml"])
def test_a_file_is_a_beginning(given, ending):
    data = {
        "krn": lambda: to_kern(given).encode(),
        "mid": lambda: to_bytes(to_midi(given)),
        "musicxml": lambda: to_musicxml(given).encode(),
    }[ending]()
    at = open_folk(bars="8", count="1", begin=texts.FILE)
    at.file_uploader(key="folk.file").upload(f"mine.{ending}", data, "application/octet-stream").run()
    at.number_input(key="folk.beginning_bars").set_value(2).run()
    assert errors(at) == []
    tune = tunes()[0]
    assert tune.meters[0].meter == "3/4"
    n = len(first_bars(given, 2).pitches)
    assert tune.pitches[:n] == given.pitches[:n]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"abc": "%%%&&( ]]"}, "No notes found"),
        ({"abc": "hello this is %% nonsense !!! 12345 {{{"}, "10 characters in it are neither notes"),
        ({"abc": "C,2 c''2 |"}, "Widen the range under “Advanced” in the sidebar"),
        (
            {"abc": "G2 A2 B2 c2 | d8 | G8 |", "bars": "2"},
            "Choose more bars, or use fewer bars of your notes",
        ),
        ({"abc": "M:17/16\nL:1/8\nK:G\nG2 A2"}, "Too few training tunes are in 17/16"),
        ({"low": "C4", "high": "D4"}, "Leave at least a fifth"),
        ({"low": "C6", "high": "C4"}, "The lowest note is C6 and the highest is C4"),
    ],
)
def test_what_cannot_be_gets_its_sentence_and_no_tune(query, sentence):
    at = open_folk(**query)
    told = errors(at)
    assert len(told) == 1 and sentence in told[0]
    assert not at.metric


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("empty.krn", b"", "empty"),
        ("cut.mid", b"MThd\x00\x00", "MIDI"),
        ("bomb.musicxml", b'<!DOCTYPE x [<!ENTITY a "b">]><score-partwise>&a;</score-partwise>', "entities"),
        ("no.mxl", b"PK\x03\x04 nothing", "damaged"),
    ],
)
def test_a_file_that_is_no_melody_gets_its_sentence_and_the_next_one_works(name, data, sentence):
    at = open_folk(bars="4", count="1", begin=texts.FILE)
    at.file_uploader(key="folk.file").upload(name, data, "application/octet-stream").run()
    told = errors(at)
    assert len(told) == 1 and sentence.lower() in told[0].lower()
    at.file_uploader(key="folk.file").set_value(None).run()
    assert errors(at) == []


def test_ten_thousand_bars_in_a_link_are_not_composed():
    at = open_folk(bars="10000", count="1")
    assert errors(at) == []
    assert len(tunes()[0].bars) <= 128


def test_keys_write_a_beginning_that_becomes_letters():
    at = open_folk(bars="4", count="1", begin=texts.KEYS, meter="3/4")
    assert errors(at) == []
    send(at, "folk.keys", notes=[[62, "1/4"], [67, "1/2"], [None, "1/8"], [69, "1/8"], [71, "1/4."]])
    at.number_input(key="folk.upbeat").set_value(1.0).run()
    assert errors(at) == []
    tune = tunes()[0]
    events = [(event.pitch, event.duration_tick / TICKS) for event in tune.events[:5]]
    assert events == [(62, 1), (67, 2), (None, 0.5), (69, 0.5), (71, 1.5)]
    assert tune.pickup_tick == TICKS
    at.button(key="folk.to_letters").click().run()
    assert errors(at) == []
    assert at.selectbox(key="folk.begin").value == texts.LETTERS
    assert tunes()[0].events == tune.events
    assert "M:3/4" in at.text_area(key="folk.abc").value


def test_letters_are_still_there_after_a_look_at_the_keys():
    at = open_folk(bars="4", count="1", abc="G2 A2 B2 c2 |")
    at.selectbox(key="folk.begin").set_value(texts.KEYS).run()
    at.selectbox(key="folk.begin").set_value(texts.LETTERS).run()
    assert at.text_area(key="folk.abc").value == "G2 A2 B2 c2 |"
    assert tunes()[0].pitches[:4] == [67, 69, 71, 72]


def test_a_sung_line_is_heard_first_and_then_gone_on_with():
    at = open_folk(bars="4", count="1", begin=shared_texts.RECORDING)
    before = tunes()
    wav = sung_wav(sung_tune([48, 50, 52, 53, 55, 55, 52, 48]))
    at.file_uploader(key="folk.voice_file").upload("line.wav", wav, "audio/wav").run()
    assert errors(at) == []
    assert tunes() == before
    at.checkbox(key="folk.use_voice").check().run()
    assert errors(at) == []
    assert tunes()[0].pitches[:8] == [60, 62, 64, 65, 67, 67, 64, 60]
    assert tunes()[0].keys[0].tonic == "C"
    at.checkbox(key="folk.voice_to_key").check().run()
    assert errors(at) == []
    assert tunes()[0].pitches[:8] == [67, 69, 71, 72, 74, 74, 71, 67]
    assert tunes()[0].keys[0].tonic == "G"
    at.file_uploader(key="folk.voice_file").upload("no.wav", b"hello" * 50, "audio/wav").run()
    assert len(errors(at)) == 1
    at.selectbox(key="folk.begin").set_value(shared_texts.SING).run()
    assert errors(at) == []


def test_pyin_can_follow_the_voice_instead():
    at = open_folk(bars="4", count="1", begin=shared_texts.RECORDING, tracker="pYIN")
    wav = sung_wav(sung_tune([60, 62, 64, 60]))
    at.file_uploader(key="folk.voice_file").upload("line.wav", wav, "audio/wav").run()
    assert errors(at) == []
    assert shown(Transcription).tracker == "pyin"
    at.checkbox(key="folk.use_voice").check().run()
    assert errors(at) == []
    assert tunes()[0].pitches[:4] == [60, 62, 64, 60]
    at.selectbox(key="folk.tracker").set_value("SwiftF0").run()
    assert shown(Transcription).tracker == "swift-f0"


def test_phrases_end_where_the_visitor_plans_them():
    at = open_folk(bars="8", count="2", phrases="2 bars")
    assert errors(at) == []
    for tune in tunes():
        assert phrase_ends(tune) == [2, 4, 6, 8]
    at.selectbox(key="folk.phrases").set_value("custom plan").run()
    at.text_input(key="folk.plan").set_value("ABA2").run()
    assert len(errors(at)) == 1 and "Some letters" in errors(at)[0]
    at.text_input(key="folk.plan").set_value("A3 B2 A3").run()
    assert errors(at) == []
    for tune in tunes():
        assert phrase_ends(tune) == [3, 5, 8]
        assert [note[1:] for note in bar(tune, 1)] == [note[1:] for note in bar(tune, 6)]
    at.number_input(key="folk.bars").set_value(9).run()
    assert len(errors(at)) == 1 and "make 8 bars, but the tune has 9" in errors(at)[0]


def test_a_mode_that_no_training_tune_has_says_so():
    at = open_folk(bars="4", count="1", mode="lydian")
    assert errors(at) == []
    assert texts.warn_of_mode("lydian", "major") in captions(at)
    at.selectbox(key="folk.mode").set_value("dorian").run()
    assert "then its" not in captions(at)


def test_the_model_card_opens():
    at = open_folk(bars="4", count="1")
    at.session_state["folk.about"] = True
    at.run()
    assert errors(at) == []
    assert "Folk melody" in markdown(at)
    facts = " ".join(at.table[0].value.astype(str).to_numpy().ravel())
    assert "Next pitch (bits per note, lower is better)" in facts and "n-gram baseline" in facts


def test_the_first_bars_of_a_tune_are_whole():
    tune = FolkComposer.from_weights().compose(bars=4, pickup_beat=1.0)[0]
    cut = first_bars(tune, 2)
    assert cut.length_tick == TICKS + 2 * 4 * TICKS
    assert cut.pickup_tick == tune.pickup_tick
    assert first_bars(tune, 9) is tune


@pytest.mark.parametrize("mode", MODES)
def test_every_key_is_engraved_on_white_paper(mode):
    composer = FolkComposer.from_weights()
    for key in KEYS:
        svg = draw_score(composer.compose(bars=2, key=key, mode=mode, end_on_tonic=False)[0], 430)
        assert svg.startswith("<svg") and "fill:#fff" in svg


def test_how_many_tunes_were_composed_and_left_out_is_said():
    at = open_folk(bars="8", collection=collection_name("netherlands"), seed="0")
    made = shown(ComposedTunes)
    said = texts.describe_selection(made.n_composed, made.n_out_of_key, made.n_unusual, made.n_in_spite)
    assert said in captions(at) and f"{made.n_composed} tunes composed" in said


def test_four_notes_become_a_tune_in_a_dorian():
    at = open_folk(bars="4")
    at.selectbox(key="folk.key").set_value("A").run()
    at.selectbox(key="folk.mode").set_value("dorian").run()
    at.selectbox(key="folk.begin").set_value(texts.LETTERS).run()
    at.text_area(key="folk.abc").set_value("A2 B2 c2 e2").run()
    assert errors(at) == []
    for tune in tunes():
        assert (tune.keys[0].tonic, tune.keys[0].mode) == ("A", "dorian")
        assert tune.pitches[:4] == [69, 71, 72, 76] and tune.pitches[-1] % 12 == 9


def test_the_key_and_meter_of_given_notes_are_shown_in_the_sidebar_and_the_choices_come_back():
    at = open_folk(bars="4", abc="K:Ador\nM:3/4\nA2 B2 c2 |", key="D")
    assert errors(at) == []
    own = [at.selectbox(key=f"folk.own_{name}") for name in ("key", "mode", "meter")]
    assert [box.value for box in own] == ["A", "Dorian", "3/4"] and all(box.disabled for box in own)
    at.selectbox(key="folk.begin").set_value(texts.NEW).run()
    assert errors(at) == [] and not [box for box in at.selectbox if str(box.key).startswith("folk.own")]
    assert tunes()[0].keys[0].tonic == "D"


def test_a_pickup_a_grouping_and_a_transposition_are_chosen_on_the_page():
    at = open_folk(bars="4", meter="7/8", groups="3+2+2", pickup="1.0", count="1")
    assert errors(at) == []
    before = tunes()[0]
    assert before.pickup_tick == TICKS and before.meters[0].name == "3+2+2/8"
    at.number_input(key="folk.transpose").set_value(-2).run()
    assert errors(at) == []
    assert result().tune == before.transposed(-2) and result().tune.keys[0].tonic == "F"
    # Bars that are kept are those of the tune before it is moved.
    at.multiselect(key="folk.keep").set_value([1]).run()
    assert errors(at) == []
    assert bar(result().tune, 1) == bar(before.transposed(-2), 1)


def test_bars_clicked_in_the_score_are_kept_with_a_button_and_nonsense_is_dropped():
    at = open_folk(bars="8", variant="2")
    before = result().tune
    at.toggle(key="folk.pick").set_value(True).run()
    pick = at.session_state["folk.player.pick"]
    for bars in ([2, 8], [2, 8, 99, "x", True, None, -1]):
        at.session_state["folk.player"] = {"value": {"pick": pick, "bars": bars}}
        at.run()
        assert "Selected: bars 2, 8" in captions(at)
        assert result().tune == before
    at.session_state["folk.player"] = {"value": {"pick": "of another score", "bars": [3]}}
    at.run()
    assert texts.PICK_NONE in captions(at)
    at.session_state["folk.player"] = {"value": {"pick": pick, "bars": [2, 8]}}
    at.run()
    at.button(key="folk.keep_picked").click().run()
    assert errors(at) == []
    assert at.multiselect(key="folk.keep").value == [2, 8] and at.number_input(key="folk.base").value == 2
    after = result().tune
    assert after != before and [bar(after, n) for n in (2, 8)] == [bar(before, n) for n in (2, 8)]


@pytest.mark.parametrize(
    ("old", "new"), [("Letters", texts.LETTERS), ("Keys on screen", texts.KEYS), ("A file", texts.FILE)]
)
def test_older_links_still_choose_where_the_notes_come_from(old, new):
    at = open_folk(bars="2", count="1", begin=old)
    assert errors(at) == [] and at.selectbox(key="folk.begin").value == new


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("collection", "Germany: Boehme", "German songs"),
        ("collection", "Eastern europe", "Polish songs"),
        ("mode", "dorian", "dorian"),
        ("key", "Bb", "Bb"),
        ("phrases", "custom plan", "custom plan"),
    ],
)
def test_older_links_still_name_their_choices(name, old, new):
    at = open_folk(bars="4", count="1", **{name: old})
    assert errors(at) == [] and at.selectbox(key=f"folk.{name}").value == new


def test_what_is_typed_and_no_music_is_listed():
    at = open_folk(bars="4", count="1", abc="A2 c q d e 77 |")
    assert errors(at) == []
    assert "left out\\: q, 77." in captions(at)


def test_no_more_bars_are_used_than_are_given_and_more_come_with_the_notes():
    at = open_folk(bars="8", count="1", abc="G2 A2 B2 c2 |")
    bars = at.number_input(key="folk.beginning_bars")
    assert (bars.value, bars.max) == (1, 1)
    at.text_area(key="folk.abc").set_value("G2 A2 B2 c2 | d8 | G8 |").run()
    bars = at.number_input(key="folk.beginning_bars")
    assert (bars.value, bars.max) == (3, 3)
    bars.set_value(2).run()
    assert errors(at) == [] and at.number_input(key="folk.beginning_bars").value == 2
    assert tunes()[0].pitches[:5] == [67, 69, 71, 72, 74]


def test_own_notes_that_are_not_given_yet_are_asked_for():
    at = open_folk(bars="4", count="1", begin=texts.LETTERS)
    assert errors(at) == [] and texts.WAITING in captions(at)


def test_the_settings_file_has_the_title_although_a_click_on_a_download_has_no_session(monkeypatch):
    saved = []
    monkeypatch.setattr(
        "pages.components.folk.result.downloads", lambda files, **_: saved.append(files["settings.json"])
    )
    at = open_folk(bars="4", count="1", title="The Tall Reed")
    assert errors(at) == []
    with ThreadPoolExecutor(1) as pool:
        assert json.loads(pool.submit(saved[-1]).result())["title"] == "The Tall Reed"


def test_another_variant_has_a_play_button_of_its_own():
    at = open_folk(bars="4")
    at.button(key="folk.play_variant_3").click().run()
    assert errors(at) == [] and at.radio(key="folk.variant").value == 3
    assert result().tune == tunes()[2]
    assert {button.key for button in at.button} >= {"folk.play_variant_1", "folk.play_variant_2"}


def test_lines_of_a_typed_text_are_counted_as_they_are_seen():
    (said,) = errors(open_folk(bars="4", abc="A2 c2 |\nd2 ^^^ e2"))
    assert said.startswith("In line 2 ")
