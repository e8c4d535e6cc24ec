"""``python -m core visualize``: a sound becomes a file of parameters and a report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core import audio
from core.__main__ import main
from core.audio import Audio
from core.audioviz.extract import Listener
from core.audioviz.settings import VizSettings
from tests.core.audioviz.test_model import SR, music


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    path.write_bytes(audio.encode(music(3.0), "wav"))
    return path


def test_parameters_codes_and_report_are_written_and_agree(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, report = tmp_path / "features.npz", tmp_path / "report.json"
    arguments = ["visualize", str(sound), "--model", "measured", "--mapping", "kmeans_pca", "--rate", "60"]
    assert main([*arguments, "--out", str(out), "--report", str(report)]) == 0
    told = json.loads(report.read_text(encoding="utf-8"))
    with np.load(out, allow_pickle=False) as stored:
        assert stored["parameters"].shape == (178, 10) and stored["codes"].shape == (60, 10)
        assert stored["parameter_times_sec"][1] == pytest.approx(1 / 60)
        deviations = stored["parameters"].std(axis=0)
        names = stored["parameter_names"].tolist()
    assert told["duration_sec"] == pytest.approx(3.0) and told["n_frames"] == 60
    assert [told["parameters"][name]["std"] for name in names] == pytest.approx(deviations.tolist(), abs=1e-3)
    assert told["memory_mb"]["peak"] >= told["memory_mb"]["idle"] > 0
    assert set(told["seconds"]) == {"load", "decode", "hear", "map"}
    assert "analyzed (measured)" in capsys.readouterr().out


def test_a_video_has_the_asked_shape_length_and_title(sound: Path, tmp_path: Path) -> None:
    import av

    film = tmp_path / "film.webm"
    options = ["--aspect", "9:16", "--quality", "240p", "--fps", "5", "--scene", "planet", "--title", "Night"]
    assert main(["visualize", str(sound), "--film", str(film), *options]) == 0
    with av.open(film) as opened:
        frames = [(frame.width, frame.height) for frame in opened.decode(video=0)]
    assert frames == [(240, 426)] * 15
    film = tmp_path / "film.mp4"
    assert main(["visualize", str(sound), "--film", str(film), "--film-size", "1080x1080", "--fps", "5"]) == 0
    with av.open(film) as opened:
        picture = opened.streams.video[0]
        assert (picture.codec_context.name, picture.width, picture.height) == ("h264", 1080, 1080)


def test_a_style_network_tells_styles(sound: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert main(["visualize", str(sound), "--model", "vgg", "--report", str(report)]) == 0
    styles = json.loads(report.read_text(encoding="utf-8"))["style_probabilities"]
    assert sum(styles.values()) == pytest.approx(1, abs=0.01) and "chiptune" in styles


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"no sound", [], "error:"),
        (audio.encode(Audio(np.zeros(SR * 2), SR), "wav"), [], "silent"),
        (audio.encode(Audio(np.ones(SR // 2) * 0.1, SR), "wav"), [], "at least 1 second"),
        (None, ["--order", "1,2"], "once"),
        (None, ["--order", "first"], "ten numbers"),
        (None, ["--smoothing", "-1"], "Smoothing"),
        (None, ["--film", "film.webm", "--fps", "100"], "5 to 60 frames"),
        (None, ["--film", "film.avi"], "ends in .mp4 or .webm, not '.avi'"),
        (None, ["--film", "film.webm", "--title", "x" * 99], "99 characters"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(
    sound: Path, content: bytes | None, options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        sound.write_bytes(content)
    assert main(["visualize", str(sound), *options]) == 1
    assert says in capsys.readouterr().err


def _settings_file(tmp_path: Path, **changed: object) -> Path:
    path = tmp_path / "settings.json"
    settings = {"mapping": "kmeans_pca", "smoothing_sec": 0.3, "order": [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]}
    look = {"scene": "waves", "palette": "ember", "limiter": False, "aspect": "1:1", "caption": "Mine"}
    data = {"title": "mine.wav", "sha256": "cd" * 32}
    content = {"sonoscope": "visualize", "data": data, "settings": settings, "look": look, **changed}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_settings_file_gives_the_page_s_parameters(sound: Path, tmp_path: Path) -> None:
    out, path = tmp_path / "p.npz", _settings_file(tmp_path)
    assert main(["visualize", str(sound), "--settings", str(path), "--out", str(out)]) == 0
    settings = VizSettings(mapping="kmeans_pca", smoothing_sec=0.3, order=tuple(range(9, -1, -1)))
    hearing = Listener.from_weights(["measured"]).hear(audio.decode(sound.read_bytes()), model="measured")
    with np.load(out, allow_pickle=False) as stored:
        assert np.array_equal(stored["parameters"], settings.map(hearing))
    report = tmp_path / "r.json"
    options = ["--settings", str(path), "--rate", "20", "--mapping", "deterministic", "--report", str(report)]
    assert main(["visualize", str(sound), *options]) == 0
    told = json.loads(report.read_text(encoding="utf-8"))["settings"]
    assert (told["rate_hz"], told["mapping"], told["smoothing_sec"]) == (20, "deterministic", 0.3)


def test_settings_that_cannot_be_used_are_told_in_a_sentence(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*options: str, **changed: object) -> str:
        assert main(["visualize", *options, "--settings", str(_settings_file(tmp_path, **changed))]) == 1
        return capsys.readouterr().err

    assert "(“mine.wav”, SHA-256 cdcd" in told() and "Name it: python -m core visualize FILE" in told()
    assert "the example 'piano' of the page" in told(data={"example": "piano"})
    assert "These are settings of Extrapolate, and Audio Viz was asked" in told(sonoscope="extrapolate")
    assert "scene was 'none'" in told(str(sound), look={"scene": "none"})
