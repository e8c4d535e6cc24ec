"""Hostile Parquet files: small when packed, large when read; nested, wide, and with odd types and footers."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.hostile.kinds import Dice, hostile


def _written(table: pa.Table, **how: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **({"compression": "zstd"} | how))
    return stream.getvalue()


def _numbers(n: int) -> pa.Array:
    return pa.array(np.arange(n) % 97)


@hostile("parquet", "table", valid=True)
def parquet_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small table, so that the others are known to be well made."""
    return _written(pa.table({"a": _numbers(dice.randint(3, 50))}))


@hostile("parquet", "table", fault=1)
def parquet_long_dictionary(dice: Dice) -> bytes:
    """Rows that all point to one long word of a dictionary."""
    word = "x" * dice.size(10, 20_000)
    rows = dice.size(2, 65_536)
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array([word]))
    return _written(pa.table({"a": _numbers(rows), "w": column}))


@hostile("parquet", "table", fault=2)
def parquet_long_lists(dice: Dice) -> bytes:
    """A few rows, each a list of millions of numbers, beside a column that can be heard."""
    rows = dice.randint(2, 64)
    length = dice.size(10, 256_000_000 // rows)
    values = pa.array(np.zeros(rows * length, dtype=np.int8))
    lists = pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * length), values)
    return _written(pa.table({"a": _numbers(rows), "l": lists}))


@hostile("parquet", "table")
def parquet_constant_columns(dice: Dice) -> bytes:
    """Thirty million cells of one number, packed to a few kilobytes."""
    columns = dice.size(1, 2_000)
    rows = dice.size(2, min(1_500_000, 30_000_000 // columns))
    kind = dice.choice((np.int64, np.float64, np.int8, np.bool_))
    column = pa.array(np.ones(rows, dtype=kind))
    return _written(pa.table({f"c{i}": column for i in range(columns)}))


@hostile("parquet", "table")
def parquet_many_columns(dice: Dice) -> bytes:
    """Thousands of columns in a footer that is larger than the data."""
    columns = dice.size(2, 10_000)
    name = "n" * dice.choice((1, 1, 300))
    return _written(pa.table({f"{name}{i}": _numbers(3) for i in range(columns)}))


@hostile("parquet", "table")
def parquet_many_groups(dice: Dice) -> bytes:
    """Each row, or none, in a group of its own."""
    rows, columns = dice.size(2, 5_000), dice.size(1, 20)
    table = pa.table({f"c{i}": _numbers(rows) for i in range(columns)})
    return _written(table, row_group_size=1)


@hostile("parquet", "table")
def parquet_nested(dice: Dice) -> bytes:
    """Lists of lists of structures, a hundred deep or two thousand wide, and maps."""
    rows = dice.randint(2, 100)
    column: pa.Array = _numbers(rows)
    for _ in range(dice.size(1, 60)):
        if dice.random() < 0.5:
            column = pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32)), column)
        else:
            column = pa.StructArray.from_arrays([column], ["s"])
    wide = _wide_structure(rows, dice.size(1, 2_000))
    return _written(pa.table({"a": _numbers(rows), "deep": column, "wide": wide}))


def _wide_structure(rows: int, width: int) -> pa.Array:
    return pa.StructArray.from_arrays([_numbers(rows)] * width, [f"f{i}" for i in range(width)])


@hostile("parquet", "table")
def parquet_odd_types(dice: Dice) -> bytes:
    """Numbers, times and dates at the ends of their types; decimals, halves, bytes, nothing."""
    extremes = [0, 1, -1, 2**31 - 1, -(2**31), 2**62, -(2**62), None]
    columns: dict[str, pa.Array] = {
        "u64": pa.array([0, 2**64 - 1, 2**63] + [None] * 5, pa.uint64()),
        "decimal": pa.array([Decimal("9" * 38), Decimal(0)] * 4, pa.decimal128(38, 0)),
        "fine": pa.array([Decimal("1e-70")] * 8, pa.decimal256(76, 70)),
        "half": pa.array(np.array([65_504, np.inf, np.nan, -0.0] * 2, dtype=np.float16)),
        "day": pa.array(extremes[:5] + [None] * 3, pa.int32()).cast(pa.date32()),
        "none": pa.nulls(8),
        "bytes": pa.array([b"\xff"] * 8),
        "fixed": pa.array([b"ab"] * 8, pa.binary(2)),
        "big": pa.array(["1"] * 8, pa.large_string()),
        "view": pa.array(["1,5"] * 8),
        "true": pa.array([True, None] * 4),
        "infinite": pa.array([np.inf, -np.inf, 1e308, -1e308, np.nan, 5e-324, 0.0, -0.0]),
        "clock": pa.array([0, 86_399_999_999] * 4, pa.time64("us")),
    }
    for unit in ("s", "ms", "us", "ns"):
        columns[f"at {unit}"] = pa.array(extremes, pa.int64()).cast(pa.timestamp(unit))
        columns[f"zone {unit}"] = pa.array(extremes, pa.int64()).cast(pa.timestamp(unit, tz="Pacific/Apia"))
        columns[f"for {unit}"] = pa.array(extremes, pa.int64()).cast(pa.duration(unit))
    chosen = dice.sample(sorted(columns), dice.randint(1, len(columns)))
    how = {"version": "2.6", "store_schema": dice.random() < 0.8}
    try:
        return _written(pa.table({name: columns[name] for name in chosen}), **how)
    except pa.ArrowException:  # a time that Parquet cannot hold
        return _written(pa.table({"half": columns["half"], "u64": columns["u64"]}), **how)


@hostile("parquet", "table")
def parquet_metadata(dice: Dice) -> bytes:
    """Notes of megabytes in the footer, and what pandas and Arrow say of the columns, made up."""
    n = dice.size(10, 30_000_000)
    odd = dice.pick(b"{", b"null", b'{"index_columns":["zz"],"columns":[]}', b"[" * 100_000, b"\xff", b"=")
    notes = {b"n": b"x" * n, b"pandas": odd, dice.pick(b"ARROW:schema", b"geo"): odd}
    return _written(pa.table({"a": _numbers(9)}).replace_schema_metadata(notes))


@hostile("parquet", "table")
def parquet_long_text(dice: Dice) -> bytes:
    """Words of megabytes that pack to nothing, plain or in a dictionary, as numbers or as names."""
    word = dice.choice(("x", "1", " ", "é", "1,5;")) * dice.size(10, 20_000_000)
    rows = dice.randint(2, 5)
    how = {
        "use_dictionary": dice.random() < 0.5,
        "compression": dice.choice(("zstd", "gzip", "snappy", "brotli")),
    }
    name = word[:1_000_000] if dice.random() < 0.3 else "w"
    return _written(pa.table({"a": _numbers(rows), name: pa.array([word] * rows)}), **how)


@hostile("parquet", "table")
def parquet_false_footer(dice: Dice) -> bytes:
    """A footer in which a few bytes say something else: counts, offsets, types, lengths."""
    data = bytearray(_written(pa.table({"a": _numbers(100), "w": pa.array(["ä", "b"] * 50)})))
    size = int.from_bytes(data[-8:-4], "little")
    for _ in range(dice.randint(1, 4)):
        place = len(data) - 8 - dice.randint(1, size)
        data[place] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, data[place] ^ 1, data[place] ^ 0x10))
    if dice.random() < 0.2:
        data[-8:-4] = dice.choice((0, 1, size - 1, 2**31, 2**32 - 1)).to_bytes(4, "little")
    return bytes(data)


@hostile("parquet", "table")
def parquet_false_pages(dice: Dice) -> bytes:
    """Pages whose heads say something else, with a footer that is right."""
    how = {
        "compression": dice.choice(("zstd", "none", "gzip")),
        "data_page_version": dice.choice(("1.0", "2.0")),
    }
    data = bytearray(_written(pa.table({"a": _numbers(5_000), "w": pa.array(["ä", "b"] * 2_500)}), **how))
    size = int.from_bytes(data[-8:-4], "little")
    for _ in range(dice.randint(1, 6)):
        place = dice.randint(4, min(len(data) - size - 9, dice.choice((40, 10**6))))
        data[place] = dice.randint(0, 255)
    return bytes(data)
