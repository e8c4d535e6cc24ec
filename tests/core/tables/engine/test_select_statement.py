"""Pasted SELECT statements: what reads and computes is written anew, everything else is refused with a sentence."""

import pytest

from core.errors import InputError
from core.tables.engine.select_statement import MAX_CHARS, read_select


@pytest.mark.parametrize(
    ("dialect", "text", "written"),
    [
        ("postgres", "select 1 as a;", "SELECT 1 AS a"),
        ("postgres", "select a /* ; drop table x */ from x -- y", "SELECT a FROM x"),
        ("postgres", "select a from x union all select 2", "SELECT a FROM x UNION ALL SELECT 2"),
        ("postgres", "with a as (select 1 as x) select * from a", "WITH a AS (SELECT 1 AS x) SELECT * FROM a"),
        ("postgres", "select * from generate_series(1, 9) g", "SELECT * FROM GENERATE_SERIES(1, 9) AS g"),
        ("postgres", "select date_trunc('month', d), round(v) from x", "SELECT DATE_TRUNC('MONTH', d), ROUND(v) FROM x"),
        ("sqlite", "select strftime('%Y', d) y, sum(v) from t group by 1", "SELECT STRFTIME('%Y', d) AS y, SUM(v) FROM t GROUP BY 1"),
        ("duckdb", "from x select a", "SELECT a FROM x"),
        ("bigquery", "select a from `p.d.t`", "SELECT a FROM `p.d.t`"),
    ],
)  # fmt: skip
def test_a_query_that_reads_is_written_anew_without_comments(dialect, text, written):
    assert read_select(text, dialect) == written


@pytest.mark.parametrize(
    ("dialect", "text", "said"),
    [
        ("postgres", "select 1; select 2", "2 statements were pasted"),
        ("postgres", "", "Nothing was pasted"),
        ("postgres", ";", "No statement was pasted"),
        ("postgres", "selec 1", "could not be read|no SELECT"),
        ("postgres", "drop table x", "This is not a SELECT statement"),
        ("postgres", "update x set a = 1", "This is not a SELECT statement"),
        ("postgres", "copy x to '/tmp/x'", "This is not a SELECT statement"),
        ("postgres", "explain analyze select 1", "This is not a SELECT statement"),
        ("postgres", "do $$ begin end $$", "This is not a SELECT statement"),
        ("postgres", "select * into y from x", "writes or changes"),
        ("postgres", "with d as (delete from x returning *) select * from d", "writes or changes"),
        ("postgres", "with d as (insert into x values (1) returning *) select * from d", "writes or changes"),
        ("postgres", "with d as (update x set a = 1 returning *) select * from d", "writes or changes"),
        ("postgres", "select * from x for update", "locks rows"),
        ("postgres", "select pg_sleep(9)", "'pg_sleep' is not allowed"),
        ("postgres", "select pg_catalog.pg_sleep(9)", "is not allowed"),
        ("postgres", 'select "pg_sleep"(9)', "'pg_sleep' is not allowed"),
        ("postgres", "select (select pg_sleep(9))", "'pg_sleep' is not allowed"),
        ("postgres", "select * from pg_read_file('/etc/passwd')", "'pg_read_file' is not allowed"),
        ("postgres", "select lo_import('/etc/passwd')", "'lo_import' is not allowed"),
        ("postgres", "select * from dblink('x', 'select 1') as t(a int)", "'dblink' is not allowed"),
        ("postgres", "select set_config('a', 'b', false)", "'set_config' is not allowed"),
        ("postgres", "select nextval('s')", "'nextval' is not allowed"),
        ("postgres", "select query_to_xml('select 1', true, true, '')", "'query_to_xml' is not allowed"),
        ("postgres", "select * from pg_shadow", "describes the database itself"),
        ("postgres", "select * from information_schema.tables", "describes the database itself"),
        ("postgres", "select $1", "a parameter or a server setting"),
        ("duckdb", "select * from read_csv('/etc/passwd')", "'read_csv' is not allowed"),
        ("duckdb", "select * from '/etc/passwd'", "A file cannot be named"),
        ("duckdb", "select * from glob('*')", "'glob' is not allowed"),
        ("duckdb", "select getenv('HOME')", "'getenv' is not allowed"),
        ("duckdb", "install httpfs", "This is not a SELECT statement"),
        ("duckdb", "attach 'x'", "This is not a SELECT statement"),
        ("duckdb", "select * from duckdb_secrets()", "'duckdb_secrets' is not allowed"),
        ("sqlite", "select load_extension('x')", "'load_extension' is not allowed"),
        ("sqlite", "select * from sqlite_master", "describes the database itself"),
        ("mysql", "select sleep(5)", "'sleep' is not allowed"),
        ("mysql", "select load_file('/etc/passwd')", "'load_file' is not allowed"),
        ("mysql", "select @@version", "a parameter or a server setting"),
        ("snowflake", "select system$wait(10)", "is not allowed"),
        ("bigquery", "select * from external_query('x', 'select 1')", "'external_query' is not allowed"),
    ],
)  # fmt: skip
def test_what_writes_waits_or_reaches_out_is_refused(dialect, text, said):
    with pytest.raises(InputError, match=said):
        read_select(text, dialect)


def test_a_statement_of_endless_length_or_depth_is_refused():
    with pytest.raises(InputError, match="characters"):
        read_select("select " + "1 + " * MAX_CHARS + "1", "postgres")
    with pytest.raises(InputError):
        read_select("select " + "(" * 9_000 + "1" + ")" * 9_000, "postgres")
