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


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    stream = io.BytesIO()
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame)
    pq.write_table(table, stream)
    return stream.getvalue()


def rezip(data: bytes, **changed: bytes) -> bytes:
    """An archive with some parts replaced; ``__`` in a keyword stands for a slash."""
    parts = {key.replace("__", "/").replace("_xml", ".xml"): value for key, value in changed.items()}
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, parts.get(name, source.read(name)))
    return stream.getvalue()
