"""Readers of table formats: bytes to text rows and typed columns, with detection of the table inside.

``delimited_text`` (with ``text_encoding`` and ``dialect``), ``json_tables`` (``nested_json``), ``workbooks`` (``workbook_process``),
``parquet``, ``html_tables``, ``markdown_tables`` and ``ecsv`` read a format each. What comes as rows of texts goes through
``text_rows``: ``table_blocks`` finds the block of cells, ``grid`` its titles, header and units, ``table_end`` the totals and notes
below. Each gives a `core.tables.raw_table.RawTable`.
"""
