"""``python -m core folk``: tunes as files that read back as the same notes, and a report of facts."""

import json
from dataclasses import replace

import pytest

from core.__main__ import main
from core.folk.tune_measures import bars_are_full, ends_on_tonic, phrase_lengths
from core.music.abc_notation import read_abc
from core.music.midi import from_bytes
from core.music.tune import MODE_SCALES
from core.music.tune_files import read_tune


def test_tunes_are_written_in_four_notations_that_hold_the_same_notes(tmp_path, capsys):
    out, told_path = tmp_path / "tunes", tmp_path / "r.json"
    code = main(
        [
            "folk",
            "--key",
            "D",
            "--mode",
            "dorian",
            "--meter",
            "3/4",
            "--bars",
            "8",
            "--seed",
            "1",
            "--count",
            "3",
            "--out",
            str(out),
            "--report",
            str(told_path),
        ]
    )
    assert code == 0
    assert "3 tunes of 8 bars in D dorian, 3/4" in capsys.readouterr().out
    told = json.loads(told_path.read_text())
    assert told["n_tunes"] == len(told["tunes"]) == 3
    for number, tune in enumerate(told["tunes"], 1):
        pitches = [event["pitch"] for event in tune["events"] if event["pitch"] is not None]
        for ending in ("mid", "musicxml", "abc", "krn"):
            path = out / f"tune-{number:02}.{ending}"
            assert read_tune(path.read_bytes(), path.name)[0].pitches == pitches
        assert tune["bars_valid"] and tune["ends_on_tonic"]
        assert (tune["lowest"], tune["highest"]) == (min(pitches), max(pitches))
        assert tune["in_key"] == pytest.approx(
            sum((pitch - 2) % 12 in MODE_SCALES["dorian"] for pitch in pitches) / len(pitches)
        )
        assert sum(tune["phrases"]) == tune["n_notes"] == len(pitches)
        assert 0 < tune["pitch_bits"] < tune["joint_bits"]


def test_the_same_seed_gives_the_same_tune_and_a_beginning_is_gone_on_from(tmp_path):
    def events(*more: str) -> list[dict]:
        path = tmp_path / "r.json"
        assert main(["folk", "--bars", "8", "--report", str(path), *more]) == 0
        return json.loads(path.read_text())["tunes"][0]["events"]

    assert events("--seed", "5") == events("--seed", "5") != events("--seed", "6")
    begin = tmp_path / "begin.abc"
    begin.write_text("X:1\nM:4/4\nL:1/4\nK:G\nG A B c | d4 |\n")
    assert [event["pitch"] for event in events("--begin", str(begin))[:5]] == [67, 69, 71, 72, 74]


def test_what_cannot_be_composed_is_a_sentence(tmp_path, capsys):
    assert main(["folk", "--bars", "10000"]) == 1
    assert "10000" in capsys.readouterr().err.replace(",", "")
    assert main(["folk", "--key", "H"]) == 1
    assert "H" in capsys.readouterr().err
    broken = tmp_path / "b.musicxml"
    broken.write_text("<score-partwise><part>")
    assert main(["folk", "--begin", str(broken)]) == 1
    assert "error:" in capsys.readouterr().err


def test_facts_of_a_tune_written_by_hand():
    tune, _ = read_abc(b"X:1\nM:2/4\nL:1/4\nK:C\nc d | e f | g2 | c2 |]\n")
    assert bars_are_full(tune) and ends_on_tonic(tune)
    assert phrase_lengths(tune) == (6,)
    other, _ = read_abc(b"X:1\nM:2/4\nL:1/4\nK:C\nc d | e f | g2 | d2 |]\n")
    assert not ends_on_tonic(other)


def _settings(tmp_path, **changed):
    """A settings file as the page writes it: the second of two tunes, bars of the first kept, a title."""
    content = {
        "sonoscope": "folk",
        "data": {},
        "settings": {
            "key": "D",
            "mode": "dorian",
            "meter": "7/8",
            "groups": "3+2+2",
            "bars": 8,
            "count": 2,
            "seed": 7,
        },
        "variant": 2,
        "title": "A tune",
        "kept": {"bars": [1], "base": 0, "seed": 3},
        **changed,
    }
    path = tmp_path / "s.json"
    path.write_text(json.dumps(content))
    return path


def _pitches(tmp_path, *options: str) -> list[list[int | None]]:
    told = tmp_path / "told.json"
    assert main(["folk", *options, "--report", str(told)]) == 0
    return [[event["pitch"] for event in tune["events"]] for tune in json.loads(told.read_text())["tunes"]]


def test_a_settings_file_gives_the_page_s_tunes_with_the_bars_that_it_keeps(tmp_path):
    from core.folk.job import TuneRequest, compose_tunes

    asked = TuneRequest(key="D", mode="dorian", meter="7/8", groups=(3, 2, 2), bars=8, count=2, seed=7)
    base = compose_tunes(asked).tunes[0]
    made = compose_tunes(replace(asked, prompt=base, keep=(1,), seed=3)).tunes
    out = tmp_path / "out"
    composed = _pitches(tmp_path, "--settings", str(_settings(tmp_path)), "--out", str(out))
    assert composed == [[event.pitch for event in tune.events] for tune in made]
    assert "T:A tune" in (out / "tune-02.abc").read_text()


def test_a_beginning_in_a_settings_file_is_gone_on_from_in_its_own_key(tmp_path, capsys):
    beginning = {"abc": "K:A minor\nA2 c2 e2 c2 | d8 |", "bars": 1}
    path = _settings(tmp_path, settings={"bars": 6, "count": 1, "seed": 2}, variant=1, beginning=beginning)
    saved = json.loads(path.read_text())
    del saved["kept"]
    path.write_text(json.dumps(saved))
    assert _pitches(tmp_path, "--settings", str(path))[0][:4] == [69, 72, 76, 72]
    assert "in A minor, 4/4" in capsys.readouterr().out


def test_options_beside_a_settings_file_override_it(tmp_path, capsys):
    path = str(_settings(tmp_path))
    assert _pitches(tmp_path, "--settings", path, "--seed", "8") != _pitches(tmp_path, "--settings", path)
    assert main(["folk", "--settings", path, "--meter", "6/8", "--key", "E"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 tunes of 8 bars in E dorian, 6/8"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"sonoscope": "emotion"},
            "These are settings of Emotion Music, and Folk Generator was asked to use them.",
        ),
        ({"settings": {"tempo": 3}}, "name something unknown"),
        ({"settings": {"groups": "3+x"}}, "grouping of beats"),
        ({"settings": {"form": "rondo"}}, "There is no form"),
        ({"settings": {"accompaniment": "tuba"}}, "Use one of none, guitar, piano, drone"),
        ({"kept": {"bars": [99], "base": 0, "seed": 1}}, "kept bars was 100; it can be 1 to 8"),
        ({"kept": {"bars": [0], "base": 5, "seed": 1}}, "base was 6; it can be 1 to 2"),
        ({"variant": 9}, "variant was 9; it can be 1 to 2"),
        ({"beginning": {"abc": "c" * 5000}}, "longer than 4,000 characters"),
    ],
)
def test_settings_that_cannot_be_used_are_told_in_a_sentence(tmp_path, capsys, changed, said):
    assert main(["folk", "--settings", str(_settings(tmp_path, **changed))]) == 1
    assert said in capsys.readouterr().err


def test_form_chords_and_accompaniment_are_written_into_every_file(tmp_path, capsys):
    out, told = tmp_path / "out", tmp_path / "report.json"
    asked = ["--form", "AABB", "--chords", "--accompaniment", "drone", "--seed", "3"]
    assert main(["folk", *asked, "--out", str(out), "--report", str(told)]) == 0
    assert "32 bars" in capsys.readouterr().out
    (tune,) = json.loads(told.read_text())["tunes"]
    assert len(tune["repeats"]) == 2 and tune["chords_in_mode"] == 1.0
    assert tune["chords"][0]["onset_beat"] == 0.0
    abc, kern, xml = ((out / f"tune-01.{ending}").read_text() for ending in ("abc", "krn", "musicxml"))
    assert ":|" in abc and '"G"' in abc and "**mxhm" in kern and ":|!" in kern
    assert xml.count('<repeat direction="backward"/>') == 2 and "<harmony>" in xml
    parts = from_bytes((out / "tune-01.mid").read_bytes()).instruments
    assert [part.name for part in parts] == ["tune-01", "Drone"]
