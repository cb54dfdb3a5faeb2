"""Datasets: list, read, listen, edit, check, delete."""

import inspect
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse

from xtts_studio.dataset import edits, store
from xtts_studio.dataset.details import with_words
from xtts_studio.dataset.listing import Filter, Order, chosen
from xtts_studio.dataset.metadata import read_written
from xtts_studio.dataset.xray_file import read_xray
from xtts_studio.errors import Conflict, InvalidInput
from xtts_studio.server.bodies import CheckBody, ChunkBody, ChunkFiles, DatasetBody, DatasetPage
from xtts_studio.server.studio import PagingDep, StudioDep
from xtts_studio.server.work import in_worker
from xtts_studio.shapes import CheckRequest, CheckResult, ChunkEdit, Light
from xtts_studio.workspace import check_name


def _filter(
    request: Request,
    state: Annotated[Literal["active", "dropped"] | None, Query(description="Only chunks in this state.")] = None,
    q: Annotated[str, Query(max_length=200, description="Only chunks with this in their text or file name.")] = "",
    flag: Annotated[str | None, Query(max_length=100, description="Only with this flag, or `doubtful`.")] = None,
    finding: Annotated[str | None, Query(max_length=100, description="Only chunks the x-ray found this in.")] = None,
    light: Annotated[Light | None, Query(description="Only chunks the x-ray gave this light.")] = None,
    recording: Annotated[str | None, Query(max_length=100, description="Only chunks of this recording.")] = None,
    has_text: Annotated[bool | None, Query(description="Only chunks with, or without, a text.")] = None,
) -> Filter:
    """What to show. A filter that is not known is refused: ignored, it would mean every chunk to a bulk change."""
    unknown = sorted(set(request.query_params) - _KNOWN)
    if unknown:
        raise InvalidInput(f"There is no filter {unknown[0]!r}.", hint=f"Filters are {', '.join(sorted(_KNOWN))}.")
    return Filter(state, q, flag, finding, light, recording, has_text)


_KNOWN = {*inspect.signature(_filter).parameters, "order", "limit", "offset"} - {"request"}

FilterDep = Annotated[Filter, Depends(_filter)]

OrderQuery = Annotated[Order, Query(description="list, doubt (most harmful first), duration or confidence.")]

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
    wanted: FilterDep,
    order: OrderQuery = "list",
) -> DatasetBody:
    """A dataset and a page of its chunks, those that fit the filter."""
    folder = studio.workspace.dataset(name)
    dataset, xray = read_written(folder).dataset, read_xray(folder)
    found = chosen(dataset.chunks, wanted, order, xray)
    page = found[paging.offset : paging.offset + paging.limit]
    files = {chunk.file for chunk in page}
    return DatasetBody(
        dataset=store.summarize(dataset),
        recordings=dataset.recordings,
        chunks=[with_words(folder, chunk) for chunk in page],
        reports=[report for report in xray.clips if report.file in files] if xray else [],
        total=len(found),
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/{name}/files", operation_id="listChunkFiles")
def list_chunk_files(name: str, studio: StudioDep, wanted: FilterDep, order: OrderQuery = "list") -> ChunkFiles:
    """The files of all chunks that fit the filter, to change many at once."""
    folder = studio.workspace.dataset(name)
    found = chosen(read_written(folder).dataset.chunks, wanted, order, read_xray(folder))
    return ChunkFiles(files=[chunk.file for chunk in found])


@router.delete("/{name}", operation_id="deleteDataset", status_code=204)
def delete_dataset(name: str, studio: StudioDep) -> None:
    """Deletes a dataset with its chunks; recordings and models stay. Not while a training learns from it."""
    name = check_name(name, "dataset name")
    for job in studio.store.page(steps=["train"], states=["queued", "running"], limit=1000)[0]:
        shares = job.request.get("more_datasets") or []
        if name in (job.request.get("dataset"), *(share.get("dataset") for share in shares)):
            raise Conflict(f"A training uses the dataset {name!r}.", hint="Wait for its end, or stop it first.")
    store.delete(studio.workspace, name)


@router.patch("/{name}/chunks/{file}", operation_id="editChunk")
def edit_chunk(name: str, file: str, body: ChunkEdit, studio: StudioDep) -> ChunkBody:
    """Changes a chunk's text or language, or drops and restores it (`state`)."""
    chunk = edits.edit_chunk(studio.workspace, name, file, body)
    return ChunkBody(chunk=with_words(studio.workspace.dataset(name), chunk))


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
    read_written(studio.workspace.dataset(name))
    request = CheckRequest(dataset=name, base_model=(body or CheckBody()).base_model)
    result = await in_worker(studio, "check", request)
    return CheckResult.model_validate(result.model_dump())
