"""Make the built-in prior: ``python -m pds.training <command>``."""

import argparse
import math
import sys
import time
from pathlib import Path

import torch

from pds.base.errors import PDSError
from pds.training import dataset
from pds.training.batches import Batches
from pds.training.captions import all_words
from pds.training.captures import write_capture
from pds.training.card import write_card
from pds.training.classifier import judge_pictures, train_judge
from pds.training.colours import PALETTE
from pds.training.evaluate import (
    check_judge,
    colour_prompts,
    generate,
    prompts_for,
    style_sheet,
    write_verdict,
)
from pds.training.export import export
from pds.training.loop import train
from pds.training.model import ModelConfig
from pds.training.models import load_model, read_catalogue
from pds.training.sampling import sheet
from pds.training.sources import MODELS
from pds.training.train import TrainConfig, Trainer

SHEET_COLOURS = ("red", "yellow", "green", "blue", "purple", "black")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m pds.training", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".work"), help="folder for all data")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default 2)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("data", help="fetch the packages, draw and caption the pictures")
    run = commands.add_parser("train", help="train, or go on from the checkpoint in --work")
    run.add_argument("--until", type=int, default=250_000, help="pictures seen in all")
    run.add_argument("--minutes", type=float, default=math.inf, help="end earlier, after so long")
    run.add_argument(
        "--cooldown", type=float, default=0, help="last minutes, in which the rates fall to 0"
    )
    run.add_argument("--batch", type=int, default=32)
    run.add_argument("--rate", type=float, default=1e-3, help="learning rate of the matrices")
    run.add_argument("--processes", type=int, default=2, help="processes of one thread each")
    run.add_argument("--every", type=float, default=480, help="seconds between checkpoints")
    run.add_argument("--start", type=Path, help="begin with the weights of an exported prior")
    out = commands.add_parser("export", help="write the averaged weights as a diffusers folder")
    out.add_argument("folder", type=Path, help="usually presets/prior")
    look = commands.add_parser("sheet", help="draw sample sheets from the checkpoint")
    judge = commands.add_parser("evaluate", help="judge generated pictures with a classifier")
    judge.add_argument("--judge-steps", type=int, default=600)
    for command in (look, judge):
        command.add_argument("--guidance", type=float, default=4.0)
        command.add_argument("--steps", type=int, default=15, help="network calls a picture")
        command.add_argument("--seed", type=int, default=1)
    shot = commands.add_parser("capture", help="draw a catalogue model from all around, posed")
    shot.add_argument("catalogue", help="folder of the catalogue, e.g. BlendSwap-CC-0")
    shot.add_argument("number", type=int, help="the model's number in it")
    shot.add_argument("folder", type=Path, help="where transforms.json and images/ go")
    shot.add_argument("--views", type=int, default=36, help="pictures, a multiple of three")
    shot.add_argument("--size", type=int, default=96, help="side in pixels")
    shot.add_argument(
        "--room-above", type=float, default=0.0, help="empty height, share of its own"
    )
    shot.add_argument("--no-front", action="store_true", help="it looks alike from all around")
    card = commands.add_parser("card", help="write README.md and its pictures into the prior")
    card.add_argument("folder", type=Path, help="the exported prior")
    return parser


def _trainer(work: Path, config: TrainConfig | None = None) -> Trainer:
    words = all_words(dataset.read_concepts(), tuple(PALETTE))
    return Trainer.resume(work / "prior.pt", config or TrainConfig(), words)


def _data(options: argparse.Namespace) -> None:
    options.work.mkdir(parents=True, exist_ok=True)
    print(dataset.build(options.work, dataset.read_concepts()), "pictures")


def _train(options: argparse.Namespace) -> None:
    config = TrainConfig(
        batch=options.batch,
        learning_rate=options.rate,
        other_rate=options.rate / 2,
        processes=options.processes,
    )
    torch.set_num_threads(max(1, options.threads // options.processes))
    model, checkpoint = ModelConfig(), options.work / "prior.pt"
    batches = Batches(*dataset.load(options.work / "dataset.npz"), image_size=model.image_size)
    if checkpoint.is_file():
        trainer = _trainer(options.work, config)
    else:
        words = all_words(dataset.read_concepts(), tuple(PALETTE))
        trainer = Trainer(model, config, words)
        if options.start:
            trainer = Trainer.from_export(options.start, model, config, words)

    def log(line: str) -> None:
        print(time.strftime("%H:%M:%S"), line, flush=True)

    try:
        train(
            trainer,
            batches,
            checkpoint,
            until_seen=options.until,
            seconds=60 * options.minutes,
            cooldown_seconds=60 * options.cooldown,
            every_seconds=options.every,
            log=log,
        )
    finally:
        trainer.close()


def _export(options: argparse.Namespace) -> None:
    trainer = _trainer(options.work)
    export(trainer, dataset.read_concepts(), options.folder)
    print(f"{options.folder}: step {trainer.step}, {trainer.seen} pictures seen")


def _draw(options: argparse.Namespace, trainer: Trainer):
    asked = prompts_for(dataset.read_concepts())
    images = generate(
        trainer,
        [prompt for _, prompt in asked],
        seed=options.seed,
        guidance_scale=options.guidance,
        steps=options.steps,
    )
    style_sheet(asked, images).save(options.work / "samples.png")
    return asked, images


def _sheet(options: argparse.Namespace) -> None:
    trainer = _trainer(options.work)
    _draw(options, trainer)
    rows = []
    for name, prompts in colour_prompts(dataset.read_concepts(), SHEET_COLOURS):
        images = generate(
            trainer,
            prompts,
            seed=options.seed,
            guidance_scale=options.guidance,
            steps=options.steps,
        )
        rows.append((name, images))
    sheet(rows).save(options.work / "colours.png")
    print(f"{options.work}/samples.png and colours.png after {trainer.seen} pictures")


def _evaluate(options: argparse.Namespace) -> None:
    trainer = _trainer(options.work)
    size = trainer.model_config.image_size
    batches = Batches(*dataset.load(options.work / "dataset.npz"), image_size=size)
    judge = train_judge(batches, steps=options.judge_steps, batch=64, seed=options.seed)
    real = check_judge(judge, batches, count=512, seed=options.seed + 1)
    asked, images = _draw(options, trainer)
    verdict = judge_pictures(judge, images, [concept for concept, _ in asked], batches.concepts)
    write_verdict(verdict, real, trainer.seen, options.work / "verdict.json")
    print(f"accuracy {verdict.overall:.1%} on {verdict.pictures} pictures (real: {real:.1%})")


def _card(options: argparse.Namespace) -> None:
    write_card(options.folder, _trainer(options.work), options.work)


def _capture(options: argparse.Namespace) -> None:
    models = options.work / "data" / MODELS.name / options.catalogue
    entry = read_catalogue(models)[options.number]
    write_capture(
        options.folder,
        load_model(models, entry),
        has_front=not options.no_front,
        views=options.views,
        size_px=options.size,
        room_above=options.room_above,
    )
    print(f"{options.folder}: {entry['name']} by {entry['creator']}, {options.views} pictures")


COMMANDS = {
    "capture": _capture,
    "data": _data,
    "train": _train,
    "export": _export,
    "sheet": _sheet,
    "evaluate": _evaluate,
    "card": _card,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (2 where the user can mend it)."""
    options = build_parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        COMMANDS[options.command](options)
    except PDSError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
