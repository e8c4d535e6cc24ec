"""Hostile tables of text: CSV and its relatives, and gzip around them."""

from __future__ import annotations

import gzip
import struct
import zlib

from benchmarks.hostile.kinds import Dice, hostile

_TRICKY_NUMBERS = (
    "1e308", "-1e308", "1e999", "-0", "0x1F", "1_000", "1" * 4_301, "9" * 400, "١٢٣", "１２", "½", "²", "1,5", "1.1.20",
    "(1,5)", "12 %", "$ 3", "€1.000,50", "1'000", "- 5", "5-", "+.5", ".", ",", "-", "NaN", "inf", "-Infinity", "#N/A",
    "1e-400", "1E5", "1d5", "=1+1", "=HYPERLINK(1)", "TRUE", "null", "\u00a01", "1\u2212", "\u22125", "1 000 000",
)  # fmt: skip
_TRICKY_DATES = (
    "0001-01-01", "9999-12-31", "10000-01-01", "-0044-03-15", "1659-01", "2020-02-30", "2020-13-01", "31/12/9999",
    "1.1.20", "2020-W53-7", "2020-366", "24:00", "2020-01-01T00:00:60Z", "2020-01-01 00:00+99:99", "Q5 2020", "0",
    "2020-01-01T00:00:00.123456789123Z", "Jan 0 2020", "2020年1月1日", "１９９９-０１-０１", "99999999999", "1e5-01-01",
    "1/1/1", "1582-10-10", "2262-04-12", "1677-09-21", "00/00/0000", "12-Feb-", "2020-01-01 BC", "٢٠٢٠-٠١-٠١",
)  # fmt: skip
_ODD_TEXTS = (
    "", " ", "\u202eabc", "\u0007", "\u2028", "\ufeff", "😀" * 50, "a\u0301" * 50, "\x85", "\x1c", "word", "=1", "'",
)  # fmt: skip


def _table(dice: Dice, cells: tuple[str, ...], *, rows: int, columns: int, delimiter: str = ",") -> bytes:
    """A table of the same few cells; one row in a hundred is thrown anew."""
    lines = [delimiter.join(f"c{i}" for i in range(columns))]
    line = ""
    for row in range(rows):
        if row % 100 == 0:
            line = delimiter.join(dice.choice(cells) for _ in range(columns))
        lines.append(line)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@hostile("csv", "table")
def csv_one_long_line(dice: Dice) -> bytes:
    """A table whose only line is as long as a file may be, with or without delimiters."""
    n = dice.size(1_000, 100_000_000)
    return dice.pick(b"a" * n, b"1 " * (n // 2), b"x,1\n" + b"7" * n, b"a,b\n1,2\n" + b"," * n, b"\t" * n)


@hostile("csv", "table")
def csv_many_columns(dice: Dice) -> bytes:
    """A header of up to a million columns."""
    n = dice.size(10, 1_000_000)
    delimiter = dice.pick(b",", b";", b"\t", b"|", b" ")
    head = delimiter.join(b"c%d" % i for i in range(n))
    return head + b"\n" + delimiter.join([b"1"] * dice.choice((n, n - 1, n + 1, 1))) + b"\n"


@hostile("csv", "table")
def csv_quotes(dice: Dice) -> bytes:
    """Quotation marks that never close, double without end, or hold the rest of the file."""
    n = dice.size(10, 4_000_000)
    mark = dice.pick(b'"', b"'", b'""', b'"\n', b'",', b'"a"b', b'"""', b'\\"')
    return dice.pick(b"a,b\n", b"", b'"a,b\n') + mark * n + dice.pick(b"", b'"', b"\n1,2\n")


@hostile("csv", "table", fault=6)
def csv_ambiguous_cells(dice: Dice) -> bytes:
    """Two thousand columns of cells that are neither clearly numbers nor dates nor words."""
    cell = dice.choice(("(1,5)", "1.1.20", "1,234", "01/02/03", "5-6", "1e5e"))
    columns = dice.size(2, 2_000)
    rows = dice.size(2, min(8_700, 100_000_000 // (columns * (len(cell) + 1))))
    return _table(dice, (cell, cell, "x"), rows=rows, columns=columns, delimiter=dice.choice(";\t|"))


@hostile("csv", "table")
def csv_ragged_rows(dice: Dice) -> bytes:
    """Each row has another number of cells."""
    most = dice.size(2, 2_000)
    rows = dice.size(10, 20_000_000 // most)
    lines = [b",".join([b"1"] * (i * 7919 % most)) for i in range(most)]
    return b"a,b,c\n" + b"\n".join(lines[i % most] for i in range(rows))


@hostile("csv", "table")
def csv_tricky_numbers(dice: Dice) -> bytes:
    """Numbers at the end of what a double holds, in other scripts, with thousands of digits."""
    return _table(
        dice,
        _TRICKY_NUMBERS,
        rows=dice.size(3, 20_000),
        columns=dice.size(1, 40),
        delimiter=dice.choice(";\t|"),
    )


@hostile("csv", "table")
def csv_tricky_dates(dice: Dice) -> bytes:
    """Dates before and after what nanoseconds reach, that never were, in other scripts."""
    few = tuple(dice.sample(_TRICKY_DATES, dice.randint(1, 4)))
    return _table(
        dice, few, rows=dice.size(3, 20_000), columns=dice.size(1, 10), delimiter=dice.choice(";\t")
    )


@hostile("csv", "table")
def csv_odd_texts(dice: Dice) -> bytes:
    """Control characters, marks of direction, byte order marks and line separators in cells and names."""
    texts = (*_ODD_TEXTS, "1", "2")
    body = _table(
        dice, texts, rows=dice.size(2, 5_000), columns=dice.size(1, 30), delimiter=dice.choice(",;\t")
    )
    head = ",".join(dice.choice(_ODD_TEXTS) for _ in range(dice.randint(1, 30)))
    return head.encode() + b"\n" + body


@hostile("csv", "table")
def csv_comment_lines(dice: Dice) -> bytes:
    """Hundreds of thousands of comments before, between and behind the rows."""
    n = dice.size(10, 1_500_000)
    comment = dice.pick(b"#\n", b"# a,b\n", b"#" * 100 + b"\n", b"  #\n", b"//\n", b"%\n")
    return comment * n + b"a,b\n" + (b"1,2\n" + comment) * (n // 10) + comment


@hostile("csv", "table")
def csv_line_ends(dice: Dice) -> bytes:
    """Blank lines of every kind, more of them than rows."""
    n = dice.size(10, 3_000_000)
    ends = (b"\n", b"\r", b"\r\n", b"\r\r\n", b"\n\r", b"\x0c", b"\x0b", b"\x1a", b"\xe2\x80\xa8", b" \n")
    end, other = dice.choice(ends), dice.choice(ends)
    return dice.pick(b"", end * n) + b"a,b" + end + (b"1,2" + other + end) * (n // 10) + end * n


@hostile("csv", "table", fault=16)
def csv_wide_characters(dice: Dice) -> bytes:
    """UTF-16 and UTF-32 with a byte too many, half a pair, or the wrong byte order mark."""
    text = "a;b\n" + "1;2\n" * dice.size(1, 200_000) + dice.choice(("", "\ud800", "\udc00"))
    name = dice.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"))
    mark = dice.pick(b"", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00", b"\xef\xbb\xbf")
    return mark + text.encode(name, "surrogatepass") + dice.pick(b"", b"\n", b"\x00", b"x")


@hostile("csv", "table")
def csv_old_encodings(dice: Dice) -> bytes:
    """Words in an old encoding, cut in the middle of a character, or in two encodings at once."""
    names = ("cp1252", "cp1251", "shift_jis", "gb18030", "big5", "euc-kr", "koi8-r", "cp437", "utf-7", "hz")
    words = "名前;значение;Größe;가격\n"
    rows = dice.size(1, 100_000)
    one = (words + "1;2;3;4\n" * 5).encode(dice.choice(names), "ignore")
    two = words.encode(dice.choice(names), "ignore")
    return one + (one[10:] + two) * (rows // 10) + one[: dice.randint(1, len(one))]


@hostile("csv", "table")
def csv_runs_of_spaces(dice: Dice) -> bytes:
    """Columns that are told apart by runs of millions of blanks."""
    run = dice.pick(b" ", b"\t", b" \t", b"\xc2\xa0") * dice.size(2, 5_000_000)
    return b"a" + run + b"b\n1" + run + b"2\n" + b" " * dice.size(1, 100_000) + b"3 4\n"


@hostile("csv", "table")
def csv_repeated_names(dice: Dice) -> bytes:
    """All columns have one name, which is long and looks like a name that was made unique."""
    n = dice.size(2, 2_000)
    base = dice.pick(b"x", b"x (2)", b"y" * 5_000, b" ", b"\xe2\x80\xae", b"Column 2")
    names = [base if dice.random() < 0.9 else base + b" (%d)" % dice.randint(2, n) for _ in range(n)]
    return b";".join(names) + b"\n" + (b";".join([b"1"] * n) + b"\n") * 3


@hostile("csv", "table")
def csv_mixed_delimiters(dice: Dice) -> bytes:
    """As many commas as semicolons, bars and tabs."""
    line = "".join(dice.choice("1,;|\t :.") for _ in range(dice.size(5, 10_000)))
    return (line + "\n").encode() * dice.size(1, 2_000)


@hostile("csv", "table")
def csv_title_lines(dice: Dice) -> bytes:
    """Hundreds of thousands of lines of prose above the table, each wider than the one before."""
    n = dice.size(2, 2_000)
    return b"\n".join(b"t," * i for i in range(n)) + b"\na,b\n1,2\n3,4\n"


@hostile("csv", "table")
def csv_blank_cells(dice: Dice) -> bytes:
    """Cells that hold nothing, or nothing but delimiters, up to the most cells that are read."""
    columns = dice.size(1, 2_000)
    line = dice.pick(b",", b";", b"\t", b"NA,", b'"",', b" ,") * columns
    return (line + b"\n") * dice.size(1, 30_000_000 // columns // 4)


@hostile("txt", "text")
def text_pasted(dice: Dice) -> bytes:
    """What is pasted: one line of numbers, a column of words, delimiters only, in all lengths."""
    unit = dice.choice((*_TRICKY_NUMBERS[:12], "1 ", "1\n", "a\n", ";", "1;2\n", "\ud800", "\x00", "\u2028"))
    return (unit * (dice.size(1, 2_000_000) // len(unit) + 1)).encode("utf-8", "surrogatepass")


@hostile("csv.gz", "table", fault=5)
def gzip_many_members(dice: Dice) -> bytes:
    """A gzip file of hundreds of thousands of members of a few bytes."""
    member = gzip.compress(dice.pick(b"1,2\n", b"", b"1\n"), mtime=0)
    return gzip.compress(b"a,b\n", mtime=0) + member * dice.size(2, 200_000)


@hostile("csv.gz", "table")
def gzip_bomb(dice: Dice) -> bytes:
    """Members that unpack to a thousand times their size."""
    member = gzip.compress(dice.pick(b"1,2\n", b"0", b"\n") * dice.size(1_000, 4_000_000), mtime=0)
    return member * dice.size(1, 500)


@hostile("csv.gz", "table")
def gzip_odd_header(dice: Dice) -> bytes:
    """Optional fields without an end, reserved flags, a gzip file inside a gzip file, a cut end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(b"a,b\n1,2\n3,4\n") + packer.flush()
    flags = dice.choice((0x00, 0x02, 0x04, 0x08, 0x10, 0x1C, 0xE0))
    head = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6)
    extra = struct.pack("<H", 65_535) + bytes(65_535) if flags & 4 else b""
    words = b"n" * dice.size(1, 20_000_000) + (b"\0" if dice.random() < 0.5 else b"")
    tail = struct.pack("<II", zlib.crc32(b"a,b\n1,2\n3,4\n"), 12)
    made = head + extra + (words if flags & 0x18 else b"") + body + tail
    return dice.pick(made, made[:-5], gzip.compress(made, mtime=0), made + b"trailing")
