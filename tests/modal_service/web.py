"""Requests to an app's web function: they reach its container as calls, and their answers are its data."""

import pickle
from typing import TYPE_CHECKING, Any

from aiohttp import web
from modal._serialization import deserialize_data_format
from modal_proto import api_pb2 as api

if TYPE_CHECKING:
    from tests.modal_service.service import ModalService

HOP = ("transfer-encoding", "connection", "keep-alive")
"""Headers between two machines, which each writes itself."""


class Web:
    """A gateway to the first published function that is an ASGI application."""

    async def web(self: "ModalService", request: web.Request) -> web.StreamResponse:
        function_id = next(
            function_id
            for app in self.apps.values()
            for function_id in app.function_ids.values()
            if self.functions[function_id].webhook_config.type == api.WEBHOOK_TYPE_ASGI_APP
        )
        asked = api.FunctionInput(args=pickle.dumps(((_scope(request),), {})), data_format=api.DATA_FORMAT_PICKLE)
        one = self.begin(function_id, asked)
        await self._send(one, api.Asgi(http_request=api.Asgi.HttpRequest(body=await request.read())))
        answer = web.StreamResponse()
        try:
            async for chunk in self._chunks(one, "data_out", 0):
                message = deserialize_data_format(chunk.data, chunk.data_format, None)
                if message["type"] == "http.response.start":
                    answer.set_status(message["status"])
                    for name, value in message["headers"]:
                        if name.decode().lower() not in HOP:
                            answer.headers.add(name.decode(), value.decode())
                    await answer.prepare(request)
                else:
                    await answer.write(message.get("body", b""))
                    if not message.get("more_body"):
                        break
        finally:
            await self._send(one, api.Asgi(http_disconnect=api.Asgi.HttpDisconnect()))
        return answer

    async def _send(self: "ModalService", one: Any, message: Any) -> None:
        async with self.changed:
            data, index = message.SerializeToString(), len(one.data_in) + 1
            one.data_in.append(api.DataChunk(data_format=api.DATA_FORMAT_ASGI, data=data, index=index))
            self.changed.notify_all()


def _scope(request: web.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.rel_url.raw_path.encode(),
        "query_string": request.query_string.encode(),
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "client": (request.remote or "127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
