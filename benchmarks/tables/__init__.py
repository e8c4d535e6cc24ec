"""Table reading benchmark: awkward files beside pandas, DuckDB and clevercsv, and random dialects."""
