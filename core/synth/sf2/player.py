"""The built-in synthesizer: parts and a SoundFont to a waveform, in numpy.

Why it exists: a server without FluidSynth must play too, and no wheel that installs everywhere does the
job. symusic's synthesizer ignores velocity, pan, volume, expression and pitch bend (measured), so quiet
data would not be quiet; tinysoundfont needs PortAudio to build. It follows FluidSynth 2.3 so that both
engines sound alike:

- velocity, volume (CC 7) and expression (CC 11) attenuate by 40 log10(128 / value) dB each;
- the SoundFont's own attenuation counts 0.4 times, as on the sound cards the fonts were made for;
- pan keeps the power constant;
- a note of an exclusive class silences the others of its class.

Different: onsets fall on the exact sample, only a piece's whole work is limited and not its voices, and of the
SoundFont's modulators those of velocity, key and modulation wheel are followed (`core.synth.sf2.modulators`).

What makes it fast: a zone played at one pitch is the same waveform whatever the velocity, so waveforms are
kept in a bounded cache and a note costs little more than two multiplications a sample.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from core.arrays import Float32Array
from core.errors import RenderError
from core.synth.note_events import EXPRESSION, PAN, VOLUME, WHEEL, Part, Reals
from core.synth.sf2.oscillator import BLOCK, Blocks, Cents, Oscillator, Patch, patch
from core.synth.sf2.samples import CACHE, DECODE_SEC_A_FRAME
from core.synth.sf2.soundfont import Gen, SoundFont, Zone, modulated

GAIN = 1.0
"""Amplitude of a full-scale sample without attenuation, and FluidSynth's ``-g``.

Melodies at velocity 100 peak around -12 dBFS and four voices at 127 mostly below 0.
"""

MAX_WORK_SEC = 20.0
"""Processor seconds that a piece may take, by count and not by the clock: the same piece is played everywhere."""

# Small pieces may take less: only an odd SoundFont has 500 notes of a melody take 5 seconds.
_WORK_SEC, _WORK_SEC_A_NOTE, _WORK_SEC_A_NOTE_SECOND = 3.0, 0.003, 0.003
# Measured processor seconds: resolving a zone of a font, starting a voice, mixing a block, and one in which a controller moves.
_ZONE_SEC, _VOICE_SEC, _MIX_SEC, _MOVING_MIX_SEC = 25e-6, 60e-6, 0.1e-6, 0.5e-6
_EMU_FACTOR = 0.4  # of the attenuation that a SoundFont writes, the sound cards applied this much
_CONCAVE_END_CB = 960.0  # the most that one controller attenuates
_MIN_NOTE_SEC = 0.01  # shorter notes would be clicks; FluidSynth's synth.min-note-length
_MAX_CHUNK = 4096  # blocks calculated at once: 6 s, a few MB, whatever the length of the note
# Waveforms kept from piece to piece, in each worker: three times as many save nothing that could be measured.
_CACHE_BYTES = 16 * 1024 * 1024


class _WaveCache:
    """Least-recently-used cache of note waveforms."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._waves: OrderedDict[object, Float32Array] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object, n: int, make: Callable[[], Float32Array]) -> Float32Array:
        """At least `n` samples of the waveform called `key`; `make` is called outside the lock."""
        with self._lock:
            wave = self._waves.get(key)
            if wave is not None and len(wave) >= n:
                self._waves.move_to_end(key)
                return wave
        wave = make()
        wave.flags.writeable = False
        with self._lock:
            old = self._waves.pop(key, None)
            self._n_bytes += wave.nbytes - (0 if old is None else old.nbytes)
            self._waves[key] = wave
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= self._waves.popitem(last=False)[1].nbytes
        return wave

    def clear(self) -> None:
        """Empty the cache."""
        with self._lock:
            self._waves.clear()
            self._n_bytes = 0


_WAVES = _WaveCache(_CACHE_BYTES)
_RAMP = (np.arange(BLOCK) / BLOCK).astype(np.float32)


class _Scratch(threading.local):
    """Two buffers a thread: fresh arrays of this size cost more in page faults than in arithmetic."""

    def __init__(self) -> None:
        self.shaped = np.empty(_MAX_CHUNK * BLOCK, dtype=np.float32)
        self.side = np.empty(_MAX_CHUNK * BLOCK, dtype=np.float32)


_SCRATCH = _Scratch()


class _Budget:
    """CPU time budget of a piece, by number and length of its notes."""

    def __init__(self, parts: list[Part]) -> None:
        allowed_sec = _WORK_SEC
        for part in parts:
            allowed_sec += _WORK_SEC_A_NOTE * len(part.pitches)
            allowed_sec += _WORK_SEC_A_NOTE_SECOND * float(np.sum(part.ends_sec - part.onsets_sec))
        self._left_sec = min(allowed_sec, MAX_WORK_SEC)

    def spend(self, cost_sec: float) -> None:
        """Spend `cost_sec` of the budget, or refuse the piece."""
        self._left_sec -= cost_sec
        if self._left_sec < 0.0:
            raise RenderError(
                "With this SoundFont the piece takes too long to play. "
                "Choose a thinner SoundFont, fewer notes or shorter ones."
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Voice:
    """One zone of one note."""

    part: Part
    patch: Patch
    start_sec: float
    off: int
    cut: int | None
    attenuation_cb: float

    def add_to(self, mix: Float32Array, font: SoundFont, sr: int, budget: _Budget) -> None:
        """Add the voice to `mix`, shape (2, n), as far as the budget allows."""
        budget.spend(_VOICE_SEC)
        first = round(self.start_sec * sr)
        n_room = mix.shape[1] - first
        n_blocks: int = min(self.patch.volume.end(self.off, self.cut), -(-n_room // BLOCK))
        if not self.patch.loops:
            # Vibrato and bends may slow the sample down: four octaves of room.
            slowest = self.patch.cents - (4_800 if self.part.bend_cents.values.size else 1_200)
            zone = self.patch.zone
            n_blocks = min(
                n_blocks, math.ceil((zone.end - zone.start) / 2.0 ** (slowest / 1200.0) / BLOCK) + 1
            )
        if n_blocks <= 0:
            return
        read = self._reader(font, sr, n_blocks, budget)
        for done in range(0, n_blocks, _MAX_CHUNK):
            # The block before belongs to it: amplitudes run from its end.
            blocks = np.arange(done - 1, min(done + _MAX_CHUNK, n_blocks))
            wave = read(len(blocks) - 1)
            is_steady = self._mix(blocks, wave, mix[:, first + done * BLOCK :], sr)
            budget.spend(len(blocks) * (_MIX_SEC if is_steady else _MOVING_MIX_SEC))

    def _mix(self, blocks: Blocks, wave: Float32Array, mix: Float32Array, sr: int) -> bool:
        """Add the waveform of `blocks` to the beginning of `mix`; whether no controller moved on the way."""
        n = min((len(blocks) - 1) * BLOCK, mix.shape[1])
        shape = _amplitudes(self.patch, self.off, self.cut, int(blocks[0]), int(blocks[-1])) * GAIN
        start_sec, end_sec = (self.start_sec + BLOCK * int(blocks[i]) / sr for i in (0, -1))
        steady = self._steady_controls(start_sec, end_sec + BLOCK / sr)
        loudness, pan = steady or self._moving_controls(blocks, sr)
        angle = (500.0 + np.clip(pan + self.patch.zone.gens[Gen.PAN], -500.0, 500.0)) * (math.pi / 2000.0)
        shares = (np.cos(angle), np.sin(angle))
        if steady is None:
            for side, share in enumerate(shares):
                mix[side, :n] += _shape(shape * loudness * share, wave)[:n]
            return False
        # The usual case: one product for both sides, and none for a silent one.
        shaped = _shape(shape * loudness, wave)[:n]
        for side, share in enumerate(shares):
            if share[0] > 1e-5:
                mix[side, :n] += np.multiply(shaped, np.float32(share[0]), out=_SCRATCH.side[:n])
        return True

    def _steady_controls(self, start_sec: float, end_sec: float) -> tuple[Reals, Reals] | None:
        """Loudness and pan where no controller moves between start and end."""
        controls = self.part.controls
        values = [controls[number].constant(start_sec, end_sec) for number in (VOLUME, EXPRESSION, PAN)]
        return None if None in values else self._attenuate_and_pan(*(np.array([value]) for value in values))

    def _moving_controls(self, blocks: Blocks, sr: int) -> tuple[Reals, Reals]:
        times_sec = self.start_sec + blocks * BLOCK / sr
        controls = self.part.controls
        return self._attenuate_and_pan(
            *(controls[number].at(times_sec) for number in (VOLUME, EXPRESSION, PAN))
        )

    def _attenuate_and_pan(self, volume: Reals, expression: Reals, pan: Reals) -> tuple[Reals, Reals]:
        total_cb = self.attenuation_cb + _concave_cb(volume) + _concave_cb(expression)
        # MIDI practice RP-036: pan 0 and 1 are both hard left, so that 64 is the exact middle.
        return 10.0 ** (-np.clip(total_cb, 0.0, 1440.0) / 200.0), 500.0 * (
            np.maximum(pan - 1.0, 0.0) / 63.0 - 1.0
        )

    def _reader(
        self, font: SoundFont, sr: int, n_blocks: int, budget: _Budget
    ) -> Callable[[int], Float32Array]:
        """Choose a waveform reader: cached for short notes of fixed pitch, else block by block."""
        end_sec = self.start_sec + n_blocks * BLOCK / sr
        track = self.part.bend_cents
        steady = track.constant(self.start_sec, end_sec)
        bend: float | Cents = (
            steady if steady is not None else lambda blocks: track.at(self.start_sec + blocks * BLOCK / sr)
        )
        wheel = float(self.part.controls[WHEEL].at(np.array([self.start_sec]))[0])
        wheel_cents = self.patch.zone.gens[Gen.MOD_WHEEL_TO_VIBRATO] * wheel / 128.0
        off = self.off if self.cut is None else min(self.off, self.cut)

        def start_reading() -> Callable[[int], Float32Array]:
            """A fresh oscillator: it remembers where in the sample it is."""
            zone = self.patch.zone
            if zone.stream is not None and not font.samples.is_decoded(*zone.stream):
                budget.spend(zone.stream[2] * DECODE_SEC_A_FRAME)
            oscillator = Oscillator(self.patch, font.read(zone), sr, off, bend, wheel_cents)

            def read(n: int) -> Float32Array:
                before_sec = oscillator.cost_sec
                wave = oscillator.read(n)
                budget.spend(oscillator.cost_sec - before_sec)
                return wave

            return read

        if steady is None or n_blocks > _MAX_CHUNK:
            return start_reading()
        release = off if self.patch.release_matters(off) else None
        cents = round(self.patch.cents + steady, 2)
        # Rounded up, so that notes of nearly one length share a waveform.
        n_made = -(-n_blocks // 128) * 128
        key = (font.key, self.patch.zone.uid, sr, cents, wheel_cents, release)
        wave = _WAVES.get(key, n_blocks * BLOCK, lambda: start_reading()(n_made))
        return lambda _: wave


@lru_cache(maxsize=256)
def _amplitudes(patch: Patch, off: int, cut: int | None, first: int, last: int) -> Reals:
    """Kept because notes of a melody are often of one length; do not write to it."""
    return patch.amplitudes(np.arange(first, last + 1), off, cut)


def _shape(levels: Reals, wave: Float32Array) -> Float32Array:
    """Apply a piecewise linear envelope to `wave`, one level per block.

    The result is in scratch memory: it lasts until the next call in this thread.
    """
    levels_32 = levels.astype(np.float32)
    shaped = _SCRATCH.shaped[: (len(levels) - 1) * BLOCK]
    ramps = shaped.reshape(-1, BLOCK)
    np.multiply(np.diff(levels_32)[:, None], _RAMP, out=ramps)
    ramps += levels_32[:-1, None]
    shaped *= wave[: len(shaped)]
    return shaped


def _concave_cb(value: Reals) -> Reals:
    """Attenuation by a controller or velocity 0-127 in cB; 128 is FluidSynth's, so that 127 costs 0.14 dB."""
    return np.minimum(400.0 * np.log10(128.0 / np.maximum(value, 1e-3)), _CONCAVE_END_CB)


def forget() -> None:
    """Empty the caches of waveforms and samples, so that a benchmark can measure a first rendering."""
    _WAVES.clear()
    CACHE.clear()
    _amplitudes.cache_clear()


def render(parts: list[Part], font: SoundFont, *, n: int, sr: int) -> Float32Array:
    """Play `parts`.

    Parameters
    ----------
    parts : list of Part
    font : SoundFont
    n : int
        Length in samples; what sounds longer is cut off.
    sr : int
        Sampling rate in Hz.

    Returns
    -------
    np.ndarray [shape=(2, n), dtype=float32]
        Not limited: loud chords exceed 1.

    Raises
    ------
    RenderError
        If it would take more than `MAX_WORK_SEC`, or with few and short notes less.
    """
    mix = np.zeros((2, n), dtype=np.float32)
    budget = _Budget(parts)
    for part in parts:
        zones = font.zones(part.program, is_drum=part.is_drum)
        budget.spend(len(zones) * _ZONE_SEC)
        for voice in _voices(part, zones, sr):
            voice.add_to(mix, font, sr, budget)
    return mix


def zones_played(parts: list[Part], font: SoundFont) -> list[Zone]:
    """The zones that `parts` sound, in no order, some of them more than once."""
    played: list[Zone] = []
    for part in parts:
        sounding = by_key_and_velocity(font.zones(part.program, is_drum=part.is_drum))
        for key, velocity in set(zip(part.pitches.tolist(), part.velocities.tolist(), strict=True)):
            played += sounding(key, velocity)
    return played


def _voices(part: Part, zones: tuple[Zone, ...], sr: int) -> Iterator[_Voice]:
    """The voices of `part`, one a note and sounding zone."""
    sounding = by_key_and_velocity(zones)
    cuts = _exclusive_cuts(part, sounding) if any(zone.gens[Gen.EXCLUSIVE_CLASS] for zone in zones) else {}
    for index, (key, velocity) in enumerate(
        zip(part.pitches.tolist(), part.velocities.tolist(), strict=True)
    ):
        start_sec = float(part.onsets_sec[index])
        length_sec = max(float(part.ends_sec[index]) - start_sec, _MIN_NOTE_SEC)
        for zone in sounding(key, velocity):
            struck = zone.gens[Gen.VELOCITY] if 0 < zone.gens[Gen.VELOCITY] <= 127 else velocity
            extra_cb = -zone.gens[Gen.ATTENUATION]
            attenuation_cb = _EMU_FACTOR * zone.gens[Gen.ATTENUATION]
            zone = modulated(zone, key, struck)
            extra_cb += zone.gens[Gen.ATTENUATION]  # modulators count in full
            cut_sec = cuts.get((index, zone.gens[Gen.EXCLUSIVE_CLASS]), math.inf) - start_sec
            yield _Voice(
                part=part,
                patch=patch(zone, key, sr),
                start_sec=start_sec,
                off=math.ceil(length_sec * sr / BLOCK),
                cut=math.ceil(max(cut_sec, _MIN_NOTE_SEC) * sr / BLOCK) if cut_sec < math.inf else None,
                attenuation_cb=attenuation_cb + extra_cb + float(_concave_cb(np.array(struck))),
            )


_ZonesOf = Callable[[int, int], list[Zone]]


def by_key_and_velocity(zones: tuple[Zone, ...]) -> _ZonesOf:
    """How to find the zones that sound; a font may have thousands, and a piece asks for the same again and again."""
    bounds = [(z.keys.start, z.keys.stop, z.velocities.start, z.velocities.stop) for z in zones]
    lowest, above, softest, louder = np.array(bounds, dtype=np.int64).reshape(-1, 4).T

    @cache
    def sounding(key: int, velocity: int) -> list[Zone]:
        fits = (lowest <= key) & (key < above) & (softest <= velocity) & (velocity < louder)
        return [zones[index] for index in np.flatnonzero(fits)]

    return sounding


def _exclusive_cuts(part: Part, zones_of: _ZonesOf) -> dict[tuple[int, int], float]:
    """When a later note of the same exclusive class silences a note: hi-hats, scratches, triangles."""
    cuts: dict[tuple[int, int], float] = {}
    sounding: dict[int, list[int]] = {}
    for index, (key, velocity) in enumerate(
        zip(part.pitches.tolist(), part.velocities.tolist(), strict=True)
    ):
        classes = {zone.gens[Gen.EXCLUSIVE_CLASS] for zone in zones_of(key, velocity)} - {0}
        for number in classes:
            for earlier in sounding.get(number, ()):
                cuts[earlier, number] = float(part.onsets_sec[index])
            sounding[number] = [index]
    return cuts
