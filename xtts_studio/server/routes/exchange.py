"""Datasets to and from elsewhere: exported as the stream of a zip, imported by a job."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from xtts_studio.dataset.exchange.apart import blocks_apart
from xtts_studio.dataset.exchange.exporting import export
from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.dataset.exchange.writing import blocks
from xtts_studio.errors import InvalidInput
from xtts_studio.server.bodies import JobBody
from xtts_studio.server.studio import StudioDep
from xtts_studio.server.upload import Form, multipart_body, receive
from xtts_studio.server.work import submit
from xtts_studio.shapes import TEACHABLE, ImportDatasetRequest, Language
from xtts_studio.workspace import check_name

router = APIRouter(prefix="/api/datasets", tags=["exchange"])

ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}}}


@router.get("/{name}/export", operation_id="exportDataset", response_class=StreamingResponse, responses=ZIP)
def export_dataset(
    name: str,
    studio: StudioDep,
    format: Annotated[Format, Query(description="zip (ours, with everything) or a format of others.")] = "zip",
    dropped: Annotated[bool, Query(description="Dropped clips, too; our own zip always has them.")] = False,
) -> StreamingResponse:
    """The dataset as a zip, which is sent while it is written."""
    chosen = export(studio.workspace, name, format, dropped)
    sent: Iterator[bytes] = blocks(chosen)
    if format == "parquet":
        sent = blocks_apart(studio.workspace, chosen.dataset.name, format, dropped)
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(chosen.file_name)}"}
    return StreamingResponse(sent, media_type="application/zip", headers=headers)


@router.post(
    "/import",
    operation_id="importDataset",
    status_code=202,
    openapi_extra=multipart_body(
        files="One zip, or one Parquet file.",
        name="Name of the dataset; clips are added to one that is there.",
        format="?auto, ljspeech, coqui, audiofolder, parquet or zip; auto when left out.",
        language="?Language of the clips, where theirs is not told.",
    ),
)
async def import_dataset(request: Request, studio: StudioDep) -> JobBody:
    """Makes a dataset of what was exported here or elsewhere, or adds its clips to one."""
    form = await receive(request, studio.workspace.incoming, studio.settings.upload_limit_bytes)
    try:
        job = submit(studio, "import_dataset", _body(form))
    except BaseException:
        form.discard()
        raise
    return JobBody(job=job)


def _body(form: Form) -> ImportDatasetRequest:
    if len(form.files) != 1:
        raise InvalidInput(f"{len(form.files)} files were sent, one is expected.", hint="Import them one by one.")
    if not form.fields.get("name"):
        raise InvalidInput("The dataset has no name.", hint="Send a form field `name`.", details={"param": "name"})
    formats = get_args(ImportDatasetRequest.model_fields["format"].annotation)
    return ImportDatasetRequest(
        incoming=form.files[0].path.name,
        name=check_name(form.fields["name"], "dataset name"),
        file_name=form.files[0].name,
        format=_one_of(form, "format", formats) or "auto",
        language=_language(form),
    )


def _language(form: Form) -> str | None:
    """A language's code: of the 17, or another that a model may be taught."""
    value = form.fields.get("language") or None
    if value is not None and value not in get_args(Language) and value not in TEACHABLE:
        raise InvalidInput(
            f"language is {value[:40]!r}, expected a code such as en or zh-cn.", details={"param": "language"}
        )
    return value


def _one_of(form: Form, field: str, known: tuple[str, ...]) -> Any:
    """The field's value, which must be one of those known; None where it is left out."""
    found = form.fields.get(field) or None
    if found is not None and found not in known:
        raise InvalidInput(
            f"There is no {field} {found[:40]!r}.", hint=f"Choose {', '.join(known)}.", details={"param": field}
        )
    return found
