"""What pictures, films and pages show of an extended recording: its parts, in order and without gaps."""

import numpy as np
import pytest

from core.audio import Audio
from core.extrapolate.descriptions import clock
from core.extrapolate.job import extend_audio
from core.extrapolate.presentation import present
from core.extrapolate.request import Request
from core.presentation.drawing import draw
from core.presentation.presentation import WaveformPicture
from core.presentation.themes import LIGHT


def test_parts_cover_the_sound_and_joins_lie_inside() -> None:
    sr = 22_050
    clicks = np.zeros(8 * sr, np.float32)
    for beat in range(16):
        start = beat * sr // 2
        clicks[start : start + 2_000] = np.sin(np.arange(2_000) * (0.05 + 0.02 * (beat % 4))) * 0.5
    extended = extend_audio(Audio(clicks, sr), Request(seconds=3.0), False)
    shown = present(extended, title="Clicks", source="clicks.wav")
    picture = shown.pictures[0]
    assert isinstance(picture, WaveformPicture)
    own, added = picture.stretches
    assert (own.name, added.name) == ("Recording", "Added")
    assert own.begin_sec == 0 and own.end_sec == pytest.approx(added.begin_sec, abs=0.1)
    assert added.end_sec == pytest.approx(shown.sound.duration_sec, abs=0.01)
    assert picture.joins_sec and all(0 < time < added.end_sec for time in picture.joins_sec)
    assert [point.value_text for point in shown.points] == ["Recording", "Added"]
    assert {len(cells) for _, cells in shown.columns} == {2}
    marks = draw(shown, picture, 900, 500, LIGHT).marks
    assert set(marks[marks[:, 0] > added.begin_sec][:, 6]) == {1.0}
    assert shown.subtitle == f"{clock(shown.sound.duration_sec)} long, {clock(3.0)} of it added"
    assert shown.mapping[0].endswith("A dashed line marks it.")
    assert any(sentence.startswith("The part added after the end ") for sentence in shown.mapping)
    assert not any("→" in sentence for sentence in shown.mapping)
