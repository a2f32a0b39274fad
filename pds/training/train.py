"""One training run of the built-in prior, with checkpoints that resume bit for bit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from pds.training.ahead import Ahead
from pds.training.batches import Batches
from pds.training.errors import TrainingError
from pds.training.model import (
    SPECIAL_WORDS,
    ModelConfig,
    Prior,
    build_scheduler,
    build_tokenizer,
    encode_prompts,
    to_latent,
    word_rows,
)
from pds.training.precision import DTYPES, faster_precision
from pds.training.weights import Rates, Slots, Weights
from pds.training.words import WordTable
from pds.training.worker import Worker, half_step


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How the prior is trained.

    Attributes:
        batch: pictures a step.
        learning_rate: Muon's for the matrices, after warm-up.
        other_rate: Adam's for everything else.
        warmup_steps: steps over which both rise from 0.
        weight_decay: relative to the rate.
        max_snr: signal-to-noise ratio above which a timestep's loss counts less.
        timestep_power: timesteps are drawn as `u ** timestep_power` of the schedule, u uniform;
            below 1 the noisy ones, where a picture gets its shape, come oftener.
        ema_power: the running average covers the last 1/`ema_power` part of the run.
        word_dropout: share of the words that are read by their meaning alone, so that words
            which no caption holds are understood as well.
        precision: of the working weights, ``float32``, ``bfloat16``, or ``auto`` for the one that
            this machine multiplies faster; the masters are float32.
        processes: how many share a batch, each on one thread.
        device: ``cpu`` or ``cuda``.
        seed: of the initial weights and of all chance.
    """

    batch: int = 32
    learning_rate: float = 1e-3
    other_rate: float = 5e-4
    warmup_steps: int = 80
    weight_decay: float = 0.01
    max_snr: float = 5.0
    timestep_power: float = 0.75
    ema_power: float = 10.0
    word_dropout: float = 0.3
    precision: str = "auto"
    processes: int = 1
    device: str = "cpu"
    seed: int = 0

    def __post_init__(self):
        if self.precision not in ("auto", *DTYPES):
            raise TrainingError(f"precision {self.precision!r}: use auto, {', '.join(DTYPES)}")
        if self.warmup_steps < 1:
            raise TrainingError("warmup_steps must be at least 1")
        if self.processes < 1 or self.batch % self.processes:
            raise TrainingError(f"batch {self.batch} must be a multiple of processes")
        if self.processes > 1 and self.device != "cpu":
            raise TrainingError(f"one process trains on {self.device}, not {self.processes}")


@dataclass(frozen=True, kw_only=True)
class TrainStep:
    """What one step did.

    Attributes:
        step: steps done so far.
        seen: pictures seen so far.
        loss: weighted loss of this step.
    """

    step: int
    seen: int
    loss: float


class Trainer:
    """Weights, running average and chance of one training run.

    Args:
        model: sizes of the networks.
        config: how to train.
        words: trained words in the order of their ids.
        table: the open vocabulary.
    """

    def __init__(
        self, model: ModelConfig, config: TrainConfig, words: Sequence[str], table: WordTable
    ):
        self.model_config, self.config = model, config
        self.words, self.table = list(words), table
        rows = word_rows(self.words, table, model)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.net = Prior(model, rows).to(config.device)
        self.tokenizer: PreTrainedTokenizerFast = build_tokenizer(self.words, model, table)
        self.precision = config.precision
        if config.precision == "auto":
            self.precision = faster_precision() if config.device == "cpu" else "bfloat16"
        self.weights = Weights(self.net, kind=DTYPES[self.precision], halves=config.processes)
        self.weights.tensors["rows"] = rows.share_memory_()
        self._open_ids = _open_ids(self.words, table, model).to(config.device)
        self.slots = Slots(self.net, self.weights.tensors)
        self._share = self.slots.shares(config.processes)[0]
        self._workers: list[Worker] = []
        self.rng = np.random.default_rng(config.seed)
        self.generator = torch.Generator(config.device).manual_seed(config.seed)
        self.alpha_bar = build_scheduler().alphas_cumprod.to(config.device)
        self.step, self.seen = 0, 0
        self.history: list[tuple[int, int, float]] = []

    def close(self) -> None:
        """End the other processes, if any were started."""
        while self._workers:
            self._workers.pop().close()

    def train_step(self, batches: Batches | Ahead, rate_factor: float = 1.0) -> TrainStep:
        """One batch forward and backward, one optimiser step, one step of the average.

        Args:
            batches: where pictures come from.
            rate_factor: of both learning rates, for this step.

        Raises:
            TrainingError: the loss is not finite.
        """
        if not self._workers:
            tensors, numbers = self.weights.tensors, range(1, self.config.processes)
            self._workers = [Worker(self.model_config, tensors, n) for n in numbers]
        images, texts, _ = batches.draw(self.config.batch, self.rng)
        tokens = encode_prompts(self.tokenizer, texts) if isinstance(texts, list) else texts
        tokens = self._by_meaning(tokens.to(images.device))
        parts = self._noised(images, tokens)
        first, *others = zip(*(p.chunk(self.config.processes) for p in parts), strict=True)
        for worker, part in zip(self._workers, others, strict=True):
            worker.send_batch(part)
        losses = [half_step(self.net, self.slots, 0, first)]
        losses += [worker.collect() for worker in self._workers]
        loss = sum(losses) / len(losses)
        if not np.isfinite(loss):
            raise TrainingError(f"the loss is not finite at step {self.step}: lower the rate")
        self.step += 1
        self.seen += self.config.batch
        self._update(rate_factor)
        return TrainStep(step=self.step, seen=self.seen, loss=loss)

    def _update(self, rate_factor: float) -> None:
        factor = rate_factor * min(1.0, self.step / self.config.warmup_steps)
        rates = Rates(
            matrices=factor * self.config.learning_rate,
            others=factor * self.config.other_rate,
            decay=self.config.weight_decay,
            ema=min(0.9999, (1 - 1 / (self.step + 1)) ** self.config.ema_power),
        )
        for worker in self._workers:
            worker.send_update(rates, self.step)
        self.slots.update(self._share, rates, self.step)
        for worker in self._workers:
            worker.collect()

    def _by_meaning(self, tokens: Tensor) -> Tensor:
        """By chance the id of a word that is read by its meaning alone instead of its own."""
        device = tokens.device
        chance = torch.rand(tokens.shape, generator=self.generator, device=device)
        dropped = chance < self.config.word_dropout
        return torch.where(dropped, self._open_ids[tokens], tokens)

    def _noised(self, images: Tensor, tokens: Tensor) -> tuple[Tensor, ...]:
        """Noisy latents, timesteps, tokens, wanted v and the loss's weights.

        The timesteps are spread evenly over the batch.
        """
        clean = to_latent(images, self.model_config.unshuffle)
        count, place = len(clean), {"generator": self.generator, "device": clean.device}
        spread = (torch.randperm(count, **place) + torch.rand(count, **place)) / count
        spread = spread**self.config.timestep_power
        timestep = (spread * len(self.alpha_bar)).long().clamp_max(len(self.alpha_bar) - 1)
        alpha_bar = self.alpha_bar[timestep][:, None, None, None]
        noise = torch.randn(clean.shape, **place)
        noisy = alpha_bar.sqrt() * clean + (1 - alpha_bar).sqrt() * noise
        wanted = alpha_bar.sqrt() * noise - (1 - alpha_bar).sqrt() * clean
        return noisy, timestep, tokens, wanted, loss_weight(alpha_bar, self.config.max_snr)

    def averaged(self) -> Prior:
        """A float32 copy of the networks with the running average as weights."""
        rows = self.weights.tensors["rows"].cpu()
        net = Prior(self.model_config, rows).eval().requires_grad_(False)
        for number, param in enumerate(net.parameters()):
            param.copy_(self.slots.view("ema", number))
        return net

    def save(self, path: Path) -> None:
        """Write everything that a resumed run needs, whole or not at all."""
        state = {
            "model": self.model_config.to_dict(),
            "words": self.words,
            "table": {"words": list(self.table.words), "rows": torch.from_numpy(self.table.rows)},
            "weights": self.weights.state(),
            "rng": self.rng.bit_generator.state,
            "generator": self.generator.get_state(),
            "step": self.step,
            "seen": self.seen,
            "history": self.history,
        }
        partial = path.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(path)

    @classmethod
    def resume(cls, path: Path, config: TrainConfig, words: Sequence[str] = ()) -> "Trainer":
        """Go on from a checkpoint; words that it does not know yet get the next free rows.

        Raises:
            TrainingError: there is no such checkpoint.
        """
        if not path.is_file():
            raise TrainingError(f"no checkpoint at {path}: start without --resume")
        state = torch.load(path, weights_only=True)
        known = state["words"]
        model = ModelConfig(**{**state["model"], "channels": tuple(state["model"]["channels"])})
        table = WordTable(words=tuple(state["table"]["words"]), rows=state["table"]["rows"].numpy())
        new = [word for word in words if word not in set(known)]
        trainer = cls(model, config, known + new, table)
        trainer.weights.load(state["weights"])
        trainer.rng.bit_generator.state = state["rng"]
        trainer.generator.set_state(state["generator"])
        trainer.step, trainer.seen = state["step"], state["seen"]
        trainer.history = [tuple(row) for row in state["history"]]
        return trainer


def loss_weight(alpha_bar: Tensor, max_snr: float) -> Tensor:
    """Weight of the squared error of v: 1 up to `max_snr`, then falling with 1 / SNR.

    That is the "SNR + 1" weighting of x0 (Salimans & Ho, 2022), capped. Min-SNR (Hang et al.,
    2023), whose weight of v falls to 0 with the SNR, left the noisy timesteps, where a picture
    gets its shape, nearly untrained: at t = 800 the squared error of x0 was five times that of
    the best denoiser of the training pictures.

    Args:
        alpha_bar: of the timesteps, any shape.
        max_snr: signal-to-noise ratio above which a timestep counts less.
    """
    snr = alpha_bar / (1 - alpha_bar)
    return (snr.clamp(max=max_snr) + 1) / (snr + 1)


def _open_ids(words: Sequence[str], table: WordTable, model: ModelConfig) -> Tensor:
    """For each id the id of the same word without its residual; its own where there is none."""
    ids = torch.arange(model.text_rows + len(table.words))
    places = {word: model.text_rows + number for number, word in enumerate(table.words)}
    for number, word in enumerate(words, start=len(SPECIAL_WORDS)):
        ids[number] = places.get(word, number)
    return ids
