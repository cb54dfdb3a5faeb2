"""Serving methods over gRPC to the real Modal SDK, in a thread of its own."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable
from inspect import isasyncgenfunction
from typing import Any

from aiohttp import web
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server
from modal_proto.api_grpc import ModalClientBase

MOST_BYTES = 1 << 30


def refuse(status: Status, why: str) -> GRPCError:
    """The error that the SDK gets, as it gets Modal's."""
    return GRPCError(status, why)


class Served:
    """Every method `app_create(request)` of `service` answers the call `AppCreate`; a generator answers a stream.

    Files go by HTTP: `service.content(key)` and `service.keep(key, data)`; at `web_port` is what `service.web(request)`
    answers. Calls that there is no method for are refused, and named in `service.unknown`.
    """

    def __init__(self, service: Any) -> None:
        self._service = service
        self.port, self.files_port, self.web_port = _free_port(), _free_port(), _free_port()
        self._loop = asyncio.new_event_loop()
        self._up, self._down = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)

    def start(self) -> None:
        """Returns once it listens."""
        self._thread.start()
        assert self._up.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._down.set)
        self._thread.join(10)

    async def _run(self) -> None:
        server = Server([_servable(self._service)()])
        await server.start("127.0.0.1", self.port)
        files = web.Application(client_max_size=MOST_BYTES)
        files.router.add_get("/{key}", self._get)
        files.router.add_put("/{key}", self._put)
        pages = web.Application(client_max_size=MOST_BYTES)
        pages.router.add_route("*", "/{path:.*}", self._service.web)
        runners = [await _listening(files, self.files_port), await _listening(pages, self.web_port)]
        self._up.set()
        await self._down.wait()
        server.close()
        for runner in runners:
            await runner.cleanup()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _get(self, request: web.Request) -> web.Response:
        return web.Response(body=self._service.content(request.match_info["key"]))

    async def _put(self, request: web.Request) -> web.Response:
        etag = self._service.keep(request.match_info["key"], await request.read())
        return web.Response(headers={"ETag": etag})


async def _listening(application: web.Application, port: int) -> web.AppRunner:
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


def _servable(service: Any) -> Callable[[], Any]:
    """A subclass of the protocol's base with all calls: grpclib asks for each."""
    methods = {name: _handler(service, name) for name in ModalClientBase.__abstractmethods__}
    return type("Servable", (ModalClientBase,), methods)


def _handler(service: Any, name: str) -> Callable[[Any, Any], Any]:
    method = getattr(service, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), None)

    async def handle(_: Any, stream: Any) -> None:
        request = await stream.recv_message()
        if method is None:
            service.unknown.append(name)
            raise refuse(Status.UNIMPLEMENTED, f"The stand-in for Modal has no {name}.")
        if isasyncgenfunction(method):
            async for message in method(request):
                await stream.send_message(message)
        else:
            await stream.send_message(await method(request))

    return handle


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
