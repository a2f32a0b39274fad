"""`pds fit`, `pds refine` and `pds export`."""

import signal
import threading

import numpy as np
import pytest
from PIL import Image

from pds.engine.rewrite import RewriteSettings
from pds.engine.rewriters import DDPMInversion, SDEdit
from pds.kinds import KINDS
from pds.kinds.nerf.checkpoint import load_scene
from tests.doubles.cli_doubles import (
    QUICK,
    QUICK_SCENE,
    SCENE_FILES,
    WORDS,
    StagedPrior,
    names_in,
    refused,
    write_ball,
    write_picture,
    written_recipe,
)

SMALL = ["--size", 32, "--film-size", 32, "--frames", 2, "--mesh-resolution", 24, "--quiet"]
FIT = ["--resolution", 16, "--holdout", 4, "--device", "cpu", "-q"]


@pytest.fixture
def capture(stage, tmp_path):
    """A zip with transforms.json and four pictures of a ball."""
    scene = write_ball(tmp_path / "a" / "my ball.safetensors")
    assert stage("export", scene, "--capture", "-q", "-o", tmp_path / "a") == 0
    return (tmp_path / "a" / "capture.zip").rename(tmp_path / "my ball.zip")


def scene_in(path):
    return load_scene(path.read_bytes())


# --- fit ----------------------------------------------------------------------------------------


def test_a_fit_writes_the_scene_and_says_how_good_it_is(stage, capture, tmp_path, capsys):
    capsys.readouterr()
    out = tmp_path / "new" / "ball.safetensors"
    argv = [*FIT[:-1], "--steps", 3, "--prompt", "a cat ", "-o", out]
    assert stage("fit", capture, *argv) == 0
    printed, said = capsys.readouterr()
    assert printed == f"{out}\n"
    assert said.splitlines()[0] == "my ball: Fitting, 3 steps."
    assert said.splitlines()[-1].startswith("On the pictures that were held out (1): PSNR ")
    fitted = scene_in(out)
    assert (fitted.name, fitted.prompt, len(fitted.cameras)) == ("my ball", "a cat", 4)
    assert names_in(out.parent) == ["ball.safetensors"]
    assert stage.loaded == []
    # An edit begins with what it shows.
    argv = ["--target", "a dog", "--steps", 1, *QUICK_SCENE, "-o", tmp_path / "out"]
    assert stage("edit", out, *argv) == 0
    assert written_recipe(tmp_path / "out").prompts.source == "a cat"


def test_a_fit_goes_on_where_it_was_and_is_named_as_wished(stage, capture, tmp_path):
    one, fresh, resumed = (tmp_path / f"{name}.safetensors" for name in "abc")
    assert stage("fit", capture, "--steps", 8, *FIT, "-o", one) == 0
    assert stage("fit", capture, "--steps", 2, *FIT, "-o", fresh) == 0
    again = ["--steps", 10, *FIT, "--resume", one, "--name", "my fox", "-o", resumed]
    assert stage("scene", "fit", capture, *again) == 0
    assert scene_in(resumed).psnr > scene_in(fresh).psnr + 1
    assert scene_in(resumed).name == "my fox"


def test_photos_of_the_same_name_from_two_folders_are_taken_as_on_the_page(stage, tmp_path, capsys):
    photos = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        photos.append(write_picture(tmp_path / folder / "IMG_1.png", side=80))
    out = tmp_path / "out" / "a.safetensors"
    # Two photos are too few, but both are counted.
    assert stage("fit", *photos, "-o", out, "-q") in (1, 2)
    said = capsys.readouterr().err
    assert "same name" not in said
    assert "2 photos" in said
    assert names_in(out.parent) == []


def test_ctrl_c_during_a_fit_keeps_the_scene_so_far(stage, capture, tmp_path, capsys):
    capsys.readouterr()
    out = tmp_path / "a.safetensors"
    alarm = threading.Timer(2.0, signal.raise_signal, [signal.SIGINT])
    alarm.start()
    assert stage("fit", capture, "--steps", 200_000, *FIT, "-o", out) == 130
    alarm.join()
    printed, said = capsys.readouterr()
    assert printed == f"{out}\n"
    assert "the scene so far is written.\n" in said
    assert scene_in(out).name == "my ball"


# --- refine -------------------------------------------------------------------------------------


def test_a_folder_written_by_edit_is_refined_into_a_folder_in_it(stage, scene, out, capsys):
    assert stage("edit", scene, *WORDS, *QUICK_SCENE, "-o", out) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    capsys.readouterr()
    assert stage("refine", out, "--steps", 2, *QUICK_SCENE) == 0
    printed, said = capsys.readouterr()
    assert printed.split("\n")[:-1] == [str(out / "refined" / name) for name in SCENE_FILES]
    assert said == ""
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    recipe = written_recipe(out / "refined")
    assert recipe.after.settings == RewriteSettings(steps=2)
    assert recipe.prompts == written_recipe(out).prompts
    assert (out / "refined" / "source.safetensors").read_bytes() == scene.read_bytes()
    # The folder it wrote can be refined again, with the settings it was refined with.
    assert stage("scene", "refine", out / "refined", "--seed", 3, *QUICK_SCENE) == 0
    again = written_recipe(out / "refined" / "refined")
    assert again.after.settings == RewriteSettings(steps=2, seed=3)


def test_an_edited_drawing_is_refined_with_every_setting(stage, drawing, out):
    assert stage("edit", drawing, *WORDS, *QUICK, "-o", out) == 0
    own = {"noise_low": 0.2, "noise_high": 0.3, "sdedit_steps": 4, "guidance_scale": 5.0}
    loop = {"steps": 2, "refresh_every": 3, "seed": 6}
    argv = []
    for cls, values in ((SDEdit, own), (RewriteSettings, loop)):
        assert set(values) == set(cls.model_fields)
        for name, value in values.items():
            argv += [cls.declarations()[name].flag, value]
    assert stage("refine", out, *argv, *QUICK, "-o", out / "r") == 0
    after = written_recipe(out / "r").after
    assert (after.rewriter, after.settings) == (SDEdit(**own), RewriteSettings(**loop))


def test_another_rewriter_refines(stage, drawing, out):
    assert stage("edit", drawing, *WORDS, *QUICK, "-o", out) == 0
    argv = ["--rewriter", "ddpm-inversion", "--inversion-steps", 4, "--steps", 2, *QUICK]
    assert stage("refine", out, *argv) == 0
    rewriter = written_recipe(out / "refined").after.rewriter
    assert rewriter == DDPMInversion(inversion_steps=4, guidance_scale=rewriter.guidance_scale)


def test_files_that_lie_elsewhere_are_refined_with_another_prior(stage, scene, tmp_path, out):
    assert stage("edit", scene, *WORDS, *QUICK_SCENE, "-o", out) == 0
    edited = write_ball(tmp_path / "elsewhere" / "edited.safetensors", name="another")
    argv = ["--edited", edited, "--original", scene, "--recipe", out / "recipe.json"]
    argv += ["--steps", 1, "--prior", "some/folder", *QUICK_SCENE]
    assert stage("refine", *argv) == 0
    assert written_recipe(tmp_path / "elsewhere" / "refined").prior == "some/folder"
    assert stage.loaded[-1] == ("some/folder", "auto", "auto")


# --- export -------------------------------------------------------------------------------------


def test_what_is_asked_for_is_exported(stage, scene, out, capsys):
    argv = ["--turntable", "--depth", "--mesh", "--capture", "--view", 0, 15, "--view", -90, -5.5]
    assert stage("export", scene, *argv, *SMALL, "-o", out) == 0
    names = [
        "view_0_15.png", "view_-90_-5.5.png", "turntable.mp4", "turntable.webp", "depth.mp4",
        "mesh.glb", "mesh.ply", "capture.zip",
    ]  # fmt: skip
    assert capsys.readouterr().out.split("\n")[:-1] == [str(out / name) for name in names]
    with Image.open(out / "view_0_15.png") as view:
        assert view.size == (32, 32)


def test_all_that_an_edit_writes_of_its_result_is_exported_if_nothing_is_asked_for(
    stage, scene, drawing, out
):
    assert stage("scene", "export", scene, *SMALL, "-o", out / "scene") == 0
    assert {"edited.safetensors", "mesh.glb", "turntable.mp4", "view_4.png"} <= set(
        names_in(out / "scene")
    )
    assert "before_after.mp4" not in names_in(out / "scene")
    assert stage("export", drawing, "--png-size", 32, "-q", "-o", out / "drawing") == 0
    assert names_in(out / "drawing") == ["edited.png", "edited.svg"]


def test_views_alone_are_drawn_of_colour_depth_and_surface(stage, scene, out):
    for look in KINDS["nerf"].looks:
        argv = ["--view", 0, 15, "--look", look, "--size", 32, "-q", "-o", out]
        assert stage("export", scene, *argv) == 0
    assert names_in(out) == ["view_0_15.png", "view_0_15_depth.png", "view_0_15_normals.png"]


def test_an_edit_moves_the_scene_towards_its_target(stage, tmp_path):
    scene = write_ball(tmp_path / "ball.safetensors", color=(0.3, 0.3, 0.3))
    argv = ["--steps", 12, "--guidance", 3, "--move", "color", "--color-rate", 200, *QUICK_SCENE]
    view = ["--view", 0, 15, "--size", 32, "-q"]

    def brightness(folder) -> float:
        with Image.open(folder / "view_0_15.png") as picture:
            return float(np.asarray(picture, dtype=np.float64).mean())

    for number, words in enumerate((["a cat", "a dog"], ["a dog", "a cat"])):
        out = tmp_path / str(number)
        prompts = ["--source", words[0], "--target", words[1]]
        assert stage("edit", scene, *prompts, *argv, "-o", out) == 0
        assert stage("export", out / "edited.safetensors", *view, "-o", out) == 0
    assert stage("export", scene, *view, "-o", tmp_path) == 0
    source = brightness(tmp_path)
    assert brightness(tmp_path / "0") > source + 2
    assert brightness(tmp_path / "1") < source - 2


# --- contact sheet ------------------------------------------------------------------------------


def test_a_contact_sheet_has_a_row_per_preset_and_a_column_per_method(stage, tmp_path, capsys):
    path = tmp_path / "sheets" / "sheet.png"
    argv = ["-o", path, "--kind", "svg", "--steps", 2, "--seed", 9, "--cell-px", 64, "-q"]
    assert stage("contact-sheet", *argv) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert stage.prior.calls == 6
    assert len(stage.loaded) == 1
    with Image.open(path) as picture:
        assert picture.width == 4 * 64 + 5 * 10


def test_a_contact_sheet_of_all_kinds_shows_scenes_from_three_sides(stage, tmp_path):
    options = ["--methods", "sds, pds", "--cell-px", 40, "--steps", 1, "-q"]
    assert stage("contact-sheet", "-o", tmp_path / "a.png", *options) == 0
    assert stage.prior.calls == 6
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == 9 * 40 + 6 * 2 + 4 * 10


def test_a_method_that_fails_still_has_its_place_in_the_sheet(stage, tmp_path, capsys):
    from pds.base.errors import NonFiniteGradient
    from tests.doubles.cli_doubles import failing_at

    stage.prior.before_call = failing_at(2, NonFiniteGradient("NaN at step 3.", step=2))
    argv = ["--presets", "cat-dog-image", "--methods", "sds", "--cell-px", 32, "-q"]
    assert stage("contact-sheet", "-o", tmp_path / "a.png", *argv) == 0
    assert "NaN at step 3." in capsys.readouterr().err
    assert (tmp_path / "a.png").is_file()


# --- presets, prior -----------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [["presets"], ["--list-presets"], ["edit", "--list-presets"]])
def test_presets_of_every_kind_are_listed(stage, capsys, argv):
    assert stage(*argv) == 0
    first, *kinds = capsys.readouterr().out.split("\n\n")
    assert first == "To run one: pds edit --preset KEY"
    for text, key, noun in zip(kinds, KINDS, ("Drawings", "Scenes", "Pictures"), strict=True):
        assert text.startswith(f"{noun}:")
        assert f"cat-dog-{key}" in text
        assert "“a cat” to “a dog”" in text
        assert f"A cat becomes a dog ({key})." in text


def test_an_empty_list_of_presets_says_so_and_a_missing_one_is_refused(stage, tmp_path, capsys):
    from dataclasses import replace

    stage.backend = replace(stage.backend, presets_folder=tmp_path)
    assert stage("presets") == 0
    assert capsys.readouterr().out == "There are no presets.\n"
    stage.backend = replace(stage.backend, presets_folder=tmp_path / "none")
    assert stage("presets") == 2
    refused(capsys, "no presets folder")


def test_a_prior_is_described(stage, capsys):
    assert stage("prior") == 0
    printed = capsys.readouterr().out
    parts = ("built-in", "16 x 16 px", "cpu, float64", "abc123", "2 things, 6 words", "animals:")
    assert all(part in printed for part in parts)
    assert "red" not in printed
    assert stage("prior", "--words") == 0
    assert "red" in capsys.readouterr().out


def test_a_prior_without_vocabulary_takes_any_text(stage, capsys):
    stage.prior = StagedPrior(vocabulary=None, fingerprint="")
    assert stage("prior") == 0
    assert "any text" in capsys.readouterr().out
