"""Whether this machine computes the same bits as the one that the golden files are from."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import llvmlite.binding
import numba
import torch
import torch.nn.functional as F


@contextmanager
def one_thread() -> Iterator[None]:
    """Lets torch compute with one thread: sums are then always taken in the same order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def machine() -> dict[str, str]:
    """What the bits of a run depend on besides the code.

    `arithmetic` is a digest of a small fixed computation; it tells instruction sets and maths
    libraries apart. The processor counts by itself since the rasteriser is compiled for it.
    """
    return {
        "torch": torch.__version__,
        "numba": numba.__version__,
        "processor": llvmlite.binding.get_host_cpu_name(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "arithmetic": _arithmetic(),
    }


def fingerprint(facts: dict[str, str]) -> str:
    """Equal fingerprints of machines: runs are compared bit for bit."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


@torch.no_grad()
def _arithmetic() -> str:
    """Products, a convolution, attention, functions and sums, in float32 with one thread."""

    def numbers(*shape: int) -> torch.Tensor:
        count = torch.Size(shape).numel()
        # Whole numbers, scaled: the same bits everywhere.
        return ((torch.arange(count) * 7919 % 2003).float() / 1024 - 1).reshape(shape)

    with one_thread():
        picture = F.conv2d(numbers(1, 16, 33, 33), numbers(32, 16, 3, 3) / 8, padding=1)
        tokens = picture.flatten(2).transpose(1, 2)
        attended = F.scaled_dot_product_attention(tokens, tokens, tokens)
        product = attended[0, :500] @ numbers(32, 257)
        product = F.silu(F.layer_norm(product, (257,)))
        results = (picture, attended, product, product.exp(), product.sin(), product.sum(0))
    digest = hashlib.sha256()
    for result in results:
        digest.update(result.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
