"""Hostile workbooks as ODS, XLSB and XLS, written record by record."""

from __future__ import annotations

import struct

from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import zipped

_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'

# OpenDocument.

_ODS_SPACES = " ".join(
    f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
)


def _ods(rows: str, *, before: str = "") -> bytes:
    content = (
        f"{_HEAD}<office:document-content {_ODS_SPACES}>{before}<office:body><office:spreadsheet>"
        f'<table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": mimetype, "META-INF/manifest.xml": manifest, "content.xml": content})


def _ods_cell(value: object, more: str = "") -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"{more}/>'


def _ods_row(cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{cells}</table:table-row>"


@hostile("ods", "table", valid=True)
def ods_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small workbook, so that the others are known to be well made."""
    return _ods("".join(_ods_row(_ods_cell(i * 7 % 11)) for i in range(dice.randint(3, 50))))


@hostile("ods", "table")
def ods_repeated(dice: Dice) -> bytes:
    """Cells and rows that say they are repeated a million times, empty or with a number."""
    columns = f' table:number-columns-repeated="{dice.choice((16_384, 1_024, 2**31, -1, 10**20, "x", 3))}"'
    rows = f' table:number-rows-repeated="{dice.choice((1_048_576, 10_000, 2**32, 0, "", 3))}"'
    cell = dice.choice((_ods_cell(1, columns), f"<table:table-cell{columns}/>"))
    body = _ods_row(cell, dice.choice(("", rows))) * dice.size(1, 300)
    return _ods(body + _ods_row(_ods_cell(1)) + _ods_row(_ods_cell(2)))


@hostile("ods", "table")
def ods_spaces(dice: Dice) -> bytes:
    """A word that says it holds a billion blanks, or paragraphs without end."""
    blanks = f'<text:s text:c="{dice.choice((10**6, 10**8, 10**9, 2**31, 2**64, -1, "x"))}"/>'
    inner = dice.choice(
        (
            blanks * dice.size(1, 500),
            "<text:p/>" * dice.size(1, 3_000_000),
            "<text:span>" * dice.size(1, 1_000_000),
        )
    )
    word = f'<table:table-cell office:value-type="string"><text:p>a{inner}</text:p></table:table-cell>'
    return _ods(_ods_row(word) * 2 + _ods_row(_ods_cell(2)))


@hostile("ods", "table")
def ods_small_cells(dice: Dice) -> bytes:
    """Millions of cells, or of columns that are described and hold nothing."""
    n = dice.size(10, 1_500_000)
    columns = dice.size(1, 2_000)
    unit = dice.choice((_ods_cell(1), "<table:table-cell/>", "<table:covered-table-cell/>"))
    return _ods(
        "<table:table-column/>" * dice.size(1, 100_000) + _ods_row(unit * columns) * (n // columns + 1)
    )


@hostile("ods", "table")
def ods_odd_values(dice: Dice) -> bytes:
    """Values of types that do not fit: dates, times, percentages, currencies, formulas."""
    values = ("1e999", "", "NaN", "-", "1" * 5_000, "0x1", "true", "١")
    dates = ("9999-99-99", "-0044-03-15", "PT99999999H", "P1Y", "2020-01-01T25:00:00", "", "PT1.5S")
    cells = []
    for _ in range(dice.size(1, 3_000)):
        kind = dice.choice(("float", "date", "time", "percentage", "currency", "boolean", "string", "?"))
        cells.append(_ods_row(
            f'<table:table-cell office:value-type="{kind}" office:value="{dice.choice(values)}" '
            f'office:{kind if kind in ("date", "time") else "boolean"}-value="{dice.choice(dates)}" '
            'table:formula="of:=[.A1]"/>' + _ods_cell(dice.choice(values))))  # fmt: skip
    return _ods("".join(cells))


# Binary workbooks.


def _record(number: int, content: bytes = b"") -> bytes:
    """A record of an XLSB part: number and length of seven bits a byte."""
    size, length = len(content), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            break
    name = bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80, number >> 7])
    return name + length + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb(sheet: bytes, *, strings: bytes = b"", name: str = "S") -> bytes:
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name)
    book = _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
    relations = (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELS}/worksheet" Target="worksheets/sheet1.bin"/>'
        f'<Relationship Id="rId2" Type="{_RELS}/sharedStrings" Target="sharedStrings.bin"/></Relationships>'
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": relations,
        "xl/worksheets/sheet1.bin": sheet,
    }
    if strings:
        parts["xl/sharedStrings.bin"] = strings
    return zipped(parts)


def _xlsb_sheet(cells: bytes, *, size: tuple[int, int, int, int] = (0, 9, 0, 9)) -> bytes:
    return (
        _record(129)
        + _record(148, struct.pack("<4I", *size))
        + _record(145)
        + cells
        + _record(146)
        + _record(130)
    )


def _xlsb_row(number: int) -> bytes:
    return _record(0, struct.pack("<II", number, 0) + bytes(9))


def _xlsb_cell(column: int, value: float) -> bytes:
    return _record(5, struct.pack("<IId", column, 0, value))


@hostile("xlsb", "table", valid=True)
def xlsb_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small workbook, so that the others are known to be well made."""
    n = dice.randint(3, 50)
    cells = b"".join(_xlsb_row(i) + _xlsb_cell(0, i * 7 % 11) for i in range(n))
    return _xlsb(_xlsb_sheet(cells, size=(0, n - 1, 0, 0)))


@hostile("xlsb", "table")
def xlsb_small_cells(dice: Dice) -> bytes:
    """Millions of binary cells, blank or not, in rows that come again."""
    unit = dice.choice(
        (_xlsb_cell(0, 1.0), _record(1, bytes(8)), _record(2, bytes(12)), _record(0, bytes(17)))
    )
    return _xlsb(
        _xlsb_sheet(
            _xlsb_row(0) + unit * dice.size(10, 90_000_000 // len(unit)) + _xlsb_row(1) + _xlsb_cell(0, 2.0)
        )
    )


@hostile("xlsb", "table")
def xlsb_far_cells(dice: Dice) -> bytes:
    """Binary cells in far corners, and dimensions that lie."""
    far = (0, 1, 16_383, 1_048_575, 2**31, 2**32 - 1)
    cells = b"".join(
        _xlsb_row(dice.choice(far)) + _xlsb_cell(dice.choice(far), 1.0) for _ in range(dice.size(1, 10))
    )
    size = (dice.choice(far), dice.choice(far), dice.choice(far), dice.choice(far))
    return _xlsb(_xlsb_sheet(cells, size=size))


@hostile("xlsb", "table")
def xlsb_odd_records(dice: Dice) -> bytes:
    """Records that are too short, too long, unknown, or strings that say they are longer."""

    def odd() -> bytes:
        """One of them."""
        text = struct.pack("<III", 0, 0, dice.choice((0, 1, 2**31, 2**32 - 1))) + b"a\0"
        number = dice.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 62, 129, 145, 146, 2_000))
        return _record(number, dice.choice((b"", bytes(3), bytes(8), text, bytes(70_000))))

    cells = _xlsb_row(0) + b"".join(odd() for _ in range(dice.size(1, 500)))
    strings = _record(159, struct.pack("<II", 2**32 - 1, 2**32 - 1)) + b"".join(
        odd() for _ in range(dice.size(1, 50))
    )
    return _xlsb(_xlsb_sheet(cells), strings=strings)


_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound_file(stream: bytes, *, name: str = "Workbook", twist: tuple[int, int] | None = None) -> bytes:
    """An old Office file of one stream: header, table of sectors, directory, the stream (MS-CFB, version 3).

    Parameters
    ----------
    stream : bytes
    name : str
    twist : (int, int), optional
        A sector of the stream, and which one the table says comes after it.
    """
    stream += b"\0" * (max(4_096, -len(stream) % 512 + len(stream)) - len(stream))
    n_stream = len(stream) // 512
    n_tables = 1
    while n_tables * 128 < n_tables + 1 + n_stream:
        n_tables += 1
    first = n_tables + 1
    following = [*range(first + 1, first + n_stream), _END]
    if twist is not None:
        following[twist[0] % n_stream] = twist[1]
    table = [_FAT] * n_tables + [_END] + following
    table += [_FREE] * (n_tables * 128 - len(table))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack("<IIIIIIIII", 0, n_tables, n_tables, 0, 4_096, _END, 0, _END, 0)
    header += struct.pack("<109I", *(i if i < n_tables else _FREE for i in range(109)))
    entries = _entry("Root Entry", 5, child=1, start=_END, size=0) + _entry(
        name, 2, child=_FREE, start=first, size=len(stream)
    )
    return header + struct.pack(f"<{len(table)}I", *table) + entries + bytes(256) + stream


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le")[:62]
    links = struct.pack("<HBBIII", len(wide) + 2, kind, 1, _FREE, _FREE, child)
    return wide + bytes(64 - len(wide)) + links + bytes(36) + struct.pack("<IQ", start, size)


def _biff(number: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def _xls(
    cells: bytes,
    *,
    size: tuple[int, int, int, int] = (0, 9, 0, 9),
    strings: bytes = b"",
    twist: tuple[int, int] | None = None,
) -> bytes:
    """A workbook of BIFF8 records with one sheet."""
    begin = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    name = struct.pack("<BB", 1, 0) + b"S"
    n_before = len(begin) + len(_biff(0x0085, bytes(6) + name)) + len(strings) + 4
    book = begin + _biff(0x0085, struct.pack("<IH", n_before, 0) + name) + strings + _biff(0x000A)
    sheet = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    sheet += _biff(0x0200, struct.pack("<IIHHH", *size, 0)) + cells + _biff(0x000A)
    return compound_file(book + sheet, twist=twist)


def _xls_number(row: int, column: int, value: float) -> bytes:
    return _biff(0x0203, struct.pack("<HHHd", row, column, 0, value))


@hostile("xls", "table", valid=True)
def xls_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small workbook, so that the others are known to be well made."""
    n = dice.randint(3, 50)
    return _xls(b"".join(_xls_number(i, 0, i * 7 % 11) for i in range(n)), size=(0, n, 0, 1))


@hostile("xls", "table")
def xls_many_cells(dice: Dice) -> bytes:
    """Hundreds of thousands of old cells, in all places or in one."""
    n = dice.size(10, 380_000)  # what the table of sectors of one header can tell
    width = dice.choice((1, 16, 256))
    one = _xls_number(0, 0, 1.0)
    cells = (
        one * n
        if dice.random() < 0.3
        else b"".join(_xls_number(i // width % 65_536, i % width, 1.0) for i in range(n))
    )
    return _xls(
        cells,
        size=dice.choice(((0, n // width + 1, 0, width), (0, 65_536, 0, 256), (0, 2**32 - 1, 0, 65_535))),
    )


@hostile("xls", "table")
def xls_far_cells(dice: Dice) -> bytes:
    """Old cells in far corners, runs of cells that end before they begin, dimensions that lie."""

    def far() -> bytes:
        """One of them."""
        row, column = dice.choice((0, 1, 65_535)), dice.choice((0, 1, 255, 65_535))
        run = (
            struct.pack("<HH", row, column)
            + bytes(6) * dice.randint(0, 1_000)
            + struct.pack("<H", dice.choice((0, 65_535)))
        )
        return dice.choice(
            (
                _xls_number(row, column, 1.0),
                _biff(0x00BD, run[:8_000]),
                _biff(0x00FD, struct.pack("<HHHI", row, column, 0, 2**32 - 1)),
            )
        )

    return _xls(
        b"".join(far() for _ in range(dice.size(1, 2_000))),
        size=(0, dice.choice((1, 65_536, 2**31)), 0, 65_535),
    )


@hostile("xls", "table")
def xls_odd_strings(dice: Dice) -> bytes:
    """Shared strings that say they are more, longer, richer or wider than they are, with records that continue."""

    def one() -> bytes:
        """One string."""
        flags = dice.choice((0, 1, 4, 8, 12, 13))
        return struct.pack("<HB", dice.choice((0, 1, 5, 65_535)), flags) + bytes(dice.randint(0, 30))

    body = struct.pack("<II", dice.choice((1, 2**32 - 1)), dice.choice((1, 1_000, 2**31, 2**32 - 1)))
    body += b"".join(one() for _ in range(dice.size(1, 300)))
    strings = _biff(0x00FC, body[:8_224]) + _biff(
        0x003C, dice.choice((b"", b"\1", bytes(8_000)))
    ) * dice.size(1, 5_000)
    return _xls(_xls_number(0, 0, 1.0) + _xls_number(1, 0, 2.0), strings=strings)


@hostile("xls", "table")
def xls_circular(dice: Dice) -> bytes:
    """An old file whose sectors follow each other in a circle, or lead outside."""
    cells = b"".join(_xls_number(i, 0, 1.0) for i in range(dice.size(300, 20_000)))
    return _xls(cells, twist=(dice.randint(0, 1_000), dice.choice((0, 1, 2, 3, 9, 2**31, _FAT, _FREE))))
