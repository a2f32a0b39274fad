"""The service: what page, command line and API hold."""

import gc
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pds.base.errors import ConfigError, InputError, JobError, PresetError, RecipeError
from pds.diffusion.vocabulary import Vocabulary
from pds.kinds import kind_of
from pds.kinds.kind import Look
from pds.kinds.output import Made
from pds.work.order import ExportOrder
from pds.work.preset import load_presets
from pds.work.recipe import Recipe, Refinement
from pds.work.service import Service
from tests.doubles.job_doubles import FakeRun, Gate, counted, until
from tests.doubles.work_doubles import (
    KINDS,
    asset_of,
    file_of,
    lazy,
    picture_bytes,
    recipe_of,
    tiny_prior,
)
from tests.work.test_direct import FakeOrder
from tests.work.test_presets import make

QUICK = {"film_px": 32, "frames": 2, "size_px": 32}


@pytest.fixture
def service():
    with Service(lazy(), {}, device="cpu") as opened:
        yield opened


def finish(service, job_id):
    return list(service.watch(job_id))[-1]


def edited(service, kind="image", **run) -> str:
    asset = service.open(kind, file_of(kind), name="thing")
    job_id = service.start(service.edit_order(recipe_of(asset, **run), asset))
    assert finish(service, job_id).state == "done"
    return job_id


@pytest.mark.parametrize("kind", KINDS)
def test_from_the_bytes_of_a_file_to_the_files_of_a_result(service, kind):
    job_id = edited(service, kind)
    made = service.made(job_id)
    assert service.reached(job_id).key == made.edited.key
    for output in kind_of(kind).outputs:
        if output.quick:
            paths = service.files(job_id, output.key)
            assert set(paths) == {file.key for file in output.files}
            assert all(path.is_relative_to(service.folder) for path in paths.values())
            assert all("thing to target" in path.name for path in paths.values())
    recipe = Recipe.from_json(service.files(job_id, "recipe")["recipe"].read_bytes())
    assert recipe.asset == asset_of(kind).key


def test_files_are_written_once_for_the_same_settings(service):
    job_id = edited(service, "svg")
    output = kind_of("svg").output("png")
    first = service.files(job_id, "png")["png"]
    written = first.stat().st_ino
    assert service.files(job_id, "png")["png"].stat().st_ino == written
    small = service.files(job_id, "png", output.Settings(png_px=64))["png"]
    assert small != first
    with Image.open(small) as picture:
        assert picture.size == (64, 64)
    with pytest.raises(ConfigError, match="known are: svg, png"):
        service.files(job_id, "nonsense")


def test_files_that_were_written_in_part_are_written_anew(service):
    job_id = edited(service)
    folder = service.files(job_id, "recipe")["recipe"].parent  # it has no settings either
    (folder / "thing to target process.mp4").write_bytes(b"half")
    paths = service.files(job_id, "film")
    assert set(paths) == {"mp4", "webp"}
    assert paths["mp4"].stat().st_size > 100


def test_an_export_is_a_run_of_its_own_and_is_not_done_twice(service):
    job_id = edited(service, "nerf")
    settings = kind_of("nerf").output("views").Settings(size_px=32)
    export_id = service.export(job_id, "views", settings)
    assert service.export(job_id, "views", settings) == export_id
    view = list(service.exporter.watch(export_id))[-1]
    assert (view.state, view.step) == ("done", 4)
    paths = service.exporter.result(export_id)
    inodes = {key: path.stat().st_ino for key, path in paths.items()}
    found = service.files(job_id, "views", settings)
    assert {key: path.stat().st_ino for key, path in found.items()} == inodes


def test_an_export_that_failed_can_be_tried_again(service):
    job_id = edited(service)
    place = service.run_folder(job_id)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"in the way")
    first = service.export(job_id, "png")
    assert list(service.exporter.watch(first))[-1].state == "failed"
    place.unlink()
    second = service.export(job_id, "png")
    assert second != first
    assert list(service.exporter.watch(second))[-1].state == "done"


def test_what_has_made_nothing_cannot_be_written_or_refined(service):
    gate = Gate()
    job_id = service.start(FakeOrder(1, before_step=gate))
    with pytest.raises(JobError, match="no result to write yet"):
        service.export(job_id, "svg")
    with pytest.raises(JobError, match="no result to write yet"):
        service.files(job_id, "svg")
    with pytest.raises(JobError, match="nothing edited to refine"):
        service.refine_order(None, Refinement.default())
    gate.open_all()
    finish(service, job_id)
    with pytest.raises(JobError, match="nothing edited to refine"):
        service.refine_order(job_id, Refinement.default())
    with pytest.raises(JobError, match="no longer kept"):
        service.made("nonsense")


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_refined_and_that_again(service, kind):
    job_id = edited(service, kind)
    refinement = Refinement.take({"steps": 2, "guidance_scale": 1})
    first = service.start(service.refine_order(job_id, refinement))
    assert finish(service, first).state == "done"
    order = service.refine_order(first, refinement)
    assert order.edited is service.made(first).edited
    assert order.asset.key == asset_of(kind).key


# --- orders ---------------------------------------------------------------------------------


@pytest.fixture
def with_presets(tmp_path):
    for kind in KINDS:
        make(tmp_path / "presets", f"a-{kind}", kind)
    with Service(lazy(), load_presets(tmp_path / "presets"), device="cpu") as opened:
        yield opened


@pytest.mark.parametrize("kind", KINDS)
def test_presets_and_recipes_are_run_with_the_prior_in_use_and_their_recipes_name_it(
    with_presets, kind
):
    """The presets were made with another model; what is written names the one that ran."""
    for order in (
        with_presets.preset_order(f"a-{kind}"),
        with_presets.recipe_order(with_presets.presets[f"a-{kind}"].recipe.to_json()),
    ):
        assert order.recipe.prior == "gaussian"
        assert order.notes == (
            "The recipe was made with the model built-in; this page runs gaussian, so the result "
            "differs.",
        )
        prompts = replace(order.recipe.prompts, source="source", target="target")
        quick = replace(order.recipe, prompts=prompts, run=order.recipe.run.but(steps=1))
        if kind == "nerf":
            quick = replace(quick, after=None, settings=quick.settings.but(view_words=False))
        job_id = with_presets.start(replace(order, recipe=quick))
        assert finish(with_presets, job_id).state == "done"
        assert json.loads(with_presets.made(job_id).recipe)["prior"]["name"] == "gaussian"


def test_a_recipe_of_the_prior_in_use_keeps_its_fingerprint(service):
    asset = service.open("svg", file_of("svg"), name="x")
    recipe = recipe_of(asset).with_prior("gaussian", "0af")
    assert service.edit_order(recipe, asset).recipe.prior_fingerprint == "0af"
    assert service.edit_order(recipe, asset).notes == ()
    other = service.edit_order(recipe.with_prior("a/b", "0af"), asset)
    assert (other.recipe.prior, other.recipe.prior_fingerprint) == ("gaussian", "")


def test_orders_that_cannot_be_are_refused_with_a_sentence(with_presets):
    with pytest.raises(PresetError, match="no preset 'z'"):
        with_presets.preset_order("z")
    with pytest.raises(RecipeError, match="not valid JSON"):
        with_presets.recipe_order("{")
    other = with_presets.presets["a-nerf"].recipe.to_json().replace('"sha256": "', '"sha256": "0')
    with pytest.raises(RecipeError):
        with_presets.recipe_order(other)


def test_a_recipe_of_a_scene_takes_the_scene_that_is_given(service):
    asset = service.open("nerf", file_of("nerf"), name="x")
    recipe = recipe_of(asset)
    assert service.recipe_order(recipe.to_json(), given=asset).asset.key == asset.key
    with pytest.raises(RecipeError, match="another scene"):
        service.recipe_order(recipe.to_json())


def test_text_that_no_file_can_hold_is_refused_as_a_file(service):
    assert service.open_text("svg", file_of("svg").decode(), name="x").kind == "svg"
    with pytest.raises(InputError):
        service.open_text("svg", "\ud800", name="x")


def test_pictures_of_assets_lie_in_the_services_folder(service):
    asset = service.open("nerf", file_of("nerf"), name="x")
    home = service.picture(asset, None, 32)
    assert home == service.picture(asset, kind_of("nerf").home(asset), 32)
    assert home != service.picture(asset, Look(azimuth_deg=90), 32)
    assert home.is_relative_to(service.folder)


def test_words_are_helped_with_once_the_prior_is_there():
    prior = tiny_prior()
    prior.vocabulary = Vocabulary(concepts=("cat",), words=frozenset({"a", "cat"}))
    lazy_prior = lazy(prior)
    with Service(lazy_prior, {}, device="cpu") as service:
        assert service.word_help("a zebra") == ()
        lazy_prior.get()
        assert service.word_help("a zebra", "") == ("The prior does not know “zebra”.",)


# --- one after the other ----------------------------------------------------------------------


def test_an_edit_instead_of_another_stops_it_once_the_new_one_is_accepted(service):
    gate = Gate()
    old = service.start(FakeOrder(100, before_step=gate))
    new = service.start(FakeOrder(1), instead_of=old)
    gate.open_all()
    assert finish(service, old).state == "stopped"
    assert finish(service, new).state == "done"
    assert service.start(FakeOrder(1), instead_of="long gone")


def test_with_a_full_line_nothing_is_lost():
    with Service(lazy(), {}, device="cpu", max_waiting=1) as service:
        gate = Gate()
        old = service.start(FakeOrder(3, before_step=gate))
        gate.arrived.wait(30)
        waiting = service.start(FakeOrder(1))
        with pytest.raises(JobError, match="waiting already"):
            service.start(FakeOrder(1), instead_of=old)
        gate.open_all()
        assert finish(service, old).state == "done"
        assert finish(service, waiting).state == "done"


def engines() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "pds-engine"}


def test_closing_ends_the_threads_before_the_folder_goes():
    before = engines()
    service = Service(lazy(), {}, device="cpu")
    asset = service.open("image", file_of("image"), name="x")
    job_id = service.start(service.edit_order(recipe_of(asset, steps=100_000), asset))
    output = kind_of("svg").output("svg")
    export = service.exporter.start(
        ExportOrder(
            kind="svg",
            output="svg",
            made=Made(edited=counted(5)),
            settings=output.Settings(),
            folder=service.folder / "x",
        )
    )
    until(lambda: service.view(job_id).step > 0)
    threads = engines() - before
    assert len(threads) == 2
    service.close()
    assert not any(thread.is_alive() for thread in threads)
    assert not service.folder.exists()
    assert service.view(job_id).state == "stopped"
    assert service.exporter.view(export).finished
    with pytest.raises(JobError, match="closing"):
        service.start(FakeOrder(1))


def test_a_folder_that_was_given_stays(tmp_path):
    with Service(lazy(), {}, device="cpu", folder=tmp_path):
        pass
    assert tmp_path.is_dir()


def test_a_run_folder_is_never_outside_the_services_own(service):
    for job_id in ("../../etc", "/etc/passwd", "a/b", ""):
        assert service.run_folder(job_id).parent == service.folder / "runs"


def files_of(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def kept_runs() -> int:
    gc.collect()
    return sum(type(thing) is FakeRun for thing in gc.get_objects())


def test_after_two_hundred_runs_disk_and_memory_hold_what_the_last_ones_need():
    before = kept_runs()
    with Service(lazy(), {}, device="cpu") as service:
        for number in range(200):
            job_id = service.start(FakeOrder(2, recipe="{}"))
            finish(service, job_id)
            service.files(job_id, "svg")
            service.files(job_id, "recipe")
            if number % 4 == 0:
                list(service.exporter.watch(service.export(job_id, "svg")))
            asset = service.open("image", picture_bytes(4, 4, seed=number), name="x")
            service.picture(asset, None, 16 + number % 3)
        assert files_of(service.folder / "runs") <= 2 * 17
        assert len(list((service.folder / "runs").iterdir())) <= 17
        assert files_of(service.folder / "pictures") <= 300
        assert kept_runs() - before <= 17
        assert len(service.store._assets) <= 24
        assert len(service.driver._orders) <= 17
        assert len(service._exports._written) <= 17
        assert len(service._exports._started) <= 64
        assert service.view(job_id).state == "done"


def test_what_is_exported_after_its_run_was_forgotten_is_swept(service):
    first = edited(service)
    paths = service.files(first, "png")
    service.export(first, "png")
    for _ in range(20):
        finish(service, service.start(FakeOrder(1)))
    assert not service.is_kept(first)
    until(lambda: not any(path.exists() for path in paths.values()))
    # As an export does that was still being written then.
    paths["png"].parent.mkdir(parents=True)
    paths["png"].write_bytes(b"late")
    service._exports._started[first, "png", "late"] = "ended"
    service.start(FakeOrder(1))
    assert not paths["png"].exists()


def test_exports_of_assets_alone_are_bounded_too(service):
    for number in range(70):
        asset = service.open("image", picture_bytes(2, 2, seed=number), name="x")
        export_id = service.export_asset(asset, "png")
        assert list(service.exporter.watch(export_id))[-1].state == "done"
        assert service.exports(asset.key) == {"png": export_id}
    assert len(list((service.folder / "runs").iterdir())) <= 64
