"""Sound files that other programs wrote, cut or tagged are decoded whole."""

from __future__ import annotations

import pytest

from core.audio import decode
from tests.core.audio.awkward_sounds import SEC, SOUNDS

# Frames that are lost or filled, and the delay of coders.
_TOLERANCE_SEC = 0.12


@pytest.mark.parametrize("name", SOUNDS)
def test_the_sound_is_as_long_as_it_was(name: str) -> None:
    audio = decode(SOUNDS[name](), name="a")
    assert audio.y.shape[-1] / audio.sr == pytest.approx(SEC, abs=_TOLERANCE_SEC)
    assert 0.15 < float(abs(audio.y).max()) < 0.6
