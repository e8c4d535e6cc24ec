"""An excerpt of a SoundFont for FluidSynth: all its tables, but only the samples that the notes need, decoded.

FluidSynth would decode a compressed font of 40 MB anew for each piece, in 3 s and 240 MB; with its dynamic loading
of samples still all layers of every preset, and a piano for each channel without one. The samples that a piece needs
are known here, a worker often has them at hand, and what FluidSynth opens is a file that was written here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.synth.sf2.modulators import VELOCITY_TO_ATTENUATION
from core.synth.sf2.soundfont import SoundFont, Zone

_COMPRESSED = 0x10
_GUARD = 46  # frames of silence that the format wants after each sample
_STANDARD_ATTENUATION = 960  # cB; of the modulator from velocity, by the specification
_SILENCE = 64  # frames at the beginning, which the samples that are left out point to


def write_excerpt(path: Path, font: SoundFont, zones: Iterable[Zone]) -> None:
    """Write the part of `font` that plays `zones`.

    Parameters
    ----------
    path : Path
        An SF2 file that is written.
    font : SoundFont
    zones : iterable of Zone
        Of any presets; those of one sample may stand in it many times.

    Raises
    ------
    InputError
        If a sample cannot be read.
    """
    wanted = {zone.sample: zone for zone in zones}
    tables = {name: table.copy() for name, table in font.tables.items()}
    headers = tables[b"shdr"]
    _silence(headers)
    # First the places, then the samples one by one: together they may be large.
    at = _SILENCE
    for number, zone in sorted(wanted.items()):
        at = _place(headers, number, font.tables[b"shdr"][number], zone, at)
    for name, amount in ((b"imod", _STANDARD_ATTENUATION), (b"pmod", 0)):
        _set_attenuation(tables[name], amount)
    with path.open("wb") as file:
        info = _chunk(b"ifil", b"\2\0\1\0") + _chunk(b"isng", b"EMU8000\0") + _chunk(b"INAM", b"excerpt\0")
        pdta = b"".join(_chunk(name, tables[name].tobytes()) for name in _ORDER)
        n_bytes = 2 * at
        parts = [_chunk(b"LIST", b"INFO" + info), _chunk(b"LIST", b"pdta" + pdta)]
        file.write(b"RIFF" + _size(4 + len(parts[0]) + 20 + n_bytes + len(parts[1])) + b"sfbk" + parts[0])
        file.write(b"LIST" + _size(12 + n_bytes) + b"sdtasmpl" + _size(n_bytes))
        _write_samples(file, font, headers, wanted)
        file.write(parts[1])


_ORDER = (b"phdr", b"pbag", b"pmod", b"pgen", b"inst", b"ibag", b"imod", b"igen", b"shdr")


def _silence(headers: NDArray[np.void]) -> None:
    """Point all samples to the silence at the beginning."""
    for name, value in (
        ("start", 0),
        ("end", 48),
        ("loop_start", 8),
        ("loop_end", 40),
        ("link", 0),
        ("type", 1),
    ):
        headers[name] = value


def _place(headers: NDArray[np.void], number: int, old: np.void, zone: Zone, at: int) -> int:
    """Write where a sample lies in the excerpt; returns where the next one does."""
    begin = 0 if zone.stream else int(old["start"])
    n = zone.stream[2] if zone.stream else max(int(old["end"]) - begin, 0)
    headers["start"][number], headers["end"][number] = at, at + n
    for name in ("loop_start", "loop_end"):
        headers[name][number] = min(max(int(old[name]) - begin + at, 0), at + n)
    return at + n + _GUARD


def _write_samples(
    file: BinaryIO, font: SoundFont, headers: NDArray[np.void], wanted: dict[int, Zone]
) -> None:
    file.write(bytes(2 * _SILENCE))
    for number, zone in sorted(wanted.items()):
        n = int(headers["end"][number]) - int(headers["start"][number])
        if zone.stream:
            samples = font.samples.decode(*zone.stream)
        else:
            begin = int(font.tables[b"shdr"]["start"][number])
            samples = font.samples.read(
                min(begin, font.samples.n_frames), min(begin + n, font.samples.n_frames)
            )
        file.write(samples.astype("<i2", copy=False).tobytes())
        file.write(bytes(2 * (n - len(samples) + _GUARD)))


def _set_attenuation(modulators: NDArray[np.void], amount: int) -> None:
    """Give the modulators from velocity to attenuation the same amount."""
    source, destination, second = VELOCITY_TO_ATTENUATION
    fits = (modulators["src"] == source) & (modulators["dest"] == destination)
    modulators["amount"][fits & (modulators["amt_src"] == second)] = amount


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + _size(len(data)) + data + bytes(len(data) % 2)


def _size(n: int) -> bytes:
    return n.to_bytes(4, "little")
