"""What went wrong when a new user tried the page, in a real browser."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.test_page import download, set_steps, start_preset, wait_done
from tests.doubles.ui_doubles import CAT

pytestmark = pytest.mark.browser


def test_edit_can_be_pressed_after_each_reload_of_an_ended_run_on_a_slow_machine(visit):
    start_preset(visit)
    wait_done(visit)
    slow = visit.context.new_cdp_session(visit)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    for _ in range(2):  # it failed at each of eight
        visit.reload()
        expect(visit.locator("#drawing-status")).to_contain_text("Done", timeout=60_000)
        expect(visit.locator("#drawing-download-mp4")).to_be_enabled(timeout=60_000)
        expect(visit.locator("#edit")).to_be_enabled()
        expect(visit.locator("#drawing-stop")).to_be_disabled()
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    visit.locator("#edit").click()
    wait_done(visit)


def test_ones_own_drawing_inherits_no_setting_and_what_is_changed_is_reset_by_one_press(
    visit, tmp_path
):
    expect(visit.locator("#changed")).to_contain_text("Steps 8")
    mine = tmp_path / "mine.svg"
    mine.write_text(CAT)
    visit.locator("input[type=file]").first.set_input_files(mine)
    expect(visit.locator("#source-notes")).to_contain_text("mine")
    expect(visit.get_by_label("number input for Steps")).to_have_value("200")
    expect(visit.get_by_label("What it should become")).to_have_value("")
    expect(visit.locator("#reset")).to_be_hidden()
    set_steps(visit, 9)
    expect(visit.locator("#changed")).to_contain_text("Changed: Steps 9")
    visit.locator("#reset").click()
    expect(visit.get_by_label("number input for Steps")).to_have_value("200")
    expect(visit.locator("#changed")).to_be_hidden()


def test_after_a_refused_file_edit_does_not_run_on_the_old_one(visit, tmp_path):
    broken = tmp_path / "broken.svg"
    broken.write_text("<svg><path</svg>")
    visit.locator("input[type=file]").first.set_input_files(broken)
    expect(visit.locator("#source-notes .error")).to_contain_text("not well-formed")
    visit.get_by_label("What it should become").fill("a dog")
    visit.locator("#edit").click()
    expect(visit.locator("#drawing-status .failed")).to_contain_text("last one was refused")


def test_a_run_that_another_preset_replaces_leaves_its_result_in_the_history(visit):
    set_steps(visit, 500)
    visit.locator("#edit").click()
    expect(visit.locator("#drawing-status")).to_contain_text(re.compile(r"Step \d+ of 500"))
    visit.locator("#preset-cat-to-fox").click()
    expect(visit.locator("#drawing-status")).to_contain_text("Done: 8 steps")
    wait_done(visit)
    expect(visit.locator("#drawing-history img")).to_have_count(2)


def test_a_target_of_which_no_word_is_known_is_told_before_the_press(visit):
    visit.get_by_label("What it should become").fill("кошка 猫")
    expect(visit.locator("#word-help .error")).to_contain_text("no word of")


def test_a_png_can_be_without_background_and_of_any_size(visit):
    start_preset(visit)
    wait_done(visit)
    visit.get_by_label("Without background").check()
    visit.locator("#drawing-png-png-px input").click()
    visit.get_by_role("option", name="512 px").click()
    visit.wait_for_timeout(1500)
    with Image.open(io.BytesIO(download(visit, "png"))) as picture:
        assert (picture.size, picture.mode) == ((512, 512), "RGBA")


def test_downloads_are_called_by_what_was_made(visit):
    start_preset(visit)
    wait_done(visit)
    with visit.expect_download() as waiting:
        visit.locator("#drawing-download-svg").click()
    assert waiting.value.suggested_filename == "cat-to-dog.svg"
