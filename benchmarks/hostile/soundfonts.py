"""Hostile SoundFonts: tables of absurdly many zones and generators, samples that are elsewhere, endless envelopes."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import chunk, riff

Generators = Sequence[tuple[int, int]]
_PRESET, _INSTRUMENT, _SAMPLE = (
    struct.Struct("<20sHHHIII"),
    struct.Struct("<20sH"),
    struct.Struct("<20sIIIIIBbHH"),
)
_INSTRUMENT_ID, _SAMPLE_ID = 41, 53


def _generators(zones: Sequence[Generators]) -> tuple[bytes, bytes]:
    """Bags and generators of some zones."""
    bags, rows, place = [], [], 0
    for zone in zones:
        bags.append(struct.pack("<HH", place & 0xFFFF, 0))
        rows += [struct.pack("<HH", number, amount & 0xFFFF) for number, amount in zone]
        place += len(zone)
    bags.append(struct.pack("<HH", place & 0xFFFF, 0))
    return b"".join(bags), b"".join([*rows, bytes(4)])


def soundfont(
    *,
    presets: Sequence[tuple[int, int]] = ((0, 0), (0, 128)),
    outer: Sequence[Generators] = (((_INSTRUMENT_ID, 0),),),
    inner: Sequence[Generators] = (((54, 1), (_SAMPLE_ID, 0)),),
    header: tuple[int, int, int, int, int, int, int, int] = (0, 1_000, 100, 900, 44_100, 60, 0, 1),
    samples: bytes | None = None,
    tables: dict[bytes, bytes] | None = None,
    before: bytes = b"",
) -> bytes:
    """A font whose presets all share the same zones and one instrument of one sample.

    Parameters
    ----------
    presets : sequence of (int, int)
        Program and bank.
    outer, inner : sequence of generators
        Zones of the presets and of the instrument: number and amount of each generator.
    header : tuple of int
        Start, end, start and end of the loop, rate, key, correction and type of the sample.
    samples : bytes, optional
        A sine where nothing is given.
    tables : dict, optional
        What stands in some chunks instead.
    before : bytes
        Put before the lists.
    """
    if samples is None:
        samples = (np.sin(np.arange(1_046) * 2 * np.pi / 100) * 20_000).astype("<i2").tobytes()
    pbag, pgen = _generators(outer)
    ibag, igen = _generators(inner)
    n_outer = len(outer)
    rows = [
        _PRESET.pack(b"p", program, bank, 0 if i == 0 else n_outer, 0, 0, 0)
        for i, (program, bank) in enumerate(presets)
    ]
    if len(presets) > 1:  # all zones belong to each preset as far as its neighbor allows
        rows = [
            _PRESET.pack(b"p", program, bank, min(i, n_outer - 1), 0, 0, 0)
            for i, (program, bank) in enumerate(presets)
        ]
    start, end, loop_start, loop_end, sr, key, correction, kind = header
    parts = {
        b"phdr": b"".join(rows) + _PRESET.pack(b"EOP", 0, 0, n_outer, 0, 0, 0),
        b"pbag": pbag,
        b"pmod": bytes(10),
        b"pgen": pgen,
        b"inst": _INSTRUMENT.pack(b"i", 0) + _INSTRUMENT.pack(b"EOI", len(inner)),
        b"ibag": ibag,
        b"imod": bytes(10),
        b"igen": igen,
        b"shdr": _SAMPLE.pack(b"s", start, end, loop_start, loop_end, sr, key, correction, 0, kind)
        + _SAMPLE.pack(b"EOS", *[0] * 9),
    }
    parts |= tables or {}
    info = chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<HH", 2, 4)) + chunk(b"INAM", b"x\0"))
    data = chunk(b"LIST", b"sdta" + chunk(b"smpl", samples))
    return riff(
        b"sfbk",
        before + info + data + chunk(b"LIST", b"pdta" + b"".join(chunk(*part) for part in parts.items())),
    )


@hostile("sf2", "soundfont", valid=True)
def sf2_plain(dice: Dice) -> bytes:
    """Nothing absurd: a font of one sample, so that the others are known to be well made."""
    return soundfont(presets=((0, 0), (0, 128)), outer=(((_INSTRUMENT_ID, 0),),) * dice.randint(1, 2))


@hostile("sf2", "soundfont")
def sf2_many_zones(dice: Dice) -> bytes:
    """Thousands of zones that all sound at once: the product of a preset's and an instrument's."""
    outer = [((_INSTRUMENT_ID, 0),)] * dice.size(1, dice.choice((60, 4_000, 60_000)))
    inner = [((54, 1), (_SAMPLE_ID, 0))] * dice.size(1, dice.choice((60, 4_000, 30_000)))
    return soundfont(outer=outer, inner=inner, presets=((0, 0),))


@hostile("sf2", "soundfont")
def sf2_many_generators(dice: Dice) -> bytes:
    """Zones of sixty-five thousand generators, all the same or all that there are."""
    n = dice.size(1, 65_000)
    long = [(dice.choice((0, i % 60, 58)), i - 9) for i in range(n)] + [(_SAMPLE_ID, 0)]
    return soundfont(inner=[long, *([((_SAMPLE_ID, 0),)] * dice.randint(0, 3))])


@hostile("sf2", "soundfont")
def sf2_many_presets(dice: Dice) -> bytes:
    """Hundreds of thousands of presets, of one name or of all."""
    n = dice.size(1, 500_000)
    return soundfont(presets=[(i % dice.choice((1, 128, 65_536)), i // 128 % 129) for i in range(n)])


@hostile("sf2", "soundfont")
def sf2_extreme_generators(dice: Dice) -> bytes:
    """Times, tunings, filters, loops and ranges at the ends of sixteen bits."""
    extremes = (-32_768, 32_767, -12_000, 12_000, 0, 1, -1, 8_000, 0x7F00, 0x0000, 0x007F)
    numbers = [
        *range(5, 18),
        *range(21, 41),
        43,
        44,
        45,
        46,
        47,
        48,
        50,
        51,
        52,
        54,
        56,
        57,
        58,
        0,
        1,
        2,
        3,
        4,
        12,
    ]
    few = [(number, dice.choice(extremes)) for number in dice.sample(numbers, dice.randint(1, 12))]
    inner = [[*few, (54, dice.choice((0, 1, 2, 3, 255))), (_SAMPLE_ID, 0)]]
    outer = [
        [(number, dice.choice(extremes)) for number in dice.sample(numbers, dice.randint(0, 5))]
        + [(_INSTRUMENT_ID, 0)]
    ]
    return soundfont(inner=inner, outer=outer)


@hostile("sf2", "soundfont")
def sf2_sample_places(dice: Dice) -> bytes:
    """Samples that begin behind the end, loop through nothing, or have any rate and key."""
    places = (0, 1, 2, 100, 1_000, 1_046, 2**31, 2**32 - 1)
    header = (dice.choice(places), dice.choice(places), dice.choice(places), dice.choice(places), dice.choice((0, 1, 100, 8_000, 44_100, 200_000, 2**32 - 1)),
              dice.choice((0, 60, 127, 255)), dice.choice((-128, 0, 127)), dice.choice((1, 2, 4, 0x8001, 0)))  # fmt: skip
    offsets = [(number, dice.choice((0, 1, -1, 32_767, -32_768))) for number in (0, 1, 2, 3, 4, 12, 45, 50)]
    return soundfont(
        header=header,
        inner=[[*offsets, (54, 1), (_SAMPLE_ID, 0)]] if dice.random() < 0.5 else [[(54, 1), (_SAMPLE_ID, 0)]],
    )


@hostile("sf2", "soundfont")
def sf2_short_loops(dice: Dice) -> bytes:
    """A loop of one sample that is played at the highest pitch, and long samples at the lowest rate."""
    n = dice.size(50, 2_000_000)
    header = (
        0,
        n,
        dice.choice((0, n - 2)),
        dice.choice((1, n - 1)),
        dice.choice((100, 200_000)),
        dice.choice((0, 127)),
        0,
        1,
    )
    inner = [
        [
            (51, dice.choice((-120, 0, 120, 32_767))),
            (56, dice.choice((0, 100, 1_200, 32_767))),
            (54, 1),
            (_SAMPLE_ID, 0),
        ]
    ]
    return soundfont(header=header, inner=inner, samples=bytes(2 * n + 92))


@hostile("sf2", "soundfont")
def sf2_contrary_tables(dice: Dice) -> bytes:
    """Tables that name rows which are not there, go backwards, lack their last row, or are cut off."""
    name = dice.pick(b"phdr", b"pbag", b"pgen", b"inst", b"ibag", b"igen", b"shdr", b"imod", b"pmod")
    wrong = dice.pick(
        b"",
        bytes(4),
        bytes(3),
        b"\xff" * 38,
        bytes(22),
        bytes(44),
        bytes(46),
        b"\xff" * 46,
        bytes(76),
        struct.pack("<HHHH", 5, 5, 0, 0),
        bytes(4) * dice.size(1, 100_000),
    )
    return soundfont(tables={name: wrong})


@hostile("sf2", "soundfont")
def sf2_chunks(dice: Dice) -> bytes:
    """Millions of empty chunks and lists in lists, and sizes beyond the end."""
    unit = dice.pick(
        chunk(b"LIST", b"abcd", size=0),
        chunk(b"abcd", b""),
        chunk(b"LIST", b"", size=2**32 - 1) + b"abcd",
        chunk(b"smpl", b""),
        chunk(b"phdr", b""),
        b"LIST\0\0\0\0",
    )
    more = unit * dice.size(1, 40_000_000 // len(unit))
    return dice.pick(
        soundfont(before=more),
        soundfont()[: dice.randint(12, 2_000)],
        soundfont() + more,
        soundfont(samples=b""),
    )
