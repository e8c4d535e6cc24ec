"""What the library returns shows itself, saves itself by the ending of a name, and says in a sentence what it cannot do."""

import base64
import inspect
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pretty_midi import PrettyMIDI

import core
from core import compose_piece, compose_tune, extend_recording, sonify, visualise, visualize
from core.audio import decode
from core.errors import InputError
from core.library.results import Result
from core.library.sonification import SonifiedTable
from core.settings_file import write_settings

ROOT = Path(core.__file__).resolve().parent.parent
FRAME = pd.DataFrame(
    {"day": range(8), "rain": [3.0, 5, 2, 8, 1, 9, 4, 6], "wind": [1.0, 2, 3, 4, 5, 6, 7, 8]}
)


@pytest.fixture(scope="module")
def heard() -> SonifiedTable:
    made: SonifiedTable = sonify(
        FRAME, x="day", y=["rain", "wind"], duration_sec=1, title="<b>Weather</b>", engine="embedded"
    )
    return made


@pytest.fixture(scope="module")
def results(heard):
    sound = (np.sin(np.arange(44_100) ** 1.5 / 500), 22_050)
    return {
        "table": heard,
        "tune": compose_tune(bars=2, seed=1),
        "piece": compose_piece("happy", notes=6, seed=1),
        "sound": visualise(sound, mapping="pca", title="A sweep"),
    }


def test_a_result_shows_itself_as_a_page_a_picture_and_words(heard):
    shown = heard._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html", "image/png"}
    assert shown["text/html"].startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert (
        'title="&lt;b&gt;Weather&lt;/b&gt;" width="100%" height="760" sandbox="allow-scripts"'
        in shown["text/html"]
    )
    assert "<script" not in shown["text/html"]  # only within the escaped page
    assert Image.open(io.BytesIO(base64.b64decode(shown["image/png"]))).size == (1280, 720)
    assert shown["text/plain"].startswith("SonifiedTable: <b>Weather</b>, ")
    assert "higher values are higher notes" in repr(heard)
    assert set(heard._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    assert "image/png" not in heard._repr_mimebundle_(exclude=["image/png"])


def test_notes_samples_and_report_are_those_that_sound(heard):
    assert isinstance(heard.midi, PrettyMIDI)
    assert len(heard.midi.instruments) == 2
    assert heard.audio.duration_sec == heard.sound.duration_sec
    assert [voice["name"] for voice in heard.report["voices"]] == ["rain", "wind"]
    assert heard.settings.time == "day"


ENDINGS = {
    "table": "wav flac mp3 mid json svg png html",
    "tune": "wav mid json svg png html abc krn musicxml pdf",
    "piece": "wav mid json svg png html musicxml pdf",
    "sound": "wav json svg png html csv npz",
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_the_ending_says_what_is_saved(results, kind, tmp_path):
    result = results[kind]
    begins = {
        "wav": b"RIFF",
        "flac": b"fLaC",
        "mid": b"MThd",
        "svg": b"<svg",
        "png": b"\x89PNG",
        "pdf": b"%PDF",
        "npz": b"PK",
    }
    begins |= {"html": b"<!", "json": b"{", "musicxml": b"<?xml", "abc": b"X:", "krn": b"!!!"}
    for ending in ENDINGS[kind].split():
        content = result.save(tmp_path / f"kept.{ending}").read_bytes()
        assert content.lower().startswith(begins.get(ending, b"").lower()), ending
        assert len(content) > 50
    assert decode((tmp_path / "kept.wav").read_bytes(), name="wav").duration_sec == result.sound.duration_sec
    assert json.loads((tmp_path / "kept.json").read_text())["job"]
    assert (
        result.title.encode().replace(b"<", b"&lt;").replace(b">", b"&gt;")
        in (tmp_path / "kept.html").read_bytes()
    )


def test_a_film_is_made_with_its_settings(heard, tmp_path):
    settings = {"fps": 5, "size": "1080x1080", "opening_sec": 0, "closing_sec": 0}
    path = heard.save(tmp_path / "film.mp4", **settings)
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_scene_is_a_video(results, tmp_path):
    path = results["sound"].save(tmp_path / "scene.webm", quality="240p", fps=5)
    assert path.read_bytes()[:4].hex() == "1a45dfa3"
    with pytest.raises(InputError, match="it can be 240p"):
        results["sound"].save(tmp_path / "scene.webm", quality="9000p")


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("kept.xyz", {}, "does not say what to save. End it in .flac, .html, .json, "),
        ("kept", {}, "does not say what to save"),
        ("nowhere/kept.wav", {}, "There is no folder"),
        ("kept.wav", {"theme": "dark"}, "A .wav file has no setting “theme”"),
        ("kept.png", {"them": "dark"}, "A picture has no setting “them”. Did you mean “theme”"),
        ("kept.png", {"theme": "pink"}, "it can be light, dark"),
        ("kept.png", {"number": 9}, "There is no picture 9; there are 2"),
        ("kept.png", {"size": (9, 9)}, "from 100 to 8000 pixels"),
        ("kept.html", {"theme": "pink"}, "it can be auto, light, dark"),
        ("kept.mp4", {"fpss": 3}, "A film has no setting “fpss”. Did you mean “fps”"),
        ("kept.mp4", {"fps": 3000}, "5 to 60 frames"),
    ],
)
def test_what_cannot_be_saved_is_told_and_leaves_nothing(heard, tmp_path, name, settings, message):
    with pytest.raises(InputError, match=message.replace(".", "[.]")):
        heard.save(tmp_path / name, **settings)
    assert list(tmp_path.iterdir()) == []


def test_sonify_is_a_package_that_can_be_called():
    from core.sonify.settings import Settings

    assert core.sonify is sonify
    assert list(inspect.signature(sonify).parameters)[:4] == ["data", "x", "y", "split"]
    assert (sonify.__doc__ or "").startswith("Turn columns of a table into sound.")
    assert sonify.settings.Settings is Settings
    assert visualise is visualize
    with pytest.raises(AttributeError, match="no attribute 'sonifi'"):
        core.sonifi  # noqa: B018


def test_importing_the_library_loads_nothing_heavy():
    code = (
        "import sys\nfrom core import sonify, compose_tune, compose_piece, extend_recording, visualize\n"
        "sonify.__doc__\n"
        "print(sorted({'torch', 'scipy', 'librosa', 'plotly', 'duckdb', 'ibis', 'narwhals', 'polars'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sonify(FRAME, y="rian"), "no column “rian” for y. Did you mean “rain”"),
        (lambda: sonify(FRAME.assign(city="a"), y="city"), "“city” holds text, and only numbers"),
        (lambda: sonify({"a": ["x", "y"]}), "No column holds numbers"),
        (lambda: sonify({"a": [None, None]}), "No column holds numbers"),
        (lambda: sonify(FRAME, y=[]), "y is an empty list"),
        (lambda: sonify(FRAME, scale="majr"), "The scale was 'majr'; it can be chromatic"),
        (lambda: compose_tune(keys="G"), "no argument “keys”. Did you mean “key”"),
        (lambda: compose_tune(bars=2, variant=2), "variant was 2; it can be 1 to 1"),
        (lambda: compose_piece("hapy"), "no mood “hapy”. Did you mean “happy”"),
        (lambda: compose_piece((1,)), "or valence and arousal such as"),
        (lambda: compose_piece("happy", valence=1), "not both"),
        (lambda: compose_piece(begin=3), "begin was of the type int"),
        (lambda: extend_recording("missing.wav"), "no file “missing.wav”. Examples are example:street"),
        (lambda: extend_recording(7), "of the type int is no sound"),
        (lambda: extend_recording((np.zeros(4), 1)), "These samples are no sound"),
        (lambda: visualize("example:mist", model="vg"), "model was 'vg'; it can be measured"),
        (lambda: visualize((np.zeros(44_100), 22_050)), "silent"),
    ],
)
def test_a_wrong_argument_is_told_in_a_sentence(call, message):
    with pytest.raises(InputError, match=message.replace(".", "[.]")):
        call()


def test_a_notebook_shows_the_sentence_and_no_traceback():
    assert InputError("Choose a file.")._render_traceback_() == ["InputError: Choose a file."]


def test_a_settings_file_of_the_page_is_used(tmp_path):
    settings = {
        "voices": [{"column": "wind", "program": 40}],
        "time": "day",
        "scale": "dorian",
        "duration_sec": 1.0,
    }
    (tmp_path / "kept.json").write_bytes(write_settings("sonify", settings, data={}))
    heard = sonify(FRAME, settings=tmp_path / "kept.json", key="D", engine="embedded")
    assert (heard.settings.scale, heard.settings.key, heard.settings.voices[0].program) == ("dorian", "D", 40)


def test_equal_data_give_equal_sound_whatever_holds_them(heard):
    again = sonify(FRAME.to_dict("list"), x="day", y=["rain", "wind"], duration_sec=1, engine="embedded")
    assert again.sound.sha256 == heard.sound.sha256


def test_what_is_composed_begins_or_feeds_another(results):
    tune = results["tune"]
    piece = compose_piece("sad", begin=tune, begin_seconds=2, notes=12)
    assert piece.report["n_beginning"] > 0
    assert isinstance(visualize(tune), Result)


def test_another_mapping_hears_nothing_again(results):
    seen = results["sound"]
    other = seen.map(mapping="kmeans", scaling="standard")
    assert other.hearing is seen.hearing
    assert other.parameters.shape == (118, 10)
    assert not np.array_equal(other.values, seen.values)
    assert list(seen.features.index[:2]) == [0.0, 0.05]
    with pytest.raises(InputError, match="no setting “mappin”"):
        seen.map(mappin="pca")


def test_an_extended_recording_has_a_sound_and_no_notes():
    longer = extend_recording("example:mist", seconds=1)
    assert longer.report["job"] == "extrapolate"
    assert longer.title == "Mist"
    with pytest.raises(InputError, match="no MIDI of it"):
        _ = longer.midi
