"""Jobs of Extrapolate: what they give survives the way between two processes, and is sample by sample what was extended."""

import numpy as np
import pytest

from core import audio
from core.audio.flac import FlacSound
from core.errors import InputError
from core.extrapolate.charts import whole_figure
from core.extrapolate.examples import EXAMPLES
from core.extrapolate.extend import extend
from core.extrapolate.job import (
    ExtendedSound,
    cut_sound,
    extend_example,
    extend_upload,
    play_example,
    play_upload,
)
from core.extrapolate.report import report
from core.extrapolate.request import Request
from core.plain_data import from_bytes, to_bytes
from tests.core.sounds import tone

REQUEST = Request(seconds=10.0, direction="both", seed=3)


@pytest.fixture(scope="module")
def extended() -> ExtendedSound:
    return extend_example("waltz", REQUEST, forecast=False)


def test_an_extended_sound_comes_back_from_a_worker_as_it_was(extended):
    again = from_bytes(to_bytes(extended))
    assert again.sound == extended.sound
    assert report(again.made) == report(extended.made)
    np.testing.assert_array_equal(again.picture.mel_db, extended.picture.mel_db)
    assert again.added_spans == extended.added_spans
    assert (
        whole_figure(again.made, again.picture).to_json()
        == whole_figure(extended.made, extended.picture).to_json()
    )


def test_the_job_gives_what_extending_gives_at_16_bits(extended):
    result = extend(EXAMPLES["waltz"].audio(), REQUEST)
    assert report(result) == report(extended.made)
    whole = audio.decode(audio.encode(result.whole(), "wav"))
    np.testing.assert_array_equal(extended.sound.decode().y, whole.y)
    # Within the stretch that was compared, the whole is the recording itself.
    start, stop = (round(second * result.sr) for second in result.identical_sec)
    offset = round((result.at_sec - result.own_sec[0]) * result.sr)
    own = play_example("waltz").decode().y[..., start + offset : stop + offset]
    np.testing.assert_array_equal(extended.sound.decode().y[..., start:stop], own)


def test_additions_are_stretches_of_the_whole(extended):
    spans = extended.added_spans
    found = cut_sound(extended.sound, spans, smaller=False).decode().y
    whole = extended.sound.decode().y
    np.testing.assert_array_equal(found, np.concatenate([whole[..., a:b] for a, b in spans], axis=-1))
    smaller = cut_sound(extended.sound, spans, smaller=True)
    assert smaller.n_channels == 1 and smaller.sr == 24_000
    assert smaller.duration_sec == pytest.approx(20.0, abs=0.01)


def test_an_upload_is_played_as_it_came_and_refused_with_its_name():
    data = audio.encode(tone(440, 22_050, 6.0), "wav")
    np.testing.assert_array_equal(play_upload(data, "a.wav", smaller=False).decode().y, audio.decode(data).y)
    with pytest.raises(InputError, match=r"notes\.txt"):
        extend_upload(b"only words " * 50, "notes.txt", REQUEST)
    with pytest.raises(InputError, match="at least 5"):
        extend_upload(audio.encode(tone(440, 22_050, 1.0), "wav"), "short.wav", REQUEST)


def test_progress_never_goes_back():
    told = []
    extend_example(
        "mist", Request(seconds=2.0), forecast=False, progress=lambda share, stage: told.append(share)
    )
    assert told == sorted(told) and told[0] == 0.0 and told[-1] <= 1.0


def test_a_picture_is_small_whatever_the_length(extended):
    assert len(to_bytes(extended.picture)) < 80_000
    assert isinstance(extended.sound, FlacSound)
