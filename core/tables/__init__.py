"""Bytes to tables: delimiter, header, dates, column types; Parquet, workbooks, JSON; tables larger than memory.

The stages: :mod:`core.files.signatures` tells the format; a reader of :mod:`core.tables.readers` gives a ``raw_table.RawTable`` of
texts and typed values; ``assembly`` turns wide tables (``turning`` with ``headings``), leaves out what is no data
(``row_roles``), fills down what is written once (``filled_down``), has :mod:`core.tables.cells` make numbers, times and words of
the texts, and puts times together (``time_parts``); ``table`` is the way in and the result, ``column_roles`` with
``series_labels`` what of it to hear, ``joining`` one table of several files. What was assumed is told as
``decisions.Decision``. :mod:`core.tables.engine` takes what is beyond memory.
"""

import os

import pyarrow as pa

# Arrow takes the number of its threads from OMP_NUM_THREADS, too. It has one pool for all visitors, so all cores are right.
pa.set_cpu_count(os.cpu_count() or 1)
