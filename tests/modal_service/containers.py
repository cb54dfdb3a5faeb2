"""Containers as processes: the SDK's own entry point, the mounts' files, no package that isn't in the image."""

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from modal_proto import api_pb2 as api

from tests.modal_service.packages import installed, only

if TYPE_CHECKING:
    from tests.modal_service.service import ModalService

ENTRY = (sys.executable, "-m", "modal._container_entrypoint")


class Container:
    """A process with a file tree of its own: `/root`, `/tmp` and `/studio` of the image lie below its folder."""

    def __init__(self, service: "ModalService", function_id: str) -> None:
        function = service.functions[function_id]
        self.function_id, self.name = function_id, function.implementation_name or function.function_name
        self.ended = False
        self.folder = service.root / "containers" / service.new_id("ta")
        self._write_files(service, function)
        self.log = self.folder / "log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ENTRY, cwd=self.folder / "root", env=self._environment(service, function), stdout=log, stderr=log
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """As when Modal takes the machine away without a word."""
        self._process.kill()

    def end(self) -> None:
        self.ended = True
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _write_files(self, service: "ModalService", function: Any) -> None:
        mounts = [*function.mount_ids, *(layer.context_mount_id for layer in layers(service, function.image_id))]
        for mount in mounts:
            for name, sha256 in service.mounts.get(mount, {}).items():
                path = self.folder / name.lstrip("/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(service.blobs[sha256])
        for mount in function.volume_mounts:
            link = self.folder / mount.mount_path.lstrip("/")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(service.volume_folder(mount.volume_id), target_is_directory=True)
        (self.folder / "root").mkdir(exist_ok=True)

    def _environment(self, service: "ModalService", function: Any) -> dict[str, str]:
        app = service.app_of(self.function_id)
        arguments = api.ContainerArguments(
            task_id=self.folder.name,
            function_id=self.function_id,
            app_id=app.app_id,
            function_def=function,
            environment_name="main",
        )
        arguments.app_layout.function_ids.update(app.function_ids)
        arguments.app_layout.class_ids.update(app.class_ids)
        for object_id in app.function_ids.values():
            handle = service.handles[object_id]
            arguments.app_layout.objects.add(object_id=object_id, function_handle_metadata=handle)
        for object_id in app.class_ids.values():
            arguments.app_layout.objects.add(object_id=object_id, class_handle_metadata=api.ClassHandleMetadata())
        for object_id in [one.object_id for one in function.object_dependencies]:
            volume = {"volume_metadata": service.volume_metadata(object_id)} if object_id.startswith("vo-") else {}
            arguments.app_layout.objects.add(object_id=object_id, **volume)
        path = self.folder / "arguments"
        path.write_bytes(arguments.SerializeToString())
        guard = self.folder / "guard"
        guard.mkdir()
        there = installed(*requirements(service, function.image_id))
        (guard / "sitecustomize.py").write_text(only(there, self.folder / "root"))
        secrets = [service.secrets[one] for one in function.secret_ids if one in service.secrets]
        environment = {name: value for name, value in service.environment.items() if "TOKEN" not in name}
        for values in (env_of(service, function.image_id), *secrets):
            environment |= {name: self._below(value) for name, value in values.items()}
        return environment | {
            "MODAL_IS_REMOTE": "1",
            "MODAL_TASK_ID": self.folder.name,
            "MODAL_CONTAINER_ARGUMENTS_PATH": str(path),
            "PYTHONPATH": f"{guard}:{self.folder / 'root'}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _below(self, value: str) -> str:
        return f"{self.folder}{value}" if value.startswith("/") else value


def layers(service: "ModalService", image_id: str) -> list[Any]:
    """The image's layers, the lowest first."""
    image = service.images[image_id]
    below = [layer for base in image.base_images for layer in layers(service, base.image_id)]
    return [*below, image]


def env_of(service: "ModalService", image_id: str) -> dict[str, str]:
    """What the image sets."""
    commands = [one for layer in layers(service, image_id) for one in layer.dockerfile_commands]
    return dict(shlex.split(one.removeprefix("ENV "))[0].split("=", 1) for one in commands if one.startswith("ENV "))


def requirements(service: "ModalService", image_id: str) -> tuple[list[str], list[str]]:
    """The packages that the image installs: with what they require, and alone."""
    whole: list[str] = []
    alone: list[str] = []
    for layer in layers(service, image_id):
        for command in layer.dockerfile_commands:
            if "uv pip install" in command:
                found = [one for one in shlex.split(command) if re.match(r"[A-Za-z][\w.-]*(\[|[<>=]=)", one)]
                (alone if "--no-deps" in command else whole).extend(found)
    return whole, alone
