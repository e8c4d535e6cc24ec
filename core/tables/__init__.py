"""Bytes to tables: delimiter, header, dates, column types; Parquet, workbooks, JSON.

The stages, a module each: :mod:`core.files.signatures` tells the format; a reader (``delimited_text`` with
``text_encoding`` and ``dialect``, ``json_tables``, ``workbooks`` or ``parquet``) gives a ``raw_table.RawTable`` of
texts and typed values; ``column_types`` with ``dates`` makes numbers, dates and words of them; ``table`` is the way
in and the result.
"""

import os

import pyarrow as pa

# Arrow takes the number of its threads from OMP_NUM_THREADS, too. It has one pool for all visitors, so all cores are right.
pa.set_cpu_count(os.cpu_count() or 1)
