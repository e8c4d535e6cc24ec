"""SoundFont 2 and 3 file reader: which samples a key of a preset plays, and how.

A visitor may hand in a SoundFont, so every offset, index and count is checked before it is used, and
nothing is resolved that is not asked for: a preset's zones are the product of its preset zones with
those of its instruments, which a hostile file can make very large.

Source: SoundFont Technical Specification 2.04 (Creative, 2006), sections 4 to 9, and SF3, which is the same with
compressed samples (`core.synth.sf2.samples`). Differences: samples of 16 bits only (the optional ``sm24`` chunk is
ignored), no ROM samples, and modulators as far as velocity, key and modulation wheel are concerned
(`core.synth.sf2.modulators`).
"""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core import limits
from core.errors import InputError
from core.files.reading import check_file_size
from core.synth.font_facts import font_id, retuned
from core.synth.sf2.modulators import WHEEL_TO_VIBRATO, added_modulators, offsets, read_modulators
from core.synth.sf2.samples import SampleFile, Samples
from core.synth.sf2.tables import LAYOUTS, check_indices, find_chunks, read_table

DRUM_BANK = 128
# The largest preset of the standard font has 60 zones, those of the large free fonts a few hundred.
MAX_ZONES = 4_000
MAX_ZONES_KEPT = 20_000  # of all presets of a font, 20 MB; the standard font has 1,295
# The standard font sounds up to 6 zones a note. FluidSynth has 256 voices, so that with more than 64 it cannot
# play a chord of four either. Such a font is refused, because playing a part of its zones would be a wrong sound.
MAX_ZONES_A_NOTE = 64


class Gen(IntEnum):
    """Generator numbers of the specification, section 8.1.2, as far as they are used."""

    START = 0
    END = 1
    LOOP_START = 2
    LOOP_END = 3
    START_COARSE = 4
    MOD_LFO_TO_PITCH = 5  # cents
    VIB_LFO_TO_PITCH = 6  # cents
    MOD_ENV_TO_PITCH = 7  # cents
    FILTER_FC = 8  # absolute cents
    FILTER_Q = 9  # cB
    MOD_LFO_TO_FILTER_FC = 10  # cents
    MOD_ENV_TO_FILTER_FC = 11  # cents
    END_COARSE = 12
    MOD_LFO_TO_VOLUME = 13  # cB
    PAN = 17  # -500 left to 500 right
    MOD_LFO_DELAY = 21  # timecents, as all times below
    MOD_LFO_FREQ = 22  # absolute cents
    VIB_LFO_DELAY = 23
    VIB_LFO_FREQ = 24
    MOD_ENV_DELAY = 25  # then attack, hold, decay, sustain, release, and what the key adds to hold and decay
    MOD_ENV_SUSTAIN = 29  # per mille below full
    MOD_ENV_RELEASE = 30
    VOL_ENV_DELAY = 33  # then the same
    VOL_ENV_SUSTAIN = 37  # cB below full
    VOL_ENV_RELEASE = 38
    INSTRUMENT = 41
    KEY_RANGE = 43
    VEL_RANGE = 44
    LOOP_START_COARSE = 45
    KEYNUM = 46
    VELOCITY = 47
    ATTENUATION = 48  # cB
    LOOP_END_COARSE = 50
    COARSE_TUNE = 51  # semitones
    FINE_TUNE = 52  # cents
    SAMPLE_ID = 53
    SAMPLE_MODES = 54
    SCALE_TUNING = 56  # cents a key
    EXCLUSIVE_CLASS = 57
    ROOT_KEY = 58
    MOD_WHEEL_TO_VIBRATO = 60  # cents; not a generator of the format but a modulator


_N_GENERATORS = 61
_INSTANT = -12_000  # timecents: about a millisecond, the default of every envelope time
_DEFAULTS: dict[int, int] = {
    Gen.FILTER_FC: 13_500,
    Gen.MOD_LFO_DELAY: _INSTANT,
    Gen.VIB_LFO_DELAY: _INSTANT,
    **dict.fromkeys(range(Gen.MOD_ENV_DELAY, Gen.MOD_ENV_SUSTAIN), _INSTANT),
    Gen.MOD_ENV_RELEASE: _INSTANT,
    **dict.fromkeys(range(Gen.VOL_ENV_DELAY, Gen.VOL_ENV_SUSTAIN), _INSTANT),
    Gen.VOL_ENV_RELEASE: _INSTANT,
    Gen.KEYNUM: -1,
    Gen.VELOCITY: -1,
    Gen.SCALE_TUNING: 100,
    Gen.ROOT_KEY: -1,
    Gen.MOD_WHEEL_TO_VIBRATO: 50,
}
_INSTRUMENT_ONLY = frozenset(
    {0, 1, 2, 3, 4, 12, 45, 50, Gen.KEYNUM, Gen.VELOCITY, Gen.SAMPLE_MODES, Gen.EXCLUSIVE_CLASS, Gen.ROOT_KEY}
)
_RANGES = (Gen.KEY_RANGE, Gen.VEL_RANGE)
_FILTER_STEP = 25  # cents, as the oscillator's filter moves
_IS_ROM, _IS_COMPRESSED = 0x8000, 0x10  # bits of a sample's type


@dataclass(frozen=True, kw_only=True, eq=False)
class Zone:
    """One sample as one preset plays it.

    Attributes
    ----------
    uid : tuple of int
        Names the zone within its font.
    keys, velocities : range
        Within 0-127; not empty.
    start, end, loop_start, loop_end : int
        Positions in the font's samples, or in the sample if that is compressed; `end` and `loop_end` are the
        first ones not played.
    sample : int
        Number of the sample.
    stream : tuple of int or None
        Where a compressed sample begins and ends in the chunk of samples, in bytes, and its length in frames.
    sr : int
        Sampling rate of the sample in Hz.
    root_cents : float
        Pitch at which the sample plays at its own rate, in cents (6900 = A4).
    gens : tuple of int
        All generators by number, defaults filled in and preset values added.
    modulators : tuple of tuple of int
        See `core.synth.sf2.modulators.offsets`.
    """

    uid: tuple[int, ...]
    keys: range
    velocities: range
    start: int
    end: int
    loop_start: int
    loop_end: int
    sr: int
    root_cents: float
    gens: tuple[int, ...]
    sample: int = 0
    stream: tuple[int, int, int] | None = None
    modulators: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True)
class _Bag:
    """Generators and modulators of one zone of a preset or an instrument."""

    gens: dict[int, int]
    mods: dict[tuple[int, int, int], int]


@dataclass(frozen=True, eq=False)
class SoundFont:
    """A parsed SoundFont; shared by all threads, so nothing on it changes but the memo of presets.

    Attributes
    ----------
    key : tuple
        Names this version of this file; caches of derived sounds use it.
    samples : SampleFile
        Where the samples are read from.
    tables : dict
        The file's tables by the names of their chunks; samples that are known to be out of tune are corrected.
    known_as : str
        See `core.synth.font_facts.font_id`.
    """

    key: tuple[str, int, int]
    samples: SampleFile
    tables: dict[bytes, NDArray[np.void]]
    _presets: dict[tuple[int, int], int]
    known_as: str = ""
    _zones: dict[int, tuple[Zone, ...]] = field(default_factory=dict)
    _lengths: dict[tuple[int, int], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def zones(self, program: int, *, is_drum: bool = False) -> tuple[Zone, ...]:
        """Resolve a preset.

        A missing drum kit is replaced by kit 0, a missing melodic program by program 0, as FluidSynth does.

        Parameters
        ----------
        program : int in [0, 127]
        is_drum : bool
            Look in bank 128 instead of bank 0.

        Returns
        -------
        tuple of Zone
            Empty if the font has no preset to fall back to.

        Raises
        ------
        InputError
            If the preset has more than `MAX_ZONES` zones, or `MAX_ZONES_A_NOTE` for one key and velocity.
        """
        bank = DRUM_BANK if is_drum else 0
        index = self._presets.get((bank, program), self._presets.get((bank, 0)))
        if index is None:
            return ()
        with self._lock:
            if index not in self._zones:
                zones = tuple(self._resolve(index))
                while self._zones and sum(map(len, self._zones.values())) + len(zones) > MAX_ZONES_KEPT:
                    del self._zones[next(iter(self._zones))]
                self._zones[index] = zones
            return self._zones[index]

    def read(self, zone: Zone) -> Samples:
        """The frames of `zone`; raises InputError where the file is damaged or was changed."""
        if zone.stream is None:
            return self.samples.read(zone.start, zone.end)
        return self.samples.decode(*zone.stream)[zone.start : zone.end]

    def _resolve(self, preset: int) -> list[Zone]:
        bounds = self.tables[b"phdr"]["bag"][preset : preset + 2]
        zones: list[Zone] = []
        instruments: dict[int, list[_Bag]] = {}
        n_resolved = 0
        for outer in self._bags(b"p", int(bounds[0]), int(bounds[1]), Gen.INSTRUMENT):
            instrument = outer.gens[Gen.INSTRUMENT]
            if not 0 <= instrument < len(self.tables[b"inst"]) - 1:
                continue
            span = self.tables[b"inst"]["bag"][instrument : instrument + 2]
            n_resolved += int(span[1] - span[0])
            if n_resolved > MAX_ZONES:
                raise InputError("This SoundFont is built too deeply to be played. Choose another one.")
            if instrument not in instruments:
                instruments[instrument] = self._bags(b"i", int(span[0]), int(span[1]), Gen.SAMPLE_ID)
            for inner in instruments[instrument]:
                zone = self._combine(outer, inner, (preset, len(zones)))
                if zone is not None:
                    zones.append(zone)
        _check_layers(zones)
        return zones

    def _bags(self, level: bytes, first: int, last: int, target: Gen) -> list[_Bag]:
        """Zones from bag `first` to `last`, filled in with what the global zone says."""
        if last - first > MAX_ZONES:
            raise InputError("This SoundFont is built too deeply to be played. Choose another one.")
        bags, generators, modulators = (self.tables[level + name] for name in (b"bag", b"gen", b"mod"))
        common = _Bag({}, {})
        zones = []
        for bag in range(first, last):
            part = generators[int(bags["gen"][bag]) : int(bags["gen"][bag + 1])]
            part = part[part["oper"] < Gen.MOD_WHEEL_TO_VIBRATO]
            own = dict(zip(part["oper"].tolist(), part["amount"].tolist(), strict=True))
            mods = read_modulators(modulators[int(bags["mod"][bag]) : int(bags["mod"][bag + 1])])
            if target in own:
                zones.append(_Bag(common.gens | own, common.mods | mods))
            elif bag == first:
                common = _Bag(own, mods)
        return zones

    def _combine(self, outer: _Bag, inner: _Bag, uid: tuple[int, ...]) -> Zone | None:
        """Add preset values to instrument values (section 9.4); None where nothing can sound."""
        headers = self.tables[b"shdr"]
        sample = inner.gens[Gen.SAMPLE_ID]
        if not 0 <= sample < len(headers) - 1:
            return None
        header = headers[sample]
        gens = [inner.gens.get(number, _DEFAULTS.get(number, 0)) for number in range(_N_GENERATORS)]
        for number, amount in outer.gens.items():
            if number not in _INSTRUMENT_ONLY:
                gens[number] += amount
        wheel = inner.mods.get(WHEEL_TO_VIBRATO, _DEFAULTS[Gen.MOD_WHEEL_TO_VIBRATO])
        gens[Gen.MOD_WHEEL_TO_VIBRATO] = wheel + outer.mods.get(WHEEL_TO_VIBRATO, 0)
        keys, velocities = (_overlap(outer.gens.get(number), inner.gens.get(number)) for number in _RANGES)
        stream = self._stream(header)
        start, end, loop_start, loop_end = self._positions(header, gens, stream)
        is_rom = bool(header["type"] & _IS_ROM)
        if is_rom or end - start < 2 or not 100 <= header["sr"] <= 200_000 or not keys or not velocities:
            return None
        # 255 marks unpitched samples; the specification plays them as key 60.
        root = gens[Gen.ROOT_KEY] if gens[Gen.ROOT_KEY] >= 0 else int(header["pitch"])
        root = root if root <= 127 else 60
        return Zone(
            uid=uid,
            keys=keys,
            velocities=velocities,
            start=start,
            end=end,
            loop_start=loop_start,
            loop_end=loop_end,
            sr=int(header["sr"]),
            root_cents=100.0 * root - float(header["correction"]),
            gens=tuple(gens),
            sample=sample,
            stream=stream,
            modulators=added_modulators(inner.mods, outer.mods, _N_GENERATORS - 1),
        )

    def _stream(self, header: np.void) -> tuple[int, int, int] | None:
        """Begin, end and length of a compressed sample; None if it is not compressed."""
        if not header["type"] & _IS_COMPRESSED:
            return None
        last = min(int(header["end"]), self.samples.n_bytes)
        first = min(int(header["start"]), last)
        if (first, last) not in self._lengths:
            self._lengths[first, last] = self.samples.count_frames(first, last)
        return first, last, self._lengths[first, last]

    def _positions(
        self, header: np.void, gens: list[int], stream: tuple[int, int, int] | None
    ) -> tuple[int, int, int, int]:
        """Start, end, loop start and loop end, moved by the zone's offsets and kept inside the data."""
        begins = (header["start"], header["end"]) if stream is None else (0, stream[2])
        n = self.samples.n_frames if stream is None else stream[2]

        def offset(place: int, fine: Gen, coarse: Gen) -> int:
            """Place in the samples after the zone's fine and coarse offsets."""
            return int(place) + gens[fine] + 32_768 * gens[coarse]

        end = min(max(offset(begins[1], Gen.END, Gen.END_COARSE), 0), n)
        start = min(max(offset(begins[0], Gen.START, Gen.START_COARSE), 0), end)
        loop_start = offset(header["loop_start"], Gen.LOOP_START, Gen.LOOP_START_COARSE)
        loop_end = offset(header["loop_end"], Gen.LOOP_END, Gen.LOOP_END_COARSE)
        loop_start = min(max(loop_start, start), end)
        return start, end, loop_start, min(max(loop_end, loop_start), end)


@lru_cache(maxsize=4096)
def modulated(zone: Zone, key: int, velocity: int) -> Zone:
    """`zone` with what velocity and key add to its generators; itself if that is nothing."""
    gens = list(zone.gens)
    for number, value in offsets(zone.modulators, key, velocity).items():
        step = _FILTER_STEP if number == Gen.FILTER_FC else 1
        gens[number] += round(min(max(value, -32_768.0), 32_767.0) / step) * step
    changes = tuple(number for number, value in enumerate(gens) if value != zone.gens[number])
    if not changes:
        return zone
    # Waveforms are kept by this name.
    uid = (*zone.uid, *(value for number in changes for value in (number, gens[number])))
    return replace(zone, uid=uid, gens=tuple(gens))


def _check_layers(zones: list[Zone]) -> None:
    """Refuse a preset that would start absurdly many voices with one note."""
    steps = np.zeros((129, 129), dtype=np.int64)
    for zone in zones:
        keys, velocities = zone.keys, zone.velocities
        steps[keys.start, velocities.start] += 1
        steps[min(keys.stop, 128), velocities.start] -= 1
        steps[keys.start, min(velocities.stop, 128)] -= 1
        steps[min(keys.stop, 128), min(velocities.stop, 128)] += 1
    most = int(steps.cumsum(axis=0).cumsum(axis=1).max())
    if most > MAX_ZONES_A_NOTE:
        raise InputError(
            f"This SoundFont starts {most:,} sounds with one note; up to {MAX_ZONES_A_NOTE} can be played. "
            "Choose another one."
        )


def load(path: Path) -> SoundFont:
    """Read a SoundFont; the last two that were read are kept in memory.

    Parameters
    ----------
    path : Path
        An SF2 or SF3 file of at most `limits.MAX_SOUNDFONT_BYTES`.

    Returns
    -------
    SoundFont
        The same object again while the file is unchanged.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, is no SoundFont, or its tables contradict each other.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise InputError("The SoundFont could not be opened. Choose the file again.") from error
    check_file_size(status.st_size, limits.MAX_SOUNDFONT_BYTES, "The SoundFont")
    return _load(str(path.absolute()), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _load(path: str, mtime_ns: int, n_bytes: int) -> SoundFont:
    """`load` without the checks that need no parsing; time and size tell versions of a file apart."""
    try:
        with Path(path).open("rb") as file:
            return _parse(file, (path, mtime_ns, n_bytes))
    except (
        OSError,
        struct.error,
        ValueError,
    ) as error:  # the latter two where the file became shorter meanwhile
        raise InputError("The SoundFont could not be opened. Choose the file again.") from error


def _parse(file: BinaryIO, key: tuple[str, int, int]) -> SoundFont:
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
        raise InputError("This is not a SoundFont file. Choose a file that ends in .sf2 or .sf3.")
    chunks = find_chunks(file, key[2])
    tables = {name: read_table(file, chunks, name, dtype) for name, dtype in LAYOUTS.items()}
    for outer, column, inner in (
        (b"phdr", "bag", b"pbag"),
        (b"inst", "bag", b"ibag"),
        (b"pbag", "gen", b"pgen"),
        (b"pbag", "mod", b"pmod"),
        (b"ibag", "gen", b"igen"),
        (b"ibag", "mod", b"imod"),
    ):
        check_indices(tables[outer][column].astype(np.int64), len(tables[inner]))
    samples = SampleFile(key, *chunks.get(b"smpl", (0, 0)))
    if samples.n_frames < 2:
        raise InputError("This SoundFont holds no samples. Choose another one.")
    known_as = font_id(tables[b"shdr"])
    tables[b"shdr"] = retuned(tables[b"shdr"])
    headers = tables[b"phdr"][:-1]
    names = zip(headers["bank"].tolist(), headers["program"].tolist(), strict=True)
    # Of two presets of one name the first counts.
    presets = {name: index for index, name in reversed(list(enumerate(names)))}
    return SoundFont(key, samples, tables, presets, known_as)


def _overlap(*amounts: int | None) -> range:
    """What range generators, low and high byte, have in common; without one the whole keyboard."""
    spans = [(0, 127) if amount is None else (amount & 0xFF, amount >> 8 & 0xFF) for amount in amounts]
    return range(max(low for low, _ in spans), min(high for _, high in spans) + 1)
