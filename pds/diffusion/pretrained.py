"""Any text-to-image model in diffusers format as a prior: Stable Diffusion or the built-in one.

The only module that imports diffusers and transformers. Weights are read from safetensors alone.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from jaxtyping import Float, Int
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoTokenizer, BatchEncoding, CLIPTextModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from pds.base.errors import OutOfMemory, PriorError, PriorNotFound
from pds.diffusion import open_words
from pds.diffusion.devices import pick_device, pick_dtype
from pds.diffusion.prior import Embedding, Prior, guided
from pds.diffusion.schedule import NoiseSchedule
from pds.diffusion.vocabulary import Vocabulary

MANIFEST = "pds_prior.json"
HUB_FILES = [
    f"{part}/*.{ending}"
    for part in ("unet", "text_encoder", "tokenizer", "scheduler", "vae")
    for ending in ("json", "txt", "safetensors")
]


class LatentCodec(nn.Module):
    """Pixels to latents and back: a VAE, or pixel unshuffling where the model has no VAE.

    Args:
        vae: the autoencoder, or None.
        factor: pixels per latent cell and axis.
    """

    def __init__(self, vae: AutoencoderKL | None, factor: int):
        super().__init__()
        self.vae = vae
        self.factor = factor

    def encode(self, image: Tensor) -> Tensor:
        """[B 3 H W] in [0, 1] to latents; the VAE's mean, so nothing is random."""
        pixels = image * 2 - 1
        if self.vae is None:
            return F.pixel_unshuffle(pixels, self.factor)
        config = self.vae.config
        latent: Tensor = self.vae.encode(pixels).latent_dist.mean
        shift, scale = float(config.shift_factor or 0.0), float(config.scaling_factor)
        return (latent - shift) * scale

    def decode(self, latent: Tensor) -> Tensor:
        """Inverse of :meth:`encode`, clamped to [0, 1]."""
        if self.vae is None:
            pixels = F.pixel_shuffle(latent, self.factor)
        else:
            config = self.vae.config
            latent = latent / config.scaling_factor + (config.shift_factor or 0.0)
            pixels = self.vae.decode(latent).sample
        return ((pixels + 1) / 2).clamp(0, 1)


class DiffusionPrior(Prior):
    """A U-Net with its text encoder, tokenizer, noise schedule and latent codec.

    Args:
        name: shown and stored in recipes.
        unet, text_encoder, tokenizer, codec: the parts, already on `device` in `dtype`.
        schedule: noise schedule and prediction type.
        image_size: side of the pictures in pixels.
        vocabulary: words the model knows, or None.
        fingerprint: short hash of the weights.
    """

    def __init__(
        self,
        *,
        name: str,
        unet: UNet2DConditionModel,
        text_encoder: CLIPTextModel,
        tokenizer: PreTrainedTokenizerBase,
        codec: LatentCodec,
        schedule: NoiseSchedule,
        image_size: int,
        vocabulary: Vocabulary | None = None,
        fingerprint: str = "",
    ):
        self.name = name
        self.unet = unet.requires_grad_(False).eval()
        self.text_encoder = text_encoder.requires_grad_(False).eval()
        self.tokenizer = tokenizer
        self.codec = codec.requires_grad_(False).eval()
        self.schedule = schedule
        self.image_size = image_size
        self.vocabulary = vocabulary
        self.fingerprint = fingerprint
        self.device = unet.device
        self.dtype = unet.dtype

    @torch.no_grad()
    def embed(self, prompts: list[str]) -> Embedding:
        """Encodes prompts and as many empty ones in one call; overlong prompts are cut."""
        length = self.text_encoder.config.max_position_embeddings
        tokens = self.tokenizer(
            [*prompts, *[""] * len(prompts)],
            padding="max_length",
            max_length=length,
            truncation=True,
            return_tensors="pt",
        )
        hidden = self.text_encoder(
            tokens.input_ids.to(self.device), attention_mask=self._mask(tokens)
        ).last_hidden_state
        conditional, unconditional = hidden.to(self.dtype).chunk(2)
        return Embedding(conditional=conditional, unconditional=unconditional)

    def _mask(self, tokens: BatchEncoding) -> Tensor | None:
        """Stable Diffusion attends to the padding; the encoder of another model may say no."""
        if self.text_encoder.config.to_dict().get("use_attention_mask", False):
            mask: Tensor = tokens.attention_mask
            return mask.to(self.device)
        return None

    @torch.no_grad()
    def predict_noise(
        self,
        noisy: Float[Tensor, "batch channels height width"],
        timestep: Int[Tensor, " batch"],
        embedding: Embedding,
        guidance_scale: float,
    ) -> Float[Tensor, "batch channels height width"]:
        """See `Prior.predict_noise`; the unconditional half is left out when guidance is 1."""
        timestep = timestep.to(self.device)
        if guidance_scale == 1:
            hidden = embedding.conditional
            output = self.unet(noisy, timestep, encoder_hidden_states=hidden).sample
            return self.schedule.to_noise(output, noisy, timestep)
        hidden = torch.cat([embedding.conditional, embedding.unconditional])
        doubled, both = torch.cat([noisy, noisy]), torch.cat([timestep, timestep])
        output = self.unet(doubled, both, encoder_hidden_states=hidden).sample
        noise = self.schedule.to_noise(output, doubled, both)
        conditional, unconditional = noise.chunk(2)
        return guided(conditional, unconditional, guidance_scale)

    def encode(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch channels h w"]:
        """See `Prior.encode`."""
        return self.codec.encode(image)

    @torch.no_grad()
    def decode(
        self, latent: Float[Tensor, "batch channels h w"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """See `Prior.decode`."""
        return self.codec.decode(latent)


def load_diffusion_prior(
    location: str | Path,
    *,
    name: str = "",
    device: str = "auto",
    dtype: str = "auto",
    fetch: Callable[..., str] = snapshot_download,
) -> DiffusionPrior:
    """Loads a model in diffusers format.

    Args:
        location: a folder with `unet/`, `text_encoder/`, `tokenizer/`, `scheduler/` and, unless
            its latents are unshuffled pixels, `vae/`; or a hub id such as
            `stable-diffusion-v1-5/stable-diffusion-v1-5`.
        name: shown and stored; by default the location.
        device: `auto`, `cpu`, `cuda`, `cuda:N`.
        dtype: `auto`, `float32`, `float16`, `bfloat16`.
        fetch: brings a model of the hub to a local folder.

    Raises:
        PriorNotFound: no such folder or hub id, no network, or parts missing.
        DeviceUnavailable: the device is not there.
        OutOfMemory: the model does not fit.
        PriorError: the files are damaged, or the precision is unknown.
    """
    place = pick_device(device)
    precision = pick_dtype(dtype, place)
    try:
        folder = _folder_of(str(location), fetch)
        return _load(folder, name or str(location), place, precision)
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(
            f"The model {location} does not fit into the memory of {place}; close other programs "
            "that use it, choose float16, or the built-in prior."
        ) from error
    except (SafetensorError, json.JSONDecodeError, KeyError) as error:
        raise PriorError(f"The model files in {location} are damaged; fetch them again.") from error
    except (OSError, ValueError) as error:
        raise PriorNotFound(
            f"{location} is not a complete Stable-Diffusion-like model with safetensors weights; "
            f"check the folder ({_first_line(error)})."
        ) from error


def _folder_of(location: str, fetch: Callable[..., str]) -> Path:
    if Path(location).is_dir():
        return Path(location)
    looks_local = location.startswith((".", "/", "~")) or location.count("/") != 1
    if looks_local:
        raise PriorNotFound(
            f"There is no model folder {location}; give a folder in diffusers format, a hub id "
            "like owner/name, or “built-in”."
        )
    try:
        return Path(fetch(location, allow_patterns=HUB_FILES))
    except (LocalEntryNotFoundError, ConnectionError) as error:
        raise PriorNotFound(
            f"The model {location} is not on this machine and the model hub cannot be reached; "
            "connect to the network once, or use the built-in prior."
        ) from error
    except (HfHubHTTPError, HFValidationError) as error:
        raise PriorNotFound(
            f"The model hub has no model {location} that you may read; check the name."
        ) from error


def _load(folder: Path, name: str, device: torch.device, dtype: torch.dtype) -> DiffusionPrior:
    diffusers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    manifest = _manifest(folder)
    options = {"torch_dtype": dtype, "use_safetensors": True, "local_files_only": True}
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", **options)
    vae = None
    if (folder / "vae").is_dir():
        vae = AutoencoderKL.from_pretrained(folder, subfolder="vae", **options)
    transformers_logging.set_verbosity_error()  # an open vocabulary's embedding is filled in below
    text_encoder = CLIPTextModel.from_pretrained(
        folder, subfolder="text_encoder", dtype=dtype, use_safetensors=True, local_files_only=True
    )
    words = folder / "text_encoder" / open_words.FILE
    if words.is_file():
        text_encoder.get_input_embeddings().weight.data = open_words.multiplied_out(words).to(dtype)
    tokenizer = AutoTokenizer.from_pretrained(folder, subfolder="tokenizer", local_files_only=True)
    scheduler = folder / "scheduler" / "scheduler_config.json"
    config = json.loads(scheduler.read_text(encoding="utf-8"))
    factor = _factor(vae, manifest)
    if device.type == "cuda" and vae is not None:
        vae.enable_slicing()
    return DiffusionPrior(
        name=name,
        unet=unet.to(device),
        text_encoder=text_encoder.to(device),
        tokenizer=tokenizer,
        codec=LatentCodec(vae, factor).to(device),
        schedule=NoiseSchedule.from_config(config),
        image_size=manifest.get("image_size", unet.config.sample_size * factor),
        vocabulary=_vocabulary(manifest, words, tokenizer.get_vocab()),
        fingerprint=_fingerprint(folder / "unet"),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    found: dict[str, Any] = {}
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
    return found


def _factor(vae: AutoencoderKL | None, manifest: dict[str, Any]) -> int:
    if vae is not None:
        halvings = len(vae.config.block_out_channels) - 1
        return 1 << halvings
    latent = manifest.get("latent", {})
    if latent.get("kind") != "pixel_unshuffle":
        raise PriorNotFound(
            f"The model has neither a vae/ folder nor a {MANIFEST} that says how its latents are "
            "made; fetch the model again."
        )
    return int(latent["factor"])


def _vocabulary(manifest: dict[str, Any], words: Path, ids: dict[str, int]) -> Vocabulary | None:
    found = manifest.get("vocabulary")
    if not found:
        return None
    meanings = open_words.read_meanings(words, ids, list(found["concepts"]))
    return Vocabulary(
        **({"like": meanings.like} if meanings else {}),
        concepts=tuple(found["concepts"]),
        words=frozenset(found["words"]),
        groups={k: tuple(v) for k, v in found.get("groups", {}).items()},
    )


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
