"""The command line of `python -m pds.training`."""

import argparse
import math
from pathlib import Path


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = argparse.ArgumentParser(
        prog="python -m pds.training",
        description="Make, measure and export the built-in prior.",
    )
    parser.add_argument("--work", type=Path, default=Path(".work"), help="folder for all data")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default 2)")
    commands = parser.add_subparsers(dest="command", required=True)
    data = commands.add_parser("data", help="fetch the packages, draw and caption the pictures")
    data.add_argument("--only", nargs="*", default=[], help="sources to draw anew (default: new)")
    commands.add_parser("words", help="build the table of the open vocabulary")
    _add_train(commands)
    measure = commands.add_parser("measure", help="all yardsticks, with standard errors")
    measure.add_argument("--prior", type=Path, help="an exported prior instead of the checkpoint")
    measure.add_argument("--count", type=int, default=200, help="pictures of each kind (200)")
    measure.add_argument("--seed", type=int, default=1)
    out = commands.add_parser("export", help="write the averaged weights as a diffusers folder")
    out.add_argument("folder", type=Path, help="usually presets/prior")
    look = commands.add_parser("sheet", help="draw sample sheets from the checkpoint")
    judge = commands.add_parser("evaluate", help="judge generated pictures with a classifier")
    judge.add_argument("--judge-steps", type=int, default=600)
    for command in (look, judge):
        command.add_argument("--guidance", type=float, default=4.0)
        command.add_argument("--steps", type=int, default=15, help="network calls a picture")
        command.add_argument("--seed", type=int, default=1)
    _add_capture(commands)
    _add_elsewhere(commands)
    card = commands.add_parser("card", help="write README.md and its pictures into the prior")
    card.add_argument("folder", type=Path, help="the exported prior")
    return parser


def _add_train(commands) -> None:
    run = commands.add_parser("train", help="train, or go on from the checkpoint in --work")
    run.add_argument("--until", type=int, default=2_000_000, help="pictures seen in all")
    run.add_argument("--minutes", type=float, default=math.inf, help="end earlier, after so long")
    run.add_argument(
        "--cooldown", type=float, default=0, help="last minutes, in which the rates fall to 0"
    )
    run.add_argument("--batch", type=int, default=32)
    run.add_argument("--rate", type=float, default=1e-3, help="learning rate of the matrices")
    run.add_argument("--processes", type=int, default=2, help="processes of one thread each")
    run.add_argument("--every", type=float, default=480, help="seconds between checkpoints")
    run.add_argument("--precision", default="auto", help="auto (the faster), float32, bfloat16")
    run.add_argument("--start", type=Path, help="begin with the weights of an exported prior")
    run.add_argument("--copies", type=Path, help="folder that keeps a copy of each checkpoint")


def _add_capture(commands) -> None:
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


def _add_elsewhere(commands) -> None:
    pack = commands.add_parser("cuda", help="pack a folder that a machine with CUDA trains from")
    pack.add_argument("folder", type=Path, help="made anew")
    pack.add_argument("--minutes", type=float, default=7.5, help="of training (default 7.5)")
    pack.add_argument("--batch", type=int, default=512, help="pictures a step")
    pack.add_argument("--device", default="cuda", help="cuda, or cpu to try it out")
    join = commands.add_parser("join", help="put the parts that came back together again")
    join.add_argument("parts", type=Path, help="folder of prior.00, prior.01, …")
    join.add_argument("folder", type=Path, help="the exported prior")
