"""The training loop of the built-in prior, with checkpoints that resume bit for bit."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from pds.training.batches import Batches
from pds.training.errors import TrainingError
from pds.training.model import (
    ModelConfig,
    Prior,
    build_scheduler,
    build_tokenizer,
    encode_prompts,
    no_grad_copy,
    to_latent,
)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How the prior is trained.

    Attributes:
        batch: pictures a step.
        learning_rate: AdamW's, after warm-up.
        warmup_steps: steps over which it rises from 0.
        weight_decay: AdamW's.
        min_snr: cap of the signal-to-noise weight (min-SNR-gamma).
        ema_power: the running average covers the last 1/`ema_power` part of the run.
        clip_norm: largest gradient norm.
        half: keep the working weights in bfloat16, with float32 masters.
        seed: of the initial weights and of all chance.
    """

    batch: int = 32
    learning_rate: float = 4e-4
    warmup_steps: int = 300
    weight_decay: float = 0.01
    min_snr: float = 5.0
    ema_power: float = 10.0
    clip_norm: float = 1.0
    half: bool = True
    seed: int = 0

    def __post_init__(self):
        if self.batch < 1 or self.warmup_steps < 1:
            raise TrainingError("batch and warmup_steps must be at least 1")


@dataclass(frozen=True, kw_only=True)
class TrainStep:
    """What one step did.

    Attributes:
        step: steps done so far.
        seen: pictures seen so far.
        loss: weighted loss of this step.
        grad_norm: gradient norm before clipping.
    """

    step: int
    seen: int
    loss: float
    grad_norm: float


class Trainer:
    """Weights, masters, running average and chance of one training run.

    Args:
        model: sizes of the networks.
        config: how to train.
        words: vocabulary in the order of the ids.
    """

    def __init__(self, model: ModelConfig, config: TrainConfig, words: list[str]):
        self.model_config, self.config, self.words = model, config, list(words)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.net = Prior(model)
        self.tokenizer: PreTrainedTokenizerFast = build_tokenizer(self.words, model)
        self.params = list(self.net.parameters())
        self.masters = [p.detach().float().clone() for p in self.params]
        self.ema = [m.clone() for m in self.masters]
        self.net.to(torch.bfloat16 if config.half else torch.float32)
        self.optimizer = torch.optim.AdamW(
            self.masters,
            lr=config.learning_rate,
            betas=(0.9, 0.99),
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.rng = np.random.default_rng(config.seed)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.alpha_bar = build_scheduler().alphas_cumprod
        self.step, self.seen = 0, 0
        self.history: list[tuple[int, int, float]] = []

    def run(self, batches: Batches, steps: int) -> Iterator[TrainStep]:
        """Train for so many steps; yields after each."""
        for _ in range(steps):
            yield self.train_step(batches)

    def train_step(self, batches: Batches) -> TrainStep:
        """One batch forward and backward, one optimiser step, one step of the average."""
        images, texts, _ = batches.draw(self.config.batch, self.rng)
        loss = self._loss(images, encode_prompts(self.tokenizer, texts))
        loss.backward()
        for master, param in zip(self.masters, self.params, strict=True):
            master.grad = param.grad.float()
            param.grad = None
        norm = torch.nn.utils.clip_grad_norm_(self.masters, self.config.clip_norm)
        rise = min(1.0, (self.step + 1) / self.config.warmup_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * rise
        if not torch.isfinite(norm):
            raise TrainingError(f"the gradient is not finite at step {self.step}: lower the rate")
        self.optimizer.step()
        no_grad_copy(self.masters, self.params)
        self.step += 1
        self.seen += self.config.batch
        decay = min(0.9999, (1 - 1 / (self.step + 1)) ** self.config.ema_power)
        torch._foreach_lerp_(self.ema, self.masters, 1 - decay)
        return TrainStep(step=self.step, seen=self.seen, loss=loss.item(), grad_norm=norm.item())

    def _loss(self, images: Tensor, tokens: Tensor) -> Tensor:
        """Mean v-prediction error, weighted min(SNR, gamma) / (SNR + 1) (Hang et al., 2023)."""
        clean = to_latent(images, self.model_config.unshuffle)
        count = len(clean)
        spread = (torch.arange(count) + torch.rand(count, generator=self.generator)) / count
        timestep = (spread * len(self.alpha_bar)).long().clamp_max(len(self.alpha_bar) - 1)
        alpha_bar = self.alpha_bar[timestep][:, None, None, None]
        noise = torch.randn(clean.shape, generator=self.generator)
        noisy = alpha_bar.sqrt() * clean + (1 - alpha_bar).sqrt() * noise
        wanted = alpha_bar.sqrt() * noise - (1 - alpha_bar).sqrt() * clean
        kind = self.params[0].dtype
        found = self.net(noisy.to(kind), timestep, tokens).float()
        snr = alpha_bar / (1 - alpha_bar)
        weight = snr.clamp(max=self.config.min_snr) / (snr + 1)
        return (weight * (found - wanted).square()).mean()

    def averaged(self) -> Prior:
        """A float32 copy of the networks with the running average as weights."""
        net = Prior(self.model_config).eval().requires_grad_(False)
        no_grad_copy(self.ema, list(net.parameters()))
        return net

    def save(self, path: Path) -> None:
        """Write everything that a resumed run needs, whole or not at all."""
        state = {
            "model": self.model_config.to_dict(),
            "words": self.words,
            "masters": self.masters,
            "ema": self.ema,
            "optimizer": self.optimizer.state_dict(),
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
    def resume(cls, path: Path, config: TrainConfig, words: list[str] = ()) -> "Trainer":
        """Go on from a checkpoint; words that it does not know yet get the next free rows.

        Raises:
            TrainingError: there is no such checkpoint.
        """
        if not path.is_file():
            raise TrainingError(f"no checkpoint at {path}: start without --resume")
        state = torch.load(path, weights_only=True)
        known = state["words"]
        model = ModelConfig(**{**state["model"], "channels": tuple(state["model"]["channels"])})
        trainer = cls(model, config, known + [word for word in words if word not in known])
        with torch.no_grad():
            for name in ("masters", "ema"):
                for mine, stored in zip(getattr(trainer, name), state[name], strict=True):
                    mine.copy_(stored)
        no_grad_copy(trainer.masters, trainer.params)
        trainer.optimizer.load_state_dict(state["optimizer"])
        trainer.rng.bit_generator.state = state["rng"]
        trainer.generator.set_state(state["generator"])
        trainer.step, trainer.seen = state["step"], state["seen"]
        trainer.history = [tuple(row) for row in state["history"]]
        return trainer


def train(
    trainer: Trainer,
    batches: Batches,
    checkpoint: Path,
    *,
    until_seen: int,
    every_seconds: float = 600,
    log=print,
    clock=time.monotonic,
) -> None:
    """Train until so many pictures were seen; log, and checkpoint now and then and at the end.

    Args:
        trainer: the run.
        batches: where pictures come from.
        checkpoint: file to write.
        until_seen: pictures seen at the end, counted from the run's start.
        every_seconds: time between two checkpoints.
        log: receives one line of text about every 50 steps.
        clock: seconds, for the speed and the checkpoints.
    """
    saved = started = clock()
    losses: list[float] = []
    while trainer.seen < until_seen:
        done = trainer.train_step(batches)
        losses.append(done.loss)
        if done.step % 50 == 0:
            now = clock()
            speed = len(losses) * trainer.config.batch / max(now - started, 1e-9)
            loss = sum(losses) / len(losses)
            trainer.history.append((done.step, done.seen, loss))
            log(f"step {done.step} seen {done.seen} loss {loss:.4f} {speed:.1f} pictures/s")
            losses, started = [], now
        if clock() - saved > every_seconds:
            trainer.save(checkpoint)
            saved = clock()
    trainer.save(checkpoint)
