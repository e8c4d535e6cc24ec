"""Hostile JSON: deep, sparse, repeated, unequal, unfinished."""

from __future__ import annotations

from benchmarks.hostile.kinds import Dice, hostile


@hostile("json", "table")
def json_deep(dice: Dice) -> bytes:
    """Lists or objects in each other, up to ten million deep."""
    n = dice.size(10, 10_000_000)
    opens, closes = dice.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]"), (b"[1,", b"]")))
    n //= len(opens)
    return opens * n + dice.pick(b"1", b"", b"{}") + closes * dice.choice((n, n - 1, 0))


@hostile("json", "table")
def json_tricky_numbers(dice: Dice) -> bytes:
    """Integers of thousands of digits, exponents without end, minus nothing."""
    digits = b"1" * dice.size(10, 1_000_000)
    numbers = (digits, b"-" + digits, b"1e999", b"-1e999", b"1e-999", b"-0", b"NaN", b"-Infinity", b"0.%s" % digits,
               b"1e%s" % digits[:9], b"9007199254740993", b"18446744073709551616")  # fmt: skip
    cells = [dice.choice(numbers) if dice.random() < 0.2 else b"%d" % i for i in range(dice.randint(2, 50))]
    return dice.pick(b"[" + b",".join(cells) + b"]", b'{"a":[' + b",".join(cells) + b"]}")


@hostile("json", "table")
def json_repeated_keys(dice: Dice) -> bytes:
    """An object that says the same key again and again, with a list or a number."""
    n = dice.size(2, 1_000_000)
    pair = dice.pick(b'"a":1', b'"a":[1,2,3]', b'"":{"":1}', b'"\\u0000":null')
    return b"{" + b",".join([pair] * n) + b"}"


@hostile("json", "table", fault=6)
def json_sparse_records(dice: Dice) -> bytes:
    """Hundreds of thousands of records, each of which has another one of many keys, or none."""
    n_keys = dice.size(2, dice.choice((75, 2_500)))
    keys = [b'{"k%d":1}' % i for i in range(n_keys)]
    n = dice.size(10, 399_000)
    blank = dice.pick(b"{}", keys[0])
    spread = max(1, n // n_keys)
    records = [keys[i // spread % n_keys] if i % spread == 0 else blank for i in range(n)]
    separator = dice.pick(b",", b"\n")
    return b"[" + b",".join(records) + b"]" if separator == b"," else b"\n".join(records)


@hostile("json", "table")
def json_ragged_rows(dice: Dice) -> bytes:
    """A list of rows, one of which is wide and all others empty."""
    wide = b"[" + b",".join([b"1"] * dice.size(2, 100_000)) + b"]"
    n = dice.size(2, 450_000)
    blank = dice.pick(b"[]", b"[1]", b"[[]]", b"[null]", b"[{}]")
    return b"[" + b",".join([wide] + [blank] * n) + b"]"


@hostile("json", "table")
def json_objects_of_objects(dice: Dice) -> bytes:
    """Columns of which each has rows of its own, as pandas writes them, or wrappers in wrappers."""
    columns, rows = dice.size(1, 2_000), dice.size(1, 300)
    start = dice.randint(0, 1)
    made = [
        b'"c%d":{%s}' % (i, b",".join(b'"%d":%d' % (j + i * rows * start, j) for j in range(rows)))
        for i in range(columns)
    ]
    wraps = dice.randint(0, 5)
    return b'{"result":' * wraps + b"{" + b",".join(made) + b"}" + b"}" * wraps


@hostile("json", "table")
def json_odd_texts(dice: Dice) -> bytes:
    """Lone surrogates, zeros and marks of direction, escaped, as names and as cells."""
    odd = (
        b"\\ud800",
        b"\\udfff",
        b"\\u0000",
        b"\\u202e",
        b"\\u2028",
        b"\xf0\x9f\x98\x80",
        b"\xff",
        b"\\\\",
        b"=1",
    )
    names = [dice.choice(odd) + b"%d" % (i % 3) for i in range(dice.size(1, 300))]
    record = b"{" + b",".join(b'"%s":"%s"' % (name, dice.choice((*odd, b"1", b"2"))) for name in names) + b"}"
    return b"[" + b",".join([record] * dice.size(1, 300)) + b"]"


@hostile("json", "table")
def json_lines_unequal(dice: Dice) -> bytes:
    """JSON lines whose shapes differ: records, lists, numbers, half a record."""
    odd = (
        b"[]",
        b"1",
        b"null",
        b'{"a":',
        b'"x"',
        b"{}",
        b'{"a":{"b":{}}}',
        b"   ",
        b'{"b":1}{"c":2}',
        b"\xef\xbb\xbf{}",
    )
    n = dice.size(2, 300_000)
    lines = [dice.choice(odd) if dice.random() < 0.0001 else b'{"a":%d}' % (i % 7) for i in range(n)]
    return b'{"a":1}\n' + b"\n".join(lines) + dice.pick(b"", b"\n", b"\n{}", b"\n]")


@hostile("json", "table")
def json_long_texts(dice: Dice) -> bytes:
    """Cells, names and gaps of megabytes."""
    n = dice.size(10, 24_000_000)
    return dice.pick(
        b'[{"a":"' + b"x" * n + b'"},{"a":1}]',
        b'{"' + b"n" * n + b'":[1,2]}',
        b"[1," + b" " * n + b"2]",
        b'["' + b"\\u00e9" * (n // 6) + b'"]',
        b'{"a":[' + b'"1,5",' * (n // 12) + b'"x"]}',
        b"[" + b"1," * n + b"2]",
    )


@hostile("json", "table")
def json_wide_characters(dice: Dice) -> bytes:
    """JSON in UTF-16 or UTF-32, with or without marks, and a byte too many."""
    text = '[{"a":1,"é":"1,5"}' + ',{"a":2}' * dice.size(1, 50_000) + "]"
    name = dice.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252"))
    return text.encode(name) + dice.pick(b"", b"\x00", b" ", b"]")
