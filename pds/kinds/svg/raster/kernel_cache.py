"""Where compiled kernels are kept: a folder of the user, named by what the kernels say.

numba keeps compiled code beside each source file and forgets it with the folder. Compiling takes
ten seconds and more, so here it outlives clones, updates and virtual environments: as long as the
sources of the kernels and numba itself are the same, so is the folder. numba's own index within
it tells processors and versions of Python apart.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType, ModuleType

_HERE = Path(__file__).resolve().parent
_SOURCES = ("*_numba.py", "columns.py")  # all that is frozen into a kernel
_KEPT = 3  # folders of other sources or versions


def user_cache_folder() -> Path:
    """Where programs of this user keep what can be made again; numba's folder if it has one."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return Path(os.environ["NUMBA_CACHE_DIR"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@cache
def kernel_digest() -> str:
    """A name for the sources of all kernels and the compiler, 16 hexadecimal digits."""
    digest = hashlib.sha256(f"{version('numba')} {version('llvmlite')}".encode())
    for path in sorted(path for pattern in _SOURCES for path in _HERE.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def kernel_folder(base: Path) -> Path:
    """The folder of the present kernels below `base`, made if need be; older ones are swept.

    Raises:
        OSError: nothing can be written there.
    """
    folder = base / "pds" / "kernels" / kernel_digest()
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()  # writable, not only there
    os.utime(folder)
    others = sorted(
        (path for path in folder.parent.iterdir() if path != folder and path.is_dir()),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in others[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
    return folder


@cache
def cache_folder() -> Path:
    """The folder of the present kernels; one of this process alone if the user's is not writable.

    It is chosen once: kernels of one process are all in one place.
    """
    try:
        return kernel_folder(user_cache_folder())
    except (OSError, RuntimeError):  # Path.home() raises the latter for a user without a home
        return kernel_folder(Path(tempfile.mkdtemp(prefix="pds-kernels-")))


class KernelLocator:
    """Tells numba to keep the kernels of this package in :func:`cache_folder`.

    numba asks it while a kernel's module is imported (`NUMBA_CACHE_LOCATOR_CLASSES`).

    Args:
        function: a kernel.
    """

    def __init__(self, function: FunctionType):
        self._line = function.__code__.co_firstlineno

    @classmethod
    def from_function(cls, py_func: FunctionType, py_file: str) -> "KernelLocator | None":
        """A locator for functions of this package; None for all others."""
        return cls(py_func) if Path(py_file).resolve().parent == _HERE else None

    def ensure_cache_path(self) -> None:
        """Makes the folder."""
        Path(self.get_cache_path()).mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        """The folder."""
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        """What makes a kept kernel stale when it changes: here the folder's own name."""
        return kernel_digest()

    def get_disambiguator(self) -> str:
        """Tells functions of one name in one file apart."""
        return str(self._line)


@contextmanager
def kernels_kept(numba: ModuleType) -> Iterator[None]:
    """While it lasts, numba keeps the kernels that are imported where this module says."""
    before = numba.config.CACHE_LOCATOR_CLASSES
    numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{KernelLocator.__name__}"
    try:
        yield
    finally:
        numba.config.CACHE_LOCATOR_CLASSES = before
