"""Statements to PostgreSQL, sent one behind the other without waiting, past the driver's cursors.

A cursor of psycopg costs Python as much for a statement as the server needs to answer it. Here libpq is told directly:
each statement is prepared once for a connection, its values go out as texts, and its rows come through psycopg's own
loaders. For connections that serve nothing else (`lines`).
"""

import select
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from threading import Lock
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.rows import RowMaker

from billing.store.waiting import let_others, wait_for

_TEXT, _BINARY = 0, 1
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
_BEGIN, _BEGIN_READ_ONLY = b"BEGIN", b"BEGIN READ ONLY"
_TENANT = b"SELECT set_config('app.processor_id', $1, true)"


class _Answer:
    """What a statement that was sent is answered, once it was read."""

    __slots__ = ("prepared", "result")

    def __init__(self, prepared: bytes | None = None) -> None:
        self.prepared = prepared
        self.result: Any = None


class Pipeline:
    """The way of one connection to its server and back."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        """Take the connection; from now on nobody else may prepare statements on it."""
        self._driver, self._server = driver, driver.pgconn
        self._encoding = driver.info.encoding
        self._names: dict[bytes, bytes] = {}
        self._named = 0
        self._loaders: dict[bytes, psycopg.abc.Transformer] = {}
        # What was answered may be read when the connection serves another thread already.
        self._loading = Lock()
        self._due: deque[_Answer] = deque()
        self.is_open = False
        self._has_turn = self._takes_turn = False
        self._holds_back = False
        """Whether something was said since the server was last told to answer."""

    def begin(self, tenant: int, *, read_only: bool = False) -> None:
        """Begin a transaction that sees a tenant's rows; it goes out with the first question."""
        self._server.enter_pipeline_mode()
        self.is_open = True
        self._has_turn = self._takes_turn = False
        self._send(_BEGIN_READ_ONLY if read_only else _BEGIN, ())
        self._send(_TENANT, (str(tenant),))

    def say(self, text: bytes, values: Sequence[Any], make: RowMaker[Any]) -> Callable[[], list[Any]]:
        """Send a statement with its values for `$1`, `$2` ...; the call reads its rows, each by `make`.

        An error of the statement comes when it is read, or with what is read after it.
        """
        answer = self._send(text, values)

        def read() -> list[Any]:
            self._read(answer)
            with self._loading:
                loader = self._loaders.get(text)
                if loader is None:
                    loader = self._loaders[text] = Transformer.from_context(self._driver)
                    loader.set_pgresult(answer.result)
                else:
                    loader.set_pgresult(answer.result, set_loaders=False)
                return loader.load_rows(0, answer.result.ntuples, make)

        return read

    def send_off(self) -> None:
        """Let the server begin to answer what it was sent so far; else that waits for the first who reads."""
        if self._holds_back:
            self._server.send_flush_request()
            self._server.flush()
            self._holds_back = False

    def take_turn(self) -> None:
        """Say that the next answer may have to wait for another transaction; whoever has one turn gets others soon."""
        self._takes_turn = not self._has_turn
        self._has_turn = True

    def commit(self) -> None:
        """Commit; whatever went wrong before and was not read yet is raised here."""
        self._send(b"COMMIT", ())
        self._server.pipeline_sync()
        self._due.append(_Answer())
        self._server.flush()
        while self._due:
            self._take()
        self._leave()

    def has_ended(self) -> bool:
        """Tell whether there is something to read though nothing was asked: the server's farewell, or its end."""
        look = select.poll()
        look.register(self._server.socket, select.POLLIN)
        return bool(look.poll(0))

    def close(self) -> bool:
        """Roll back what was not committed; tells whether the connection can be used again.

        What goes wrong here tells of nothing that was not raised before.
        """
        if not self.is_open:
            return True
        try:
            self._end()
            if self._server.transaction_status != TransactionStatus.IDLE:
                self._send(b"ROLLBACK", ())
                self._end()
            self._leave()
        except psycopg.Error:
            return False
        return True

    def _end(self) -> None:
        self._server.pipeline_sync()
        self._due.append(_Answer())
        self._server.flush()
        while self._due:
            self._take(is_over=True)

    def _leave(self) -> None:
        self._server.exit_pipeline_mode()
        self.is_open = False

    def _send(self, text: bytes, values: Sequence[Any]) -> _Answer:
        name = self._names.get(text)
        if name is None:
            self._named += 1
            name = self._names[text] = b"mehraufwand_%d" % self._named
            self._server.send_prepare(name, text)
            self._due.append(_Answer(prepared=text))
        said = [_said(value, self._encoding) for value in values]
        forms = [_BINARY if isinstance(value, psycopg.Binary) else _TEXT for value in values]
        self._server.send_query_prepared(name, said, forms, _BINARY)
        answer = _Answer()
        self._due.append(answer)
        self._holds_back = True
        return answer

    def _read(self, answer: _Answer) -> None:
        """Have an answer; one that came when all was over already may tell of what was never done."""
        if answer.result is None:
            self.send_off()
            let_others(partial(self._take_until, answer))
            self._takes_turn = False
        elif answer.result.status not in _DONE:
            raise _error_of(answer.result, self._encoding)

    def _take_until(self, answer: _Answer) -> None:
        while answer.result is None:
            self._take()

    def _take(self, *, is_over: bool = False) -> None:
        """Take the next answer; raise what it says went wrong, unless all is over anyway."""
        server = self._server
        while server.is_busy():
            wait_for(server.socket, long=self._takes_turn)
            server.consume_input()
        result = server.get_result()
        answer = self._due.popleft()
        answer.result = result
        status = result.status if result is not None else None
        if status == ExecStatus.PIPELINE_SYNC:
            return
        while server.is_busy():
            wait_for(server.socket, long=self._takes_turn)
            server.consume_input()
        server.get_result()  # None: the end of this one
        if status not in _DONE:
            if answer.prepared is not None:
                del self._names[answer.prepared]
            if not is_over:
                raise _error_of(result, self._encoding)


def _error_of(result: Any, encoding: str) -> psycopg.Error:
    if result.status == ExecStatus.PIPELINE_ABORTED:
        return psycopg.errors.PipelineAborted("pipeline aborted")
    return psycopg.errors.error_from_result(result, encoding=encoding)


def _said(value: Any, encoding: str) -> bytes | None:
    """Write a value as the server reads it."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.encode(encoding)
        if b"\0" in text:
            message = "a text with a NUL byte, which PostgreSQL can't hold"
            raise ValueError(message)
        return text
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, date | datetime):
        return value.isoformat().encode()
    if isinstance(value, psycopg.Binary):
        return bytes(value.obj)
    raise TypeError(value)
