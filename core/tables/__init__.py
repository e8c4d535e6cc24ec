"""Bytes to tables: delimiter, header, dates, column types; Parquet, workbooks, JSON.

The stages, a module each: :mod:`core.files.signatures` tells the format; a reader (``delimited_text`` with
``text_encoding`` and ``dialect``, ``json_tables``, ``workbooks`` or ``parquet``) gives a ``raw_table.RawTable`` of
texts and typed values; ``column_types`` with ``dates`` makes numbers, dates and words of them; ``table`` is the way
in and the result.
"""
