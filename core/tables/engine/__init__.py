"""Tables larger than memory: files, folders and databases, filtered, split and aggregated in an engine.

``large_tables`` is the way in: :func:`core.tables.engine.large_tables.describe` reads a sample by the project's own readers,
and ``aggregate`` has an engine make the points: DuckDB for files (``large_files``, ``large_text``, ``duckdb_files``), the
analyst's own database through Ibis (``connections``, ``database_tables``, ``select_statement``). Both are asked by the one
query of ``aggregation_query``.
"""
