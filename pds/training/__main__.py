"""Make the built-in prior: ``python -m pds.training <command>``."""

import argparse
import sys
import time
from pathlib import Path

import torch

from pds.base.errors import PDSError
from pds.training import dataset
from pds.training.batches import read_batches
from pds.training.building import build, build_words
from pds.training.captions import trained_words
from pds.training.captures import write_capture
from pds.training.card import write_card
from pds.training.classifier import judge_pictures, train_judge
from pds.training.denoiser import Denoiser
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
from pds.training.measure import measure, write_figures
from pds.training.model import ModelConfig
from pds.training.models import load_model, read_catalogue
from pds.training.options import build_parser
from pds.training.packing import TABLE, join_parts, pack
from pds.training.sampling import sheet
from pds.training.starting import start_from_export
from pds.training.train import TrainConfig, Trainer
from pds.training.words import WordTable

SHEET_COLOURS = ("red", "yellow", "green", "blue", "purple", "black")


def _log(line: str) -> None:
    print(time.strftime("%H:%M:%S"), line, flush=True)


def _trainer(work: Path, config: TrainConfig | None = None) -> Trainer:
    return Trainer.resume(
        work / "prior.pt", config or TrainConfig(), trained_words(dataset.read_concepts())
    )


def _data(options: argparse.Namespace) -> None:
    options.work.mkdir(parents=True, exist_ok=True)
    for name, count in build(options.work, dataset.read_concepts(), options.only).items():
        print(f"{name}: {count} pictures")


def _build_words(options: argparse.Namespace) -> None:
    options.work.mkdir(parents=True, exist_ok=True)
    concepts = dataset.read_concepts()
    table = build_words(options.work, concepts, trained_words(concepts))
    print(f"{options.work}/words.npz: {len(table.words)} words")


def _train(options: argparse.Namespace) -> None:
    config = TrainConfig(
        batch=options.batch,
        learning_rate=options.rate,
        other_rate=options.rate / 2,
        processes=options.processes,
        precision=options.precision,
    )
    torch.set_num_threads(max(1, options.threads // options.processes))
    model, checkpoint = ModelConfig(), options.work / "prior.pt"
    concepts = dataset.read_concepts()
    batches = read_batches(options.work, concepts, model.image_size)
    if checkpoint.is_file():
        trainer = _trainer(options.work, config)
    else:
        words, table = trained_words(concepts), WordTable.load(options.work / TABLE)
        trainer = (
            start_from_export(options.start, model, config, words, table)
            if options.start
            else Trainer(model, config, words, table)
        )

    _log(f"{trainer.precision}, {trainer.seen} pictures seen, {len(trainer.words)} trained words")
    try:
        train(
            trainer,
            batches,
            checkpoint,
            until_seen=options.until,
            seconds=60 * options.minutes,
            cooldown_seconds=60 * options.cooldown,
            every_seconds=options.every,
            copies=options.copies,
            log=_log,
        )
    finally:
        trainer.close()


def _measure(options: argparse.Namespace) -> None:
    if options.prior:
        denoiser = Denoiser.of_folder(options.prior)
    else:
        denoiser = Denoiser.of_trainer(_trainer(options.work))
    print(denoiser.name, flush=True)
    found = measure(
        denoiser,
        options.work,
        dataset.read_concepts(),
        count=options.count,
        seed=options.seed,
        log=lambda line: print(line, flush=True),
    )
    name = "measured.json" if options.prior is None else f"measured-{options.prior.name}.json"
    write_figures(found, denoiser, options.work / name)


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
    batches = read_batches(options.work, dataset.read_concepts(), size)
    judge = train_judge(batches, steps=options.judge_steps, batch=64, seed=options.seed)
    real = check_judge(judge, batches, count=512, seed=options.seed + 1)
    asked, images = _draw(options, trainer)
    verdict = judge_pictures(judge, images, [concept for concept, _ in asked], batches.concepts)
    write_verdict(verdict, real, trainer.seen, options.work / "verdict.json")
    print(f"accuracy {verdict.overall:.1%} on {verdict.pictures} pictures (real: {real:.1%})")


def _pack(options: argparse.Namespace) -> None:
    size_mb = pack(
        options.work,
        options.folder,
        minutes=options.minutes,
        batch=options.batch,
        device=options.device,
    )
    print(f"{options.folder}: {size_mb:.1f} MB; there: sh run.sh OUT")


def _join(options: argparse.Namespace) -> None:
    join_parts(options.parts, options.folder)
    print(options.folder)


def _card(options: argparse.Namespace) -> None:
    write_card(options.folder, _trainer(options.work), options.work)


def _capture(options: argparse.Namespace) -> None:
    models = options.work / "data" / "models" / options.catalogue
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
    "words": _build_words,
    "measure": _measure,
    "train": _train,
    "export": _export,
    "sheet": _sheet,
    "evaluate": _evaluate,
    "cuda": _pack,
    "join": _join,
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
