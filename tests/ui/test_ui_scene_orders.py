import dataclasses
import functools
import gc
import io
import pickle
import zipfile

import pytest
from PIL import Image

from pds.base.errors import CaptureError, CheckpointError, PriorError
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.checkpoint import save_scene
from pds.kinds.nerf.export.capture_folder import write_capture
from pds.settings.scene_config import FitConfig, NeRFConfig, RefineConfig
from pds.ui.scene_orders import (
    CAPTURE_ENDINGS,
    EditOrder,
    FitOrder,
    RefineOrder,
    check_files,
    make_scene_run,
    read_pictures,
)
from pds.work.scene_recipe import SceneRecipe
from tests.doubles.engine_doubles import gaussian_prior
from tests.doubles.scene_doubles import ball_scene
from tests.doubles.scene_ui_doubles import scene_recipe


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "ball.safetensors"
    path.write_bytes(save_scene(ball_scene()))
    return path


@pytest.fixture
def make(tmp_path):
    return functools.partial(
        make_scene_run, prior=gaussian_prior, folder=tmp_path / "fits", device="cpu"
    )


def refused() -> None:
    raise PriorError("There is no model.")


def recipe_of(path, **changes) -> SceneRecipe:
    prompts = {"source_prompt": "source", "target_prompt": "target"}
    recipe = scene_recipe(path.read_bytes(), steps=2, **prompts)
    # The closed-form prior knows no "front view".
    return dataclasses.replace(recipe, nerf=NeRFConfig(view_words=False), **changes)


def fit_order(tmp_path, **changes) -> FitOrder:
    capture = write_capture(tmp_path / "ball.zip", ball_scene(views=9))
    config = FitConfig(steps=2, resolution=16, longer_side_px=32, rays_per_step=64)
    return FitOrder(**{"files": (capture,), "name": "ball", "config": config, **changes})


def test_a_capture_is_fitted_without_a_model_and_leaves_no_files(tmp_path):
    run = make_scene_run(fit_order(tmp_path), prior=refused, folder=tmp_path / "fits", device="cpu")
    assert [step.index for step in run.steps()] == [0, 1]
    assert len(run.scene().cameras) == 9
    assert run.recipe is None
    del run
    gc.collect()
    assert not list((tmp_path / "fits").iterdir())


def test_a_fit_goes_on_from_a_checkpoint(tmp_path, make):
    first = make(fit_order(tmp_path))
    list(first.steps())
    saved = tmp_path / "saved.safetensors"
    saved.write_bytes(save_scene(first.scene()))
    order = fit_order(tmp_path, resume=saved)
    assert order.source == saved
    again = make(order)
    assert again.scene().field.resolution == first.scene().field.resolution


def test_a_fit_that_cannot_begin_leaves_no_files(tmp_path, make):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\3\4 and then nothing")
    with pytest.raises(CaptureError, match=r"\w+ \w+"):
        make(fit_order(tmp_path, files=(broken,)))
    assert not list((tmp_path / "fits").iterdir())


def test_an_edit_starts_from_its_checkpoint(checkpoint, make):
    run = make(EditOrder(recipe=recipe_of(checkpoint), source=checkpoint))
    assert len(list(run.steps())) == 2
    assert run.doing == "Editing"
    assert run.recipe.prior_fingerprint == gaussian_prior().fingerprint


def test_a_refinement_begins_with_the_edited_scene(checkpoint, tmp_path, make):
    edited = tmp_path / "edited.safetensors"
    edited.write_bytes(save_scene(ball_scene(color=0.8)))
    refine = RefineConfig(steps=1, sdedit_steps=2)
    order = RefineOrder(
        recipe=recipe_of(checkpoint, refine=refine),
        source=checkpoint,
        edited=edited,
    )
    run = make(order)
    assert run.doing == "Refining"
    assert float(run.scene().field.color_raw.detach().sigmoid().mean()) == pytest.approx(
        0.8, abs=0.01
    )
    assert order.title.startswith("Refined")


def test_a_recipe_with_a_refinement_is_carried_out_as_one_run(checkpoint, make):
    refine = RefineConfig(steps=3, sdedit_steps=2)
    whole = recipe_of(checkpoint, refine=refine)
    run = make(EditOrder(recipe=whole, source=checkpoint))
    assert run.doing == "Editing"
    assert [step.index for step in run.steps()] == [0, 1, 0, 1, 2]
    assert (run.doing, run.curve_label, run.name) == ("Refining", "Difference", "ball")
    assert run.recipe.refine == refine
    assert run.source_scene().name == "ball"
    assert run.scene().prompt == whole.edit.target_prompt
    assert run.preview().size == run.picture(0.0, 0.0, run.preview().width).size
    assert len(list(run.frames(32))) >= 2
    assert isinstance(run.warnings, tuple)


def test_orders_can_be_pickled(checkpoint, tmp_path):
    order = EditOrder(recipe=recipe_of(checkpoint), source=checkpoint)
    for given in (order, fit_order(tmp_path)):
        assert pickle.loads(pickle.dumps(given)) == given


def test_a_checkpoint_that_is_none_is_refused(tmp_path, checkpoint, make):
    recipe = recipe_of(checkpoint)
    checkpoint.write_bytes(b"not a scene at all")
    with pytest.raises(CheckpointError, match="not a scene"):
        make(EditOrder(recipe=recipe, source=checkpoint))


def test_photos_of_the_same_name_are_kept_apart(tmp_path):
    paths = tuple(tmp_path / folder / "IMG_1.jpg" for folder in ("a", "b", "c"))
    photos = read_pictures(paths, longer_side_px=64, work=tmp_path)
    assert photos.names == ("IMG_1.jpg", "IMG_1 (2).jpg", "IMG_1 (3).jpg")
    assert photos.paths == paths


def test_a_file_that_only_claims_to_be_a_video_is_refused(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_text("no film")
    with pytest.raises(CaptureError, match="not a video"):
        read_pictures((film,), longer_side_px=64, work=tmp_path)


def test_a_zip_of_photos_is_told_from_a_capture(tmp_path):
    path = tmp_path / "photos.zip"
    data = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(data, "PNG")
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(3):
            archive.writestr(f"{index}.png", data.getvalue())
    photos = read_pictures((path,), longer_side_px=64, work=tmp_path)
    assert isinstance(photos, Photos)
    assert len(photos) == 3


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "Bring a capture first"),
        (("notes.txt",), "notes.txt is nothing"),
        (("a.zip", "b.jpg"), "one zip or one video alone"),
        (("a.mp4", "b.mp4"), "one zip or one video alone"),
    ],
)
def test_what_cannot_be_one_capture_is_refused_before_any_work(tmp_path, names, words):
    with pytest.raises(CaptureError, match=words):
        check_files(tuple(tmp_path / name for name in names))


def test_every_ending_that_the_page_offers_is_accepted_alone(tmp_path):
    for ending in CAPTURE_ENDINGS:
        check_files((tmp_path / f"x{ending.upper()}",))
