"""The folder that another machine trains from, and what comes back."""

import gzip
import json
import subprocess
import sys

import numpy as np
import pytest

from pds.training import dataset, elsewhere
from pds.training.ahead import Ahead
from pds.training.elsewhere import train_from_pack
from pds.training.errors import TrainingDataError, TrainingError
from pds.training.model import encode_prompts
from pds.training.packing import ENTRIES, join_parts, pack, unpack, write_parts
from pds.training.train import TrainConfig
from tests.doubles.training_doubles import CONCEPTS, MODEL, TABLE, batches, disc, entry, trainer


def _work(folder, painted: int = 3):
    """A work folder with a few discs and a word table."""
    kept = [(disc(), entry("disc", colours=("red",))), (disc((9, 9, 9)), entry("square"))]
    kept += [(disc((40, 60, 220)), entry("disc", painted=True, colours=("blue",)))] * painted
    dataset.save(iter(kept), folder / dataset.FOLDER / "noto.npz")
    TABLE.save(folder / "words.npz")
    return folder


def test_what_is_packed_here_trains_there_and_comes_back_in_parts(tmp_path):
    size_mb = pack(
        _work(tmp_path / "work"), tmp_path / "pack", minutes=1, batch=4, device="cpu", wheels=()
    )
    assert 0.1 < size_mb < 5
    script = (tmp_path / "pack" / "run.sh").read_text()
    assert "pds.training.elsewhere" in script
    assert "--device cpu" in script
    assert (tmp_path / "pack" / "pds" / "training" / "concepts.json").is_file()
    lines: list[str] = []
    parts = train_from_pack(
        tmp_path / "pack",
        tmp_path / "out",
        CONCEPTS,
        model=MODEL,
        config=TrainConfig(batch=4, warmup_steps=2, precision="float32"),
        minutes=0.005,
        planners=0,
        log=lines.append,
    )
    assert lines[:2] == ["5 pictures unpacked", "float32 on cpu, 74 trained words"]
    assert parts == sorted((tmp_path / "out").iterdir())
    join_parts(tmp_path / "out", tmp_path / "prior")
    about = json.loads((tmp_path / "prior" / "pds_prior.json").read_text(encoding="utf-8"))
    assert about["samples_seen"] > 0
    assert (tmp_path / "prior" / "text_encoder" / "words.safetensors").is_file()


def test_pictures_survive_the_packing_and_repainted_ones_go_first_when_room_is_short(tmp_path):
    work = _work(tmp_path / "work", painted=400)
    code_mb = pack(work, tmp_path / "all", minutes=1, batch=4, wheels=())
    pack(work, tmp_path / "few", minutes=1, batch=4, wheels=(), limit_mb=code_mb - 0.05)
    assert unpack(tmp_path / "all") == 402
    assert 2 < unpack(tmp_path / "few") < 402
    pictures, entries = dataset.load(tmp_path / "few" / dataset.FOLDER)
    assert {said.concept for said in entries} == {"disc", "square"}
    apart = np.abs(
        pictures[[e.concept for e in entries].index("square")] - disc((9, 9, 9)).astype(int)
    )
    assert apart.mean() < 8
    with pytest.raises(TrainingDataError, match="pictures fill the folder: allow a larger one"):
        pack(work, tmp_path / "none", minutes=1, batch=4, wheels=(), limit_mb=0.01)


def test_a_folder_that_is_no_pack_and_a_wheel_that_is_not_there_are_named(tmp_path):
    with pytest.raises(TrainingDataError, match="is no pack"):
        unpack(tmp_path)
    wheel = str(tmp_path / "no-such.whl")
    with pytest.raises(TrainingDataError, match=r"pip could not fetch .*no-such\.whl"):
        pack(_work(tmp_path / "work"), tmp_path / "pack", minutes=1, batch=4, wheels=(wheel,))


def test_parts_are_bounded_and_all_needed(tmp_path):
    (tmp_path / "prior").mkdir()
    noise = np.random.default_rng(0).bytes(50_000)
    (tmp_path / "prior" / "weights").write_bytes(noise)
    parts = write_parts(tmp_path / "prior", tmp_path / "parts", part_mb=0.02)
    assert [path.name for path in parts] == ["prior.00", "prior.01", "prior.02"]
    assert max(path.stat().st_size for path in parts) <= 20_000
    join_parts(tmp_path / "parts", tmp_path / "again")
    assert (tmp_path / "again" / "weights").read_bytes() == noise
    parts[2].unlink()
    with pytest.raises(TrainingError, match="damaged"):
        join_parts(tmp_path / "parts", tmp_path / "broken")
    parts[0].unlink()
    with pytest.raises(TrainingError, match="parts are missing"):
        join_parts(tmp_path / "parts", tmp_path / "broken")


def test_batches_planned_ahead_are_those_drawn_at_once():
    run, source = trainer(), batches()
    ahead = Ahead(source, run.tokenizer, count=4, processes=0, seed=3)
    found = [ahead.draw(4, np.random.default_rng(1)) for _ in range(3)]
    ahead.close()
    rng = np.random.default_rng(3)
    for images, tokens, labels in found:
        wanted = source.draw(4, rng)
        assert images.equal(wanted[0])
        assert tokens.equal(encode_prompts(run.tokenizer, wanted[1]))
        assert labels.equal(wanted[2])
    assert run.train_step(ahead).seen == 4


@pytest.mark.slow
def test_other_processes_plan_batches_and_end_when_told():
    run = trainer()
    ahead = Ahead(batches(), run.tokenizer, count=4, processes=2, seed=0)
    try:
        shown = [run.train_step(ahead) for _ in range(3)]
    finally:
        ahead.close()
    assert shown[-1].seen == 12
    assert not any(process.is_alive() for process in ahead._processes)


@pytest.mark.slow
def test_planning_processes_that_ended_are_noticed():
    run = trainer()
    ahead = Ahead(batches(), run.tokenizer, count=4, processes=1, seed=0, patience_s=0.01)
    for process in ahead._processes:
        process.terminate()
        process.join()
    with pytest.raises(TrainingError, match="processes that plan batches ended"):
        ahead.draw(4, run.rng)
    ahead.close()


def test_the_other_machine_needs_nothing_that_draws_pictures():
    forbidden = ["resvg_py", "trimesh", "embreex", "lxml", "numba", "gradio", "nerfacc"]
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({forbidden!r}))\n"
        "import pds.training.elsewhere as there\n"
        "there.main(['--help'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "packed folder" in done.stdout


def test_a_mistake_there_is_said_in_one_sentence(tmp_path, capsys):
    asked = [str(tmp_path), str(tmp_path / "out"), "--minutes", "1", "--device", "cpu"]
    assert elsewhere.main(asked) == 2
    assert "is no pack" in capsys.readouterr().err


def test_the_entries_of_a_pack_are_plain_json(tmp_path):
    pack(_work(tmp_path / "work"), tmp_path / "pack", minutes=1, batch=4, wheels=())
    with gzip.open(tmp_path / "pack" / ENTRIES, "rt", encoding="utf-8") as file:
        rows = json.load(file)
    assert [row[1]["concept"] for row in rows][:2] in (["disc", "square"], ["square", "disc"])
    assert all(row[0] > 0 for row in rows)
