"""Where a prior computes, and in which precision."""

from collections.abc import Callable
from pathlib import Path

import torch

from pds.base.errors import DeviceUnavailable, PriorError


def pick_device(
    name: str = "auto", has_cuda: Callable[[], bool] = torch.cuda.is_available
) -> torch.device:
    """`auto`, `cpu`, `cuda` or `cuda:N` to a device.

    Raises:
        DeviceUnavailable: CUDA was asked for and is not there, or the name means nothing.
    """
    if name == "auto":
        return torch.device("cuda" if has_cuda() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceUnavailable(f"There is no device “{name}”; use auto, cpu or cuda.") from error
    if device.type == "cuda" and not has_cuda():
        raise DeviceUnavailable(
            "No CUDA device was found; choose the device “cpu”, or install a CUDA build of torch "
            "and a driver."
        )
    return device


def computes_in_bfloat16(cpu_info: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this processor has bfloat16 arithmetic, which halves the time of a step."""
    if not cpu_info.is_file():
        return False
    flags = cpu_info.read_text(encoding="utf-8", errors="replace").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def pick_dtype(
    name: str, device: torch.device, has_bfloat16: Callable[[], bool] = computes_in_bfloat16
) -> torch.dtype:
    """`auto` is float16 on CUDA; on the CPU bfloat16 where it is computed in, else float32.

    Raises:
        PriorError: an unknown name.
    """
    known = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
    if name == "auto":
        if device.type == "cuda":
            return torch.float16
        return torch.bfloat16 if has_bfloat16() else torch.float32
    if name not in known:
        raise PriorError(f"The precision is {name!r}; known are: auto, {', '.join(known)}.")
    return known[name]
