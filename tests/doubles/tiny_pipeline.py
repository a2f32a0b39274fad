"""Tiny randomly initialised models of Stable Diffusion's classes, saved to disk."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

WORDS = ("<pad>", "<bos>", "<eos>", "<unk>", "a", "cat", "dog", "red", "drawing", "of")
SCALING_FACTOR = 0.3
WIDTH = 16


def save_pipeline(
    folder: Path, *, vae: bool = True, prediction_type: str = "epsilon", safe: bool = True
) -> Path:
    """Writes unet, text encoder, tokenizer, scheduler and, if wanted, a VAE."""
    torch.manual_seed(0)
    _unet(channels=4 if vae else 12).save_pretrained(folder / "unet", safe_serialization=safe)
    _text_encoder().save_pretrained(folder / "text_encoder")
    _tokenizer().save_pretrained(folder / "tokenizer")
    DDPMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction_type,
    ).save_pretrained(folder / "scheduler")
    if vae:
        _vae().save_pretrained(folder / "vae")
    else:
        manifest = {
            "latent": {"kind": "pixel_unshuffle", "factor": 2},
            "image_size": 16,
            "vocabulary": {
                "concepts": ["cat", "dog"],
                "words": list(WORDS[4:]),
                "groups": {"animals": ["cat", "dog"]},
            },
        }
        (folder / "pds_prior.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _unet(channels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=8,
        norm_num_groups=4,
    )


def _text_encoder() -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(WORDS),
            hidden_size=WIDTH,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=8,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


def _tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
        latent_channels=4,
        norm_num_groups=4,
        sample_size=16,
        scaling_factor=SCALING_FACTOR,
    )
