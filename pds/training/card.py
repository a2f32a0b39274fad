"""The model card of the built-in prior: what it is, what it learned from, how well."""

import json
import shutil
from pathlib import Path

from PIL import Image, ImageDraw

from pds.training.measure import read_figures, table
from pds.training.sources import read_sources
from pds.training.train import Trainer
from pds.training.yardsticks import Figure

VERSIONS = ("version before", "this version")


def loss_picture(history: list[tuple[int, int, float]]) -> Image.Image:
    """The loss curve, 640 × 320, smoothed over ten log lines."""
    page = Image.new("RGB", (640, 320), "white")
    pen = ImageDraw.Draw(page)
    seen = [row[1] for row in history]
    losses = [row[2] for row in history]
    smooth = [
        sum(losses[max(0, i - 9) : i + 1]) / len(losses[max(0, i - 9) : i + 1])
        for i in range(len(losses))
    ]
    top, low = min(max(smooth), 3 * smooth[-1]), 0.8 * min(smooth)

    def at(pictures: float, loss: float) -> tuple[float, float]:
        across = pictures / max(seen[-1], 1)
        return 60 + 560 * across, 20 + 260 * (top - min(loss, top)) / max(top - low, 1e-9)

    for part in range(5):
        loss = low + (top - low) * part / 4
        pen.line([at(0, loss), at(seen[-1], loss)], fill="#dddddd")
        pen.text((8, at(0, loss)[1] - 6), f"{loss:.3f}", fill="black")
        pen.text((at(seen[-1] * part / 4, low)[0] - 14, 286), f"{seen[-1] * part // 4000}k", fill=0)
    pen.text((260, 302), "pictures seen", fill="black")
    pen.line([at(s, v) for s, v in zip(seen, smooth, strict=True)], fill="#2255aa", width=2)
    return page


def _figures(path: Path) -> dict[str, Figure]:
    """Figures of the version before, where they were measured."""
    return read_figures(path) if path.is_file() else {}


def write_card(folder: Path, trainer: Trainer, work: Path) -> None:
    """Write README.md, the sheets, the loss curve and the judge's figures into the prior.

    Args:
        folder: the exported prior.
        trainer: the run it was exported from.
        work: where `measure`, `evaluate` and `sheet` left ``measured.json``, ``verdict.json``,
            ``samples.png`` and ``colours.png``, and ``measured-prior.json`` of the version before.
    """
    about = json.loads((folder / "pds_prior.json").read_text(encoding="utf-8"))
    measured = table(
        _figures(work / "measured-prior.json"), read_figures(work / "measured.json"), VERSIONS
    )
    verdict = json.loads((work / "verdict.json").read_text(encoding="utf-8"))
    shutil.copyfile(work / "verdict.json", folder / "verdict.json")
    for name in ("samples.png", "colours.png"):  # 256 colours: a quarter of the size
        with Image.open(work / name) as picture:
            picture.convert("RGB").quantize(256).save(folder / name, optimize=True)
    loss_picture(trainer.history).save(folder / "loss.png")
    ordered = sorted(verdict["per_concept"].items(), key=lambda item: item[1])
    weak = [
        f"{name.replace('3d:', '3-D ')} ({share:.0%})" for name, share in ordered if share < 0.5
    ]
    stride = max(1, len(trainer.history) // 10)
    config = trainer.model_config
    template = Path(__file__).with_name("card.md").read_text(encoding="utf-8")
    text = template.format(
        open_words=len(trainer.table.words),
        yardsticks=measured,
        concepts=len(about["vocabulary"]["concepts"]),
        size=config.image_size,
        factor=config.unshuffle,
        channels=3 * config.unshuffle**2,
        side=config.image_size // config.unshuffle,
        unet_m=sum(p.numel() for p in trainer.net.unet.parameters()) / 1e6,
        text_m=sum(p.numel() for p in trainer.net.text_encoder.parameters()) / 1e6,
        max_snr=trainer.config.max_snr,
        ema=1 / trainer.config.ema_power,
        seen=about["samples_seen"],
        steps=about["steps"],
        batch=trainer.config.batch,
        accuracy=f"{verdict['accuracy']:.0%}",
        judged=verdict["pictures_judged"],
        real=f"{verdict['judge_on_real_pictures']:.0%}",
        chance=1 / len(verdict["per_concept"]),
        losses="\n".join(
            f"| {row[1]:,} | {row[2]:.4f} |" for row in trainer.history[::-stride][::-1]
        ),
        weak=", ".join(weak) or "none below half",
        sources="\n".join(
            f"| {s.name} | `{s.package}` | {s.version} | {s.author} | {s.licence}"
            f"{' (share-alike)' if s.share_alike else ''} |"
            for s in read_sources("training")
        ),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
