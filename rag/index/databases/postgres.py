"""A catalog in a database of a PostgreSQL server, over pg8000."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, create_engine, event, func, inspect, literal_column, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError

from rag.errors import FootnoteError, InvalidSetting, LibraryBusy, LibraryUnusable
from rag.index import folder
from rag.index.connecting import SECONDS_FOR_OTHERS
from rag.index.databases.address import Address
from rag.index.databases.term_index import TermIndex
from rag.index.databases.told import away, explain, is_broken
from rag.index.migrations import MIGRATIONS, steps_to
from rag.index.schema import SCHEMA_VERSION, metadata

log = logging.getLogger(__name__)

_SECONDS_TO_CONNECT = 15
_SECONDS_WITHOUT_A_BYTE = 600
"""After which a server that was asked something is given up."""
_KEPT_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 6}

# Two locks of the library, which is one schema of the database.
_WRITER, _SCHEMA = (f"{number}, hashtext(current_schema())" for number in (0x466F6F01, 0x466F6F02))


class PostgreSQL:
    """A `Database` on a server. All who open it share it, from any number of machines."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.library = self.catalog = str(address)
        self.full_text = TermIndex()
        self._writing = 0

    def refusal(self) -> FootnoteError | None:
        """Return why nothing can be changed; None where it can."""
        with self.engine.connect() as connection:
            if connection.scalar(text("SHOW transaction_read_only")) == "off":
                return None
        return LibraryUnusable(
            f"The database {self.library} can only be read: the server follows another one, or is set so. Name the one "
            "that is written to in FOOTNOTE_CATALOG_URL."
        )

    def connect(self, *, writable: bool) -> Engine:
        """Return what connects to the server, whose errors say what they mean."""
        return self.engine

    @cached_property
    def engine(self) -> Engine:
        """What connects to the server. Raises `InvalidSetting` where pg8000 is not installed."""
        try:
            import pg8000  # noqa: F401
        except ImportError as error:
            raise InvalidSetting(
                "A catalog on PostgreSQL needs pg8000. Run: pip install 'footnote[server]' (in the checkout pip "
                "install -e '.[server]')."
            ) from error
        engine = create_engine("postgresql+pg8000://", creator=self._connection, pool_pre_ping=True)
        engine.dialect.use_insertmanyvalues_wo_returning = True  # rows by the hundred

        def tell(context: ExceptionContext) -> None:
            if is_broken(context.original_exception):
                context.is_disconnect = True  # SQLAlchemy knows only some of these as the end of a connection
            meaning = explain(context.original_exception, self.library)
            if meaning and not context.is_pre_ping:
                raise meaning from context.original_exception

        ping = engine.dialect.do_ping

        def is_there(connection: Any) -> bool:
            try:
                return ping(connection)
            except OSError:  # pg8000 lets a connection's reset pass as it is
                return False

        engine.dialect.do_ping = is_there  # type: ignore[method-assign,assignment]
        event.listen(engine, "handle_error", tell)
        return engine

    def version(self, connection: Connection) -> int:
        """Return the version of the schema; 0 where there is none yet."""
        if not inspect(connection).has_table("facts"):
            return 0
        return int(connection.scalar(text("SELECT value FROM facts WHERE name = 'schema'")) or 0)

    def make_current(self, connection: Connection, version: int) -> None:
        """Bring the schema from `version` to today's, or make it. All of it is one transaction."""
        if version == SCHEMA_VERSION:
            return
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise LibraryUnusable(
                f"The database {self.library} keeps texts as {encoding}. Make one with `createdb --encoding=UTF8 "
                "--template=template0`, and name it in FOOTNOTE_CATALOG_URL."
            )
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA})"))
        version = self.version(connection)  # another process may have been faster
        for statement in steps_to(SCHEMA_VERSION, version, MIGRATIONS):
            connection.execute(text(statement))
        metadata.create_all(connection)
        self.full_text.make(connection)
        connection.execute(
            text(
                "INSERT INTO facts (name, value) VALUES ('schema', :version) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ),
            {"version": str(max(version, SCHEMA_VERSION))},
        )

    def folded(self, words: ColumnElement[str]) -> ColumnElement[str]:
        """Return the words without case and accents, as `rag.text.folded` has them."""
        apart = func.normalize(func.lower(words.collate("und-x-icu")), literal_column("NFKD"))
        return func.regexp_replace(apart, "[\u0300-\u036f]", "", "g")

    def snapshot(self, connection: Connection) -> None:
        """Let all that `connection` reads from here on be as it is at one moment."""
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

    def now(self, connection: Connection) -> float:
        """Return what time it is on the server, in seconds."""
        return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)

    def damage(self, connection: Connection) -> list[str]:
        """Return nothing: the server keeps its files and what refers to what itself."""
        return []

    def rebuild_indexes(self, connection: Connection) -> None:
        """Make the indexes of the catalog anew."""
        for table in metadata.sorted_tables:
            connection.execute(text(f"REINDEX TABLE {table.name}"))

    def size(self) -> int:
        """Return how many bytes the database takes."""
        with self.engine.connect() as connection:
            return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)

    def identity(self) -> str:
        """Return what no other library has, also not one that this one's dump was restored into."""
        asked = text(
            "SELECT (SELECT system_identifier FROM pg_control_system()) || '-' || "
            "(SELECT oid FROM pg_database WHERE datname = current_database()) || '-' || current_schema()"
        )
        with self.engine.connect() as connection:
            return str(connection.scalar(asked))

    @contextmanager
    def one_writer(self) -> Iterator[None]:
        """Be the one who changes the library, among all processes on all machines. Raises `LibraryBusy`.

        The server lets go of it when the connection ends, however it ends. Threads of one process take turns outside.
        """
        if self._writing:
            yield
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            milliseconds = int(folder.SECONDS_TO_WAIT_FOR_WRITER * 1000)
            connection.execute(text(f"SET lock_timeout = {milliseconds}"))
            try:
                connection.execute(text(f"SELECT pg_advisory_lock({_WRITER})"))
            except LibraryBusy as error:
                raise folder.writer_is_busy(self.library) from error
            self._writing += 1
            try:
                yield
            finally:
                self._writing -= 1
                try:
                    connection.execute(text(f"SELECT pg_advisory_unlock({_WRITER})"))
                except (FootnoteError, SQLAlchemyError) as error:
                    log.warning("The lock on %s was lost while it was held: %s", self.library, error)
                    with suppress(SQLAlchemyError):
                        connection.invalidate()  # and so it is unlocked, wherever it was not

    def outlive_fork(self) -> None:
        """In a forked child: nothing is held."""
        self._writing = 0

    def _connection(self) -> Any:
        """Return a new connection. Where the machine at its other end is gone, that is noticed within two minutes."""
        from pg8000.dbapi import Error, connect

        where = self._address
        try:
            line = socket.create_connection((where.host, where.port), timeout=_SECONDS_TO_CONNECT)
        except OSError as error:
            raise away(self.library, error) from error
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, seconds in _KEPT_ALIVE.items():
            if hasattr(socket, name):
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
        try:
            made = connect(
                where.user,
                host=where.host,
                database=where.database,
                password=where.password,
                sock=line,
                ssl_context=where.tls,
                application_name="footnote",
            )
        except (Error, OSError) as error:
            line.close()
            raise explain(error, self.library) or away(self.library, error) from error
        line.settimeout(_SECONDS_WITHOUT_A_BYTE)
        cursor = made.cursor()
        cursor.execute(f"SET lock_timeout = '{SECONDS_FOR_OTHERS}s'")
        cursor.execute("SET client_min_messages = warning")
        cursor.execute("SET jit = off")  # to compile a search takes longer than to run it
        made.commit()
        cursor.close()
        return made
