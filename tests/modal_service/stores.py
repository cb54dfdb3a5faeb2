"""What functions and servers share: blobs, volumes, queues and dicts."""

import asyncio
import base64
import hashlib
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.empty_pb2 import Empty
from grpclib.const import Status
from modal_proto import api_pb2 as api

from tests.modal_service.rpc import refuse

if TYPE_CHECKING:
    from tests.modal_service.service import ModalService

CREATE = api.OBJECT_CREATION_TYPE_CREATE_IF_MISSING
V1 = api.VOLUME_FS_VERSION_V1
BLOCK_BYTES = 8 << 20


class Stores:
    """Volumes are folders, seen by all at once: that changes are seen after commit and reload is tested elsewhere."""

    def __init__(self: "ModalService") -> None:
        self.blobs: dict[str, bytes] = {}
        """By id, or by the sha256 of what is in files of mounts and volumes."""
        self.commits: list[str] = []
        """The volumes that were committed, by id."""
        self._volumes: dict[str, str] = {}
        self._queues: dict[tuple[str, bytes], list[bytes]] = defaultdict(list)
        self._dicts: dict[str, dict[bytes, bytes]] = defaultdict(dict)

    def volume_folder(self: "ModalService", volume_id: str) -> Path:
        folder = self.root / "volumes" / self._volumes[volume_id]
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def volume_metadata(self: "ModalService", volume_id: str) -> Any:
        return api.VolumeMetadata(version=V1, name=self._volumes[volume_id])

    def content(self: "ModalService", key: str) -> bytes:
        """A blob, or a block of a volume's file: `volume:block:path` in base 64."""
        if key in self.blobs:
            return self.blobs[key]
        volume_id, block, path = base64.urlsafe_b64decode(key).decode().split(":", 2)
        with (self.volume_folder(volume_id) / path).open("rb") as file:
            file.seek(int(block) * BLOCK_BYTES)
            return file.read(BLOCK_BYTES)

    def keep(self: "ModalService", key: str, data: bytes) -> str:
        """Keeps a blob; gives its MD5, as an object store does in `ETag`."""
        self.blobs[key] = data
        return hashlib.md5(data, usedforsecurity=False).hexdigest()

    async def blob_create(self: "ModalService", request: Any) -> Any:
        blob_id = self.new_id("bl")
        urls = api.UploadUrlList(items=[f"{self.files_url}/{blob_id}"])
        return api.BlobCreateResponse(blob_ids=[blob_id], upload_urls=urls)

    async def blob_get(self: "ModalService", request: Any) -> Any:
        return api.BlobGetResponse(download_url=f"{self.files_url}/{request.blob_id}")

    async def volume_get_or_create(self: "ModalService", request: Any) -> Any:
        volume_id = self.named("vo", request.deployment_name, request.object_creation_type == CREATE)
        self._volumes[volume_id] = request.deployment_name
        return api.VolumeGetOrCreateResponse(volume_id=volume_id, version=V1, metadata=self.volume_metadata(volume_id))

    async def volume_commit(self: "ModalService", request: Any) -> Any:
        self.commits.append(request.volume_id)
        return api.VolumeCommitResponse()

    async def volume_reload(self, request: Any) -> Any:
        return Empty()

    async def volume_put_files(self: "ModalService", request: Any) -> Any:
        for file in request.files:
            path = self.volume_folder(request.volume_id) / file.filename.lstrip("/")
            if request.disallow_overwrite_existing_files and path.exists():
                raise refuse(Status.ALREADY_EXISTS, f"{file.filename} already exists")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.blobs[file.sha256_hex])
        return Empty()

    async def volume_list_files(self: "ModalService", request: Any) -> AsyncIterator[Any]:
        folder = self.volume_folder(request.volume_id)
        path = folder / request.path.lstrip("/")
        if not path.exists():
            raise refuse(Status.NOT_FOUND, f"{request.path} not found")
        found = [path] if path.is_file() else sorted(path.rglob("*") if request.recursive else path.glob("*"))
        yield api.VolumeListFilesResponse(entries=[_entry(one, folder) for one in found])

    async def volume_get_file2(self: "ModalService", request: Any) -> Any:
        path = self.volume_folder(request.volume_id) / request.path.lstrip("/")
        if not path.is_file():
            raise refuse(Status.NOT_FOUND, f"{request.path} not found")
        size = path.stat().st_size
        inside = request.path.lstrip("/")
        urls = [
            f"{self.files_url}/{base64.urlsafe_b64encode(f'{request.volume_id}:{block}:{inside}'.encode()).decode()}"
            for block in range(-(-size // BLOCK_BYTES))
        ]
        return api.VolumeGetFile2Response(get_urls=urls, size=size, start=0, len=size)

    async def volume_remove_file(self: "ModalService", request: Any) -> Any:
        path = self.volume_folder(request.volume_id) / request.path.lstrip("/")
        if not path.exists():
            raise refuse(Status.NOT_FOUND, f"{request.path} not found")
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return Empty()

    async def queue_get_or_create(self: "ModalService", request: Any) -> Any:
        made = request.object_creation_type == CREATE
        return api.QueueGetOrCreateResponse(queue_id=self.named("qu", request.deployment_name, made))

    async def queue_put(self: "ModalService", request: Any) -> Any:
        self._queues[request.queue_id, request.partition_key] += request.values
        return Empty()

    async def queue_next_items(self: "ModalService", request: Any) -> Any:
        values = self._queues[request.queue_id, request.partition_key]
        start = int(request.last_entry_id or 0)
        until = time.monotonic() + request.item_poll_timeout
        while len(values) <= start and time.monotonic() < until:
            await asyncio.sleep(0.02)
        items = [api.QueueItem(value=one, entry_id=str(i + 1)) for i, one in enumerate(values) if i >= start]
        return api.QueueNextItemsResponse(items=items)

    async def queue_len(self: "ModalService", request: Any) -> Any:
        return api.QueueLenResponse(len=len(self._queues[request.queue_id, request.partition_key]))

    async def queue_clear(self: "ModalService", request: Any) -> Any:
        self._queues.pop((request.queue_id, request.partition_key), None)
        return Empty()

    async def dict_get_or_create(self: "ModalService", request: Any) -> Any:
        made = request.object_creation_type == CREATE
        return api.DictGetOrCreateResponse(dict_id=self.named("di", request.deployment_name, made))

    async def dict_update(self: "ModalService", request: Any) -> Any:
        self._dicts[request.dict_id].update({one.key: one.value for one in request.updates})
        return api.DictUpdateResponse(created=True)

    async def dict_get(self: "ModalService", request: Any) -> Any:
        value = self._dicts[request.dict_id].get(request.key)
        return api.DictGetResponse(found=value is not None, value=value)


def _entry(path: Path, folder: Path) -> Any:
    kind = api.FileEntry.DIRECTORY if path.is_dir() else api.FileEntry.FILE
    found = path.stat()
    name = path.relative_to(folder).as_posix()
    return api.FileEntry(path=name, type=kind, mtime=int(found.st_mtime), size=found.st_size)
