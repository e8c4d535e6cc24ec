"""Awkward tables that cannot stand in the repository as text: workbooks, other encodings, old line ends, gzip.

Each is made by a function named like its file; what a careful analyst reads in it stands beside it, in the form of
``expected.json``.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

TEXT_CASES = Path(__file__).resolve().parents[2] / "tests" / "data" / "tables"

Expected = dict[str, Any]
_DAYS = [dt.date(2019, 1 + month, 1) for month in range(12)]
_NUMBERS = [41.5, 40.0, 44.25, 47.5, 52.0, 55.75, 54.5, 50.0, 46.25, 43.0, 45.5, 49.0]


def write_cases(folder: Path) -> dict[str, Expected]:
    """Write the project's own cases, text and binary ones, and ``expected.json`` into a folder.

    Returns
    -------
    dict
        The file names, and what is expected of each; see `benchmarks.tables.cases.find_faults`.
    """
    expected: dict[str, Expected] = json.loads((TEXT_CASES / "expected.json").read_text(encoding="utf-8"))
    for name in expected:
        shutil.copyfile(TEXT_CASES / name, folder / name)
    for name, (make, wanted) in BINARY_CASES.items():
        (folder / name).write_bytes(make())
        expected[name] = wanted
    (folder / "expected.json").write_text(
        json.dumps(expected, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return expected


def _utf16_text() -> bytes:
    lines = [
        f"{day:%d.%m.%Y}\t" + f"{n:.2f}".replace(".", ",") for day, n in zip(_DAYS, _NUMBERS, strict=True)
    ]
    return ("\r\n".join(["Datum\tMenge", *lines]) + "\r\n").encode("utf-16")


def _mac_line_ends() -> bytes:
    return "\r".join(["day,size", *_pairs(",")]).encode("ascii")


def _french_spaces() -> bytes:
    lines = [f"{2005 + i};{1234567.5 + i * 1111:,.1f}".replace(",", "\xa0") for i in range(12)]
    return "\n".join(["Année;Population", *(line.replace(".", ",") for line in lines)]).encode("cp1252")


def _narrow_spaces() -> bytes:
    lines = [
        f"{day:%d/%m/%Y};{n * 1000:,.2f}".replace(",", "\u202f")
        for day, n in zip(_DAYS, _NUMBERS, strict=True)
    ]
    return "\n".join(["Jour;Ventes (€)", *(line.replace(".", ",") for line in lines)]).encode("utf-8-sig")


def _zipped_csv() -> bytes:
    return gzip.compress("\n".join(["day,size", *_pairs(",")]).encode(), mtime=0)


def _pairs(delimiter: str) -> list[str]:
    return [f"{day}{delimiter}{number}" for day, number in zip(_DAYS, _NUMBERS, strict=True)]


def _save(
    *sheets: tuple[str, list[list[Any]]], merged: tuple[str, ...] = (), epoch_1904: bool = False
) -> bytes:
    import openpyxl
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _second_sheet_offset() -> bytes:
    notes: list[list[Any]] = [
        ["About these data"],
        ["Contact", "office@example.org"],
        ["License", "CC BY 4.0"],
    ]
    rows: list[list[Any]] = [[], [], [None, None, "Day", "Size", "Remark"]]
    rows += [[None, None, day, n, "ok"] for day, n in zip(_DAYS, _NUMBERS, strict=True)]
    return _save(("Read me", notes), ("Data", rows))


def _merged_headers() -> bytes:
    rows: list[list[Any]] = [
        ["Month", "Sales", None, "Costs", None],
        [None, "North", "South", "North", "South"],
    ]
    rows += [[day, n, n + 1, n + 2, n + 3] for day, n in zip(_DAYS, _NUMBERS, strict=True)]
    return _save(("Report", rows), merged=("A1:A2", "B1:C1", "D1:E1"))


def _epoch_1904() -> bytes:
    rows: list[list[Any]] = [["Day", "Size"], *([day, n] for day, n in zip(_DAYS, _NUMBERS, strict=True))]
    return _save(("Sheet1", rows), epoch_1904=True)


def _title_and_totals() -> bytes:
    rows: list[list[Any]] = [["Harbour office"], ["Ships by month, 2019"], [], ["Month", "Ships", "Tonnes"]]
    for quarter in range(4):
        part = list(range(3 * quarter, 3 * quarter + 3))
        rows += [[_DAYS[i], 100 + i, _NUMBERS[i] * 10] for i in part]
        rows.append(
            [f"Q{quarter + 1} total", sum(100 + i for i in part), sum(_NUMBERS[i] * 10 for i in part)]
        )
    rows += [["Total", 1266, sum(_NUMBERS) * 10], [], ["Source: harbour office"]]
    return _save(("Ships", rows))


def _text_cells() -> bytes:
    rows: list[list[Any]] = [["Datum", "Betrag"]]
    rows += [
        [f"{day:%d.%m.%Y}", f"{n * 100:.2f} €".replace(".", ",")]
        for day, n in zip(_DAYS, _NUMBERS, strict=True)
    ]
    return _save(("Tabelle1", rows))


def _years_across_sheet() -> bytes:
    rows: list[list[Any]] = [["Table 1: Output by region"], [], ["Region", *range(2008, 2020)]]
    rows += [[name, *(n + more for n in _NUMBERS)] for name, more in (("Coast", 0), ("Hills", 5))]
    return _save(("T1", rows))


def _open_document() -> bytes:
    cells = "".join(
        f'<table:table-row><table:table-cell office:value-type="date" office:date-value="{day}"><text:p>{day:%d.%m.%y}'
        f'</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="{n}"><text:p>{n}</text:p>'
        "</table:table-cell></table:table-row>"
        for day, n in zip(_DAYS, _NUMBERS, strict=True)
    )
    head = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{word}</text:p></table:table-cell>'
        for word in ("Tag", "Größe")
    )
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Blatt 1"><table:table-row>{head}</table:table-row>{cells}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        "</manifest:manifest>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("META-INF/manifest.xml", manifest)
        parts.writestr("content.xml", body)
    return file.getvalue()


def _plain(time: str, value: str, **more: Any) -> Expected:
    return {
        "n_rows": 12,
        "time": time,
        "time_first": "2019-01-01",
        "time_last": "2019-12-01",
        "values": {value: [_NUMBERS[0], _NUMBERS[-1]]},
        "suggested": value,
    } | more


BINARY_CASES: dict[str, tuple[Callable[[], bytes], Expected]] = {
    "unicode_text_utf16.txt": (_utf16_text, _plain("Datum", "Menge")),
    "mac_line_ends.csv": (_mac_line_ends, _plain("day", "size")),
    "zipped.csv.gz": (_zipped_csv, _plain("day", "size")),
    "french_spaces_cp1252.csv": (
        _french_spaces,
        {
            "n_rows": 12,
            "time": "Année",
            "time_first": "2005",
            "values": {"Population": [1234567.5, 1246788.5]},
            "suggested": "Population",
        },
    ),
    "narrow_spaces_utf8.csv": (
        _narrow_spaces,
        _plain("Jour", "Ventes (€)", values={"Ventes (€)": [41500, 49000]}),
    ),
    "second_sheet_offset.xlsx": (_second_sheet_offset, _plain("Day", "Size")),
    "merged_headers.xlsx": (
        _merged_headers,
        _plain("Month", "Sales North", values={"Sales North": [41.5, 49.0], "Costs South": [44.5, 52.0]}),
    ),
    "epoch_1904.xlsx": (_epoch_1904, _plain("Day", "Size")),
    "title_and_totals.xlsx": (
        _title_and_totals,
        _plain("Month", "Ships", values={"Ships": [100, 111], "Tonnes": [415, 490]}, notes=["total"]),
    ),
    "text_cells.xlsx": (_text_cells, _plain("Datum", "Betrag", values={"Betrag": [4150, 4900]})),
    "years_across.xlsx": (
        _years_across_sheet,
        {"n_rows": 24, "time_first": "2008", "time_last": "2019", "split": "Region"},
    ),
    "open_document.ods": (_open_document, _plain("Tag", "Größe")),
}
