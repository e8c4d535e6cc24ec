"""Sonify page: voices of one unit share a pitch scale, registers move with it, links and settings files keep what they said."""

import dataclasses
import json

import pytest

from core.sonify.examples import EXAMPLES
from core.sonify.settings import Settings
from core.sonify.suggestion import suggest
from core.tables.table import read_text
from pages.components.sonify import texts
from pages.components.sonify.source import load_source
from tests.pages.conftest import captions, errors, markdown
from tests.pages.sonify.test_sonify_page import open_sonify, result_of

TOWNS = "day,town,temp\n" + "".join(
    f"{day},{town},{day * (3 + len(town)) % 11}\n" for day in range(1, 25) for town in ("Oslo", "Bern")
)


def scales_of(at) -> list[int]:
    return [voice.pitch_scale for voice in result_of(at).sonification.voices]


def registers_of(at) -> list[tuple[int, int]]:
    return [(voice.low, voice.high) for voice in result_of(at).sonification.settings.voices]


def open_pasted(text: str, **query: str):
    at = open_sonify(source="Paste", **query)
    at.text_area(key="sonify.text").set_value(text).run()
    assert errors(at) == []
    return at


def test_voices_of_one_unit_share_a_scale_and_the_page_says_so_first():
    at = open_sonify("stocks")
    assert scales_of(at) == [0, 0] and registers_of(at) == [(36, 84)] * 2
    assert result_of(at).words[0].startswith("Apple and Netflix share one pitch scale")
    at.radio(key="sonify.pitch_scale").set_value("separate").run()
    assert scales_of(at) == [0, 1]
    (low, _), (_, high) = sorted(registers_of(at))
    assert (low, high) == (36, 96) and registers_of(at)[0][1] < registers_of(at)[1][0]
    at.radio(key="sonify.pitch_scale").set_value("unit").run()
    assert registers_of(at) == [(36, 84)] * 2


def test_a_register_that_was_chosen_stays_where_it_is():
    at = open_sonify("stocks")
    at.selectbox(key="sonify.voice2.high").set_value("C5").run()
    at.radio(key="sonify.pitch_scale").set_value("separate").run()
    assert registers_of(at) == [(36, 65), (36, 72)]


def test_a_voice_with_its_own_scaling_leaves_the_scale():
    at = open_sonify("stocks")
    at.selectbox(key="sonify.voice2.scaling").set_value("log").run()
    assert errors(at) == []
    assert scales_of(at) == [0, 1]
    assert [voice.scaling for voice in result_of(at).sonification.voices] == ["linear", "log"]


def test_another_mode_moves_the_registers():
    at = open_sonify("stocks")
    at.radio(key="sonify.mode").set_value("piece").run()
    assert errors(at) == [] and registers_of(at) == [(60, 91)] * 2


def test_a_link_names_the_scale_and_old_names_of_options_are_read():
    at = open_sonify("stocks", pitch_scale=texts.PITCH_SCALES["separate"], voice1__polarity="higher is lower")
    settings = result_of(at).sonification.settings
    assert (settings.pitch_scale, settings.voices[0].polarity) == ("separate", "down")
    old = open_sonify("co2", mode="melody", rhythm="gaps of the time column", scaling="robust (5–95 %)")
    settings = result_of(old).sonification.settings
    assert (settings.mode, settings.rhythm, settings.scaling) == ("melody", "time", "robust")


def test_a_link_with_the_old_name_of_a_part_still_plays_it():
    at = open_sonify("co2", values="CO2 (season)")
    assert [voice.part for voice in result_of(at).sonification.settings.voices] == ["season"]
    assert result_of(at).sonification.voices[0].name == "CO2 (seasonal)"


def test_a_settings_file_of_before_sounds_as_it_did():
    source = load_source("stocks")
    old = json.loads(source.suggested.settings.to_json())
    del old["pitch_scale"]
    for voice in old["voices"]:
        del voice["scaling"]
    content = json.dumps({"sonoscope": "sonify", "data": {}, "settings": old}).encode()
    expected = Settings.from_json(content)
    assert expected.pitch_scale == "separate"
    assert [(voice.low, voice.high) for voice in expected.voices] == [(36, 84)] * 2
    at = open_sonify("stocks")
    at.file_uploader(key="sonify.settings_file").upload("old.json", content).run()
    assert errors(at) == []
    settings = result_of(at).sonification.settings
    assert dataclasses.replace(settings, duration_sec=expected.duration_sec) == expected
    assert scales_of(at) == [0, 1]
    again = Settings.from_json(settings.to_json())
    assert again == settings


def test_labels_of_a_link_that_the_table_lacks_are_told():
    at = open_pasted(TOWNS)
    at.multiselect(key="sonify.labels").set_value(["Bern"]).run()
    assert "not in town" not in captions(at)
    linked = open_sonify(source="Paste")
    linked.query_params["sonify.split"] = "town"
    linked.query_params["sonify.labels"] = ["Rome", "Oslo"]
    linked.text_area(key="sonify.text").set_value(TOWNS).run()
    assert "Rome is not in town. Playing Oslo" in captions(linked)


@pytest.mark.parametrize("name", [*EXAMPLES][:3])
def test_the_featured_examples_are_one_click_away(name):
    at = open_sonify("nile")
    assert at.pills(key="sonify.featured").value is None
    at.pills(key="sonify.featured").set_value(EXAMPLES[name].short).run()
    assert errors(at) == []
    assert at.selectbox(key="sonify.example").value == EXAMPLES[name].title
    heard = [voice.voice.column for voice in result_of(at).sonification.voices]
    assert heard == EXAMPLES[name].values


def test_how_the_table_was_read_stands_below_the_result():
    at = open_pasted("day;v\n1.2.2020;3,5\n2.2.2020;4,1\n3.2.2020;4,9\n")
    order = [
        getattr(each, "label", None) or getattr(each, "value", None)
        for each in at.main
        if each.type in ("expander", "expandable", "header")
    ]
    assert order.index(texts.ACCURACY) < order.index(texts.READING)


def test_ambiguous_dates_are_told_once():
    table = read_text("day,v\n03/04/2020,1\n05/04/2020,2\n07/04/2020,4\n")
    told = [*(decision.sentence for decision in table.decisions), *table.warnings]
    assert sum("ambiguous" in sentence for sentence in told) == 1
    assert suggest(table).settings.time == "day"


def test_what_is_lost_comes_first_in_the_accuracy():
    at = open_sonify("co2")
    figures = [(metric.label, metric.value) for metric in at.metric]
    assert [label for label, _ in figures[:2]] == ["Audible changes", "Direction accuracy"]
    assert figures[0][1] == "73%"
    assert "27% of the changes in CO2 are too small to change the pitch" in markdown(at)
