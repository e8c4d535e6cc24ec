"""How well strangers' tables are read: awkward cases beside pandas, DuckDB and clevercsv, and tables in random dialects."""
