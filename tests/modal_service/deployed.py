"""What `modal deploy` makes: images, mounts, secrets, functions and classes, and the app that names them."""

import hashlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from google.protobuf.empty_pb2 import Empty
from grpclib.const import Status
from modal_proto import api_pb2 as api

from tests.modal_service.rpc import refuse

if TYPE_CHECKING:
    from tests.modal_service.service import ModalService

BUILDER = "2026.10"
DONE = api.GenericResult.GENERIC_STATUS_SUCCESS


class Deployed:
    """Everything by its id; what is asked for by a name is found again by it."""

    def __init__(self: "ModalService") -> None:
        self.images: dict[str, Any] = {}
        self.mounts: dict[str, dict[str, str]] = {}
        """The sha256 of each file, by its path in a container."""
        self.functions: dict[str, Any] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.apps: dict[str, Any] = {}
        """The last publication of each app, by name; of one that is only run, by its id."""
        self._named: dict[tuple[str, str], str] = {}
        self.handles: dict[str, Any] = {}

    def named(self: "ModalService", prefix: str, name: str, create: bool) -> str:
        """The id of what has this name. Refuses, as Modal does, where nothing has it and nothing is to be made."""
        if create:
            return self._named.setdefault((prefix, name), self.new_id(prefix))
        if (prefix, name) not in self._named:
            raise refuse(Status.NOT_FOUND, f"{name!r} not found in environment 'main'")
        return self._named[prefix, name]

    def function_of(self: "ModalService", app: str, name: str) -> tuple[str, Any]:
        """Id and definition of a function of a published app; that of a class is called `name.*`."""
        published = self.apps.get(app)
        if published is None or name not in published.function_ids:
            raise refuse(Status.NOT_FOUND, f"No function {name!r} in app {app!r}")
        return published.function_ids[name], self.functions[published.function_ids[name]]

    def app_of(self: "ModalService", function_id: str) -> Any:
        """The publication that the function is in."""
        return next(one for one in self.apps.values() if function_id in one.function_ids.values())

    async def client_hello(self, request: Any) -> Any:
        return api.ClientHelloResponse()

    async def environment_get_or_create(self, request: Any) -> Any:
        settings = api.EnvironmentSettings(image_builder_version=BUILDER)
        metadata = api.EnvironmentMetadata(name="main", settings=settings)
        return api.EnvironmentGetOrCreateResponse(environment_id="en-main", metadata=metadata)

    async def app_get_by_deployment_name(self: "ModalService", request: Any) -> Any:
        published = self.apps.get(request.name)
        return api.AppGetByDeploymentNameResponse(app_id=published.app_id if published else "")

    async def app_get_layout(self: "ModalService", request: Any) -> Any:
        published = next(one for one in self.apps.values() if one.app_id == request.app_id)
        layout = api.AppLayout(function_ids=published.function_ids, class_ids=published.class_ids)
        return api.AppGetLayoutResponse(app_layout=layout)

    async def app_create(self: "ModalService", request: Any) -> Any:
        return api.AppCreateResponse(app_id=self.new_id("ap"))

    async def app_heartbeat(self, request: Any) -> Any:
        return Empty()

    async def app_publish(self: "ModalService", request: Any) -> Any:
        self.apps[request.name or request.app_id] = request
        return api.AppPublishResponse(url="https://modal.test/app", deployed_at=time.time())

    async def app_client_disconnect(self, request: Any) -> Any:
        return Empty()

    async def app_get_logs(self, request: Any) -> AsyncIterator[Any]:
        """None: what containers write is in their `log`."""
        yield api.TaskLogsBatch(app_done=True)

    async def task_list(self, request: Any) -> Any:
        return api.TaskListResponse()

    async def secret_get_or_create(self: "ModalService", request: Any) -> Any:
        made = request.object_creation_type != api.OBJECT_CREATION_TYPE_UNSPECIFIED
        secret_id = self.named("st", request.deployment_name, made)
        if made:
            self.secrets[secret_id] = dict(request.env_dict)
        lacking = [key for key in request.required_keys if key not in self.secrets[secret_id]]
        if lacking:
            raise refuse(Status.NOT_FOUND, f"Secret {request.deployment_name!r} is missing key(s): {lacking}")
        return api.SecretGetOrCreateResponse(secret_id=secret_id)

    async def image_get_or_create(self: "ModalService", request: Any) -> Any:
        image_id = "im-" + hashlib.sha256(request.image.SerializeToString(deterministic=True)).hexdigest()[:16]
        self.images[image_id] = request.image
        return api.ImageGetOrCreateResponse(image_id=image_id, result=api.GenericResult(status=DONE))

    async def mount_batched_check_existence(self: "ModalService", request: Any) -> Any:
        missing = [sha256 for sha256 in request.sha256_hex_hashes if sha256 not in self.blobs]
        return api.MountBatchedCheckExistenceResponse(missing_sha256_hex_hashes=missing)

    async def mount_put_file(self: "ModalService", request: Any) -> Any:
        kind = request.WhichOneof("data_oneof")
        if kind == "data_blob_id":
            self.blobs[request.sha256_hex] = self.blobs.pop(request.data_blob_id)
        elif kind == "data":
            self.blobs[request.sha256_hex] = request.data
        return api.MountPutFileResponse(exists=request.sha256_hex in self.blobs)

    async def mount_get_or_create(self: "ModalService", request: Any) -> Any:
        mount_id = self.new_id("mo")
        self.mounts[mount_id] = {one.filename: one.sha256_hex for one in request.files}
        metadata = api.MountHandleMetadata(content_checksum_sha256_hex=mount_id)
        return api.MountGetOrCreateResponse(mount_id=mount_id, handle_metadata=metadata)

    async def function_precreate(self: "ModalService", request: Any) -> Any:
        function_id = request.existing_function_id or self.new_id("fu")
        web_url = f"https://{request.function_name}.modal.test" if request.webhook_config.type else ""
        methods = {
            name: api.FunctionHandleMetadata(
                function_name=one.function_name, function_type=one.function_type, is_method=True, use_method_name=name
            )
            for name, one in request.method_definitions.items()
        }
        self.handles[function_id] = api.FunctionHandleMetadata(
            function_name=request.function_name,
            function_type=request.function_type,
            web_url=web_url,
            definition_id=self.new_id("de"),
            method_handle_metadata=methods,
            supported_input_formats=request.supported_input_formats,
            supported_output_formats=request.supported_output_formats,
        )
        return api.FunctionPrecreateResponse(function_id=function_id, handle_metadata=self.handles[function_id])

    async def function_create(self: "ModalService", request: Any) -> Any:
        function_id = request.existing_function_id
        self.functions[function_id] = request.function
        return api.FunctionCreateResponse(
            function_id=function_id,
            handle_metadata=self.handles[function_id],
            function=request.function,
            function_data=_data_of(request.function),
        )

    async def function_get(self: "ModalService", request: Any) -> Any:
        function_id, function = self.function_of(request.app_name, request.object_tag)
        return api.FunctionGetResponse(
            function_id=function_id, handle_metadata=self.handles[function_id], function=_data_of(function)
        )

    async def class_create(self: "ModalService", request: Any) -> Any:
        return api.ClassCreateResponse(class_id=request.existing_class_id or self.new_id("cs"))

    async def class_get(self: "ModalService", request: Any) -> Any:
        published = self.apps.get(request.app_name)
        if published is None or request.object_tag not in published.class_ids:
            raise refuse(Status.NOT_FOUND, f"No class {request.object_tag!r} in app {request.app_name!r}")
        return api.ClassGetResponse(class_id=published.class_ids[request.object_tag])


def _data_of(function: Any) -> Any:
    ranked = api.FunctionData.RankedFunction(rank=0, function=function)
    return api.FunctionData(function_name=function.function_name, ranked_functions=[ranked])
