"""`datasets xray`, `fix`, `language`, `undo`, `redo`: what a dataset amounts to, and mending it."""

from typing import Annotated

import typer
from rich.table import Table

from xtts_studio import shapes
from xtts_studio.cli import console
from xtts_studio.dataset import edits, history, store
from xtts_studio.dataset.xray_file import read_xray
from xtts_studio.errors import InvalidInput, StudioError
from xtts_studio.workspace import Workspace

Name = Annotated[str, typer.Argument(help="A dataset of the workspace.")]


def xray(
    name: Name,
    base_model: Annotated[str, typer.Option(help="Model that would be trained.")] = shapes.BASE_MODEL,
    clips: Annotated[bool, typer.Option(help="Each clip with a finding, the most harmful first.")] = False,
) -> None:
    """Look through a dataset: what training does with each clip, and how it sounds."""
    workspace = console.workspace()
    body = console.request(shapes.XrayRequest, dataset=name, base_model=base_model)
    result: shapes.XrayResult = console.run("xray", body, workspace, "Looking through")
    found = read_xray(workspace.dataset(name))
    assert found is not None, "the step has written it"
    totals = result.totals
    minutes = f"{totals.usable_s / 60:.1f} minutes"
    console.out.print(f"{totals.usable} of {totals.active} clips will train: {minutes}.", markup=False)
    if totals.findings:
        console.out.print(_clips_with_findings(found) if clips else _findings(found))
    for notice in result.notices:
        console.say(f"Note: {notice}")


def fix(
    name: Name,
    finding: Annotated[str, typer.Argument(help="What the x-ray found: long_silence_end, quiet, duplicate …")],
) -> None:
    """Mend every clip with a finding as the last x-ray offers it; `undo` takes it back."""
    workspace = console.workspace()
    offers = _offers(workspace, name, finding)
    if not offers:
        raise InvalidInput(
            f"The last x-ray of {name!r} offers no fix for {finding!r}.",
            hint=f"See what it found: xtts-studio datasets xray {name}",
        )
    for action, groups in offers.items():
        for files in groups:
            _apply(workspace, name, action, files)
    console.out.print(f"Look again: xtts-studio datasets xray {name}", markup=False)


def language(
    name: Name,
    language: Annotated[str, typer.Argument(help="One of the 17 of XTTS v2: en, es, fr, de …")],
) -> None:
    """Set the language of a dataset, and of its clips that have none."""
    workspace = console.workspace()
    body = console.request(shapes.ChunkEdit, language=language)
    with store.changing(workspace, name) as dataset:
        dataset.language = body.language
    without = [chunk.file for chunk in store.read(workspace, name).chunks if chunk.language is None]
    edits.edit_chunks(workspace, name, without, body)
    console.out.print(f"The language of {name} is {language}; {len(without)} clips had none.", markup=False)


def undo(name: Name) -> None:
    """Take the last change of a dataset back."""
    change = history.undo(console.workspace(), name)
    console.out.print(f"Undone: {change.label}", markup=False)


def redo(name: Name) -> None:
    """Do again what was undone last."""
    change = history.redo(console.workspace(), name)
    console.out.print(f"Done again: {change.label}", markup=False)


def _findings(found: shapes.Xray) -> Table:
    """Each kind of finding: how many clips, and what mends it."""
    table = Table("Finding", "Clips", "Fix", "For example")
    table.columns[1].justify = "right"
    examples = {one.code: one for report in found.clips for one in report.findings}
    for code, count in sorted(found.totals.findings.items(), key=lambda item: -item[1]):
        table.add_row(code, f"{count:,}", examples[code].fix or "", examples[code].reason)
    return table


def _clips_with_findings(found: shapes.Xray) -> Table:
    table = Table("Clip", "Light", "What was found")
    for report in sorted(found.clips, key=lambda report: -report.doubt):
        if report.findings:
            said = " ".join(f"{one.reason}" for one in report.findings)
            table.add_row(report.file.rpartition("/")[2], report.light, said)
    return table


def _offers(workspace: Workspace, name: str, code: str) -> dict[shapes.Fix, list[list[str]]]:
    """What to do with which clips: all at once, but clips that are merged, and those that are split, by themselves."""
    found = read_xray(workspace.dataset(name))
    if found is None:
        raise InvalidInput(
            f"There is no x-ray of {name!r} yet.", hint=f"Look through it first: xtts-studio datasets xray {name}"
        )
    offers: dict[shapes.Fix, list[list[str]]] = {}
    taken: set[str] = set()
    for report in found.clips:
        for one in report.findings:
            files = sorted({report.file, *one.others}) if one.fix == "merge" else [report.file]
            if one.code == code and one.fix and not taken.intersection(files):
                taken.update(files)
                groups = offers.setdefault(one.fix, [])
                if one.fix in ("merge", "split") or not groups:
                    groups.append(files)
                else:
                    groups[0] += files
    return offers


def _apply(workspace: Workspace, name: str, action: shapes.Fix, files: list[str]) -> None:
    """One change of the dataset; what can't be done is told, and the next is tried."""
    try:
        if action == "drop":
            edits.edit_chunks(workspace, name, files, shapes.ChunkEdit(state="dropped"))
        else:
            body = shapes.EditClipsRequest(dataset=name, action=action, files=files)
            result: shapes.EditClipsResult = console.run("edit_clips", body, workspace, "Mending")
            for notice in result.notices:
                console.say(f"Note: {notice}")
        done = {"drop": "dropped", "split": "split", "merge": "merged", "trim": "trimmed", "normalise": "levelled"}
        console.out.print(f"{len(files)} clip{'s' * (len(files) > 1)} {done[action]}.", markup=False)
    except StudioError as error:
        console.say(f"Left as it is: {error.message}")
