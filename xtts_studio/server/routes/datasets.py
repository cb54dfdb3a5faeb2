"""Datasets: list, read, listen, edit, check, delete."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from xtts_studio.dataset import store
from xtts_studio.server.bodies import CheckBody, ChunkBody, DatasetBody, DatasetPage
from xtts_studio.server.studio import PagingDep, StudioDep
from xtts_studio.server.work import in_worker
from xtts_studio.shapes import CheckRequest, CheckResult, ChunkEdit

router = APIRouter(prefix="/api/datasets", tags=["datasets"])


@router.get("", operation_id="listDatasets")
def list_datasets(studio: StudioDep, paging: PagingDep) -> DatasetPage:
    """Datasets, newest first."""
    found = store.list_datasets(studio.workspace)
    page = found[paging.offset : paging.offset + paging.limit]
    return DatasetPage(datasets=page, total=len(found), limit=paging.limit, offset=paging.offset)


@router.get("/{name}", operation_id="getDataset")
def get_dataset(
    name: str,
    studio: StudioDep,
    paging: PagingDep,
    state: Annotated[Literal["active", "dropped"] | None, Query(description="Only chunks in this state.")] = None,
) -> DatasetBody:
    """A dataset and a page of its chunks, in order."""
    dataset = store.read(studio.workspace, name)
    chosen = [chunk for chunk in dataset.chunks if state is None or chunk.state == state]
    return DatasetBody(
        dataset=store.summarize(dataset),
        recordings=dataset.recordings,
        chunks=chosen[paging.offset : paging.offset + paging.limit],
        total=len(chosen),
        limit=paging.limit,
        offset=paging.offset,
    )


@router.delete("/{name}", operation_id="deleteDataset", status_code=204)
def delete_dataset(name: str, studio: StudioDep) -> None:
    """Deletes a dataset with its chunks; recordings and models stay."""
    store.delete(studio.workspace, name)


@router.patch("/{name}/chunks/{file}", operation_id="editChunk")
def edit_chunk(name: str, file: str, body: ChunkEdit, studio: StudioDep) -> ChunkBody:
    """Changes a chunk's text or language, or drops and restores it (`state`)."""
    return ChunkBody(chunk=store.edit_chunk(studio.workspace, name, file, body))


@router.get(
    "/{name}/chunks/{file}/audio",
    operation_id="getChunkAudio",
    response_class=FileResponse,
    responses={200: {"content": {"audio/wav": {}}}},
)
def get_chunk_audio(name: str, file: str, studio: StudioDep) -> FileResponse:
    """The sound of a chunk; takes ranges."""
    path = store.chunk_path(studio.workspace, name, file)
    return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private, no-cache"})


@router.post("/{name}/check", operation_id="checkDataset")
async def check_dataset(name: str, studio: StudioDep, body: CheckBody | None = None) -> CheckResult:
    """Which chunks training would use, and why not the others."""
    store.read(studio.workspace, name)
    request = CheckRequest(dataset=name, base_model=(body or CheckBody()).base_model)
    result = await in_worker(studio, "check", request)
    return CheckResult.model_validate(result.model_dump())
