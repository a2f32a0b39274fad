"""Runs as small records, and how far two records are apart."""

import hashlib
import math
import re
from collections.abc import Mapping
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

Record = dict[str, Any]

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FILE_HEADER = 8  # a safetensors file begins with the length of its JSON, in 8 bytes


def summary(steps: list[dict[str, Any]], written: bytes) -> Record:
    """What is kept of a run: its first and its last step, and the written file.

    Args:
        steps, written: as `adapter.run_preset` gives them.
    """
    return {
        "steps": len(steps),
        "first": _step(steps[0]),
        "last": _step(steps[-1]),
        "written": {**_digest(written), **_tensors_of(written)},
    }


def _step(step: Mapping[str, Any]) -> Record:
    return {
        "timestep": step["timestep"],
        "gradient_norm": step["gradient_norm"].hex(),
        "image": _image(step["image"]),
        "groups": [
            {"name": name, "tensors": [_tensor(tensor) for tensor in tensors]}
            for name, tensors in step["groups"]
        ],
    }


def _digest(data: bytes) -> Record:
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def _tensors_of(written: bytes) -> Record:
    """For a checkpoint: digest of the facts in its header, and all its tensors. Else nothing."""
    if written.lstrip().startswith(b"<"):
        return {}
    end = _FILE_HEADER + int.from_bytes(written[:_FILE_HEADER], "little")
    tensors = safetensors.torch.load(written)
    return {
        "header": _digest(written[_FILE_HEADER:end]),
        "tensors": {name: _tensor(tensors[name]) for name in sorted(tensors)},
    }


def _image(image: Tensor) -> Record:
    values = image.double().flatten().tolist()
    mean = math.fsum(values) / len(values)
    std = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
    return {"shape": list(image.shape), "mean": mean, "std": std, **_bits(image)}


def _tensor(tensor: Tensor) -> Record:
    values = tensor.double().flatten().tolist()
    return {
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "sum": math.fsum(values),
        "sum_of_squares": math.fsum(v * v for v in values),
        **_bits(tensor),
    }


def _bits(tensor: Tensor) -> Record:
    data = tensor.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes()
    return {"sha256": hashlib.sha256(data).hexdigest()}


def facts(record: Record) -> Any:
    """What no rounding changes: counts, timesteps, names, shapes, the header of a checkpoint."""
    rounded = ("gradient_norm", "mean", "std", "sum", "sum_of_squares", "sha256", "bytes")

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                n: v if n == "header" else kept(v) for n, v in value.items() if n not in rounded
            }
        return [kept(one) for one in value] if isinstance(value, list) else value

    return kept(record)


def deviations(one: Record, other: Record) -> dict[str, float]:
    """How far two runs of equal :func:`facts` are apart.

    Returns:
        For the first and the last step: `norm`, relative; `image`, of mean and deviation in units
        of the range [0, 1]; `groups`, the worst of a group's root mean square (relative) and its
        mean (in root mean squares). For a checkpoint `written`, as `groups`.
    """
    found = {}
    for at in ("first", "last"):
        a, b = one[at], other[at]
        norms = [float.fromhex(step["gradient_norm"]) for step in (a, b)]
        found[f"{at} norm"] = abs(norms[0] - norms[1]) / norms[0]
        found[f"{at} image"] = max(abs(a["image"][m] - b["image"][m]) for m in ("mean", "std"))
        pairs = [
            pair
            for groups in zip(a["groups"], b["groups"], strict=True)
            for pair in zip(*(group["tensors"] for group in groups), strict=True)
        ]
        found[f"{at} groups"] = max(_apart(*pair) for pair in pairs)
    if "tensors" in one["written"]:
        tensors = (one["written"]["tensors"], other["written"]["tensors"])
        found["written"] = max(_apart(tensors[0][name], tensors[1][name]) for name in tensors[0])
    return found


def _apart(a: Record, b: Record) -> float:
    count = math.prod(a["shape"])
    sizes = [math.sqrt(one["sum_of_squares"] / count) for one in (a, b)]
    if sizes[0] == 0:
        return 0.0 if sizes[1] == 0 else math.inf
    mean = abs(a["sum"] - b["sum"]) / count
    return max(abs(sizes[0] - sizes[1]), mean) / sizes[0]


def svg_deviation(one: str, other: str) -> float:
    """Root mean square difference of two drawings' numbers; infinite if another thing differs.

    Colours count in units of [0, 1], all other numbers in units of the largest.
    """
    parts, others = _parts(one), _parts(other)
    if parts[0] != others[0] or len(parts[1]) != len(others[1]):
        return math.inf
    largest = max(abs(number) for number in parts[1])
    squares = [((a - b) / largest) ** 2 for a, b in zip(parts[1], others[1], strict=True)]
    squares += [((a - b) / 255) ** 2 for a, b in zip(parts[2], others[2], strict=True)]
    return math.sqrt(math.fsum(squares) / len(squares))


def _parts(text: str) -> tuple[list[str], list[float], list[int]]:
    """What stands between the numbers, the numbers, and the channels of the colours."""
    channels = []
    for colour in _COLOUR.findall(text):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        channels += [int(digits[i : i + 2], 16) for i in (0, 2, 4)]
    text = _COLOUR.sub("#", text)
    numbers = [float(number) for number in _NUMBER.findall(text)]
    return [piece.strip(" ,") for piece in _NUMBER.split(text)], numbers, channels
