"""Sonify Data page: a long table is split into voices, and how a table was read is told and put right with one click."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import InputError
from core.sonify import job
from core.tables.decisions import Decision
from core.tables.table import ReadOptions, Table, read_table
from pages.components.sonify import texts
from pages.components.sonify.reading import N_SHOWN, choose_options, may_be_text, sort_decisions
from tests.pages.conftest import captions, errors, markdown
from tests.pages.sonify.test_sonify_page import open_sonify, result_of, upload

CITIES = "day\tcity\ttemp\train\n" + "".join(
    f"{day}\t{city}\t{day * step % 17}\t{day % 5}\n"
    for day in range(1, 21)
    for city, step in (("Oslo", 3), ("Rome", 5), ("Bern", 7), ("Bonn", 2), ("Nice", 11))
    if city != "Nice" or day < 9
)


def upload_cities(**query: str) -> AppTest:
    at = open_sonify(source="Upload", **query)
    at.file_uploader(key="sonify.file").upload("cities.tsv", CITIES.encode(), "text/csv").run()
    return at


def names_of(at: AppTest) -> list[str]:
    return [voice.name for voice in result_of(at).sonification.voices]


@pytest.fixture
def cities() -> AppTest:
    at = upload_cities()
    at.selectbox(key="sonify.time").set_value("day")
    at.multiselect(key="sonify.values").set_value(["temp"])
    at.selectbox(key="sonify.split").set_value("city").run()
    assert errors(at) == []
    return at


def test_each_label_of_a_column_is_a_voice_the_commonest_four_at_first(cities):
    assert names_of(cities) == ["Oslo", "Rome", "Bern", "Bonn"]
    assert r"Oslo\: 20 rows, Rome\: 20 rows" in captions(cities)
    instruments = [box.label for box in cities.sidebar.selectbox if box.label.startswith("Instrument:")]
    assert instruments == [f"Instrument: {town}" for town in ("Oslo", "Rome", "Bern", "Bonn")]


def test_other_labels_are_heard_when_chosen_and_one_is_a_filter(cities):
    cities.multiselect(key="sonify.labels").set_value(["Nice", "Oslo"]).run()
    assert errors(cities) == []
    assert names_of(cities) == ["Nice", "Oslo"]
    assert result_of(cities).sonification.voices[0].fidelity.n_gaps == 12
    cities.multiselect(key="sonify.labels").set_value(["Rome"]).run()
    assert names_of(cities) == ["Rome"]
    values = result_of(cities).sonification.voices[0].points["value"].tolist()
    assert values == [day * 5 % 17 for day in range(1, 21)]


def test_a_second_column_leaves_room_for_two_labels_and_says_so(cities):
    cities.multiselect(key="sonify.values").set_value(["temp", "rain"]).run()
    assert errors(cities) == []
    assert names_of(cities) == ["Oslo, temp", "Oslo, rain", "Rome, temp", "Rome, rain"]
    assert "With 2 columns, at most 2 labels" in captions(cities)
    cities.multiselect(key="sonify.values").set_value(["temp"]).run()
    assert names_of(cities) == ["Oslo", "Rome"]


def test_without_a_label_the_rows_of_a_moment_are_joined(cities):
    cities.multiselect(key="sonify.labels").set_value([]).run()
    assert errors(cities) == []
    assert names_of(cities) == ["temp"]
    assert len(result_of(cities).sonification.voices[0].points) == 20


def test_not_split_every_row_sounds(cities):
    cities.selectbox(key="sonify.split").set_value("(not split)").run()
    assert errors(cities) == []
    settings = result_of(cities).sonification.settings
    assert settings.split is None and [voice.label for voice in settings.voices] == [None]


def test_a_link_names_the_split_and_its_labels():
    at = upload_cities(time="day", values="temp", split="city", labels=["Rome", "Nice"])
    assert errors(at) == []
    assert names_of(at) == ["Rome", "Nice"]


def test_another_table_brings_its_own_split(cities):
    cities.file_uploader(key="sonify.file").clear().run()
    cities.file_uploader(key="sonify.file").upload("b.csv", b"v,w\n1,2\n3,1\n2,5\n", "text/csv").run()
    assert errors(cities) == []
    assert result_of(cities).sonification.settings.split is None


def test_the_panel_tells_the_split_of_the_table_that_has_just_come(cities):
    cities.file_uploader(key="sonify.file").clear().run()
    other = CITIES.replace("city", "town").encode()
    cities.file_uploader(key="sonify.file").upload("towns.tsv", other, "text/csv").run()
    switch = cities.radio(key="sonify.read.split")
    assert (switch.value, switch.options) == ("town", ["by town", "not split"])
    switch.set_value("(not split)").run()
    assert errors(cities) == []
    assert names_of(cities) == ["temp"]
    assert "The rows hold several series, one per “town”." in markdown(cities)


def test_settings_with_labels_come_back_from_a_file(cities):
    cities.multiselect(key="sonify.labels").set_value(["Nice", "Bern"]).run()
    given = json.loads(result_of(cities).sonification.settings.to_json())
    cities.selectbox(key="sonify.split").set_value("(not split)").run()
    cities.file_uploader(key="sonify.settings_file").upload(
        "s.json", json.dumps(given).encode(), "application/json"
    ).run()
    assert errors(cities) == []
    assert names_of(cities) == ["Nice", "Bern"]


@pytest.mark.parametrize(
    ("voices", "sentence"),
    [
        ([{"column": "temp", "label": "Paris"}], "no label 'Paris'"),
        ([{"column": "temp", "label": "Oslo"}, {"column": "rain", "label": "Rome"}], "mix them"),
    ],
)
def test_settings_of_other_labels_are_refused(cities, voices, sentence):
    given = {"time": "day", "split": "city", "voices": voices}
    cities.file_uploader(key="sonify.settings_file").upload(
        "s.json", json.dumps(given).encode(), "application/json"
    ).run()
    assert sentence in errors(cities)[0]


def test_an_example_of_several_series_can_be_split():
    at = open_sonify("gapminder")
    at.selectbox(key="sonify.filter1.column").set_value("(all rows)")
    at.multiselect(key="sonify.values").set_value(["life expectancy"])
    at.selectbox(key="sonify.split").set_value("continent").run()
    assert errors(at) == []
    assert names_of(at) == ["Africa", "Asia", "Europe", "Americas"]
    assert any("aggregated by mean" in note for note in result_of(at).sonification.notes)


def test_a_wrong_guess_is_put_right_with_one_click_and_back():
    at = upload(b"5\n9\n7\n")
    assert len(result_of(at).sonification.voices[0].points) == 3
    at.session_state[
        next(
            key for key in (name for name, _ in at.session_state.items()) if key.startswith("sonify.reading.")
        )
    ] = True
    at.run()
    at.radio(key="sonify.read.header").set_value("names").run()
    assert errors(at) == []
    assert result_of(at).sonification.voices[0].voice.column == "5"
    at.button(key="sonify.read.undo").click().run()
    assert errors(at) == []
    assert len(result_of(at).sonification.voices[0].points) == 3


DECISIONS = [
    Decision(key="delimiter", sentence="The sign between columns: comma.", chosen=","),
    *(Decision(key=f"footnote:c{i}", sentence=f"Footnote {i}.") for i in range(20)),
    Decision(
        key="placeholder:v",
        sentence="-999 stands in 1 cell of “v”, so it counts as a *gap*.",
        chosen="gap",
        choices=(("gap", "a gap"), ("value", "a value")),
    ),
]


@pytest.fixture
def told(monkeypatch):
    """A reader that tells decisions, and refuses the table when -999 is to be a value."""

    def tell(data, *, name, options):
        if options.choice("placeholder:v") == "value":
            raise InputError("This cannot be read so.")
        made = read_table(data, name=name, options=options)
        return Table(**{**vars(made), "decisions": tuple(DECISIONS)})

    monkeypatch.setattr(job, "read_table", tell)


def test_what_matters_for_the_sound_is_told_first_in_an_open_panel(told):
    at = upload(b"v\n1\n-999\n3\n")
    assert errors(at) == []
    panel = next(box for box in at.main.expander if box.label == texts.READING)
    sentences = [markdown.value for markdown in panel.markdown]
    assert sentences[0] == r"-999 stands in 1 cell of “v”, so it counts as a \*gap\*."
    assert len(sentences) == N_SHOWN
    assert at.radio(key="sonify.read.placeholder:v").value == "gap"
    at.toggle(key="sonify.reading.all").set_value(True).run()
    panel = next(box for box in at.main.expander if box.label == texts.READING)
    assert len(panel.markdown) >= len(DECISIONS)


def test_a_correction_with_which_nothing_can_be_read_can_be_undone(told):
    at = upload(b"v\n1\n-999\n4\n")
    at.radio(key="sonify.read.placeholder:v").set_value("value").run()
    assert errors(at) == ["This cannot be read so."]
    assert "so it counts as a \\*gap\\*. You chose: a value." in captions(at)
    at.run()  # still there after a run in which the switch was not drawn
    assert errors(at) == ["This cannot be read so."]
    at.button(key="sonify.read.undo").click().run()
    assert errors(at) == []


def test_corrections_belong_to_one_file(told):
    at = upload(b"v\n1\n-999\n5\n")
    at.radio(key="sonify.read.placeholder:v").set_value("value").run()
    at.file_uploader(key="sonify.file").clear().run()
    at.file_uploader(key="sonify.file").upload("other.csv", b"v\n1\n2\n", "text/csv").run()
    assert errors(at) == []
    at.file_uploader(key="sonify.file").clear().run()
    at.file_uploader(key="sonify.file").upload("mine.csv", b"v\n1\n-999\n5\n", "text/csv").run()
    assert errors(at) == ["This cannot be read so."]


def test_decisions_keep_their_order_within_their_rank():
    keys = ["decimal", "constant:a", "turn", "delimiter", "limit:b", "constant:c"]
    told = [Decision(key=key, sentence=key) for key in keys]
    assert [decision.key for decision in sort_decisions(told)] == [
        "turn",
        "limit:b",
        "constant:a",
        "constant:c",
        "decimal",
        "delimiter",
    ]


def test_where_nothing_was_corrected_everything_is_recognized():
    assert choose_options("a file") == ReadOptions()


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200), b"a,b\n1,2\n" + b"\0\1\2" * 50]
)
def test_where_nothing_could_be_read_as_text_no_import_options_are_offered(data):
    at = upload(data)
    assert errors(at) and not any(box.label == texts.IMPORT_OPTIONS for box in at.main.expander)


def test_a_text_that_cannot_be_read_can_be_read_otherwise():
    assert may_be_text(b"name,town\nAnn,Oslo\n") and may_be_text("a,b\n1,2\n".encode("utf-16-le"))
    assert not may_be_text(b"%PDF-1.7") and not may_be_text(b" \n")


def test_what_makes_the_series_single_is_suggested_as_row_filters_and_told():
    rows = "".join(
        f"{year},{country},{indicator},{year * step % 13}\n"
        for year in range(2000, 2020)
        for country, step in (("Norway", 3), ("Peru", 5))
        for indicator in ("GDP", "Exports")
    )
    at = upload(f"year,country,indicator,value\n{rows}".encode())
    assert errors(at) == []
    assert names_of(at) == ["Norway", "Peru"]
    settings = result_of(at).sonification.settings
    assert [(condition.column, condition.value) for condition in settings.filters] == [("indicator", "GDP")]
    panel = next(box for box in at.main.expander if box.label == texts.READING)
    assert panel.markdown[0].value == (
        "The rows hold several series. Each “country” is a voice\\: Norway, Peru. Only rows in which “indicator” is “GDP” are played."
    )
    at.selectbox(key="sonify.filter1.value").set_value("Exports").run()
    assert errors(at) == []
    at.radio(key="sonify.read.split").set_value("(not split)").run()
    assert errors(at) == []
    assert result_of(at).sonification.settings.split is None
    assert at.selectbox(key="sonify.split").value == "(not split)"


def test_a_turned_table_is_heard_by_its_labels_and_left_as_it_is_with_one_click():
    lines = ["country," + ",".join(map(str, range(1990, 2010)))]
    lines += [
        f"{name}," + ",".join(str(i * step % 11) for i in range(20))
        for name, step in (("Chad", 3), ("Peru", 7))
    ]
    at = upload("\n".join(lines).encode())
    assert errors(at) == []
    assert names_of(at) == ["Chad", "Peru"]
    at.radio(key="sonify.read.turn").set_value("as it is").run()
    assert errors(at) == []
    assert result_of(at).sonification.settings.voices[0].column in map(str, range(1990, 2010))
    at.button(key="sonify.read.undo").click().run()
    assert errors(at) == []
    assert names_of(at) == ["Chad", "Peru"]


def test_several_files_are_joined_and_are_bounded_together(monkeypatch):
    at = open_sonify(source="Upload")
    day = [f"2024-01-{i:02}" for i in range(1, 21)]
    files = [
        (
            f"{name}.csv",
            f"day,{name}\n{''.join(f'{d},{i * step % 7}' + chr(10) for i, d in enumerate(day))}".encode(),
            "text/csv",
        )
        for name, step in (("rain", 3), ("wind", 5))
    ]
    for file in files:
        at.file_uploader(key="sonify.file").upload(*file)
    at.run()
    assert errors(at) == []
    assert {"rain", "wind"} <= set(at.multiselect(key="sonify.values").options)
    assert "2 files were joined" in " ".join(markdown.value for markdown in at.main.markdown)
    monkeypatch.setattr("pages.components.sonify.source.limits.MAX_TABLE_BYTES", 300)
    at.run()
    assert "larger than 100 MB together" in errors(at)[0]


def test_what_was_assumed_of_the_columns_that_sound_comes_first():
    told = [
        Decision(key=f"{kind}:{column}", sentence=column)
        for column in ("a", "b.c:d")
        for kind in ("footnote", "placeholder")
    ]
    keys = [decision.key for decision in sort_decisions(told, {"b.c:d"})]
    assert keys == ["placeholder:b.c:d", "placeholder:a", "footnote:b.c:d", "footnote:a"]


def test_a_table_without_numbers_says_openly_how_it_was_read():
    at = upload(b"name;town\nAnn;Oslo\n")
    assert "no numeric column" in errors(at)[0]
    assert "1 row, 2 columns" in captions(at)
    assert at.selectbox(key="sonify.read.delimiter").value == ";"


def test_files_that_do_not_fit_are_not_asked_for_their_delimiter():
    at = open_sonify(source="Upload")
    at.file_uploader(key="sonify.file").upload("a.csv", b"day,rain\n2024-01-01,1\n2024-01-02,3\n", "text/csv")
    at.file_uploader(key="sonify.file").upload("b.csv", b"speed\n5\n7\n4\n", "text/csv").run()
    assert "cannot be joined" in errors(at)[0]
    assert texts.IMPORT_OPTIONS not in [each.label for each in at.expander]


def test_of_joined_files_what_differs_between_the_labels_is_heard():
    days = [f"2024-01-{day:02}" for day in range(1, 21)]
    rain = "day,rain\n" + "".join(f"{day},{place * 7 % 5}\n" for place, day in enumerate(days))
    heat = "day,city,temp\n" + "".join(
        f"{day},{city},{place * step % 11}\n"
        for place, day in enumerate(days)
        for city, step in (("Oslo", 3), ("Rome", 5))
    )
    at = open_sonify(source="Upload")
    at.file_uploader(key="sonify.file").upload("rain.csv", rain.encode(), "text/csv")
    at.file_uploader(key="sonify.file").upload("heat.csv", heat.encode(), "text/csv").run()
    assert errors(at) == []
    assert [(voice.voice.column, voice.name) for voice in result_of(at).sonification.voices] == [
        ("temp", "Oslo"),
        ("temp", "Rome"),
    ]
