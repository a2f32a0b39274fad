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
    """Whether this processor computes faster in bfloat16 than in float32.

    Those with matrix tiles (`amx_bf16`) do, and those of AMD with `avx512_bf16` (1.9 times,
    measured on an EPYC); those of Intel with `avx512_bf16` alone do not (0.66 times, measured on a
    Xeon). It is read, not timed, so that the same machine always computes the same.
    """
    if not cpu_info.is_file():
        return False
    words = cpu_info.read_text(encoding="utf-8", errors="replace").split()
    return "amx_bf16" in words or ("avx512_bf16" in words and "AuthenticAMD" in words)


def pick_dtype(
    name: str, device: torch.device, has_bfloat16: Callable[[], bool] = computes_in_bfloat16
) -> torch.dtype:
    """`auto` is float16 on CUDA; on the CPU bfloat16 where that is faster, else float32.

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
