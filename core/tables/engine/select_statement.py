"""SELECT statements that a visitor pastes: parsed by sqlglot, and refused unless they are one query that only reads.

What is run is not the text but what was understood of it, written anew: a comment or a trick of one database's own grammar
does not get through. Of functions only those are allowed that compute: no files, no network, no sleep, no settings.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from core.errors import InputError, keep_printable

if TYPE_CHECKING:
    from sqlglot import exp

MAX_CHARS = 20_000

# Functions by names that sqlglot has no expression for, and which only compute.
_NAMES = (
    "abs acos age array_length ascii asin atan atan2 avg bit_count bool_and bool_or ceil ceiling char_length chr coalesce "
    "concat concat_ws cos cot count cume_dist date date_add date_bin date_diff date_part date_sub date_trunc datediff "
    "datetime day dayname dayofmonth dayofweek dayofyear decode degrees dense_rank epoch epoch_ms exp extract first_value "
    "floor format format_date from_unixtime greatest hour hypot ifnull initcap instr iso8601 isnull julianday julian "
    "lag last_day last_value lead least left length list_value ln localtime localtimestamp log log10 log2 lower lpad ltrim "
    "make_date make_interval make_time make_timestamp make_timestamptz max mean median microsecond min minute mod mode month "
    "monthname nth_value ntile nullif num_nonnulls num_nulls percent_rank percentile_cont percentile_disc pi pow power "
    "printf quantile quantile_cont quantile_disc quarter radians random rank replace reverse right round row_number rpad "
    "rtrim second sign sin sinh split_part sqrt stddev stddev_pop stddev_samp str_to_date strftime strpos strptime substr "
    "substring sum tan tanh time time_bucket timediff timestamp timezone to_char to_date to_number to_timestamp total "
    "translate trim trunc truncate try_strptime typeof unix_timestamp unixepoch upper var_pop var_samp variance week "
    "weekday weekofyear width_bucket year yearweek cbrt regr_slope regr_intercept regr_r2 corr covar_pop covar_samp"
)
_PLAIN_FUNCTIONS = frozenset(_NAMES.split())
# Schemas that hold the database's own affairs, not data.
_SYSTEM_SCHEMAS = frozenset(
    {"pg_catalog", "information_schema", "pg_toast", "mysql", "sys", "performance_schema", "system"}
)
_SYSTEM_TABLES = ("pg_", "sqlite_", "duckdb_", "svv_", "stl_", "stv_")
_ONE_SELECT = "Paste one SELECT, such as: SELECT day, price FROM sales"


def read_select(text: str, dialect: str) -> str:
    """Validate a SELECT statement and regenerate it.

    Parameters
    ----------
    text : str
        As the visitor pasted it; one semicolon at its end is no harm.
    dialect : str
        Of the database, as sqlglot calls it: "postgres", "duckdb", "sqlite", …

    Returns
    -------
    str
        The same query without comments.

    Raises
    ------
    InputError
        If it is no SELECT, more than one statement, or does anything but read tables and compute.

    Examples
    --------
    >>> read_select("select day, price -- dear\\nfrom sales where price > 5;", "postgres")
    'SELECT day, price FROM sales WHERE price > 5'
    >>> read_select("drop table sales", "postgres")
    Traceback (most recent call last):
    core.errors.InputError: This is not a SELECT statement. Paste one SELECT, such as: SELECT day, price FROM sales
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    # It would print what it takes for a command; the visitor reads why that is refused.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    if len(text) > MAX_CHARS:
        raise InputError(f"This statement has {len(text):,} characters; the limit is {MAX_CHARS:,}.")
    if not text.strip():
        raise InputError(f"Nothing was pasted. {_ONE_SELECT}")
    try:
        trees = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise InputError(f"This statement could not be read{_tell_place(error)}. {_ONE_SELECT}") from error
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        n = f"{len(trees)} statements were" if trees else "No statement was"
        raise InputError(f"{n} pasted; only one SELECT is run. {_ONE_SELECT}")
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        raise InputError(f"This is not a SELECT statement. {_ONE_SELECT}")
    for node in tree.walk():
        _check_node(node)
    return tree.sql(dialect=dialect, comments=False)


def _tell_place(error: Exception) -> str:
    found = getattr(error, "errors", None)
    if not found or not found[0].get("line"):
        return ""
    near = keep_printable(str(found[0].get("highlight", "")))[:40]
    return f", near {near!r} in line {found[0]['line']}"


def _check_node(node: exp.Expr) -> None:
    """Refuse statements that do more than read tables and compute."""
    from sqlglot import exp

    writes = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Set, exp.Use, exp.Pragma, exp.Copy, exp.Drop)
    # A query is a kind of definition (DDL) to sqlglot, for it can stand in CREATE TABLE AS.
    if isinstance(node, writes) and not isinstance(node, exp.Query):
        raise InputError("This statement writes or changes settings; only reading is allowed. " + _ONE_SELECT)
    if isinstance(node, exp.Lock):
        raise InputError(
            "This statement locks rows (FOR UPDATE), which is not needed for reading. Remove that part."
        )
    if isinstance(node, exp.Placeholder | exp.Parameter | exp.SessionParameter):
        raise InputError("This statement contains a parameter or a server setting. Write the value instead.")
    if isinstance(node, exp.Table):
        _check_table(node)
    elif isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        _check_function(str(node.name or node.this))
    elif isinstance(node, exp.Func):
        name = node.sql_name().lower()
        if name.startswith(("read_", "load_", "query_", "json_extract_", "parse_url")) or name in _REFUSED:
            _refuse_function(name)
    elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        _refuse_function(node.sql())


# Functions that sqlglot has an expression for, and which tell of the server or wait.
_REFUSED = frozenset(
    {
        "current_setting",
        "session_user",
        "current_user",
        "current_role",
        "current_schemas",
        "current_database",
        "current_catalog",
        "current_version",
        "version",
    }
)


def _check_table(node: exp.Table) -> None:
    from sqlglot import exp

    schema, name = node.db.lower(), node.name.lower()
    if schema in _SYSTEM_SCHEMAS or (
        isinstance(node.this, exp.Identifier) and name.startswith(_SYSTEM_TABLES)
    ):
        raise InputError(
            f"{node.name[:60]!r} describes the database itself and is not available. {_ONE_SELECT}"
        )
    if isinstance(node.this, exp.Identifier) and set("/\\*") & set(name):
        # DuckDB would look for a file of that name; its access to files is closed besides.
        raise InputError("A file cannot be named in a SELECT. Name a table of the database.")


def _check_function(name: str) -> None:
    if name.lower() not in _PLAIN_FUNCTIONS:
        _refuse_function(name)


def _refuse_function(name: str) -> None:
    raise InputError(
        f"The function {keep_printable(name)[:60]!r} is not allowed here; only computing functions are, "
        "such as round, date_trunc and coalesce."
    )
