"""The other processes of a training: started by the first one, which is the worker itself, and ended with it.

    python -m xtts_studio.training.parallel HOME    # RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT in the environment

They are told the run by the first one, prepare it as it did, and train along.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.distributed as dist

from xtts_studio.errors import InvalidInput, StudioError, WorkerDied
from xtts_studio.events import ignore
from xtts_studio.shapes import TrainRequest
from xtts_studio.training.loop.ranks import Ranks
from xtts_studio.training.plan.planning import begun_with
from xtts_studio.training.preparing import Prepared, prepare
from xtts_studio.training.runs import Run
from xtts_studio.workspace import Workspace, read_json, write_json

_END_S = 30.0


def processes_for(request: TrainRequest, device: torch.device) -> int:
    """How many processes train: as asked for, else one for each GPU, one on a CPU or on a GPU that was named."""
    if request.processes is not None:
        gpus = torch.cuda.device_count() if device.type == "cuda" else request.processes
        if request.processes > 1 and (request.processes > gpus or device.index is not None):
            raise InvalidInput(
                f"{request.processes} processes were asked for; {gpus} GPUs are here, on the device {device}.",
                hint="Leave `processes` out, and XTTS_DEVICE at auto: there is one for each GPU then.",
            )
        return request.processes
    return max(1, torch.cuda.device_count()) if device.type == "cuda" and device.index is None else 1


@contextmanager
def joined(prepared: Prepared, processes: int) -> Iterator[Ranks]:
    """Starts the other processes and gives all of them together; they have ended when the block has.

    Raises the error of one that failed in place of what its failing caused here.
    """
    if processes == 1:
        yield Ranks()
        return
    run, home = prepared.run, prepared.workspace.home
    port = _free_port()
    environment = {"WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    others = [_start(rank, home, environment, prepared.numerics.device) for rank in range(1, processes)]
    try:
        ranks = Ranks.joined(environment | {"RANK": "0"}, prepared.numerics.device)
        dist.broadcast_object_list([run.run_id], 0)
        yield ranks
        for other in others:
            other.wait(_END_S)
    except RuntimeError as error:  # a connection that broke off
        raise _reason(run, others, error) from error
    finally:
        for other in others:
            other.kill()
            other.wait()
        Ranks.leave()


def train_along(home: Path) -> None:
    """What the other processes do, until the first one has trained enough."""
    ranks = Ranks.joined(dict(os.environ), torch.device(os.environ.get("XTTS_DEVICE", "cpu")))
    told: list[str] = [""]
    dist.broadcast_object_list(told, 0)
    workspace = Workspace(home)
    run = Run(told[0], workspace.run(told[0]))
    try:
        request = TrainRequest.model_validate(begun_with(run.run_id, workspace) | {"run_id": run.run_id})
        prepared = prepare(request, workspace, ignore)
        trainer = prepared.trainer(ignore, ranks=ranks)
        checkpoint = run.checkpoints().latest()
        if checkpoint is not None:
            trainer.resume(checkpoint)
        trainer.run()
    except StudioError as error:
        write_json(_error_file(run, ranks.rank), error.to_dict())
        raise SystemExit(1) from error
    finally:
        Ranks.leave()


def _start(rank: int, home: Path, environment: dict[str, str], device: torch.device) -> "subprocess.Popen[bytes]":
    own = {"RANK": str(rank), "XTTS_DEVICE": f"cuda:{rank}" if device.type == "cuda" else device.type}
    command = [sys.executable, "-m", "xtts_studio.training.parallel", str(home)]
    return subprocess.Popen(command, env=os.environ | environment | own)


def _reason(run: Run, others: list["subprocess.Popen[bytes]"], error: RuntimeError) -> Exception:
    for rank, other in enumerate(others, start=1):
        try:
            other.wait(_END_S)
        except subprocess.TimeoutExpired:
            continue
        if _error_file(run, rank).exists():
            told = StudioError.from_dict(read_json(_error_file(run, rank)))
            _error_file(run, rank).unlink()
            return told
        if other.returncode:
            return WorkerDied(
                f"Process {rank + 1} of the training ended with exit code {other.returncode}: {error}",
                hint="Go on with the run from its last checkpoint; with fewer processes where it happens again.",
            )
    return error


def _error_file(run: Run, rank: int) -> Path:
    return run.folder / f".rank-{rank}.json"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    train_along(Path(sys.argv[1]))
