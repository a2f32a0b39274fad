"""Write the built-in prior as a diffusers-style folder."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPTextModel, PreTrainedTokenizerFast

from pds.diffusion import open_words
from pds.training.captions import STYLES, VIEWS
from pds.training.colours import PALETTE
from pds.training.model import SPECIAL_WORDS, build_scheduler
from pds.training.starting import TEXT_STEM
from pds.training.train import Trainer

MODEL_INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
    "scheduler": ["diffusers", "DDPMScheduler"],
}


def vocabulary(concepts: dict, words: list[str]) -> dict:
    """What the prior knows, for the page: concepts with synonyms, styles, colours, views, words.

    Args:
        concepts: the concept list that the data set was built from.
        words: every single word of the tokenizer.
    """
    known: dict[str, list[str]] = {}
    groups: dict[str, list[str]] = {}
    for concept in concepts["emoji"] + concepts["models"]:
        names = known.setdefault(concept["name"], [])
        names += [name for name in concept.get("synonyms", ()) if name not in names]
        members = groups.setdefault(concept["group"], [])
        members += [concept["name"]] * (concept["name"] not in members)
    return {
        "concepts": known,
        "groups": groups,
        "drawings": [concept["name"] for concept in concepts["emoji"]],
        "models": [concept["name"] for concept in concepts["models"]],
        "recolourable": sorted(
            {c["name"] for c in concepts["emoji"] + concepts["models"] if c.get("colour")}
        ),
        "styles": {
            style: sorted({template.replace("{0.bare}", "{}") for template in templates})
            for style, templates in STYLES.items()
        },
        "colours": list(PALETTE),
        "views": list(VIEWS),
        "words": list(words),
    }


def export(trainer: Trainer, concepts: dict, folder: Path) -> None:
    """Write the averaged weights in bfloat16 with all that a loader needs.

    Every file is written beside its place and then renamed over it, so that a reader
    finds each file complete.

    Args:
        trainer: the run whose average is shipped.
        concepts: the concept list, for the vocabulary.
        folder: where to; created if missing. A README.md already there is kept.
    """
    partial = folder.with_name(folder.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    net = trainer.averaged().to(torch.bfloat16)
    net.unet.save_pretrained(partial / "unet")
    _save_text_encoder(net.text_encoder, len(trainer.words), partial / "text_encoder")
    _save_tokenizer(trainer.tokenizer, partial / "tokenizer")
    build_scheduler().save_pretrained(partial / "scheduler")
    _write(partial / "model_index.json", MODEL_INDEX)
    about = {
        "format": 1,
        "latent": {"kind": "pixel_unshuffle", "factor": trainer.model_config.unshuffle},
        "image_size": trainer.model_config.image_size,
        "samples_seen": trainer.seen,
        "steps": trainer.step,
        "loss": [list(row) for row in trainer.history[-1:]],
        "vocabulary": vocabulary(concepts, trainer.words),
    }
    _write(partial / "pds_prior.json", about)
    for path in sorted(partial.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(partial)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    shutil.rmtree(partial)


def _save_text_encoder(encoder: CLIPTextModel, trained: int, folder: Path) -> None:
    """With the weights' names of the CLIP checkpoints, which transformers 4 and 5 both read.

    The embedding goes into a file of its own, not multiplied out, which is a seventh of the size.
    """
    encoder.config.save_pretrained(folder)
    values = {name.removeprefix(TEXT_STEM): v for name, v in encoder.state_dict().items()}
    stem = "embeddings.token_embedding."
    weights = {TEXT_STEM + n: v.contiguous() for n, v in values.items() if not n.startswith(stem)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    words = {n.removeprefix(stem): v.contiguous() for n, v in values.items() if n.startswith(stem)}
    used = len(SPECIAL_WORDS) + trained
    words["residual_embedding"] = words["residual_embedding"][:used].contiguous()
    save_file(words, folder / open_words.FILE)


def _save_tokenizer(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """With the class name that transformers 4 and 5 both know."""
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    _write(path, {**config, "tokenizer_class": "PreTrainedTokenizerFast"})


def _write(path: Path, data: dict) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
