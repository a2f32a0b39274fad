"""Begin a new run with the weights of an exported prior."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from pds.training.errors import TrainingError
from pds.training.model import SPECIAL_WORDS, ModelConfig
from pds.training.train import TrainConfig, Trainer
from pds.training.words import WordTable

TEXT_STEM = "text_model."
TOKENS = "text_encoder.embeddings.token_embedding"
RIDGE = 0.3
"""Keeps the fitted matrix small where words are fewer than what they could mean."""


def start_from_export(
    folder: Path,
    model: ModelConfig,
    config: TrainConfig,
    words: Sequence[str],
    table: WordTable,
) -> Trainer:
    """A new run with the weights and the words of an exported prior.

    An embedding without an open vocabulary is split: the matrix that best explains its words
    from what they mean, and the rest as their residuals.

    Args:
        folder: what `pds.training.export.export` wrote, in this version or an earlier one.
        model: must have the sizes of the exported networks.
        config: how to train.
        words: words wanted; those that the prior does not know get the next free ids.
        table: the open vocabulary.

    Raises:
        TrainingError: the folder holds no exported prior.
    """
    about = folder / "pds_prior.json"
    if not about.is_file():
        raise TrainingError(f"no exported prior in {folder}: name the folder of pds_prior.json")
    known = json.loads(about.read_text(encoding="utf-8"))["vocabulary"]["words"]
    new = [word for word in words if word not in set(known)]
    trainer = Trainer(model, config, known + new, table)
    values = _stored(folder, model.text_rows)
    if f"{TOKENS}.weight" in values:
        values |= _split(values[f"{TOKENS}.weight"], trainer, len(known))
    flat = [values[name.replace(TEXT_STEM, "")].float().flatten() for name in trainer.slots.names]
    trainer.weights.load({"masters": torch.cat(flat), "ema": torch.cat(flat)})
    return trainer


def _stored(folder: Path, rows: int) -> dict[str, Tensor]:
    """All stored values by the networks' names, without the stem of CLIP checkpoints.

    Args:
        folder: the exported prior.
        rows: trained ids that there is room for.
    """
    values = {}
    for part, name in (("unet", "diffusion_pytorch_model"), ("text_encoder", "model")):
        for key, value in load_file(folder / part / f"{name}.safetensors").items():
            values[f"{part}.{key.removeprefix(TEXT_STEM)}"] = value
    extra = folder / "text_encoder" / "words.safetensors"
    if extra.is_file():
        values |= {f"{TOKENS}.{key}": value for key, value in load_file(extra).items()}
        residual = values[f"{TOKENS}.residual_embedding"]
        room = torch.zeros(rows - len(residual), residual.shape[1], dtype=residual.dtype)
        values[f"{TOKENS}.residual_embedding"] = torch.cat([residual, room])
    return values


def _split(rows: Tensor, trainer: Trainer, known: int) -> dict[str, Tensor]:
    """The matrix of meanings and the residuals that give the old embedding of the known words."""
    count = len(SPECIAL_WORDS) + known
    old = rows[:count].float()
    meant = trainer.weights.tensors["rows"][:count].float() / 127
    square = meant.T @ meant + RIDGE * torch.eye(meant.shape[1])
    matrix = torch.linalg.solve(square, meant.T @ old)
    residual = torch.zeros(trainer.model_config.text_rows, old.shape[1])
    residual[:count] = old - meant @ matrix
    residual[count:] = old[len(SPECIAL_WORDS) :].mean(0)
    return {f"{TOKENS}.meaning": matrix, f"{TOKENS}.residual_embedding": residual}
