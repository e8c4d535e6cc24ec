"""Captions lie over the notes: no pitch, no distance between notes and no level outside of words is another one."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.__main__ import main
from core.audio.waveform import Audio
from core.sonify import spoken_captions
from core.sonify.audibility import play
from core.sonify.compose import Composers, compose
from core.sonify.descriptions import units_of
from core.sonify.direct_mapping import sonify
from core.sonify.job import play_table
from core.sonify.presentation import present
from core.sonify.report import report
from core.sonify.settings import Settings, Voice
from core.sonify.spoken_captions import add_captions, delay, speak_over, without_captions
from core.speech.espeak import SpeechError
from core.tables.table import Table, read_text

YEARS = "year,rain (mm)\n" + "\n".join(
    f"{year},{20 + 3 * ((year - 1985) % 29)}" for year in range(1980, 2020)
)
MONTHS = "date,ice (km²)\n" + "\n".join(
    f"{1999 + i // 12}-{1 + i % 12:02}-01,{100 - i}" for i in range(8, 30)
)


@pytest.fixture(autouse=True)
def _voice(monkeypatch):
    """A voice that needs no program: noise, a tenth of a second a word."""

    def speak(text: str, language: str) -> Audio:
        n = 2_205 * len(text.split())
        return Audio(np.random.default_rng(len(text)).uniform(-0.3, 0.3, n).astype(np.float32), 22_050)

    monkeypatch.setattr(spoken_captions, "speak", speak)


def settings(table: Table, **more) -> Settings:
    column = table.number_columns()[-1]
    given = {"voices": (Voice(column=column),), "time": table.frame.columns[0], "duration_sec": 20.0}
    return Settings(**{**given, "captions": True, **more})


def captioned(text: str, **more):
    table = read_text(text)
    made = sonify(table, settings(table, **more))
    return made, add_captions(made, units_of(table))[0]


def texts(made) -> list[str]:
    return [caption.text for caption in made.captions.captions]


def test_title_and_unit_come_first_then_years_and_extremes_in_the_order_of_time():
    _, made = captioned(YEARS)
    said = texts(made)
    assert said[0] == "rain, in millimeters"
    assert {"Minimum, 20 millimeters", "Maximum, 104 millimeters", "1990", "2000", "2010"} <= set(said)
    onsets = [caption.onset_sec for caption in made.captions.captions]
    assert onsets == sorted(onsets)
    points = made.voices[0].points
    lowest = made.captions.captions[said.index("Minimum, 20 millimeters")]
    assert 0 <= lowest.onset_sec - points["onset_sec"][points["value"].idxmin()] <= 2.0
    year = made.captions.captions[said.index("2000")]
    assert year.onset_sec == pytest.approx(points["onset_sec"][20], abs=0.11)


def test_months_name_their_year_once():
    _, made = captioned(MONTHS, duration_sec=80.0)
    months = [text for text in texts(made)[1:] if "imum" not in text]
    assert months[:6] == ["September 1999", "October", "November", "December", "January 2000", "February"]


def test_quarters_begin_in_january():
    _, made = captioned(MONTHS, duration_sec=25.0)
    months = [text for text in texts(made)[1:] if "imum" not in text]
    assert months[:3] == ["October 1999", "January 2000", "April"]


def test_every_language_says_the_same_moments():
    _, english = captioned(YEARS)
    for language in ("de", "fr", "es", "it", "pt", "nl", "pl"):
        _, made = captioned(YEARS, language=language)
        assert set(texts(made)) >= {"1990", "2000", "2010"}
        assert made.captions.language == language
        assert len(texts(made)) >= len(texts(english)) - 2
    assert texts(made)[0] == "rain, milimetry"


def test_ticks_that_were_chosen_are_the_ones_that_are_said_and_are_thinned_where_they_are_dense():
    _, made = captioned(YEARS, tick_unit="unit", tick_every=10.0)
    assert [text for text in texts(made) if text.isdigit()] == ["1980", "1990", "2000", "2010"]
    _, made = captioned(YEARS, tick_unit="unit", tick_every=1.0)
    spoken = [caption for caption in made.captions.captions if caption.text.isdigit()]
    assert min(np.diff([caption.onset_sec for caption in spoken])) >= 2.4
    assert all(int(caption.text) % 10 == 0 for caption in spoken)


def test_several_voices_are_introduced_and_the_extremes_of_their_common_scale_are_said_once():
    table = read_text(
        "year,city,rain (mm)\n"
        + "\n".join(
            f"{year},{city},{year - 1990 + 40 * (city == 'Rome')}"
            for year in range(1990, 2010)
            for city in ("Oslo", "Rome")
        )
    )
    voices = tuple(Voice(column=table.number_columns()[-1], label=city) for city in ("Oslo", "Rome"))
    made = sonify(table, settings(table, voices=voices, split="city"))
    said = texts(add_captions(made, units_of(table))[0])
    assert said[0] == "rain, in millimeters: Oslo, Rome"
    assert [text for text in said if "imum" in text] == ["Oslo, minimum, 0", "Rome, maximum, 59"]


@pytest.mark.parametrize("mode", ["direct", "melody", "piece"])
def test_captions_change_neither_pitches_nor_distances_nor_the_sound_between_them(mode):
    table = read_text(YEARS)
    chosen = settings(table, mode=mode, duration_sec=8.0, references=("min",), takes=1)
    made, rendering = play(compose(table, chosen, Composers.from_weights()), "embedded")
    spoken, mixed = speak_over(made, rendering, units_of(table))
    track = spoken.captions
    before = track.introduction_sec
    assert before > track.captions[0].onset_sec + track.captions[0].duration_sec
    # The grid of the MIDI file: every note later by the same number of ticks.
    moves = set()
    for old, new in zip(made.midi.instruments, spoken.midi.instruments, strict=True):
        assert [(n.pitch, n.velocity) for n in old.notes] == [(n.pitch, n.velocity) for n in new.notes]
        moves |= {
            spoken.midi.time_to_tick(at + before) - made.midi.time_to_tick(at)
            for n in old.notes
            for at in (n.start, n.end)
        }
        assert [n.start for n in new.notes] == pytest.approx([n.start + before for n in old.notes])
    assert len(moves) == 1
    quarters = moves.pop() / made.midi.resolution
    assert quarters == round(quarters)
    if mode == "piece":
        assert quarters % 4 == 0
        old, new = (each.composition.accompanied for each in (made, spoken))
        assert new.chords[0].onset_sec == pytest.approx(old.chords[0].onset_sec + before)
        assert new.notes["onset_sec"].to_numpy() == pytest.approx(old.notes["onset_sec"] + before)
    assert spoken.voices[0].points["onset_sec"].to_numpy() == pytest.approx(
        made.voices[0].points["onset_sec"] + before
    )
    sr, begin = rendering.audio.sr, round(before * rendering.audio.sr)
    alone = np.zeros_like(mixed.audio.y)
    alone[:, begin : begin + rendering.audio.n_samples] = rendering.audio.y
    quiet = np.ones(alone.shape[1], dtype=bool)
    for caption in track.captions:
        end = caption.onset_sec + caption.duration_sec
        quiet[max(0, round((caption.onset_sec - 0.06) * sr)) : round((end + 0.21) * sr)] = False
    assert quiet.mean() > 0.3
    assert np.array_equal(mixed.audio.y[:, quiet], alone[:, quiet])


def test_another_take_is_made_from_the_time_line_before_the_introduction():
    made, moved = captioned(YEARS)
    assert without_captions(moved).timeline.onset_sec == pytest.approx(made.timeline.onset_sec)
    assert without_captions(made) is made
    assert delay(made, 0.0).voices[0].points.equals(made.voices[0].points)


def test_without_the_program_times_are_kept_free_and_it_is_said(monkeypatch):
    def speak(text: str, language: str) -> Audio:
        raise SpeechError("There is no voice.")

    monkeypatch.setattr(spoken_captions, "speak", speak)
    table = read_text(YEARS)
    played = play_table(table, settings(table), engine="embedded")
    track = played.sonification.captions
    assert not track.is_in_sound and "There is no voice." in played.sonification.notes
    assert played.sound.duration_sec > 20 + track.introduction_sec
    assert any("Your browser says the captions" in sentence for sentence in played.words)
    shown = present(played)
    assert shown.captions == track.captions and not shown.are_captions_in_sound
    silence = played.sound.decode_between(0, round(0.9 * track.introduction_sec * played.sound.sr))
    assert np.abs(silence.y).max() < 1e-4


def test_the_report_tells_when_words_sound():
    table = read_text(YEARS)
    made, _ = add_captions(sonify(table, settings(table, language="fr")), units_of(table))
    told = json.loads(json.dumps(report(made, table)))["captions"]
    assert told["language"] == "fr" and told["captions"][0]["text"] == "rain, en millimètres"
    assert told["introduction_sec"] == pytest.approx(made.voices[0].points["onset_sec"][0])
    assert "captions" not in report(sonify(table, settings(table, captions=False)), table)


@pytest.mark.parametrize(
    "name",
    [
        "--version",
        "<speak>&amp;",
        "x" * 10_000,
        "a\0b",
        "\u202egnp.exe",
        "气温",
        "😀",
        "[[bad]]",
        "",
        "\ud83d",
    ],
)
def test_any_column_name_is_introduced_shortly(name):
    table = read_text(YEARS)
    made = sonify(table, settings(table))
    renamed = replace(
        made,
        voices=tuple(
            replace(v, name=name, voice=replace(v.voice, label=name, column=name)) for v in made.voices
        )
        if name != "\ud83d"
        else made.voices,
    )
    said = texts(add_captions(renamed, {})[0])
    assert said[0] and all(len(text) < 200 and text.isprintable() for text in said)
    assert not any(set("<>[]\\") & set(text) for text in said)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("v\n1\n2\n3\n2", None),
        ("t,v\n1,1\n1,2", "t"),
        ("t,v\n-1e300,1\n1e300,2", "t"),
        ("t,v\nspring,1\nsummer,2\nfall,3", "t"),
        ("t,v\n2020-01-01,5", "t"),
        ("t,v\n0001-01-01,5\n9999-12-31,6", "t"),
        ("t,v\n2020-01-01T00:00:00+02:00,5\n2020-01-01T05:00:00+02:00,6\n2020-01-01T09:30:00+02:00,7", "t"),
        ("t,v\n1,7\n2,7\n3,7", "t"),
    ],
)
def test_awkward_time_axes_and_constant_values_have_captions_too(text, time):
    table = read_text(text)
    made, _ = add_captions(sonify(table, settings(table, time=time, duration_sec=6.0)), {})
    said = texts(made)
    assert said[0] == "v"
    if ",7\n2,7" in text:
        assert not any("imum" in each for each in said)
    if "spring" in text:
        assert {"spring", "fall"} <= {*said, *made.captions.left_out}


def test_the_command_line_speaks_and_its_settings_file_remembers(tmp_path, capsys):
    out = {name: tmp_path / name for name in ("a.mid", "a.json", "s.json")}
    (tmp_path / "rain.csv").write_text(YEARS)
    arguments = [
        "sonify",
        str(tmp_path / "rain.csv"),
        "--speak",
        "--language",
        "de",
        "--midi",
        str(out["a.mid"]),
    ]
    assert main([*arguments, "--report", str(out["a.json"]), "--save-settings", str(out["s.json"])]) == 0
    told = json.loads(out["a.json"].read_text())
    assert told["captions"]["captions"][0]["text"] == "rain, Millimeter"
    kept = Settings.from_json(out["s.json"].read_text())
    assert kept.captions and kept.language == "de"
    with pytest.raises(SystemExit):
        main(["sonify", str(tmp_path / "rain.csv"), "--language", "tlh"])
    assert "tlh" in capsys.readouterr().err


def test_what_is_shown_has_its_moment_and_numbers_as_they_stand_beside_it_in_any_language():
    table = "year,rain (mm)\n" + "\n".join(f"{1990 + i},{i * 1000.5}" for i in range(12))
    shown = [caption.shown_text for caption in captioned(table, language="de")[1].captions.captions]
    assert {"Minimum (1990): 0", "Maximum (2001): 11,006"} <= set(shown)


def test_a_short_sound_has_its_extremes_and_a_moment_and_tells_what_found_no_room():
    table = "year,a\n" + "\n".join(f"{1987 + i},{(i * 7) % 37}" for i in range(37))
    _, made = captioned(table, duration_sec=2.0)
    track = made.captions
    n_asked = track.n_moments[1] + track.n_extremes[1]
    assert (
        len(track.captions) - 1 == track.n_moments[0] + track.n_extremes[0] == n_asked - len(track.left_out)
    )
    assert not track.left_out or f"of {n_asked} captions found room" in made.notes[-1]


@pytest.mark.parametrize(
    ("cells", "language", "said", "shown"),
    [
        (
            [f"{2015 + i // 4}Q{i % 4 + 1}" for i in range(8)],
            "en",
            "1st quarter 2015",
            "Minimum (Q1 2015): 0",
        ),
        (
            [f"2020-W{20 + i}" for i in range(8)],
            "de",
            "Woche 20 des Jahres 2020",
            "Minimum (Woche 20 des Jahres 2020): 0",
        ),
    ],
)
def test_quarters_and_weeks_are_said_as_the_file_has_them(cells, language, said, shown):
    text = "t,v\n" + "\n".join(f"{cell},{i * i}" for i, cell in enumerate(cells))
    _, made = captioned(text, language=language, duration_sec=40.0)
    assert said in texts(made) and shown in [caption.shown_text for caption in made.captions.captions]
