"""The page as a visitor uses it, in a real browser."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from pds.kinds.svg.document import Document
from pds.work.recipe import Recipe
from tests.browser.axe import axe_faults
from tests.doubles.ui_doubles import CAT, recipe

pytestmark = pytest.mark.browser


def start_preset(page: Page) -> None:
    page.locator(".preset").first.click()


def wait_done(page: Page) -> None:
    expect(page.locator("#drawing-status .done")).to_be_visible()
    expect(page.locator("#drawing-download-mp4")).to_be_enabled()
    expect(page.locator("#drawing-status")).to_contain_text("Done")


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.locator(f"#drawing-download-{name}").click()
    return Path(waiting.value.path()).read_bytes()


def set_steps(page: Page, steps: int) -> None:
    page.get_by_label("number input for Steps").fill(str(steps))
    page.get_by_label("number input for Steps").press("Tab")


def test_one_press_on_a_preset_runs_to_a_changed_drawing_that_can_be_taken_away(visit):
    start_preset(visit)
    wait_done(visit)
    result = download(visit, "svg")
    assert result.decode() != CAT
    assert "face" in Document.read(result).element_ids()
    assert download(visit, "png").startswith(b"\x89PNG")
    assert b"ftyp" in download(visit, "mp4")[:16]
    assert download(visit, "webp")[8:12] == b"WEBP"
    assert Recipe.from_json(download(visit, "recipe")) == recipe()
    assert visit.locator("#drawing-compare").is_visible()
    assert visit.locator("#drawing-history img").count() >= 1
    assert not visit.faults


def test_stop_keeps_the_result_so_far(visit):
    set_steps(visit, 500)
    visit.locator("#edit").click()
    expect(visit.locator("#drawing-status")).to_contain_text(re.compile(r"Step \d+ of 500"))
    visit.locator("#drawing-stop").click()
    expect(visit.locator("#drawing-status .stopped")).to_be_visible()
    expect(visit.locator("#drawing-download-svg")).to_be_enabled()
    assert download(visit, "svg").decode() != CAT
    expect(visit.locator("#edit")).to_be_enabled()


def test_a_reload_in_the_middle_finds_the_run_again(visit):
    set_steps(visit, 1000)
    visit.locator("#edit").click()
    expect(visit.locator("#drawing-status")).to_contain_text(re.compile(r"Step \d+ of 1000"))
    visit.reload()
    expect(visit.locator("#drawing-status")).to_contain_text(re.compile(r"Step \d+ of 1000"))
    expect(visit.get_by_label("number input for Steps")).to_have_value("1000")
    visit.locator("#drawing-stop").click()
    expect(visit.locator("#drawing-status .stopped")).to_be_visible()


def test_a_second_visitor_sees_his_place_in_line(visit, chromium, address):
    set_steps(visit, 1000)
    visit.locator("#edit").click()
    expect(visit.locator("#drawing-status")).to_contain_text(re.compile(r"Step \d+ of 1000"))
    other = chromium.new_page()
    other.goto(address)
    other.locator("#source-picture img").wait_for()
    start_preset(other)
    expect(other.locator("#drawing-status .waiting")).to_contain_text("number 1 in line")
    visit.locator("#drawing-stop").click()
    wait_done(other)
    other.close()


def test_a_broken_svg_is_refused_in_words_and_the_page_lives_on(visit):
    visit.get_by_text("Paste SVG text").click()
    visit.locator("#svg-text textarea").fill("<svg><path</svg>")
    expect(visit.locator("#source-notes .error")).to_contain_text("not well-formed")
    visit.locator("#edit").click()
    expect(visit.locator("#drawing-status .failed")).to_contain_text("not well-formed")
    start_preset(visit)
    wait_done(visit)


def test_an_svg_of_ones_own_is_opened_shown_and_edited(visit, tmp_path):
    mine = tmp_path / "mine é.svg"
    mine.write_text(CAT.replace('id="face"', 'id="moon"'), encoding="utf-8")
    visit.locator("input[type=file]").first.set_input_files(mine)
    visit.get_by_text("Paste SVG text").click()
    expect(visit.locator("#svg-text textarea")).to_have_value(re.compile('id="moon"'))
    visit.get_by_label("What the drawing shows").fill("a drawing of a cat")
    visit.get_by_label("What it should become").fill("a drawing of a dog")
    set_steps(visit, 8)
    visit.locator("#edit").click()
    wait_done(visit)
    assert b'id="moon"' in download(visit, "svg")
    assert Recipe.from_json(download(visit, "recipe")).name == "mine é"


def test_a_recipe_put_back_fills_the_form_and_gives_the_same_drawing(visit, tmp_path):
    visit.get_by_label("What it should become").fill("a red pumpkin")
    set_steps(visit, 9)
    visit.locator("#edit").click()
    wait_done(visit)
    first, saved = download(visit, "svg"), tmp_path / "recipe.json"
    saved.write_bytes(download(visit, "recipe"))
    visit.evaluate("localStorage.clear()")
    visit.reload()
    visit.locator("#source-picture img").wait_for()
    visit.locator("input[type=file]").nth(1).set_input_files(saved)
    wait_done(visit)
    expect(visit.get_by_label("What it should become")).to_have_value("a red pumpkin")
    assert download(visit, "svg") == first
    assert json.loads(download(visit, "recipe")) == json.loads(saved.read_bytes())


def test_a_newer_recipe_is_refused_in_words(visit, tmp_path):
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps({**json.loads(recipe().to_json()), "version": 99}))
    visit.locator("input[type=file]").nth(1).set_input_files(newer)
    expect(visit.locator("#drawing-status .failed")).to_contain_text("newer program")


def test_an_unknown_word_is_told_while_typing(visit):
    visit.get_by_label("What it should become").press_sequentially("dogg")
    expect(visit.locator("#word-help")).to_contain_text("does not know")
    visit.get_by_label("What it should become").fill("a dog")
    expect(visit.locator("#word-help .messages")).to_have_count(0)


def test_the_result_becomes_the_new_source(visit):
    start_preset(visit)
    wait_done(visit)
    visit.locator("#drawing-reuse").click()
    expect(visit.get_by_label("What the drawing shows")).to_have_value("a drawing of a dog")
    expect(visit.get_by_label("What it should become")).to_have_value("")


def test_an_earlier_result_is_opened_again(visit):
    start_preset(visit)
    wait_done(visit)
    set_steps(visit, 11)
    visit.locator("#edit").click()
    expect(visit.locator("#drawing-status")).to_contain_text("Done: 11 steps")
    wait_done(visit)
    visit.locator("#drawing-history button.thumbnail-item").nth(1).click()
    expect(visit.locator("#drawing-status")).to_contain_text("Done: 8 steps")
    expect(visit.get_by_label("number input for Steps")).to_have_value("8")


def test_the_dice_chooses_another_seed(visit):
    before = visit.get_by_label("Seed", exact=True).input_value()
    visit.locator("#dice").click()
    expect(visit.get_by_label("Seed", exact=True)).not_to_have_value(before)


def test_nothing_is_wider_than_the_window_of_a_phone_or_a_desk(visit):
    start_preset(visit)
    wait_done(visit)
    for label in ("Advanced settings", "Method, and what may change", "Words this page's model"):
        visit.get_by_text(label).click()
    for width in (390, 1280):
        visit.set_viewport_size({"width": width, "height": 844})
        visit.wait_for_timeout(300)
        assert visit.evaluate("document.documentElement.scrollWidth") <= width


def test_the_main_buttons_are_reached_with_the_keyboard_alone(visit):
    wanted = {"preset-cat-to-dog", "edit", "dice", "drawing-png-png-px"}
    reached = set()
    for _ in range(80):
        visit.keyboard.press("Tab")
        reached |= set(
            visit.evaluate(
                "(() => { const ids = []; for (let e = document.activeElement; e; "
                "e = e.parentElement) ids.push(e.id); return ids; })()"
            )
        )
    assert wanted <= reached
    visit.locator("#edit").focus()
    visit.keyboard.press("Enter")
    wait_done(visit)


def test_axe_finds_only_what_is_known_of_gradio_itself_in_light_and_dark(visit, axe_script):
    visit.evaluate(axe_script)
    for label in ("Paste SVG text", "Advanced settings", "Method, and what may change"):
        visit.get_by_text(label).click()
    found = axe_faults(visit)
    visit.get_by_label("What it should become").fill("a red dogg")
    expect(visit.locator("#word-help .messages")).to_be_visible()
    start_preset(visit)
    wait_done(visit)
    found += axe_faults(visit)
    assert not found, "\n".join(map(str, found))


def test_none_of_all_this_asked_anything_of_another_host(requested, address):
    hosts = {urlsplit(url).netloc for url in requested if not url.startswith(("data:", "blob:"))}
    assert len(requested) > 100
    assert hosts == {urlsplit(address).netloc}
