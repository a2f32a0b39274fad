import pytest

from pds.ui import text
from pds.work.record import JobView


def view(**changes) -> JobView:
    values = {
        "state": "running",
        "position": 0,
        "step": 3,
        "total": 12,
        "eta_s": 4.0,
        "elapsed_s": 1.0,
        "image": None,
        "curve": (),
        "message": "Step 3 of 12.",
    }
    return JobView(**{**values, **changes})


@pytest.mark.parametrize(
    "hostile",
    ["<script>x</script>", "<img src=//evil>", "${alert(1)}", "[x](//evil)", "`a`"],
)
def test_text_of_others_stays_text(hostile):
    shown = text.messages_html([hostile])
    assert hostile not in shown
    assert not set("$`[*") & set(shown)


def test_a_blank_line_cannot_end_the_block_and_begin_markdown():
    assert "\n" not in text.messages_html(["one\n\n# two"])


def test_no_sentences_make_no_box():
    assert text.messages_html([]) == ""


def test_an_error_is_announced_and_a_note_is_not():
    assert 'role="alert"' in text.messages_html(["bad"], kind="error")
    assert 'role="alert"' not in text.messages_html(["fine"])


def test_the_status_says_the_message_and_how_far_it_is():
    shown = text.status_html(view())
    assert "Step 3 of 12." in shown
    assert "width:25.0%" in shown


def test_a_note_stands_in_for_the_message():
    assert "Step" not in text.status_html(view(), note="Writing")


def test_what_is_going_on_stands_before_the_message_while_it_goes_on():
    assert "Editing · Step 3 of 12." in text.status_html(view(doing="Editing"))
    done = view(doing="Editing", state="done", message="Done: 12 steps in 3 s.")
    assert "Editing" not in text.status_html(done)


def test_what_is_not_at_its_default_is_listed_and_nothing_is_said_where_all_is():
    assert "Guidance 20; Steps 9." in text.changed_html(("Guidance 20", "Steps 9"))
    assert text.changed_html(()) == ""


def test_a_target_that_cannot_be_reached_is_an_error_and_unknown_words_are_notes():
    shown = text.words_html("No word is known.", ("“x” is unknown.",))
    assert shown.index("messages error") < shown.index("messages note")
    assert text.words_html("", ()) == ""


def test_a_failure_is_announced():
    assert 'role="alert"' in text.status_html(view(state="failed", message="Bad."))


def test_a_run_of_unknown_length_has_an_empty_bar():
    assert "width:0.0%" in text.status_html(view(step=0, total=0))


def test_the_curve_keeps_its_highest_bar_full_and_its_number_of_bars_bounded():
    shown = text.curve_html([(i, 1.0 + i) for i in range(1000)])
    assert shown.count("<i ") <= text.CURVE_BARS
    assert "height:100%" in shown
    assert "now 1e+03" in shown


def test_a_curve_of_zeros_is_flat_and_one_of_a_single_point_is_not_drawn():
    assert shown_heights(text.curve_html([(0, 0.0), (1, 0.0)])) == {"0%"}
    assert text.curve_html([(0, 1.0)]) == ""


def test_a_curve_that_does_not_begin_at_zero_shows_small_differences():
    points = [(0, 20.0), (1, 20.5), (2, 21.0)]
    assert shown_heights(text.curve_html(points, label="PSNR <dB>", from_zero=False)) == {
        "13%", "57%", "100%",
    }  # fmt: skip
    assert shown_heights(text.curve_html(points)) == {"95%", "98%", "100%"}
    flat = [(0, 20.0), (1, 20.0)]
    assert shown_heights(text.curve_html(flat, from_zero=False)) == {"0%"}
    assert "PSNR &lt;dB&gt;, step by step: now 21" in text.curve_html(points, label="PSNR <dB>")


def shown_heights(shown: str) -> set[str]:
    return {part.split('"')[0] for part in shown.split("height:")[1:]}


def test_concepts_are_listed_by_subject():
    shown = text.concepts_html(("cat", "pear"), {"animals": ("cat",), "food": ("pear",)})
    assert "<b>Animals</b> cat" in shown
    assert "<b>Food</b> pear" in shown


def test_a_prior_without_vocabulary_takes_any_text():
    assert "any text" in text.concepts_html((), {})


def test_the_built_in_prior_is_described_honestly_and_another_one_by_name():
    assert "64 × 64" in text.plain_note("built-in")
    assert "`org/model`" in text.plain_note("org/model")
