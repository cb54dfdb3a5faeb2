"""A network between a browser and a studio that can be cut: connections break in the middle, new ones find nobody."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread

_PIECE_BYTES = 16 * 1024


class Wire:
    """Passes TCP on to a server. `url` is where the browser goes."""

    def __init__(self, server_url: str) -> None:
        host, port = server_url.removeprefix("http://").split(":")
        self._server = (host, int(port))
        self._lock, self._open = Lock(), set[socket.socket]()
        self._left_bytes: int | None = None
        self._listener = _listening(0)
        self._port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._accept()

    def cut_after(self, answer_bytes: int) -> None:
        """Cuts it once the server has sent so much more."""
        with self._lock:
            self._left_bytes = answer_bytes

    @property
    def is_cut(self) -> bool:
        """Is nobody there?"""
        return self._listener.fileno() < 0

    def cut(self) -> None:
        """Breaks all connections; nobody answers from now on."""
        with self._lock:
            self._left_bytes = None
            _end(self._listener)  # also for the thread that accepts
            going, self._open = self._open, set()
        for connection in going:
            _end(connection)

    def mend(self) -> None:
        """The server can be reached again."""
        self._listener = _listening(self._port)
        self._accept()

    def _accept(self) -> None:
        Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                browser, _ = listener.accept()
                server = socket.create_connection(self._server)
                with self._lock:
                    self._open |= {browser, server}
                Thread(target=self._pass, args=(browser, server, False), daemon=True).start()
                Thread(target=self._pass, args=(server, browser, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE_BYTES):
                sink.sendall(piece)
                if counted and self._used_up(len(piece)):
                    self.cut()
        _end(source)
        _end(sink)

    def _used_up(self, size: int) -> bool:
        with self._lock:
            if self._left_bytes is None:
                return False
            self._left_bytes -= size
            return self._left_bytes <= 0


@contextmanager
def wire_to(server_url: str) -> Iterator[Wire]:
    """A wire, cut at the end."""
    wire = Wire(server_url)
    try:
        yield wire
    finally:
        if not wire.is_cut:
            wire.cut()


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
