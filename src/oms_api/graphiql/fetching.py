"""Fetches the files of GraphiQL from the registry of npm: `python -m oms_api.graphiql.fetching`.

What comes is compared with the hashes below, and nothing of it is executed here.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oms_api.graphiql import VENDOR

_STAMP = "fetched"
PATIENCE = 120
"""Seconds for one package."""


class NotFetched(Exception):
    """GraphiQL can't be fetched. All else works without it."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of npm: its SHA-512 as npm writes it, and the files to take, by their new names."""

    name: str
    version: str
    integrity: str
    files: Mapping[str, str]


PACKAGES = (
    Package(
        "graphiql",
        "3.8.3",
        "sha512-cuPDYtXVKV86Pu5PHBX642Odi/uVEE2y1Jxq5rGO/Qy1G2lRp7ZZ7a/T30RzxhuLSWo9zUbzq0P3U49//H0Ugw==",
        {"graphiql.css": "graphiql.min.css", "graphiql.js": "graphiql.min.js"},
    ),
    Package(
        "react",
        "18.3.1",
        "sha512-wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
        {"react.js": "umd/react.production.min.js"},
    ),
    Package(
        "react-dom",
        "18.3.1",
        "sha512-5m4nQKp+rZRb09LNH59GM4BxTh9251/ylbKIbpe7TpGxfJ+9kv6BLkLBXIjjspbgbnIBNqlI23tRnTWT0snUIw==",
        {"react-dom.js": "umd/react-dom.production.min.js"},
    ),
)


def fetch(folder: Path = VENDOR) -> None:
    """Put the files where the server finds them, if they are not there. Raises `NotFetched`."""
    wanted = "\n".join(package.integrity for package in PACKAGES)
    if (folder / _STAMP).exists() and (folder / _STAMP).read_text() == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched("npm is not installed.")
    with tempfile.TemporaryDirectory() as place:
        found = Path(place) / "found"
        found.mkdir()
        for package in PACKAGES:
            _take(package, _packed(npm, package, Path(place)), found)
        (found / _STAMP).write_text(wanted)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(found, folder)


def _packed(npm: str, package: Package, place: Path) -> Path:
    wanted = f"{package.name}@{package.version}"
    command = [npm, "pack", wanted, "--fetch-retries=0", "--silent"]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=place
        )
    except subprocess.TimeoutExpired:
        raise NotFetched(f"npm did not fetch {wanted} in time.") from None
    if done.returncode != 0:
        raise NotFetched(f"npm can't fetch {wanted}: {done.stderr.strip()[-200:]}")
    packed: str = done.stdout.split()[-1]
    return place / packed


def _take(package: Package, path: Path, folder: Path) -> None:
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise NotFetched(f"{package.name}@{package.version} is not what was asked for: {digest}.")
    with tarfile.open(path) as archive:
        for name, member in package.files.items():
            file = archive.extractfile(f"package/{member}")
            assert file is not None
            (folder / name).write_bytes(file.read())


def main() -> None:
    """Fetch, or say in a line why not."""
    try:
        fetch()
    except NotFetched as error:
        sys.stderr.write(f"GraphiQL is left out: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
