"""`core.audio.crossfade`: power stays, and a wave is found where it lies."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.audio.crossfade import correlate_lags, crossfade_gains


@given(st.integers(8, 3000), st.floats(0, 1))
def test_fades_keep_the_power_of_sounds_as_alike_as_told(n, likeness):
    goes, comes = crossfade_gains(n, likeness)
    power = goes**2 + comes**2 + 2 * likeness * goes * comes
    assert np.allclose(power, 1.0, atol=1e-3)
    assert (np.diff(goes) <= 1e-6).all() and (np.diff(comes) >= -1e-6).all()


@given(st.integers(0, 400), st.floats(0.01, 10))
def test_a_stretch_is_found_where_it_was_cut_out_however_loud_it_is(at, gain):
    around = np.random.default_rng(3).standard_normal(600).astype(np.float32)
    likeness = correlate_lags(around, np.float32(gain) * around[at : at + 200])
    assert len(likeness) == 401
    assert int(likeness.argmax()) == at
    assert abs(likeness[at] - 1.0) < 1e-3


def test_silence_is_like_nothing():
    silent = np.zeros(50, np.float32)
    assert not correlate_lags(silent, silent[:20]).any()
