"""A set of instruments moves the widgets of all voices; the mix is a choice of the page."""

from core.sonify.instrument_sets import INSTRUMENT_SETS, PANS
from tests.pages.conftest import errors
from tests.pages.sonify.test_sonify_page import open_sonify, result_of


def test_a_set_of_instruments_is_offered_for_several_voices_and_moves_them():
    at = open_sonify("stocks", duration="5", n_notes="20")
    box = at.selectbox(key="sonify.instrument_set")
    chosen = INSTRUMENT_SETS[2][0]
    assert "Celesta + Church Organ" not in box.options  # both voices begin at C2
    box.select(chosen.name).run()
    assert errors(at) == []
    settings = result_of(at).sonification.settings
    told = [(voice.program, voice.velocity, voice.pan) for voice in settings.voices]
    assert told == list(zip(chosen.programs, chosen.velocities, PANS[2], strict=True))
    assert result_of(at).sound_facts["mix"] is None
    assert at.selectbox(key="sonify.instrument_set").value == chosen.name
    at.selectbox(key="sonify.voice2.instrument").select("Oboe").run()
    assert at.selectbox(key="sonify.instrument_set").value is None  # it is not this set any more


def test_without_its_set_a_table_has_the_usual_instruments_again():
    at = open_sonify("stocks", duration="5", n_notes="20")
    usual = result_of(at).sonification.settings
    at.selectbox(key="sonify.instrument_set").select_index(1).run()
    assert result_of(at).sonification.settings != usual
    at.selectbox(key="sonify.instrument_set").set_value(None).run()
    assert errors(at) == [] and result_of(at).sonification.settings == usual


def test_direct_mapping_is_mixed_where_it_is_asked_for():
    at = open_sonify("nile", duration="5", mix="On")
    assert "sonify.instrument_set" not in [box.key for box in at.selectbox]  # of one voice
    facts = result_of(at).sound_facts["mix"]
    assert facts["on_target"]
    assert facts["true_peak_dbtp"] <= -1.0
