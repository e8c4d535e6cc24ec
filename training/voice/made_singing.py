"""Synthetic singing with exact onsets and ends: a source-filter voice that hums, whistles and sings syllables.

Glottal pulses and noise go through formants that move from vowel to vowel (Klatt 1980, in the short-time spectrum
instead of as resonators); pitch glides, scoops, drifts and has vibrato. A room, a microphone and noise follow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray, IntArray
from core.audio import Audio
from core.voice.pitch_tracking import SR
from core.voice.transcribe import prepare
from training.voice.made_melodies import CONSONANTS, MadeNote, Manner, draw_manner, draw_melody
from training.voice.made_rooms import record
from training.voice.prepare import Recording

CONTROL_HOP = 32  # samples: a value of every control in 2 ms
CONTROL_SEC = CONTROL_HOP / SR
_N_FFT, _HOP = 512, 128
_HZ = np.fft.rfftfreq(_N_FFT, 1 / SR)
_HIGHEST_HZ = 7_900.0

# Five resonances of eight vowels (a e i o u, schwa, open e, y), Hz, for a vocal tract of a man's length.
VOWELS = np.array(
    [
        (730, 1100, 2450, 3400, 4400),
        (480, 1900, 2500, 3400, 4400),
        (290, 2250, 2950, 3500, 4500),
        (480, 850, 2500, 3300, 4300),
        (310, 750, 2250, 3300, 4200),
        (520, 1400, 2450, 3400, 4400),
        (620, 1700, 2500, 3400, 4400),
        (300, 1750, 2150, 3300, 4300),
    ],
    dtype=float,
)
_BANDWIDTHS = np.array((80.0, 100.0, 140.0, 220.0, 300.0))
_NASAL = np.array((260.0, 1000.0, 2200.0, 3000.0, 4000.0))
_LIQUIDS = np.array(
    [(340, 1200, 2700, 3400, 4300), (310, 900, 1500, 3000, 4200), (300, 2100, 2900, 3500, 4400)]
)
# What remains of the voice within a consonant, dB: least and most.
_VOICED_DB = {
    "glottal": (-28.0, -6.0),
    "voiced plosive": (-30.0, -14.0),
    "voiced fricative": (-16.0, -7.0),
    "nasal": (-10.0, -2.0),
    "liquid": (-8.0, -1.0),
}
_SILENT_DB = -90.0


@dataclass(kw_only=True, eq=False)
class _Controls:
    """What the voice does, every 2 ms."""

    pitch: FloatArray  # (n,)
    voice_db: FloatArray
    breath_db: FloatArray
    hiss_db: FloatArray
    hiss_hz: FloatArray
    formants_hz: FloatArray  # (n, 5)
    damping: FloatArray  # (n,) widens the bandwidths


def sing(seed: int, number: int, duration_sec: float = 20.0) -> Recording:
    """Make one recording of a voice of its own.

    Parameters
    ----------
    seed, number : int
        The same two give the same recording.
    duration_sec : float

    Returns
    -------
    Recording
        Prepared as an uploaded voice is; its key ends in its manner.
    """
    rng = np.random.default_rng([seed, number])
    manner = draw_manner(rng)
    notes = draw_melody(rng, manner, duration_sec, len(VOWELS))
    dry = sing_notes(rng, manner, notes, duration_sec)
    y, _ = prepare(Audio(record(rng, dry), SR))
    ref = np.array([(note.onset_sec, note.end_sec, note.pitch) for note in notes])
    return Recording(key=f"made/{seed}-{number}-{manner}", y=y, ref=ref)


def sing_notes(
    rng: np.random.Generator, manner: Manner, notes: list[MadeNote], duration_sec: float
) -> Float32Array:
    """Sing notes without a room; what is not said of them is drawn.

    Returns
    -------
    ndarray of float32, shape=(n,)
        At 16 kHz, with a peak of 1.
    """
    n = int(duration_sec * SR) // CONTROL_HOP + 1
    controls = _draw_controls(rng, manner, notes, n)
    f0 = _spread(440.0 * 2.0 ** ((controls.pitch - 69.0) / 12.0))
    f0 *= 1.0 + rng.uniform(0.0005, 0.004) * _smooth(rng.normal(size=len(f0)), 40) * np.sqrt(40)
    phase = np.cumsum(f0) / SR
    n_harmonics = np.ones_like(f0) if manner == "whistle" else np.maximum(1, np.floor(_HIGHEST_HZ / f0))
    voice = _pulses(phase, n_harmonics) * _gain(controls.voice_db)
    breath = rng.normal(size=len(f0)) * _gain(controls.breath_db)
    hiss = rng.normal(size=len(f0)) * _gain(controls.hiss_db)
    frames = _frame_places(len(f0))
    at = np.minimum(frames // CONTROL_HOP, n - 1)
    resonance = _whistle_band(f0[frames]) if manner == "whistle" else _resonances(controls, at)
    tilt = 1.0 if manner == "whistle" else _tilt(rng, manner)
    spectrum = _analyze(voice) * (1.0 if manner == "whistle" else resonance * tilt)
    spectrum += _analyze(breath) * resonance * np.sqrt(tilt) + _analyze(hiss) * _hiss_bands(
        controls.hiss_hz[at]
    )
    y = _resynthesize(spectrum, len(f0))
    return (y / max(float(np.abs(y).max()), 1e-9)).astype(np.float32)


# Controls.


def _draw_controls(rng: np.random.Generator, manner: Manner, notes: list[MadeNote], n: int) -> _Controls:
    times = np.arange(n, dtype=np.float64) * CONTROL_SEC
    tract = float(rng.uniform(0.95, 1.25))
    vowels = VOWELS * tract * rng.uniform(0.93, 1.07, VOWELS.shape)
    controls = _Controls(
        pitch=_draw_pitch(rng, manner, notes, times),
        voice_db=np.full(n, _SILENT_DB),
        breath_db=np.full(n, _SILENT_DB),
        hiss_db=np.full(n, _SILENT_DB),
        hiss_hz=np.full(n, 4_000.0),
        formants_hz=np.repeat(vowels[:1], n, axis=0),
        damping=np.ones(n),
    )
    breathiness = float(rng.uniform(-48, -22)) + (8.0 if manner == "whistle" else 0.0)
    for note, after in zip(notes, [*notes[1:], None], strict=True):
        _place_note(rng, controls, note, after, vowels, tract, manner)
    for note in notes:
        _place_consonant(rng, controls, note, tract)
    _inhale(rng, controls, notes)
    rise = int(rng.uniform(0.012, 0.05) / CONTROL_SEC)
    level = _smooth(10.0 ** (controls.voice_db / 20.0), rise)
    shimmer = rng.uniform(0.2, 1.5) * _smooth(rng.normal(size=n), 15) * np.sqrt(15)
    controls.voice_db = 20.0 * np.log10(level + 1e-5) + shimmer
    controls.breath_db = np.maximum(_smooth(controls.breath_db, 10), controls.voice_db + breathiness)
    controls.formants_hz = _smooth(controls.formants_hz, int(rng.uniform(0.03, 0.09) / CONTROL_SEC))
    # A high voice tunes its first resonance to the pitch.
    lowest = 440.0 * 2.0 ** ((controls.pitch - 69.0) / 12.0)
    if manner != "whistle":
        controls.formants_hz[:, 0] = np.maximum(controls.formants_hz[:, 0], 0.95 * lowest)
    return controls


def _draw_pitch(
    rng: np.random.Generator, manner: Manner, notes: list[MadeNote], times: FloatArray
) -> FloatArray:
    """Steps with glides, scoops from below, falls at the end, vibrato, drift."""
    pitch = np.full(len(times), notes[0].pitch)
    glide, scoop = rng.uniform(0.03, 0.14), rng.exponential(0.6)
    rate, depth, delay = rng.uniform(4.5, 6.8), rng.choice([0.0, 0.1, 0.3, 0.6]), rng.uniform(0.1, 0.3)
    for before, note in zip([None, *notes[:-1]], notes, strict=True):
        is_free = before is None or not note.is_joined or not CONSONANTS[note.consonant][2]
        step = note.pitch - (before.pitch if before else note.pitch)
        seconds = float(np.clip(glide * np.exp(rng.normal(0, 0.35)), 0.02, 0.2))
        seconds = min(seconds, 0.6 * (note.end_sec - note.onset_sec))
        middle = note.onset_sec + (-0.04 if is_free else rng.normal(0, 0.008))
        x = np.clip((times - middle) / seconds + 0.5, 0, 1)
        pitch += step * x * x * (3 - 2 * x)
        inside = (times >= note.onset_sec - 0.05) & (times < note.end_sec + 0.02)
        since = times[inside] - note.onset_sec
        if is_free and rng.random() < 0.6:
            tau = rng.uniform(0.02, 0.07)
            pitch[inside] -= rng.normal(scoop, 0.4) * np.exp(-np.maximum(since, 0) / tau)
        if rng.random() < 0.2:  # overshoots the pitch and comes back
            pitch[inside] += 0.12 * step * np.exp(-np.abs(since - seconds) / 0.04)
        if rng.random() < 0.25:
            left = note.end_sec - times[inside]
            pitch[inside] -= rng.normal(0.8, 0.8) * np.exp(-np.maximum(left, 0) / rng.uniform(0.02, 0.06))
        swing = depth * np.exp(rng.normal(0, 0.3)) * np.clip((since - delay) / 0.2, 0, 1)
        pitch[inside] += swing * np.sin(2 * np.pi * (rate * since + rng.random()))
    width = int(0.25 / CONTROL_SEC)
    pitch += rng.uniform(0.03, 0.2) * _smooth(rng.normal(size=len(times)), width) * np.sqrt(width)
    clipped: FloatArray = np.clip(pitch, 36.0, 96.0 if manner == "whistle" else 84.0)
    return clipped


def _place_note(
    rng: np.random.Generator,
    controls: _Controls,
    note: MadeNote,
    after: MadeNote | None,
    vowels: FloatArray,
    tract: float,
    manner: Manner,
) -> None:
    begin, end = _index(note.onset_sec), _index(note.end_sec)
    if after is not None and after.is_joined and CONSONANTS[after.consonant][2]:
        end = max(end, _index(after.onset_sec))
    length = max(1, end - begin)
    place = np.arange(length) / length
    shape = rng.normal(0, 3) * (place - 0.5) - rng.uniform(0, 8) * np.clip((place - 0.6) / 0.4, 0, 1) ** 2
    controls.voice_db[begin:end] = (rng.normal(-3, 2.5) + shape)[: len(controls.voice_db[begin:end])]
    if manner == "hum":
        controls.formants_hz[begin:end] = _NASAL * tract
        controls.damping[begin:end] = 1.6
    else:
        # The vowel of the note is heard from its consonant on.
        controls.formants_hz[begin:] = vowels[note.vowel]


def _place_consonant(rng: np.random.Generator, controls: _Controls, note: MadeNote, tract: float) -> None:
    kind, seconds = note.consonant, note.consonant_sec
    if kind == "none" or seconds <= 0:
        return
    begin, end = _index(note.vowel_sec - seconds), _index(note.vowel_sec)
    inside = slice(max(0, begin), end)
    if CONSONANTS[kind][2]:
        controls.voice_db[inside] = rng.normal(-3, 2) + rng.uniform(*_VOICED_DB[kind])
    else:
        controls.voice_db[inside] = _SILENT_DB
    if kind == "nasal":
        controls.formants_hz[inside], controls.damping[inside] = _NASAL * tract, 1.8
    elif kind == "liquid":
        controls.formants_hz[inside] = _LIQUIDS[int(rng.integers(len(_LIQUIDS)))] * tract
    elif "fricative" in kind:
        loud = rng.uniform(-34, -12) - (8 if kind == "voiced fricative" else 0)
        controls.hiss_db[inside], controls.hiss_hz[inside] = loud, rng.uniform(1_800, 7_000)
    elif "plosive" in kind:
        burst = slice(max(0, end - int(rng.uniform(0.005, 0.02) / CONTROL_SEC) - 1), end)
        controls.hiss_db[burst], controls.hiss_hz[burst] = rng.uniform(-30, -10), rng.uniform(1_000, 5_000)
        if kind == "plosive":
            breath = slice(max(0, end - int(rng.uniform(0.0, 0.06) / CONTROL_SEC)), end)
            controls.breath_db[breath] = rng.uniform(-32, -16)


def _inhale(rng: np.random.Generator, controls: _Controls, notes: list[MadeNote]) -> None:
    """Breath is taken before some phrases."""
    loud = rng.uniform(-50, -22)
    for before, note in zip([None, *notes[:-1]], notes, strict=True):
        gap = note.onset_sec - note.consonant_sec - (before.end_sec if before else 0.0)
        if gap > 0.2 and rng.random() < 0.6:
            end = note.onset_sec - note.consonant_sec - 0.03
            inside = slice(_index(max(end - gap + 0.06, end - rng.uniform(0.12, 0.4))), _index(end))
            controls.breath_db[inside] = loud


def _index(seconds: float) -> int:
    return max(0, round(seconds / CONTROL_SEC))


def _smooth(values: FloatArray, width: int) -> FloatArray:
    """Moving average with a Hann window of about this many values, along the first axis."""
    from scipy.ndimage import convolve1d

    window = np.hanning(2 * max(1, width) + 1)[1:-1] if width > 1 else np.ones(1)
    smooth: FloatArray = convolve1d(values, window / window.sum(), axis=0, mode="nearest")
    return smooth


# Sound.


def _spread(values: FloatArray) -> FloatArray:
    """Controls to samples, in straight lines."""
    return np.interp(np.arange((len(values) - 1) * CONTROL_HOP) / CONTROL_HOP, np.arange(len(values)), values)


def _gain(level_db: FloatArray) -> FloatArray:
    gain: FloatArray = 10.0 ** (_spread(level_db) / 20.0)
    return np.where(gain > 1e-4, gain, 0.0)


def _pulses(phase: FloatArray, n_harmonics: FloatArray) -> FloatArray:
    """All harmonics below the highest frequency at equal strength: Dirichlet's kernel."""
    turn = np.pi * (phase % 1.0)
    down = np.sin(turn)
    near = np.abs(down) < 1e-6
    kernel = np.where(
        near, 2 * n_harmonics + 1, np.sin((2 * n_harmonics + 1) * turn) / np.where(near, 1.0, down)
    )
    return (kernel - 1.0) / 2.0


def _frame_places(n: int) -> IntArray:
    return np.minimum(np.arange(n // _HOP + 1) * _HOP, n - 1)


def _analyze(y: FloatArray) -> NDArray[np.complex128]:
    from numpy.lib.stride_tricks import sliding_window_view

    padded = np.pad(y, (_N_FFT // 2, _N_FFT // 2 + _HOP))
    frames = sliding_window_view(padded, _N_FFT)[::_HOP][: len(y) // _HOP + 1]
    spectrum: NDArray[np.complex128] = np.fft.rfft(frames * np.hanning(_N_FFT + 1)[:-1], axis=1)
    return spectrum


def _resynthesize(spectrum: NDArray[np.complex128], n: int) -> FloatArray:
    """Overlap and add; Hann windows a quarter apart sum up to 2."""
    frames = np.fft.irfft(spectrum, axis=1) / 2.0
    y = np.zeros((len(frames) - 1) * _HOP + _N_FFT)
    for part in range(_N_FFT // _HOP):
        block = frames[:, part * _HOP : (part + 1) * _HOP].ravel()
        y[part * _HOP : part * _HOP + len(block)] += block
    return y[_N_FFT // 2 : _N_FFT // 2 + n]


def _resonances(controls: _Controls, at: IntArray) -> FloatArray:
    """Strength of each frequency through the formants, shape=(frames, frequencies)."""
    total = np.ones((len(at), len(_HZ)))
    widths = _BANDWIDTHS * controls.damping[at][:, None]
    for k in range(VOWELS.shape[1]):
        center = controls.formants_hz[at, k][:, None]
        total *= center**2 / np.sqrt((center**2 - _HZ**2) ** 2 + (widths[:, k : k + 1] * _HZ) ** 2 + 1.0)
    return total


def _tilt(rng: np.random.Generator, manner: Manner) -> FloatArray:
    """Fall of the glottal spectrum, and what a mouth radiates."""
    octaves = np.log2(np.maximum(_HZ, 100.0) / 100.0)
    fall = rng.uniform(3.0, 9.0) + (3.0 if manner == "hum" else 0.0)
    tilt: FloatArray = 10.0 ** (-fall * octaves / 20.0)
    return tilt


def _whistle_band(f0_hz: FloatArray) -> FloatArray:
    return 1.0 / (1.0 + ((_HZ - f0_hz[:, None]) / 300.0) ** 2)


def _hiss_bands(center_hz: FloatArray) -> FloatArray:
    octaves = np.log2(np.maximum(_HZ, 50.0) / center_hz[:, None])
    bands: FloatArray = np.exp(-0.5 * (octaves / 0.45) ** 2)
    return bands
