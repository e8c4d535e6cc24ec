"""Bytes to tables: delimiter, header, dates, column types; Parquet, workbooks, JSON."""
