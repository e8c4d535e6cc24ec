"""``python -m core extrapolate``: the file, the report and the line agree; what cannot be used gets its sentence."""

import json

import numpy as np
import pytest

from core import audio
from core.__main__ import main
from core.extrapolate.examples import EXAMPLES
from core.extrapolate.extend import extend
from core.extrapolate.forecast import find_forecaster
from core.extrapolate.report import settings_json
from core.extrapolate.request import Request
from tests.core.sounds import by_soundfile, tone

SR = 22_050


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A file of known tempo and what is in it."""
    path = tmp_path_factory.mktemp("clip") / "street.wav"
    sound = EXAMPLES["street"].audio(sr=SR)
    path.write_bytes(audio.encode(sound, "wav"))
    return path, audio.decode(path.read_bytes())


def extrapolated(tmp_path, *options: str) -> tuple[dict, audio.Audio]:
    out, told = tmp_path / "out.wav", tmp_path / "r.json"
    assert main(["extrapolate", *options, "--wav", str(out), "--report", str(told)]) == 0
    return json.loads(told.read_text()), audio.decode(out.read_bytes())


def test_the_first_part_of_the_file_is_the_recording_and_the_report_says_so(clip, tmp_path, capsys):
    path, sound = clip
    told, made = extrapolated(tmp_path, str(path), "--seconds", "20", "--seed", "3")
    assert "joins" in capsys.readouterr().out
    stop = round(told["recording"]["identical_sec"][1] * SR)
    assert told["recording"]["identical"] and told["recording"]["identical_sec"][0] == 0
    assert stop > 24 * SR
    np.testing.assert_array_equal(made.y[:, :stop], sound.y[:, :stop])
    assert made.duration_sec == pytest.approx(told["recording"]["stop_sec"] + 20, abs=0.01)
    assert told["request"] == {
        "seconds": 20.0,
        "at_sec": None,
        "direction": "after",
        "mood": "keep",
        "engine": "recompose",
        "adventure": 0.4,
        "seed": 3,
        "ending": "fade",
    }
    assert told["before"]["tempo_qpm"] == pytest.approx(112, rel=0.01)
    assert told["after"]["after"]["tempo_qpm"] == pytest.approx(112, rel=0.03)
    assert told["n_joins"] == len(told["joins"]) >= 1
    for join in told["joins"]:
        assert {"time_sec", "score", "level_jump_db", "flux_z", "phase_ms", "good"} <= join.keys()
        assert told["recording"]["stop_sec"] - 0.01 <= join["time_sec"] <= told["duration_sec"]


def test_a_place_a_side_and_a_mood_are_followed_and_files_of_each_kind_written(clip, tmp_path):
    path, _ = clip
    flac, mp3 = tmp_path / "o.flac", tmp_path / "o.mp3"
    told, made = extrapolated(
        tmp_path,
        str(path),
        "--seconds",
        "12",
        "--from",
        "8",
        "--direction",
        "before",
        "--mood",
        "calm",
        "--flac",
        str(flac),
        "--mp3",
        str(mp3),
    )
    assert told["recording"]["from_recording_sec"] == pytest.approx(8, abs=0.35)
    assert told["recording"]["start_sec"] == pytest.approx(12, abs=0.01)
    assert told["after"]["before"]["mood"]["arousal"] < told["before"]["mood"]["arousal"]
    np.testing.assert_array_equal(audio.decode(flac.read_bytes()).y, made.y)
    assert audio.decode(mp3.read_bytes()).duration_sec == pytest.approx(made.duration_sec, abs=0.1)


def test_an_example_is_extended_by_its_name(tmp_path):
    told, made = extrapolated(tmp_path, "example:mist", "--seconds", "10", "--direction", "both")
    assert told["before"]["tempo_qpm"] is None and told["before"]["key"] == "D"
    assert set(told["after"]) == {"before", "after"}
    assert made.duration_sec == pytest.approx(told["duration_sec"], abs=0.001)


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (audio.encode(tone(440, SR, 1.0), "wav"), (), "at least 5"),
        (audio.encode(audio.Audio(np.zeros(SR * 6), SR), "wav"), (), "silent"),
        (b"no sound at all" * 40, (), "clip"),
        (by_soundfile(tone(440, SR, 2.0), "MP3")[:300], (), "clip"),
        (audio.encode(tone(440, SR, 6.0), "wav"), ("--seconds", "3600"), "1 to 600"),
        (audio.encode(tone(440, SR, 6.0), "wav"), ("--from", "40"), "must lie between"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence_on_standard_error(tmp_path, capsys, content, options, said):
    path = tmp_path / "clip.bin"
    path.write_bytes(content)
    assert main(["extrapolate", str(path), *options]) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ") and said in told and "Traceback" not in told


def test_a_file_that_is_not_there_and_an_unknown_example_are_told(tmp_path, capsys):
    assert main(["extrapolate", str(tmp_path / "none.wav")]) == 1
    assert main(["extrapolate", "example:nothing"]) == 1
    assert "street, waltz, mist" in capsys.readouterr().err


def test_a_settings_file_alone_extends_its_example_as_the_page_does(tmp_path):
    request = Request(seconds=6, mood="lift", ending="cut", seed=4)
    path = tmp_path / "s.json"
    path.write_bytes(settings_json(request, example="street"))
    told, sound = extrapolated(tmp_path, "--settings", str(path))
    page = extend(EXAMPLES["street"].audio(), request, forecaster=find_forecaster())
    assert sound.duration_sec == pytest.approx(page.duration_sec, abs=1e-3)
    expected = np.concatenate([np.atleast_2d(part) for part in page.parts], axis=-1)
    assert np.abs(np.atleast_2d(sound.y) - expected).max() < 1e-3
    told, _ = extrapolated(tmp_path, "--settings", str(path), "--seconds", "5", "--seed", "9")
    assert told["request"] | {"seconds": 6, "seed": 4} == {**told["request"], "seconds": 6, "seed": 4}
    assert (told["request"]["seconds"], told["request"]["seed"], told["request"]["mood"]) == (5, 9, "lift")


def test_settings_of_a_visitors_file_name_what_is_needed(tmp_path, capsys):
    path = tmp_path / "s.json"
    path.write_bytes(settings_json(Request(), sha256="ab" * 32))
    assert main(["extrapolate", "--settings", str(path)]) == 1
    said = capsys.readouterr().err
    assert (
        f"a file that is not in them (SHA-256 {'ab' * 32}). Name it: python -m core extrapolate FILE" in said
    )
    path.write_text(json.dumps({"sonoscope": "folk", "settings": {}}))
    assert main(["extrapolate", "--settings", str(path)]) == 1
    assert "These are settings of Folk Generator, and Extrapolate was asked" in capsys.readouterr().err
    assert main(["extrapolate"]) == 1
    assert "Name a sound" in capsys.readouterr().err
