"""Opening what a user brings: a folder, a zip or a `transforms.json`, whatever its format.

Told apart by the files in it: `transforms.json` (nerfstudio, instant-ngp, this project),
`transforms_train.json` (Blender's synthetic scenes), a COLMAP model, `poses_bounds.npy` (LLFF), or
nothing but photos.
"""

import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.archive import unzip
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.colmap_files import model_ending, read_model
from pds.kinds.nerf.capture.colmap_reading import read_colmap
from pds.kinds.nerf.capture.llff import FILE_NAME as LLFF_NAME
from pds.kinds.nerf.capture.llff import read_llff
from pds.kinds.nerf.capture.paths import MAX_PICTURES, below, is_picture, natural
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.capture.transforms_json import read_transforms

TRANSFORMS_NAMES = ("transforms.json", "transforms_train.json")
MAX_DEPTH = 4
MAX_FOLDERS = 2000
FORMATS = (
    "a folder or zip with transforms.json, a COLMAP model, poses_bounds.npy or photos "
    "(PNG, JPEG or WebP)"
)

__all__ = ["Photos", "open_source"]


@dataclass
class _Found:
    """What lies where in a folder, nearest first."""

    transforms: list[Path] = field(default_factory=list)
    models: list[Path] = field(default_factory=list)
    llff: list[Path] = field(default_factory=list)
    pictures: dict[Path, list[Path]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)


def open_source(path: Path, *, work: Path) -> Capture | Photos:
    """Opens a capture with poses, or photos without.

    Args:
        path: a folder, a zip, a `transforms.json` (or another .json of its kind), or a
            `poses_bounds.npy`.
        work: a folder for what a zip holds. After photos it stays there, for they are files; of a
            capture nothing is left.

    Raises:
        CaptureError: saying what is wrong and what is accepted.
    """
    if path.is_dir():
        return _open_folder(path)
    if not path.is_file():
        raise CaptureError(f"There is no {path.name or path}; give {FORMATS}.")
    if path.suffix.lower() == ".json":
        return read_transforms(path)
    if path.name == LLFF_NAME:
        return read_llff(path)
    if path.suffix.lower() != ".zip" and not zipfile.is_zipfile(path):
        raise CaptureError(f"{path.name} is no capture; give {FORMATS}.")
    folder = unzip(path, work=work)
    kept = False
    try:
        opened = _open_folder(folder)
        kept = isinstance(opened, Photos)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    return opened


def _open_folder(root: Path) -> Capture | Photos:
    try:
        found = _search(root)
    except OSError as error:
        raise CaptureError(f"The folder cannot be read: {error.strerror}.") from error
    if found.transforms:
        return read_transforms(_only([p.parent for p in found.transforms], root, found.transforms))
    if found.models:
        return _open_colmap(found.models, root)
    if found.llff:
        return read_llff(_only([p.parent for p in found.llff], root, found.llff))
    return _photos(root, found)


def _search(root: Path) -> _Found:
    """Looks through the folder level by level, not deeper than is usual."""
    found = _Found()
    level = [root]
    count = 0
    for _ in range(MAX_DEPTH + 1):
        below_it: list[Path] = []
        for folder in level:
            count += 1
            if count > MAX_FOLDERS:
                raise CaptureError("The folder holds too many folders; give the capture's own.")
            below_it += _look_into(folder, found)
        level = below_it
    return found


def _look_into(folder: Path, found: _Found) -> list[Path]:
    """Notes what the folder holds; returns the folders in it, links to folders left out."""
    entries = sorted(folder.iterdir(), key=lambda entry: natural(entry.name))
    visible = [e for e in entries if not e.name.startswith((".", "__MACOSX"))]
    files = {e.name: e for e in visible if e.is_file()}
    # Of a Blender scene's splits the training views are the scene; one file a folder.
    found.transforms += [files[name] for name in TRANSFORMS_NAMES if name in files][:1]
    found.llff += [files[LLFF_NAME]] if LLFF_NAME in files else []
    found.models += [folder] if model_ending(folder) else []
    pictures = [e for name, e in files.items() if is_picture(name)]
    if pictures:
        found.pictures[folder] = pictures
    found.others |= {e.suffix.lower() for e in files.values() if e not in pictures and e.suffix}
    return [e for e in visible if e.is_dir() and not e.is_symlink()]


def _only(folders: Sequence[Path], root: Path, files: Sequence[Path]) -> Path:
    """The one file that is nearest to the root.

    Raises:
        CaptureError: several are equally near, so there are several captures.
    """
    depth = min(len(folder.parts) for folder in folders)
    nearest = [i for i, folder in enumerate(folders) if len(folder.parts) == depth]
    if len(nearest) > 1:
        raise _several([folders[i] for i in nearest], root)
    return files[nearest[0]]


def _several(folders: Sequence[Path], root: Path) -> CaptureError:
    names = ", ".join(folder.relative_to(root).as_posix() for folder in folders[:5])
    return CaptureError(f"There are several captures here ({names}); give one of them.")


def _open_colmap(models: Sequence[Path], root: Path) -> Capture:
    """The largest of the models that one run of COLMAP left side by side (0, 1, …)."""
    places = [model.parent if model != root else root for model in models]
    distinct = sorted(set(places))
    nearest = _only(distinct, root, distinct)
    models = [model for model, place in zip(models, places, strict=True) if place == nearest]
    if len(models) == 1:
        return read_colmap(models[0], root)
    counts = [len(read_model(model).images) for model in models]
    best = counts.index(max(counts))
    note = (
        f"COLMAP left {len(models)} separate models; the largest, {models[best].name}, with "
        f"{counts[best]} of {sum(counts)} pictures, is taken."
    )
    return read_colmap(models[best], root, warnings=[note])


def _photos(root: Path, found: _Found) -> Photos:
    """The pictures nearest to the root; of several folders `images` alone, if there is one."""
    if not found.pictures:
        others = f" (there are only {', '.join(sorted(found.others)[:5])})" if found.others else ""
        raise CaptureError(f"There is nothing to make a scene of here{others}; give {FORMATS}.")
    depth = min(len(folder.parts) for folder in found.pictures)
    nearest = [folder for folder in found.pictures if len(folder.parts) == depth]
    chosen = [folder for folder in nearest if folder.name == "images"] or nearest
    paths = [path for folder in chosen for path in found.pictures[folder]]
    if len(paths) > MAX_PICTURES:
        raise CaptureError(
            f"There are {len(paths)} photos; at most {MAX_PICTURES} are accepted. Leave out some."
        )
    names = [path.relative_to(root).as_posix() for path in paths]
    return Photos(names=tuple(names), paths=tuple(below(root, name) for name in names))
