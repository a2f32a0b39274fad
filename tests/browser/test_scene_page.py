"""The Scene tab as a visitor uses it, in a real browser."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from playwright.sync_api import Page, expect

from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.work.recipe import Recipe
from tests.browser.axe import axe_faults
from tests.doubles.scene_ui_doubles import ball, ball_asset, scene_recipe

pytestmark = pytest.mark.browser
BABYLON = "BJS"  # the mesh viewer reports that there is no WebGPU, and goes on with WebGL


@pytest.fixture
def scene(visit):
    """The Scene tab, ready to use."""
    visit.get_by_role("tab", name="Scene").click()
    visit.locator("#scene-source-picture img").wait_for()
    return visit


def start_preset(page: Page) -> None:
    page.locator("#scene-tab .preset").first.click()


def wait_done(page: Page) -> None:
    expect(page.locator("#scene-status .done")).to_be_visible()
    expect(page.locator("#scene-status")).to_contain_text("Done")
    expect(page.locator("#scene-history img").first).to_be_visible()


def target(page: Page):
    return page.locator("#scene-tab").get_by_label("What it should become")


def open_part(page: Page, name: str) -> None:
    page.locator("#scene-views").get_by_role("tab", name=name).click()


def download(page: Page, name: str) -> bytes:
    button = page.locator(f"#scene-download-{name}")
    expect(button).to_be_enabled(timeout=60_000)
    with page.expect_download() as waiting:
        button.click()
    return Path(waiting.value.path()).read_bytes()


def set_steps(page: Page, steps: int) -> None:
    field = page.locator("#scene-tab").get_by_label("number input for Steps", exact=True)
    field.fill(str(steps))
    field.press("Tab")


def going(page: Page, steps: int) -> None:
    expect(page.locator("#scene-status")).to_contain_text(re.compile(rf"Step \d+ of {steps}"))


def test_one_press_on_a_preset_runs_to_a_changed_scene_that_can_be_taken_away(scene, tmp_path):
    start_preset(scene)
    wait_done(scene)
    expect(scene.locator("#scene-look-both img").first).to_be_visible()
    path = tmp_path / "scene.safetensors"
    path.write_bytes(download(scene, "scene"))
    assert load_scene(path).prompt == "a drawing of a dog"
    recipe = Recipe.from_json(download(scene, "recipe"))
    assert recipe.prompts.target == "a drawing of a dog"
    assert download(scene, "png").startswith(b"\x89PNG")
    open_part(scene, "Films")
    assert b"ftyp" in download(scene, "mp4")[:16]
    assert not scene.faults


def test_films_are_made_by_a_button_and_played(scene):
    start_preset(scene)
    wait_done(scene)
    open_part(scene, "Films")
    scene.locator("#scene-turntable-film-px input").click()
    scene.get_by_role("option", name="128 px").click()
    scene.locator("#scene-make-turntable").click()
    expect(scene.locator("#scene-export-status")).to_contain_text("Turntable")
    assert download(scene, "turntable-webp")[8:12] == b"WEBP"
    assert b"ftyp" in download(scene, "turntable")[:16]
    expect(scene.locator("#scene-film video")).to_be_visible()
    width = "document.querySelector('#scene-film video').videoWidth"
    scene.wait_for_function(f"{width} == 256")


def test_the_mesh_is_seen_in_its_viewer_and_can_be_taken_away(scene):
    start_preset(scene)
    wait_done(scene)
    open_part(scene, "Mesh")
    expect(scene.locator("#scene-mesh-tab")).to_contain_text("rougher than the rendering")
    scene.locator("#scene-make-mesh").click()
    mesh = trimesh.load(io.BytesIO(download(scene, "glb")), file_type="glb", force="mesh")
    assert mesh.is_watertight
    assert download(scene, "ply").startswith(b"ply")
    expect(scene.locator("#scene-mesh canvas")).to_be_visible(timeout=60_000)
    scene.wait_for_timeout(3000)
    seen = Image.open(io.BytesIO(scene.locator("#scene-mesh").screenshot())).convert("RGB")
    red, green, blue = np.moveaxis(np.asarray(seen), 2, 0)
    assert ((red > 150) & (green < 90) & (blue < 90)).sum() > 500
    assert not [fault for fault in scene.faults if BABYLON not in fault]


def test_any_side_is_looked_at_while_the_run_goes_on(scene):
    set_steps(scene, 1000)
    scene.locator("#scene-edit").click()
    going(scene, 1000)
    open_part(scene, "Look around")
    first = scene.locator("#scene-look img, #scene-look-both img").first.get_attribute("src")
    scene.locator("#scene-azimuth input[type=number]").fill("120")
    scene.locator("#scene-azimuth input[type=number]").press("Tab")
    expect(scene.locator("#scene-look-both img").first).not_to_have_attribute("src", first)
    expect(scene.locator("#scene-status")).to_contain_text("Editing")
    scene.locator("#scene-stop").click()
    expect(scene.locator("#scene-status .stopped")).to_be_visible()


def test_stop_keeps_the_result_so_far(scene):
    set_steps(scene, 500)
    scene.locator("#scene-edit").click()
    going(scene, 500)
    scene.locator("#scene-stop").click()
    expect(scene.locator("#scene-status .stopped")).to_be_visible()
    assert len(download(scene, "scene")) > 1000
    expect(scene.locator("#scene-edit")).to_be_enabled()
    expect(scene.locator("#scene-refine")).to_be_enabled()


def test_a_reload_in_the_middle_finds_the_tab_and_the_run_again(scene):
    set_steps(scene, 1000)
    scene.locator("#scene-edit").click()
    going(scene, 1000)
    scene.reload()
    going(scene, 1000)
    expect(scene.locator("#scene-tab")).to_be_visible()
    field = scene.locator("#scene-tab").get_by_label("number input for Steps", exact=True)
    expect(field).to_have_value("1000")
    scene.locator("#scene-stop").click()
    expect(scene.locator("#scene-status .stopped")).to_be_visible()


def test_a_drawing_and_a_scene_wait_in_one_line(scene):
    set_steps(scene, 1000)
    scene.locator("#scene-edit").click()
    going(scene, 1000)
    scene.get_by_role("tab", name="Drawing").click()
    scene.locator("#drawing-tab .preset").first.click()
    expect(scene.locator("#drawing-status .waiting")).to_contain_text("number 1 in line")
    scene.get_by_role("tab", name="Scene").click()
    scene.locator("#scene-stop").click()
    scene.get_by_role("tab", name="Drawing").click()
    expect(scene.locator("#drawing-status")).to_contain_text("Done")


def test_a_capture_is_fitted_then_edited_then_refined(scene, tmp_path):
    capture = tmp_path / "garden.zip"
    capture.write_bytes(b"nothing that the double reads")
    scene.get_by_text("Or fit one to photos").click()
    scene.locator("input[type=file][multiple]").first.set_input_files(capture)
    expect(scene.locator("#scene-brought")).to_contain_text("garden.zip")
    scene.locator("#scene-fit").click()
    expect(scene.locator("#scene-history img")).to_have_count(1)
    expect(scene.locator("#scene-curve")).to_contain_text("PSNR in dB")
    expect(scene.locator("#scene-source-notes")).to_contain_text("open now")
    expect(scene.locator("#scene-refine")).to_be_disabled()
    expect(target(scene)).to_have_value("")
    target(scene).fill("a drawing of a dog")
    set_steps(scene, 8)
    scene.locator("#scene-edit").click()
    expect(scene.locator("#scene-history img")).to_have_count(2)
    expect(scene.locator("#scene-curve")).to_contain_text("Size of the gradient")
    scene.locator("#scene-refine").click()
    expect(scene.locator("#scene-history img")).to_have_count(3)
    recipe = Recipe.from_json(download(scene, "recipe"))
    assert recipe.after is not None


def test_photos_that_make_no_scene_are_told_and_the_page_lives_on(scene, tmp_path):
    wall = tmp_path / "wall.zip"
    wall.write_bytes(b"white")
    scene.get_by_text("Or fit one to photos").click()
    scene.locator("input[type=file][multiple]").first.set_input_files(wall)
    expect(scene.locator("#scene-brought")).to_contain_text("wall.zip")
    scene.locator("#scene-fit").click()
    expect(scene.locator("#scene-status .failed")).to_contain_text("Only 2 of 12 photos")
    start_preset(scene)
    wait_done(scene)


def test_a_scene_of_ones_own_is_opened_and_a_broken_one_refused(scene, tmp_path):
    mine, broken = tmp_path / "mine é.safetensors", tmp_path / "broken.safetensors"
    mine.write_bytes(save_scene(ball("mine", color=0.7)))
    broken.write_bytes(mine.read_bytes()[:-50])
    chooser = scene.locator("#scene-tab input[type=file]").first
    chooser.set_input_files(broken)
    expect(scene.locator("#scene-source-notes .error")).to_contain_text("damaged")
    chooser.set_input_files(mine)
    expect(scene.locator("#scene-source-notes")).to_contain_text("mine")
    target(scene).fill("a drawing of a dog")
    set_steps(scene, 8)
    scene.locator("#scene-edit").click()
    wait_done(scene)
    assert Recipe.from_json(download(scene, "recipe")).name == "mine é"


def test_a_recipe_put_back_fills_the_form_and_gives_the_same_scene(scene, tmp_path):
    target(scene).fill("a red pumpkin")
    set_steps(scene, 9)
    scene.locator("#scene-edit").click()
    wait_done(scene)
    first, saved = download(scene, "scene"), tmp_path / "recipe.json"
    saved.write_bytes(download(scene, "recipe"))
    scene.evaluate("localStorage.clear()")
    scene.reload()
    scene.get_by_role("tab", name="Scene").click()
    scene.locator("#scene-source-picture img").wait_for()
    scene.locator("#scene-tab input[type=file]").nth(1).set_input_files(saved)
    wait_done(scene)
    expect(target(scene)).to_have_value("a red pumpkin")
    assert download(scene, "scene") == first


def test_a_recipe_for_another_scene_or_a_newer_program_is_refused_in_words(scene, tmp_path):
    recipe = scene_recipe(ball_asset("elsewhere", color=0.9)).to_json()
    chooser = scene.locator("#scene-tab input[type=file]").nth(1)
    for text, words in (
        (recipe, "another scene"),
        (json.dumps({**json.loads(recipe), "version": 99}), "newer program"),
    ):
        path = tmp_path / f"{words}.json"
        path.write_text(text)
        chooser.set_input_files(path)
        expect(scene.locator("#scene-status .failed")).to_contain_text(words)


def test_an_unknown_word_is_told_while_typing(scene):
    target(scene).fill("a dogg")
    expect(scene.locator("#scene-word-help")).to_contain_text("does not know")


def test_the_result_becomes_the_new_source(scene):
    start_preset(scene)
    wait_done(scene)
    scene.locator("#scene-reuse").click()
    expect(scene.get_by_label("What the scene shows")).to_have_value("a drawing of a dog")
    expect(target(scene)).to_have_value("")


def test_nothing_is_wider_than_the_window_of_a_phone_or_a_desk(scene):
    start_preset(scene)
    wait_done(scene)
    for label in ("Advanced settings", "Method, and what may change", "Only inside a box"):
        scene.locator("#scene-tab").get_by_text(label).click()
    for label in ("Or fit one to photos", "More settings of the fit", "Settings of the refine"):
        scene.locator("#scene-tab").get_by_text(label).click()
    for width in (390, 1280):
        scene.set_viewport_size({"width": width, "height": 844})
        for part in ("Live", "Look around", "Films", "Mesh"):
            open_part(scene, part)
            scene.wait_for_timeout(200)
            assert scene.evaluate("document.documentElement.scrollWidth") <= width, part


def test_the_main_buttons_are_reached_with_the_keyboard_alone(scene):
    wanted = {"scene-preset-ball-to-hat", "scene-edit", "scene-dice", "scene-views"}
    wanted.add("scene-make-capture")
    reached = set()
    for _ in range(90):
        scene.keyboard.press("Tab")
        reached |= set(
            scene.evaluate(
                "(() => { const ids = []; for (let e = document.activeElement; e; "
                "e = e.parentElement) ids.push(e.id); return ids; })()"
            )
        )
    assert wanted <= reached
    scene.locator("#scene-edit").focus()
    scene.keyboard.press("Enter")
    wait_done(scene)


def test_axe_finds_only_what_is_known_of_gradio_itself_in_light_and_dark(scene, axe_script):
    scene.evaluate(axe_script)
    for label in ("Or fit one to photos", "Method, and what may change", "Settings of the refine"):
        scene.locator("#scene-tab").get_by_text(label).click()
    found = axe_faults(scene)
    start_preset(scene)
    wait_done(scene)
    found += axe_faults(scene)
    for part in ("Live", "Films", "Mesh"):
        open_part(scene, part)
        found += axe_faults(scene)
    assert not found, "\n".join(map(str, sorted(set(found))))
