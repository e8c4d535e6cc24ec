"""Database connections: those that the host has configured in ``.streamlit/secrets.toml``, opened so that they can only read.

The entries are those of Streamlit's own ``st.connection``: ``[connections.NAME]`` with ``url``, or ``dialect``, ``host``,
``port``, ``database``, ``username``, ``password`` and ``query``; other engines by ``type`` ("snowflake", "bigquery", "trino",
"databricks", "mysql", "pyspark") with the arguments that Ibis takes for them. What stands there is never shown nor logged.
"""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from core.errors import InputError
from core.tables.engine.engine_query import quote_error

CONNECT_TIMEOUT_SEC = 10
QUERY_TIMEOUT_SEC = 60.0
# Those by which a query is tried in the tests; the others take the same way.
TESTED = ("duckdb", "sqlite", "postgres")
_ROOT = Path(__file__).resolve().parents[3]
_NAMES = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "cockroachdb": "postgres",
    "redshift": "postgres",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
    "mysql": "mysql",
    "mariadb": "mysql",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "trino": "trino",
    "databricks": "databricks",
    "spark": "pyspark",
    "pyspark": "pyspark",
    "mssql": "mssql",
    "oracle": "oracle",
    "clickhouse": "clickhouse",
    "athena": "athena",
}
_EXTRAS = {"postgres": "postgres", "pyspark": "pyspark"}
# Keys of Streamlit's own connection that are no arguments of a database.
_STREAMLIT_KEYS = frozenset({"type", "ttl", "autocommit", "create_engine_kwargs", "dialect", "driver", "url"})


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One configured connection; its arguments are secret and left out of its repr.

    Attributes
    ----------
    name : str
        What the host calls it.
    engine : str
        Ibis' name of the database.
    arguments : dict
    """

    name: str
    engine: str
    arguments: dict[str, Any] = field(repr=False, default_factory=dict)

    @property
    def dialect(self) -> str:
        """Sqlglot's name of its SQL."""
        return {"pyspark": "spark", "mssql": "tsql"}.get(self.engine, self.engine)


def list_connections() -> list[str]:
    """Names of the configured databases, in the order of the file."""
    return [name for name, entry in _read_secrets().items() if _find_engine(entry)]


def find_connection(name: str) -> Connection:
    """A configured connection.

    Raises
    ------
    InputError
        If the host has configured none of this name, or of an unknown kind.
    """
    entries = _read_secrets()
    known = [each for each, entry in entries.items() if _find_engine(entry)]
    if name not in entries or not isinstance(entries[name], dict):
        have = f"There are: {', '.join(known)}." if known else "None is configured."
        raise InputError(
            f"No database connection is called {name!r:.60}. {have} Connections are configured as "
            f"[connections.NAME] in .streamlit/secrets.toml."
        )
    entry = entries[name]
    engine = _find_engine(entry)
    if not engine:
        raise InputError(
            f"The connection {name!r:.60} is of an unknown kind. The host can set url, dialect or type: "
            f"{', '.join(dict.fromkeys(_NAMES.values()))}."
        )
    return Connection(name=name, engine=engine, arguments=_read_arguments(entry, engine))


def _read_secrets() -> dict[str, Any]:
    """Entries of ``[connections]``; the project's own file wins over that of the home folder."""
    merged: dict[str, Any] = {}
    for folder in dict.fromkeys((Path.home(), _ROOT, Path.cwd())):
        path = folder / ".streamlit" / "secrets.toml"
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8")).get("connections", {})
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            # The parser's own words quote the line, which may hold a password.
            raise InputError(
                "The host's secrets file cannot be read, so no database can be reached. It must be valid TOML."
            ) from (error if isinstance(error, OSError) else None)
        if isinstance(found, dict):
            merged |= found
    return merged


def _find_engine(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    url = entry.get("url")
    named = [str(url).partition(":")[0]] if url else []
    named += [str(entry[key]) for key in ("dialect", "type") if entry.get(key)]
    for name in named:
        engine = _NAMES.get(name.partition("+")[0].strip().lower(), "")
        if engine:
            return engine
    return ""


def _read_arguments(entry: dict[str, Any], engine: str) -> dict[str, Any]:
    """Arguments by Ibis' names."""
    given = {key: value for key, value in entry.items() if key not in _STREAMLIT_KEYS}
    if "username" in given:
        given["user"] = given.pop("username")
    query = given.pop("query", {})
    if entry.get("url"):
        if engine not in (*TESTED, "mysql"):
            return {"url": str(entry["url"])}
        given |= _split_url(str(entry["url"]), engine)
    return {**(dict(query) if isinstance(query, dict) else {}), **given}


def _split_url(url: str, engine: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if engine in ("sqlite", "duckdb"):
        # As SQLAlchemy writes it: three slashes before a relative path, four before an absolute one.
        return {"database": unquote(url.partition("://")[2].removeprefix("/").partition("?")[0])}
    named = {
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "host": parts.hostname,
        "port": parts.port,
        "database": unquote(parts.path.removeprefix("/")) or None,
    }
    return {key: value for key, value in named.items() if value is not None} | dict(parse_qsl(parts.query))


@dataclass(frozen=True, kw_only=True)
class OpenConnection:
    """A connection that can only read, and how it is stopped and closed."""

    backend: Any
    interrupt: Callable[[], object]
    close: Callable[[], object]
    explain: Callable[[Exception], str | None]


def open_connection(connection: Connection, *, timeout_sec: float = QUERY_TIMEOUT_SEC) -> OpenConnection:
    """Connect to a database.

    Raises
    ------
    InputError
        If it cannot be reached: a sentence without its address.
    """
    openers = {"postgres": _open_postgres, "sqlite": _open_sqlite, "duckdb": _open_duckdb}
    opener = openers.get(connection.engine, _open_other)
    explain = _EXPLAINERS.get(connection.engine, _explain_other)
    try:
        return opener(connection, timeout_sec)
    except InputError:
        raise
    except ImportError:
        extra = _EXTRAS.get(connection.engine, connection.engine)
        raise InputError(
            f"This server lacks the driver for {connection.engine}. Its host installs it with: pip install 'ibis-framework[{extra}]'"
        ) from None
    except Exception as error:
        said = explain(error)
        raise InputError(
            said or f"The database {connection.name!r:.60} cannot be reached. Ask the host of this app."
        ) from None


def _open_postgres(connection: Connection, timeout_sec: float) -> OpenConnection:
    import ibis
    import psycopg

    given = dict(connection.arguments)
    schema = given.pop("schema", None)
    if "database" in given:
        given["dbname"] = given.pop("database")
    # Set for the session before any statement is run; a SELECT that passed the parser cannot change it.
    options = f"-c default_transaction_read_only=on -c statement_timeout={int(timeout_sec * 1000)} -c idle_in_transaction_session_timeout=60000"
    if schema:
        options += f" -c search_path={schema}"
    opened = psycopg.connect(
        **(
            {"connect_timeout": CONNECT_TIMEOUT_SEC}
            | given
            | {"application_name": "sonoscope", "autocommit": True, "options": options}
        )
    )
    return OpenConnection(
        backend=ibis.postgres.from_connection(opened),
        interrupt=opened.cancel,
        close=opened.close,
        explain=_explain_postgres,
    )


def _open_sqlite(connection: Connection, _timeout_sec: float) -> OpenConnection:
    import ibis

    path = _find_database_file(connection)
    opened = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False, timeout=5)
    opened.execute("PRAGMA schema_version").fetchone()
    return OpenConnection(
        backend=ibis.sqlite.from_connection(opened),
        interrupt=opened.interrupt,
        close=opened.close,
        explain=_explain_sqlite,
    )


def _open_duckdb(connection: Connection, _timeout_sec: float) -> OpenConnection:
    import duckdb
    import ibis

    from core.tables.engine.duckdb_files import MEMORY_LIMIT, N_THREADS

    opened = duckdb.connect(
        str(_find_database_file(connection)),
        read_only=True,
        config={
            "threads": N_THREADS,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    backend = ibis.duckdb.from_connection(opened)
    opened.execute("SET enable_external_access = false")
    opened.execute("SET lock_configuration = true")
    return OpenConnection(
        backend=backend,
        interrupt=opened.interrupt,
        close=opened.close,
        explain=_explain_duckdb,
    )


def _find_database_file(connection: Connection) -> Path:
    path = Path(str(connection.arguments.get("database") or "")).expanduser()
    path = path if path.is_absolute() else _ROOT / path
    if not path.is_file():
        raise InputError(
            f"The file of the database {connection.name!r:.60} does not exist. Ask the host of this app."
        )
    return path


def _open_other(connection: Connection, timeout_sec: float) -> OpenConnection:
    """Open any other database that Ibis supports."""
    import ibis

    given = dict(connection.arguments)
    if "url" in given:
        backend = ibis.connect(given.pop("url"), **given)
    else:
        if connection.engine == "snowflake":
            given.setdefault("session_parameters", {})["STATEMENT_TIMEOUT_IN_SECONDS"] = int(timeout_sec)
        backend = getattr(ibis, connection.engine).connect(**given)
    if connection.engine == "mysql":
        backend.raw_sql("SET SESSION TRANSACTION READ ONLY").close()
        backend.raw_sql(f"SET SESSION max_execution_time = {int(timeout_sec * 1000)}").close()
    return OpenConnection(
        backend=backend,
        interrupt=lambda: _stop_other(backend),
        close=backend.disconnect,
        explain=_explain_other,
    )


def _stop_other(backend: Any) -> None:
    stop = getattr(getattr(backend, "con", None), "cancel", None) or backend.disconnect
    stop()


_UNREACHABLE = "The database cannot be reached: it is down or does not answer. Try again later."
_LOCKED = "The database rejects this app's user name or password. Ask the host of this app to check them."


def _explain_postgres(error: Exception) -> str | None:
    import psycopg
    from psycopg import errors

    if not isinstance(error, psycopg.Error):
        return None
    known: list[tuple[type[Exception], str]] = [
        (errors.QueryCanceled, "The query took longer than the database allows and was stopped. Filter the rows, or choose a smaller table."),
        (errors.ReadOnlySqlTransaction, "This statement would write; only reading is allowed."),
        (errors.InsufficientPrivilege, "This app is not allowed to read that table. Ask the host of this app."),
        (errors.InvalidPassword, _LOCKED),
        (errors.InvalidAuthorizationSpecification, _LOCKED),
        (errors.UndefinedTable, "There is no such table in the database."),
        (errors.DiskFull, "The database has too little disk space for this query. Filter the rows."),
        (errors.OutOfMemory, "The database has too little memory for this query. Filter the rows."),
        (errors.AdminShutdown, _UNREACHABLE),
    ]  # fmt: skip
    for kind, sentence in known:
        if isinstance(error, kind):
            return sentence
    if error.diag.message_primary:
        return f"The database refused the query: {quote_error(error.diag.message_primary)}."
    said = str(error).lower()
    if "password" in said or "authentication" in said or "no pg_hba" in said or "role" in said:
        return _LOCKED
    return _UNREACHABLE


def _explain_sqlite(error: Exception) -> str | None:
    if not isinstance(error, sqlite3.Error):
        return None
    said = str(error)
    if "interrupted" in said:
        return "The query was canceled before it finished."
    if "not a database" in said or "malformed" in said:
        return "The file of this database is damaged, or is not a SQLite database. Ask the host of this app."
    if "locked" in said:
        return "The database is being written right now. Try again in a minute."
    return f"The database refused the query: {quote_error(said)}."


def _explain_duckdb(error: Exception) -> str | None:
    import duckdb

    from core.tables.engine.duckdb_files import explain_duckdb

    if isinstance(error, duckdb.IOException):
        return "The file of this database is damaged, is not a DuckDB database, or is being written right now. Ask the host of this app."
    return explain_duckdb(error)


def _explain_other(error: Exception) -> str | None:
    """Explain an error of another engine without quoting it, because it may contain an address."""
    said = str(error).lower()
    if any(
        word in said for word in ("password", "authentication", "access denied", "unauthorized", "forbidden")
    ):
        return _LOCKED
    if any(word in said for word in ("timeout", "timed out", "canceled", "cancelled", "execution time")):
        return "The query took longer than the database allows and was stopped. Filter the rows, or choose a smaller table."
    if isinstance(error, OSError) or any(
        word in said for word in ("connect", "refused", "unreachable", "resolve")
    ):
        return _UNREACHABLE
    return "The database refused the query. Check the names of tables and columns in it."


_EXPLAINERS: dict[str, Callable[[Exception], str | None]] = {
    "postgres": _explain_postgres,
    "sqlite": _explain_sqlite,
    "duckdb": _explain_duckdb,
}
