"""Adds to web/package-lock.json the optional packages of other platforms. Run after `npm install`.

npm leaves an optional dependency that it can't fetch out of the lock file, and `npm ci` then refuses the file
("Missing: @next/swc-darwin-arm64 from lock file"). Each gets an entry with its version, os and cpu, so that `npm ci`
passes it over here and installs it where it is needed.
"""

import json
import re
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "web" / "package-lock.json"
OS = ("darwin", "win32", "linux", "android", "freebsd", "openbsd", "netbsd", "sunos", "aix", "openharmony")
CPU = ("arm64", "x64", "arm", "ia32", "wasm32", "ppc64", "s390x", "riscv64", "loong64", "mips64el")


def main() -> None:
    """Completes the lock file in place."""
    lock = json.loads(LOCK.read_text())
    packages: dict[str, Any] = lock["packages"]
    for parent, entry in list(packages.items()):
        for name, version in entry.get("optionalDependencies", {}).items():
            if re.fullmatch(r"\d+\.\d+\.\d+\S*", version) and not is_locked(name, parent, packages):
                packages[f"node_modules/{name}"] = stub(name, version, bool(entry.get("dev")))
                print(f"added {name}@{version}")
    lock["packages"] = dict(sorted(packages.items()))
    LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


def is_locked(name: str, place: str, packages: dict[str, Any]) -> bool:
    """Whether Node's search, from a package's folder upwards, finds an entry."""
    while True:
        if f"{place}/node_modules/{name}".lstrip("/") in packages:
            return True
        if not place:
            return False
        place = place.rpartition("/node_modules/")[0] if "/node_modules/" in place else ""


def stub(name: str, version: str, dev: bool) -> dict[str, Any]:
    """An entry for a platform's package, whose name tells the platform: @next/swc-darwin-arm64."""
    words = re.split(r"[-/]", name)
    found: dict[str, Any] = {"version": version, "optional": True}
    if dev:
        found["dev"] = True
    for key, known in (("os", OS), ("cpu", CPU)):
        if values := [word for word in words if word in known][:1]:
            found[key] = values
    return found


if __name__ == "__main__":
    main()
