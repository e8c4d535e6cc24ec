"""Hostile XLSX workbooks, written part by part, and ZIP archives that lie."""

from __future__ import annotations

import io
import struct
import zipfile

from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import zipped

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_ROWS = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="2"><c r="A2"><v>3</v></c></row>'


def _xlsx(
    rows: str = _ROWS,
    *,
    before: str = "",
    after: str = "",
    styles: str = "",
    strings: str = "",
    sheets: str = '<sheet name="S" sheetId="1" r:id="rId1"/>',
    book: str = "",
    target: str = "worksheets/sheet1.xml",
    head: str = _HEAD,
    **more: str | bytes,
) -> bytes:
    """A workbook of one sheet, with room for what is absurd."""
    sheet = f'{head}<worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    relations = "".join(
        f'<Relationship Id="{name}" Type="{_RELS}/{kind}" Target="{path}"/>'
        for name, kind, path in (
            ("rId1", "worksheet", target),
            ("rId2", "styles", "styles.xml"),
            ("rId3", "sharedStrings", "sharedStrings.xml"),
        )
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OFFICE}.worksheet+xml"/></Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>{sheets}</sheets>{book}</workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    if styles:
        parts["xl/styles.xml"] = f'{_HEAD}<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>'
    if strings:
        parts["xl/sharedStrings.xml"] = f'{_HEAD}<sst xmlns="{_MAIN}">{strings}</sst>'
    return zipped(parts | more)


def _row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


@hostile("xlsx", "table", valid=True)
def xlsx_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small workbook, so that the others are known to be well made."""
    n = dice.randint(3, 50)
    return _xlsx("".join(_row(i, f'<c r="A{i}"><v>{i * 7 % 11}</v></c>') for i in range(1, n)))


@hostile("xlsx", "table", fault=4)
def xlsx_small_cells(dice: Dice) -> bytes:
    """Three million cells of one digit, in many rows or in one, with or without their places."""
    n = dice.size(10, 3_000_000)
    columns = min(n, dice.size(1, 16_384))
    row = "<row>" + "<c><v>1</v></c>" * columns + "</row>"
    return _xlsx(row * max(1, n // columns))


@hostile("xlsx", "table", fault=4)
def xlsx_empty_cells(dice: Dice) -> bytes:
    """Twenty-two million cells that hold nothing."""
    columns = dice.size(1, 16_384)
    return _xlsx(("<row>" + "<c/>" * columns + "</row>") * (dice.size(10, 22_000_000) // columns + 1) + _ROWS)


@hostile("xlsx", "table", fault=4)
def xlsx_last_column(dice: Dice) -> bytes:
    """Rows of which only the last column is used."""
    column = dice.choice(("XFD", "ALL", "ZZ", "CV"))
    n = dice.size(2, 200_000)
    return _xlsx("".join(f'<row r="{i}"><c r="{column}{i}"><v>1</v></c></row>' for i in range(1, n)))


@hostile("xlsx", "table", fault=4)
def xlsx_empty_rows(dice: Dice) -> bytes:
    """Fourteen million rows without a cell."""
    return _xlsx(
        _ROWS + dice.choice(("<row/>", "<row></row>", '<row r="9"/>')) * (dice.size(10, 14_000_000) // 2)
    )


@hostile("xlsx", "table", fault=4)
def xlsx_styles(dice: Dice) -> bytes:
    """Hundreds of thousands of cell styles and formats of numbers."""
    n = dice.size(2, 900_000)
    formats = "".join(
        f'<numFmt numFmtId="{164 + i}" formatCode="yyyy&quot;{i}&quot;"/>' for i in range(min(n, 200_000))
    )
    return _xlsx(styles=f"<numFmts>{formats}</numFmts><cellXfs>{'<xf/>' * n}</cellXfs>")


@hostile("xlsx", "table", fault=4)
def xlsx_shared_strings(dice: Dice) -> bytes:
    """Five million shared strings, empty or in many runs."""
    unit = dice.choice(
        ("<si/>", "<si><t/></si>", "<si><t>1</t></si>", "<si><r><t>a</t></r><r><t>b</t></r></si>")
    )
    cell = f'<c r="A3" t="s"><v>{dice.choice((0, 1, 2**31, -1, 10**30))}</v></c>'
    return _xlsx(_ROWS + _row(3, cell), strings=unit * dice.size(2, 90_000_000 // len(unit)))


@hostile("xlsx", "table")
def xlsx_long_string(dice: Dice) -> bytes:
    """One cell of fifty megabytes, shared by many."""
    text = dice.choice(("x", "1", "&amp;", "&#128512;", " ", "\n")) * dice.size(10, 10_000_000)
    cells = "".join(_row(i, f'<c r="A{i}" t="s"><v>0</v></c>') for i in range(2, dice.size(3, 1_000)))
    return _xlsx(cells, strings=f"<si><t>{text}</t></si>")


@hostile("xlsx", "table")
def xlsx_string_runs(dice: Dice) -> bytes:
    """A cell whose text is in a million runs, with phonetic guides."""
    run = dice.choice(
        ("<r><t>a</t></r>", "<r><rPr><b/></rPr><t>1</t></r>", '<rPh sb="0" eb="1"><t>a</t></rPh>')
    )
    inline = f'<c r="A3" t="inlineStr"><is>{run * dice.size(2, 3_000_000)}</is></c>'
    return _xlsx(_ROWS + _row(3, inline))


@hostile("xlsx", "table")
def xlsx_two_corners(dice: Dice) -> bytes:
    """One cell in each of two corners of the sheet."""
    corner = dice.choice(("XFD1048576", "A1048576", "XFD2", "ALL1000000", "CV500000"))
    row = corner.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return _xlsx(_ROWS + f'<row r="{row}"><c r="{corner}"><v>1</v></c></row>')


@hostile("xlsx", "table")
def xlsx_false_dimension(dice: Dice) -> bytes:
    """A sheet that says it is larger, smaller or elsewhere."""
    said = dice.choice(
        ("A1:XFD1048576", "XFD1048576:A1", "A1", "", "B2:A1", "A0:B0", "A1:ZZZZZZZ9", "A1:B99999999999", "::")
    )
    return _xlsx(before=f'<dimension ref="{said}"/>')


@hostile("xlsx", "table")
def xlsx_odd_places(dice: Dice) -> bytes:
    """Cells at places that do not exist, twice, or in the wrong order."""
    places = (
        "A0",
        "1A",
        "",
        "a1",
        "ZZZZ1",
        "A99999999999",
        "A-1",
        "XFE1",
        "A1",
        "B2",
        "A1:B2",
        "R1C1",
        "Ä1",
        "$A$1",
        "A1048577",
    )
    cells = [f'<c r="{dice.choice(places)}"><v>{i}</v></c>' for i in range(dice.size(1, 2_000))]
    rows = (1, 3, 2, 2, 0, -1, 1_048_577, 2**31, 2**63, "x")
    return _xlsx("".join(f'<row r="{dice.choice(rows)}">{cell}</row>' for cell in cells))


@hostile("xlsx", "table")
def xlsx_odd_values(dice: Dice) -> bytes:
    """Values that do not fit their types: dates beyond the end of time, errors, numbers of a megabyte."""
    n = dice.size(1, 2_000)
    kinds = ("n", "s", "b", "e", "str", "d", "inlineStr", "zzz")
    values = ("1e308", "1e999", "NaN", "-1", "-1e308", "2958466", "60", "0.9999999999", "#N/A", "TRUE", "", "1" * 5_000,
              "2020-13-45", "9999-12-31T23:59:60", "١", "0x10", "inf", "&lt;", "2147483648")  # fmt: skip
    cells = "".join(
        _row(i, f'<c r="A{i}" s="{dice.choice((0, 1, 2, 99, -1))}" t="{dice.choice(kinds)}"><v>{dice.choice(values)}</v></c>'
                f'<c r="B{i}" s="1"><v>{dice.choice(values)}</v></c>')
        for i in range(1, n + 1)
    )  # fmt: skip
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/></cellXfs>'
    return _xlsx(cells, styles=styles, book=dice.choice(("", '<workbookPr date1904="1"/>')))


@hostile("xlsx", "table")
def xlsx_long_format(dice: Dice) -> bytes:
    """A format of numbers that is a megabyte long, with brackets and quotes that never close."""
    code = dice.choice(
        ("[", "&quot;", "\\", "_", "y", "[$-409]", "#,", ";", "@", "0.", "E+", "[h]", "*")
    ) * dice.size(10, 1_000_000)
    styles = f'<numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
    return _xlsx(
        _row(1, '<c r="A1" s="0"><v>44000</v></c>') + _row(2, '<c r="A2" s="0"><v>44001</v></c>'),
        styles=styles,
    )


@hostile("xlsx", "table")
def xlsx_merged(dice: Dice) -> bytes:
    """Merged ranges: the whole sheet, and a hundred thousand that overlap."""
    ranges = "".join(f'<mergeCell ref="A{i}:XFD1048576"/>' for i in range(1, dice.size(2, 100_000)))
    return _xlsx(
        after=f'<mergeCells count="4294967295"><mergeCell ref="A1:XFD1048576"/>{ranges}</mergeCells>'
    )


@hostile("xlsx", "table")
def xlsx_defined_names(dice: Dice) -> bytes:
    """Hundreds of thousands of names for ranges."""
    names = "".join(
        f'<definedName name="n{i}">S!$A$1:$XFD$1048576</definedName>' for i in range(dice.size(2, 300_000))
    )
    return _xlsx(book=f"<definedNames>{names}</definedNames>")


@hostile("xlsx", "table")
def xlsx_deep_xml(dice: Dice) -> bytes:
    """Elements in each other, millions deep."""
    n = dice.size(10, 5_000_000)
    deep = "<a>" * n + "</a>" * dice.choice((n, 0))
    return dice.choice((_xlsx, _deep_after))(_ROWS + deep) if dice.random() < 0.5 else _xlsx(before=deep)


def _deep_after(rows: str) -> bytes:
    return _xlsx(after=rows)


@hostile("xlsx", "table")
def xlsx_entities(dice: Dice) -> bytes:
    """A document type with entities that grow a billionfold, or name a file."""
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    outside = '<!ENTITY l11 SYSTEM "file:///etc/passwd">'
    head = f'{_HEAD}<!DOCTYPE worksheet [<!ENTITY l0 "ha">{dice.choice((laughs, outside))}]>'
    return _xlsx(_ROWS + _row(3, '<c r="A3" t="str"><v>&l11;</v></c>'), head=head)


@hostile("xlsx", "table")
def xlsx_shared_formulas(dice: Dice) -> bytes:
    """Formulas that are shared by the whole sheet and refer to each other."""
    n = dice.size(2, 200_000)
    first = (
        f'<c r="A1"><f t="shared" ref="A1:XFD1048576" si="0">{"A1+" * dice.size(1, 8_000)}1</f><v>1</v></c>'
    )
    others = "".join(
        _row(i, f'<c r="A{i}"><f t="shared" si="{dice.choice((0, 1, 2**32))}"/><v>1</v></c>')
        for i in range(2, n)
    )
    return _xlsx(_row(1, first) + others)


@hostile("xlsx", "table")
def xlsx_many_sheets(dice: Dice) -> bytes:
    """Thousands of sheets, hidden, of one name, or without a part."""
    n = dice.size(2, 100_000)
    name = dice.choice(("S", "S{i}", "\u202e{i}", "x" * 300, "", "&lt;{i}"))
    state = dice.choice(("", ' state="hidden"', ' state="veryHidden"', ' state="?"'))
    sheets = "".join(
        f'<sheet name="{name.format(i=i)}" sheetId="{i}"{state} r:id="rId{dice.choice((1, 1, 9))}"/>'
        for i in range(n)
    )
    return _xlsx("", sheets=sheets)


@hostile("xlsx", "table")
def xlsx_odd_relations(dice: Dice) -> bytes:
    """A sheet that lies outside of the archive, in the workbook itself, or nowhere."""
    targets = ("../../../etc/passwd", "/xl/worksheets/sheet1.xml", "http://localhost/x", "workbook.xml", "", "/", "..",
               "worksheets/SHEET1.XML", "worksheets\\sheet1.xml", "_rels/workbook.xml.rels", "x" * 70_000)  # fmt: skip
    return _xlsx(target=dice.choice(targets))


@hostile("xlsx", "table")
def xlsx_attributes(dice: Dice) -> bytes:
    """An element with a million attributes, or one attribute of fifty megabytes."""
    n = dice.size(10, 4_000_000)
    many = " ".join(f'a{i}="1"' for i in range(min(n, 1_000_000)))
    return _xlsx(
        _ROWS
        + f'<row r="3" {dice.choice((many, "spans=" + chr(34) + "1:2 " * n + chr(34)))}><c r="A3"><v>1</v></c></row>'
    )


@hostile("xlsx", "table")
def xlsx_comments(dice: Dice) -> bytes:
    """Comments, processing instructions and character data without end between the rows."""
    n = dice.size(10, 3_000_000)
    unit = dice.choice(("<!---->", "<?a?>", "<![CDATA[]]>", " ", "&amp;", "<!-- -", "<![CDATA[", "<a b='"))
    return _xlsx(_ROWS + unit * n + _row(3, '<c r="A3"><v>1</v></c>'))


@hostile("xlsx", "table")
def zip_many_names(dice: Dice) -> bytes:
    """An archive of sixty-five thousand parts, some of one name, or of names of sixty-five thousand bytes."""
    n = dice.size(2, 65_000)
    name = "n" * dice.choice((1, 10, 60_000)) if n < 500 else "n"
    return _xlsx(**{f"{name}{i}": "" for i in range(n)})


@hostile("xlsx", "table", "tune")
def zip_overlap(dice: Dice) -> bytes:
    """Many entries of the directory that share one packed part of zeros: each unpacks to megabytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * dice.size(100, 10_000_000))
        first = archive.infolist()[0]
        for i in range(dice.size(2, 3_000)):
            twin = zipfile.ZipInfo(f"xl/worksheets/sheet{i}.xml")
            for name in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(twin, name, getattr(first, name))
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
        archive._didModify = True  # type: ignore[attr-defined]  # or the directory is not written
    return stream.getvalue()


@hostile("xlsx", "table", "tune")
def zip_false_sizes(dice: Dice) -> bytes:
    """An archive whose directory says that its parts are empty, locked, packed in an odd way, or elsewhere."""
    data = bytearray(_xlsx("<row><c><v>1</v></c></row>" * dice.size(1, 3_000_000)))
    at = data.rfind(b"PK\x01\x02")
    fields = {8: "<H", 10: "<H", 16: "<I", 20: "<I", 24: "<I", 42: "<I", 28: "<H", 30: "<H"}
    place, form = dice.choice(list(fields.items()))
    while at >= 0:
        if dice.random() < 0.5:
            struct.pack_into(form, data, at + place, dice.choice((0, 1, 8, 14, 99, 65_535)))
        at = data.rfind(b"PK\x01\x02", 0, at)
    return bytes(data)
