"""Workbooks and Parquet files that the table tests make for themselves."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def xlsx(rows: list[list[Any]], *, empty_sheet_first: bool = False) -> bytes:
    book = openpyxl.Workbook()
    if empty_sheet_first:
        book.create_sheet("Data")
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def open_document(rows: list[list[Any]], more: str = "") -> bytes:
    """An OpenDocument spreadsheet of words and numbers, and of further rows that are given as XML."""
    word = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="{}"/>'
    lines = ("".join((word if isinstance(v, str) else number).format(v) for v in row) for row in rows)
    body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines) + more
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{urn}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="S">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{urn}:manifest:1.0"/>')
        target.writestr("content.xml", content)
    return stream.getvalue()


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    stream = io.BytesIO()
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame)
    pq.write_table(table, stream)
    return stream.getvalue()


def rezip(data: bytes, **changed: bytes) -> bytes:
    """An archive with some parts replaced or added; ``__`` in a keyword stands for a slash."""
    parts = {key.replace("__", "/").replace("_xml", ".xml"): value for key, value in changed.items()}
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, parts.pop(name, source.read(name)))
        for name, content in parts.items():
            target.writestr(name, content)
    return stream.getvalue()
