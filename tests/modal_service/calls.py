"""Calls of functions: what was asked, what containers fetch and give back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from google.protobuf.empty_pb2 import Empty
from modal_proto import api_pb2 as api

from tests.modal_service.containers import Container

if TYPE_CHECKING:
    from tests.modal_service.service import ModalService

FAILED = api.GenericResult.GENERIC_STATUS_FAILURE
WAIT_S = 1.0
"""How long a container is let wait for an input before it asks again."""


@dataclass
class Input:
    """One call: what it was called with, and what came of it."""

    call_id: str
    input_id: str
    function_id: str
    asked: Any
    result: Any = None
    data_in: list[Any] = field(default_factory=list)
    data_out: list[Any] = field(default_factory=list)
    attempts: int = 0
    """How often a container has begun with it."""
    containers: int = 0
    """How many were started for it."""


class Calls:
    """One container a function, one after the other; a function whose containers serve one input gets a new one each.

    A container that dies with an input in hand is followed by one that gets it again, as after pre-emption.
    """

    def __init__(self: "ModalService") -> None:
        self.inputs: dict[str, Input] = {}
        self.containers: list[Container] = []
        self._waiting: dict[str, list[Input]] = {}
        self._changed: asyncio.Condition | None = None
        self._watching: set[asyncio.Task[None]] = set()

    @property
    def changed(self) -> asyncio.Condition:
        if self._changed is None:
            self._changed = asyncio.Condition()  # within the loop that serves
        return self._changed

    def end_containers(self) -> None:
        for container in self.containers:
            container.end()

    def of_call(self, call_id: str) -> Input:
        return next(one for one in self.inputs.values() if one.call_id == call_id)

    def begin(self: "ModalService", function_id: str, asked: Any) -> Input:
        """Queues an input, and starts a container for it where none is alive."""
        one = Input(self.new_id("fc"), self.new_id("in"), function_id, asked)
        self.inputs[one.input_id] = one
        self._waiting.setdefault(function_id, []).append(one)
        self._serve(function_id)
        return one

    def _serve(self: "ModalService", function_id: str) -> None:
        if any(one.alive and one.function_id == function_id for one in self.containers):
            return
        for one in self._waiting[function_id]:
            one.containers += 1
        container = Container(self, function_id)
        self.containers.append(container)
        task = asyncio.get_running_loop().create_task(self._watch(container))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _watch(self: "ModalService", container: Container) -> None:
        """Waits for its end. Inputs that it had begun go back to the queue, ones still there get another container."""
        while container.alive:
            await asyncio.sleep(0.05)
        function_id = container.function_id
        waiting = self._waiting.setdefault(function_id, [])
        unfinished = [one for one in self.inputs.values() if one.function_id == function_id and one.result is None]
        waiting.extend(one for one in unfinished if one not in waiting)
        most = self.functions[function_id].retry_policy.retries + 1
        for one in [one for one in waiting if one.containers >= most]:
            waiting.remove(one)
            await self._finish(one, api.GenericResult(status=FAILED, exception="the container died"), 0)
        if waiting and not container.ended:
            self._serve(function_id)

    async def _finish(self: "ModalService", one: Input, result: Any, data_format: int) -> None:
        async with self.changed:
            one.result = api.FunctionGetOutputsItem(result=result, data_format=data_format, input_id=one.input_id)
            self.changed.notify_all()

    async def function_map(self: "ModalService", request: Any) -> Any:
        one = self.begin(request.function_id, request.pipelined_inputs[0].input)
        taken = api.FunctionPutInputsResponseItem(idx=0, input_id=one.input_id, input_jwt=one.input_id)
        return api.FunctionMapResponse(function_call_id=one.call_id, pipelined_inputs=[taken])

    async def function_call_from_id(self: "ModalService", request: Any) -> Any:
        return api.FunctionCallFromIdResponse(function_call_id=self.of_call(request.function_call_id).call_id)

    async def function_get_outputs(self: "ModalService", request: Any) -> Any:
        one = self.of_call(request.function_call_id)
        await self._until(lambda: one.result is not None, request.timeout)
        if one.result is None:
            return api.FunctionGetOutputsResponse(num_unfinished_inputs=1)
        return api.FunctionGetOutputsResponse(outputs=[one.result])

    async def function_call_get_data_out(self: "ModalService", request: Any) -> AsyncIterator[Any]:
        async for chunk in self._chunks(self.of_call(request.function_call_id), "data_out", request.last_index):
            yield chunk

    async def function_call_get_data_in(self: "ModalService", request: Any) -> AsyncIterator[Any]:
        async for chunk in self._chunks(self.of_call(request.function_call_id), "data_in", request.last_index):
            yield chunk

    async def _chunks(self: "ModalService", one: Input, which: str, index: int) -> AsyncIterator[Any]:
        """What is there after `index`, and what comes, until the call has ended."""
        chunks: list[Any] = getattr(one, which)
        while index < len(chunks) or one.result is None:
            for chunk in chunks[index:]:
                index += 1
                yield chunk
            async with self.changed:
                if len(chunks) == index and one.result is None:
                    await self.changed.wait()

    async def function_get_inputs(self: "ModalService", request: Any) -> Any:
        waiting = self._waiting.setdefault(request.function_id, [])
        await self._until(lambda: bool(waiting), WAIT_S)
        if not waiting:
            return api.FunctionGetInputsResponse()
        one = waiting.pop(0)
        one.attempts += 1
        item = api.FunctionGetInputsItem(
            input_id=one.input_id, input=one.asked, function_call_id=one.call_id, retry_count=one.attempts - 1
        )
        return api.FunctionGetInputsResponse(inputs=[item])

    async def function_put_outputs(self: "ModalService", request: Any) -> Any:
        for output in request.outputs:
            one = self.inputs[output.input_id]
            if one.result is None:
                await self._finish(one, output.result, output.data_format)
        return Empty()

    async def function_call_put_data_out(self: "ModalService", request: Any) -> Any:
        async with self.changed:
            self.of_call(request.function_call_id).data_out.extend(request.data_chunks)
            self.changed.notify_all()
        return Empty()

    async def function_call_cancel(self: "ModalService", request: Any) -> Any:
        one = self.of_call(request.function_call_id)
        if one.result is None:
            cancelled = api.GenericResult(status=api.GenericResult.GENERIC_STATUS_TERMINATED, exception="cancelled")
            await self._finish(one, cancelled, 0)
        return Empty()

    async def task_result(self: "ModalService", request: Any) -> Any:
        """A container could not begin: `import app` failed, or a method of `enter`. Nothing is run again."""
        self.broken = request.result.exception + "\n" + request.result.traceback
        for waiting in self._waiting.values():
            for one in [*waiting]:
                waiting.remove(one)
                await self._finish(one, request.result, api.DATA_FORMAT_PICKLE)
        return Empty()

    async def container_hello(self, request: Any) -> Any:
        return Empty()

    async def container_heartbeat(self, request: Any) -> Any:
        return api.ContainerHeartbeatResponse()

    async def function_get_dynamic_concurrency(self, request: Any) -> Any:
        return api.FunctionGetDynamicConcurrencyResponse(concurrency=request.max_concurrency)

    async def _until(self, ready: Any, most_s: float) -> None:
        try:
            async with asyncio.timeout(most_s), self.changed:
                await self.changed.wait_for(ready)
        except TimeoutError:
            pass
