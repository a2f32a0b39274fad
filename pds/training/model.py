"""The network of the built-in prior: a small U-Net, a small text encoder, a word tokenizer."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from jaxtyping import Float, Int
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

from pds.training.errors import TrainingError
from pds.training.words import WordTable

SPECIAL_WORDS = ("<pad>", "<unk>", "<bos>", "<eos>")


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Sizes of the prior's two networks.

    Attributes:
        image_size: side of the pictures, a multiple of `unshuffle`.
        unshuffle: factor of the pixel-unshuffle that makes the latent.
        channels: U-Net width at the finer and the coarser level.
        heads: attention heads in both networks.
        text_width: width of the text encoder and of the cross-attention.
        text_layers: layers of the text encoder.
        text_length: tokens in a prompt, begin and end included.
        text_rows: ids of trained words; more than the words known now, so that they can grow. The
            ids from here on are those of the open vocabulary's words.
        word_width: numbers that say what a word of the open vocabulary means.
    """

    image_size: int = 64
    unshuffle: int = 4
    channels: tuple[int, int] = (128, 256)
    heads: int = 4
    text_width: int = 256
    text_layers: int = 3
    text_length: int = 20
    text_rows: int = 2048
    word_width: int = 64
    groups: int = 32

    def __post_init__(self):
        if self.image_size % (2 * self.unshuffle):
            raise TrainingError(
                f"image_size {self.image_size} must be a multiple of {2 * self.unshuffle}"
            )

    def to_dict(self) -> dict:
        """The sizes as plain JSON data."""
        return asdict(self)


def build_unet(config: ModelConfig) -> UNet2DConditionModel:
    """The denoiser, with attention at the coarser level only."""
    latent_channels = 3 * config.unshuffle**2
    return UNet2DConditionModel(
        sample_size=config.image_size // config.unshuffle,
        in_channels=latent_channels,
        out_channels=latent_channels,
        block_out_channels=tuple(config.channels),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=config.text_width,
        attention_head_dim=config.heads,
        norm_num_groups=config.groups,
    )


class WordEmbedding(nn.Module):
    """A token's vector: what the word means times a learned matrix, plus a learned residual.

    Args:
        rows: int8 [ids numbers], what each id's word means; zeros where nothing is known.
        trained: number of ids, the first ones, that have a residual.
        width: of the vectors.
    """

    def __init__(self, rows: Int[Tensor, "ids numbers"], trained: int, width: int):
        super().__init__()
        self.register_buffer("rows", rows)
        self.meaning = nn.Parameter(torch.randn(rows.shape[1], width) * 0.02)
        self.residual_embedding = nn.Parameter(torch.randn(trained, width) * 0.02)

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length width"]:
        """Vectors of token ids."""
        vectors = (self.rows[ids].to(self.meaning.dtype) / 127) @ self.meaning
        trained = len(self.residual_embedding)
        residual = self.residual_embedding[ids.clamp_max(trained - 1)]
        return vectors + residual * (ids < trained)[..., None]

    def multiplied_out(self) -> Float[Tensor, "ids width"]:
        """The ordinary embedding that gives the same vectors."""
        with torch.no_grad():
            return self(torch.arange(len(self.rows))[None])[0]


def build_text_encoder(config: ModelConfig, rows: Int[Tensor, "ids numbers"]) -> CLIPTextModel:
    """The text encoder that is trained along with the denoiser.

    Args:
        config: the sizes.
        rows: what each id's word means, see `WordEmbedding`.
    """
    encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(rows),
            hidden_size=config.text_width,
            intermediate_size=4 * config.text_width,
            num_hidden_layers=config.text_layers,
            num_attention_heads=config.heads,
            max_position_embeddings=config.text_length,
            projection_dim=config.text_width,
            pad_token_id=0,
            bos_token_id=2,
            eos_token_id=3,
        )
    )
    encoder.set_input_embeddings(WordEmbedding(rows, config.text_rows, config.text_width))
    return encoder


def word_rows(words: Sequence[str], table: WordTable, config: ModelConfig) -> Tensor:
    """What the word of each id means, int8 [ids numbers]; zeros for unknown and unused ids.

    Raises:
        TrainingError: there are more words than ids, or the table is of another width.
    """
    known = (*SPECIAL_WORDS, *words)
    if len(known) > config.text_rows:
        raise TrainingError(f"{len(known)} words do not fit into {config.text_rows} rows")
    if table.rows.shape[1] != config.word_width:
        raise TrainingError(
            f"the word table is {table.rows.shape[1]} wide, not {config.word_width}"
        )
    rows = torch.zeros(config.text_rows + len(table.words), config.word_width, dtype=torch.int8)
    rows[len(SPECIAL_WORDS) : len(known)] = torch.from_numpy(table.find(words))
    rows[config.text_rows :] = torch.from_numpy(table.rows)
    return rows


def build_tokenizer(
    words: Sequence[str], config: ModelConfig, table: WordTable
) -> PreTrainedTokenizerFast:
    """A tokenizer of whole words: lower case, split at spaces and punctuation.

    Args:
        words: the trained words in the order of their ids, without the special words.
        config: for the prompt length and the number of rows.
        table: the open vocabulary; its words that are not trained follow from `text_rows` on.
    """
    ids = {word: config.text_rows + number for number, word in enumerate(table.words)}
    ids |= {word: number for number, word in enumerate((*SPECIAL_WORDS, *words))}
    core = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", special_tokens=[("<bos>", 2), ("<eos>", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<bos>",
        eos_token="<eos>",
        model_max_length=config.text_length,
    )


def build_scheduler() -> DDPMScheduler:
    """Stable Diffusion's betas rescaled to end in pure noise, with v-prediction.

    Lin et al. ("Common diffusion noise schedules and sample steps are flawed", WACV 2024): with the
    betas as they were, the last timestep still shows the mean of the picture, which on white paper
    is far from 0, so that pictures drawn from pure noise came out dark.
    """
    return DDPMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        clip_sample=False,
        rescale_betas_zero_snr=True,
    )


class Prior(nn.Module):
    """Both networks under one roof, so that they train as one.

    Args:
        config: the sizes.
        rows: what each id's word means, see `word_rows`.
    """

    def __init__(self, config: ModelConfig, rows: Int[Tensor, "ids numbers"]):
        super().__init__()
        self.config = config
        self.unet = build_unet(config)
        self.text_encoder = build_text_encoder(config, rows)

    def forward(
        self,
        noisy: Float[Tensor, "batch channels rows columns"],
        timestep: Int[Tensor, " batch"],
        tokens: Int[Tensor, "batch length"],
    ) -> Float[Tensor, "batch channels rows columns"]:
        """Predict v for noisy latents [B 48 16 16] at timesteps [B] given token ids [B L]."""
        hidden = self.text_encoder(tokens).last_hidden_state
        return self.unet(noisy, timestep, encoder_hidden_states=hidden).sample


def to_latent(
    images: Float[Tensor, "batch 3 height width"], factor: int
) -> Float[Tensor, "batch channels rows columns"]:
    """Images [B 3 H W] in [0, 1] -> latents [B 3f² H/f W/f] in [-1, 1]."""
    return nn.functional.pixel_unshuffle(images * 2 - 1, factor)


def from_latent(
    latents: Float[Tensor, "batch channels rows columns"], factor: int
) -> Float[Tensor, "batch 3 height width"]:
    """Latents -> images [B 3 H W] clipped to [0, 1]."""
    return (nn.functional.pixel_shuffle(latents, factor) / 2 + 0.5).clamp(0, 1)


def encode_prompts(
    tokenizer: PreTrainedTokenizerFast, prompts: list[str]
) -> Int[Tensor, "batch length"]:
    """Token ids [B L], padded to the full prompt length."""
    packed = tokenizer(
        prompts,
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    return packed.input_ids
