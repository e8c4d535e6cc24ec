"""Sound files that other programs wrote, cut or tagged are decoded whole."""

from __future__ import annotations

import pytest

from core.audio import decode
from core.audio.mpeg_streams import mend_mpeg
from tests.core.audio.awkward_sounds import JOINED, SEC, SOUNDS, mp3

# Frames that are lost or filled, and the delay of coders.
_TOLERANCE_SEC = 0.12


@pytest.mark.parametrize("name", SOUNDS)
def test_the_sound_is_as_long_as_it_was(name: str) -> None:
    audio = decode(SOUNDS[name](), name="a")
    assert audio.y.shape[-1] / audio.sr == pytest.approx(SEC, abs=_TOLERANCE_SEC)
    assert 0.15 < float(abs(audio.y).max()) < 0.6


@pytest.mark.parametrize("name", JOINED)
def test_two_files_in_one_are_heard_one_after_the_other(name: str) -> None:
    audio = decode(JOINED[name](), name="a")
    assert audio.y.shape[-1] / audio.sr == pytest.approx(2 * SEC, abs=2 * _TOLERANCE_SEC)


def test_a_sound_mp3_file_is_left_as_it_is() -> None:
    assert mend_mpeg(mp3()) is mp3()
