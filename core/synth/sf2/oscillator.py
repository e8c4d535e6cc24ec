"""Envelopes, oscillator and filter of the built-in synthesizer: the waveform of one SoundFont zone on one key.

The equations are those of FluidSynth 2.3 (``fluid_voice.c``, ``fluid_rvoice.c``, ``fluid_adsr_env.h``,
``fluid_iir_filter.c``): controls are calculated once every 64 samples, envelopes rise linearly in amplitude
and fall linearly in decibels (96 dB in the decay or release time), a cubic through four samples interpolates
and a two-pole low-pass filter follows. Different: filter cutoffs move in steps of 25 cents.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.synth.note_events import Reals
from core.synth.sf2.samples import Samples
from core.synth.sf2.soundfont import Gen, Zone

Blocks = NDArray[np.int64]
Cents = Callable[[Blocks], Reals]

BLOCK = 64  # samples between two calculations of the controls
_PEAK_CB = 960.0  # where envelopes end: 96 dB below full
_INAUDIBLE = 0.08  # envelope value 88 dB below full, where a voice ends
_CUTOFF_STEP = 25.0  # cents
_PIECE = (
    1 << 15
)  # samples interpolated at once: what a core keeps close by, three times as fast as a whole note
_SPARSE = 4.0  # samples a step; beyond it those between two positions are left out

# Measured processor seconds: a call, a block, and each stretch of blocks between two moves of the filter.
_READ_SEC, _BLOCK_SEC, _FILTER_SEC = 200e-6, 1e-6, 6e-6
_EXCLUSIVE_RELEASE = -200  # timecents, FluidSynth's, "found through listening tests with hi-hat samples"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Delay, attack, hold, decay, sustain and release, counted in blocks.

    Attributes
    ----------
    delay, attack, hold, decay, release : int
        `decay` and `release` are the times from 1 to 0, wherever they begin and end.
    quick_release : int
        The release when another note of the same exclusive class cuts this one off.
    sustain : float in [0, 1]
    in_decibels : bool
        The value counts decibels (0 to 1 is 96 dB), except in the attack, where it is an amplitude.
    """

    delay: int
    attack: int
    hold: int
    decay: int
    release: int
    quick_release: int
    sustain: float
    in_decibels: bool

    def values(self, blocks: Blocks, off: int, cut: int | None = None) -> Reals:
        """Values in [0, 1] at the end of each block.

        Parameters
        ----------
        blocks : np.ndarray [shape=(n,)]
            Ascending block numbers; 0 is the first of the note.
        off, cut : int
            First block after the key is let go, and after another note cuts this one off.
        """
        if cut is not None and cut < off:
            return self._release_values(blocks, cut, self._level(cut), self.quick_release)
        values = self._release_values(blocks, off, self._level(off), self.release)
        if cut is not None and blocks[-1] >= cut:
            before = float(self.values(np.array([cut - 1]), off)[0]) if cut > off else self._level(cut)
            quick = before - (blocks - cut + 1) / self.quick_release
            values = np.where(blocks >= cut, np.maximum(quick, 0.0), values)
        return values

    def attacks(self, blocks: Blocks, off: int) -> NDArray[np.bool_]:
        """Whether the delay or the attack is going on."""
        return (blocks - self.delay + 1 < self.attack) & (blocks < off)

    def end(self, off: int, cut: int | None) -> int:
        """First block in which nothing is heard any more."""
        end = off + math.ceil(self._level(off) * self.release)
        if self.sustain < _INAUDIBLE:
            end = min(end, self.delay + self.attack + self.hold + math.ceil(self.decay * (1.0 - _INAUDIBLE)))
        return end if cut is None else min(end, cut + self.quick_release)

    def _hold_values(self, blocks: Blocks) -> Reals:
        since = blocks - self.delay + 1
        rising = np.clip(since / self.attack, 0.0, 1.0)
        falling = 1.0 - (since - self.attack - self.hold) / max(self.decay, 0.5)
        return np.minimum(rising, np.clip(falling, self.sustain, 1.0))

    def _release_values(self, blocks: Blocks, off: int, level: float, release: int) -> Reals:
        held = self._hold_values(blocks)
        if blocks[-1] < off:
            return held
        falling: Reals = np.maximum(level - (blocks - off + 1) / release, 0.0)
        return np.where(blocks >= off, falling, held)

    def _level(self, off: int) -> float:
        """The value from which the release falls."""
        if off <= self.delay:
            return 0.0
        last = np.array([off - 1])
        level = float(self._hold_values(last)[0])
        if self.attacks(last, off)[0]:
            # The same loudness on the decibel scale, or the same convex value.
            level = max(1.0 + math.log10(level) * (200.0 if self.in_decibels else 400.0) / _PEAK_CB, 0.0)
        return level


@dataclass(frozen=True, kw_only=True, eq=False)
class Patch:
    """A zone on one key: its generators in the units in which voices calculate.

    Attributes
    ----------
    cents : float
        Distance from playing the sample as it was recorded, sampling rates included.
    loops, loops_until_release : bool
    lfo_delays, lfo_steps : tuple of number
        Modulation and vibrato LFO: blocks, and phase a block (a period is 4).
    """

    zone: Zone
    cents: float
    loops: bool
    loops_until_release: bool
    volume: Envelope
    modulation: Envelope
    lfo_delays: tuple[int, int]
    lfo_steps: tuple[float, float]

    def release_matters(self, off: int) -> bool:
        """Whether the waveform, not only its loudness, depends on the key being let go in block `off`."""
        gens, swing = self.zone.gens, self.modulation
        if not (gens[Gen.MOD_ENV_TO_PITCH] or gens[Gen.MOD_ENV_TO_FILTER_FC]):
            return self.loops_until_release
        is_over = swing.sustain == 0.0 and off > swing.delay + swing.attack + swing.hold + swing.decay
        return self.loops_until_release or not is_over

    def lfo(self, which: int, blocks: Blocks) -> Reals:
        """Triangle between -1 and 1 that begins at 0 after its delay; 0 is modulation, 1 vibrato."""
        phase = np.maximum(blocks - self.lfo_delays[which] + 1, 0) * self.lfo_steps[which]
        return np.abs((phase - 1.0) % 4.0 - 2.0) - 1.0

    def swing(self, blocks: Blocks, off: int) -> Reals:
        """Values of the modulation envelope; its attack is convex."""
        values = self.modulation.values(blocks, off)
        attacks = self.modulation.attacks(blocks, off)
        if attacks.any():
            convex = 1.0 + 400.0 / _PEAK_CB * np.log10(np.maximum(values, 1e-9))
            values = np.where(attacks, np.maximum(convex, 0.0), values)
        return values

    def amplitudes(self, blocks: Blocks, off: int, cut: int | None) -> Reals:
        """Volume envelope and tremolo as a factor at the end of each block."""
        values = self.volume.values(blocks, off, cut)
        depth = self.zone.gens[Gen.MOD_LFO_TO_VOLUME]
        boost_cb = depth * self.lfo(0, blocks) if depth else np.zeros(len(blocks))
        level_cb = np.minimum(boost_cb - _PEAK_CB * (1.0 - values), 0.0)
        falling = np.where(values > 0.0, 10.0 ** (level_cb / 200.0), 0.0)
        attacks = self.volume.attacks(blocks, off)
        if not attacks.any():
            return falling
        return np.where(attacks, values * 10.0 ** (np.minimum(boost_cb, 0.0) / 200.0), falling)


@lru_cache(maxsize=4096)
def patch(zone: Zone, key: int, sr: int) -> Patch:
    """Work out how `zone` sounds on `key` at the sampling rate `sr` (Hz)."""
    gens = zone.gens
    key = gens[Gen.KEYNUM] if 0 <= gens[Gen.KEYNUM] <= 127 else key
    block_rate = sr / BLOCK
    tuned = gens[Gen.SCALE_TUNING] * (key - zone.root_cents / 100.0)
    tuned += 100.0 * gens[Gen.COARSE_TUNE] + gens[Gen.FINE_TUNE]
    resampled = 1200.0 * math.log2(zone.sr / sr)
    # Eight octaves either way: beyond it a hostile font could ask for any amount of memory.
    cents = min(max(tuned + resampled, -9_600.0), 9_600.0)
    has_loop = zone.loop_end > zone.loop_start and gens[Gen.SAMPLE_MODES] in (1, 3)
    lfos = ((Gen.MOD_LFO_DELAY, Gen.MOD_LFO_FREQ), (Gen.VIB_LFO_DELAY, Gen.VIB_LFO_FREQ))
    steps = [4.0 * 8.176 * 2.0 ** (min(max(gens[freq], -16_000), 4_500) / 1200.0) for _, freq in lfos]
    return Patch(
        zone=zone,
        cents=cents,
        loops=has_loop,
        loops_until_release=has_loop and gens[Gen.SAMPLE_MODES] == 3,
        volume=_envelope(gens, key, block_rate, Gen.VOL_ENV_DELAY, in_decibels=True),
        modulation=_envelope(gens, key, block_rate, Gen.MOD_ENV_DELAY, in_decibels=False),
        lfo_delays=(
            _n_blocks(gens[Gen.MOD_LFO_DELAY], block_rate),
            _n_blocks(gens[Gen.VIB_LFO_DELAY], block_rate),
        ),
        lfo_steps=(steps[0] / block_rate, steps[1] / block_rate),
    )


def _n_blocks(
    timecents: float,
    block_rate: float,
    *,
    lowest: float = -12_000,
    highest: float = 8_000,
    rounding: float = 0.0,
) -> int:
    return int(block_rate * 2.0 ** (min(max(timecents, lowest), highest) / 1200.0) + rounding)


def _envelope(
    gens: tuple[int, ...], key: int, block_rate: float, first: Gen, *, in_decibels: bool
) -> Envelope:
    """Both envelopes have the same eight generators in the same order, from their delay on."""
    delay, attack, hold, decay, sustain, release, key_to_hold, key_to_decay = gens[first : first + 8]
    hold += key_to_hold * (60 - key)
    decay += key_to_decay * (60 - key)
    return Envelope(
        delay=_n_blocks(delay, block_rate, highest=5_000),
        attack=1 + _n_blocks(attack, block_rate),
        hold=_n_blocks(hold, block_rate, highest=5_000, rounding=0.5),
        decay=_n_blocks(decay, block_rate, rounding=0.5),
        release=1 + _n_blocks(release, block_rate, lowest=-7_200 if in_decibels else -12_000),
        quick_release=1 + _n_blocks(_EXCLUSIVE_RELEASE, block_rate),
        # FluidSynth reads the centibels of the volume envelope per mille of its 96 dB.
        sustain=min(max(1.0 - sustain / 1000.0, 0.0), 1.0),
        in_decibels=in_decibels,
    )


class Oscillator:
    """The waveform of a patch before its volume envelope, read piece by piece.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=int16]
        Of the patch's zone.
    off : int
        First block after the release.
    bend : float or callable
        Cents added to the pitch, the same for the whole note or by block.
    wheel_cents : float
        Depth of the vibrato that the modulation wheel adds.
    """

    def __init__(
        self,
        patch: Patch,
        samples: Samples,
        sr: int,
        off: int,
        bend: float | Cents,
        wheel_cents: float,
    ) -> None:
        zone = patch.zone
        self._patch = patch
        self._samples = samples
        self._loop = (zone.loop_start - zone.start, zone.loop_end - zone.start)
        self._sr = sr
        self._off = off
        self._bend = bend
        gens = zone.gens
        self._vibrato_cents = gens[Gen.VIB_LFO_TO_PITCH] + wheel_cents
        self._fixed_pitch = not callable(bend) and not (
            self._vibrato_cents or gens[Gen.MOD_LFO_TO_PITCH] or gens[Gen.MOD_ENV_TO_PITCH]
        )
        # FluidSynth's filter is 3 dB above the specification's, made up for by half of the resonance.
        q_db = min(max(gens[Gen.FILTER_Q] / 10.0, 0.0), 96.0) - 3.01
        self._q = 10.0 ** (q_db / 20.0)
        self._block = 0
        self._phase = 0.0
        self._released_at: int | None = None
        self._filter_state = np.zeros(2)
        self.cost_sec = 0.0
        """Processor seconds that reading has taken so far, by count and not by the clock."""

    def read(self, n_blocks: int) -> Float32Array:
        """The next `n_blocks` blocks, about in [-1, 1]."""
        blocks = np.arange(self._block, self._block + n_blocks)
        positions = self._advance(blocks)
        if self._patch.loops_until_release and blocks[0] <= self._off <= blocks[-1]:
            self._released_at = int(positions[(self._off - blocks[0]) * BLOCK])
        pieces = np.array_split(positions, math.ceil(len(positions) / _PIECE))
        y = self._filter(np.concatenate([self._interpolate(piece) for piece in pieces]), blocks)
        self._block += n_blocks
        self.cost_sec += _READ_SEC + n_blocks * _BLOCK_SEC
        return y

    def _advance(self, blocks: Blocks) -> Reals:
        """Positions in the sample, counted on through the loop."""
        n = len(blocks) * BLOCK
        if self._fixed_pitch:
            assert not callable(self._bend)
            step = 2.0 ** ((self._patch.cents + self._bend) / 1200.0)
            positions = self._phase + step * np.arange(n)
            self._phase += step * n
            return np.asarray(positions)
        gens = self._patch.zone.gens
        cents = np.full(len(blocks), self._patch.cents)
        cents += self._bend(blocks) if callable(self._bend) else self._bend
        if gens[Gen.MOD_LFO_TO_PITCH]:
            cents += gens[Gen.MOD_LFO_TO_PITCH] * self._patch.lfo(0, blocks)
        if self._vibrato_cents:
            cents += self._vibrato_cents * self._patch.lfo(1, blocks)
        if gens[Gen.MOD_ENV_TO_PITCH]:
            cents += gens[Gen.MOD_ENV_TO_PITCH] * self._patch.swing(blocks, self._off)
        steps: Reals = np.repeat(2.0 ** (np.clip(cents, -9_600.0, 9_600.0) / 1200.0), BLOCK)
        ends: Reals = self._phase + np.cumsum(steps)
        self._phase = float(ends[-1])
        begins: Reals = ends - steps
        return begins

    def _interpolate(self, positions: Reals) -> Float32Array:
        """Cubic through the four samples around each position (Catmull-Rom)."""
        index = positions.astype(np.int64)
        fraction = (positions - index).astype(np.float32)
        first, last = int(index[0]) - 1, int(index[-1]) + 3
        is_sparse = last - first > _SPARSE * len(index)
        if is_sparse:
            # A font may play a sample hundreds of times too fast.
            before, here, after, later = (self._samples_at(index + step) for step in (-1, 0, 1, 2))
        else:
            s = self._samples_at(np.arange(first, last))
            before, here, after, later = s[:-3], s[1:-2], s[2:-1], s[3:]
        curve = np.empty((len(here), 4), dtype=np.float32)
        curve[:, 0] = here
        curve[:, 1] = 0.5 * (after - before)
        curve[:, 2] = before - 2.5 * here + 2.0 * after - 0.5 * later
        curve[:, 3] = 0.5 * (later - before) + 1.5 * (here - after)
        c = curve if is_sparse else curve.take(index - (first + 1), axis=0)
        y: Float32Array = ((c[:, 3] * fraction + c[:, 2]) * fraction + c[:, 1]) * fraction + c[:, 0]
        return y

    def _samples_at(self, index: NDArray[np.int64]) -> Float32Array:
        """Samples at the ascending places `index`, which is written to, of the endless row that looping makes."""
        n = len(self._samples)
        if self._patch.loops:
            loop_start, loop_end = self._loop
            length = loop_end - loop_start
            over = int(np.searchsorted(index, loop_end))
            wrapped = loop_start + (index[over:] - loop_start) % length
            if self._released_at is not None:
                exit_at = self._released_at
                if exit_at >= loop_end:
                    exit_to = loop_start + (exit_at - loop_start) % length
                    wrapped = np.where(index[over:] < exit_at, wrapped, exit_to + index[over:] - exit_at)
                else:
                    wrapped = index[over:]
            index[over:] = wrapped
        silent = index >= n
        s = self._samples.take(np.clip(index, 0, n - 1)).astype(np.float32)
        s *= 1.0 / 32_768.0
        s[silent] = 0.0
        return s

    def _filter(self, y: Float32Array, blocks: Blocks) -> Float32Array:
        """Low-pass filter of the patch (R. Bristow-Johnson's, as in FluidSynth)."""
        gens = self._patch.zone.gens
        cents = np.full(len(blocks), float(min(max(gens[Gen.FILTER_FC], 1_500), 13_500)))
        if gens[Gen.MOD_LFO_TO_FILTER_FC]:
            cents += gens[Gen.MOD_LFO_TO_FILTER_FC] * self._patch.lfo(0, blocks)
        if gens[Gen.MOD_ENV_TO_FILTER_FC]:
            cents += gens[Gen.MOD_ENV_TO_FILTER_FC] * self._patch.swing(blocks, self._off)
        cents = np.round(np.clip(cents, 0.0, 15_000.0) / _CUTOFF_STEP) * _CUTOFF_STEP
        highest = 0.45 * self._sr
        cutoffs = np.clip(8.176 * 2.0 ** (cents / 1200.0), 5.0, highest)
        gain = 1.0 / math.sqrt(self._q)
        from scipy.signal import lfilter  # A second to import, which a page that never plays need not pay.

        starts = np.concatenate(([0], np.flatnonzero(np.diff(cutoffs)) + 1, [len(blocks)]))
        self.cost_sec += (len(starts) - 1) * _FILTER_SEC
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            omega = 2.0 * math.pi * float(cutoffs[start]) / self._sr
            cosine, alpha = math.cos(omega), math.sin(omega) / (2.0 * self._q)
            half = (1.0 - cosine) * gain / 2.0
            part = slice(start * BLOCK, end * BLOCK)
            y[part], self._filter_state = lfilter(
                [half, 2.0 * half, half],
                [1.0 + alpha, -2.0 * cosine, 1.0 - alpha],
                y[part],
                zi=self._filter_state,
            )
        return y
