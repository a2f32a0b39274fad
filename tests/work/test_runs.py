"""Runs on every kind, from a recipe to what was made; and their films."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from pds.base.errors import CaptureError, InputError, PromptError
from pds.diffusion.vocabulary import Vocabulary
from pds.kinds import kind_of
from pds.kinds.kind import Look, Maker
from pds.kinds.output import Made, NoSettings
from pds.work.order import EditOrder, ExportOrder, MakeOrder, RefineOrder, Tools
from pds.work.recipe import Recipe, Refinement
from pds.work.run import Chain, Films, Making
from pds.work.runs import FRAMES, EditRun, ExportRun, Filmed, MakeRun, RefineRun, make_edit
from tests.doubles.job_doubles import FakeRun, FakeStep
from tests.doubles.solid_kind import SolidKind
from tests.doubles.work_doubles import KINDS, asset_of, recipe_of, refined, tiny_prior

ASSETS = {kind: asset_of(kind) for kind in KINDS}


def edit_run(kind="svg", *, prior=None, change=lambda r: r, **run) -> EditRun:
    asset = ASSETS[kind]
    return EditRun(change(recipe_of(asset, **run)), asset, prior or tiny_prior())


def finished(run):
    list(run.steps())
    return run


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_takes_its_steps_and_its_result_says_how_it_was_made(kind):
    run = edit_run(kind, steps=4)
    steps = list(run.steps())
    assert [(s.index, s.total) for s in steps] == [(i, 4) for i in range(4)]
    assert all(step.curve_value > 0 for step in steps)
    made = run.result
    assert made.source is ASSETS[kind]
    assert made.edited.key != made.source.key
    assert (made.edited.kind, made.edited.name) == (kind, "thing")
    assert made.recipe == run.recipe
    assert made.film is run.film


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_fed_back_gives_the_same_bytes(kind):
    first = finished(edit_run(kind))
    recipe = Recipe.from_json(first.recipe)
    again = finished(EditRun(recipe, ASSETS[kind], tiny_prior()))
    assert again.result.edited.data == first.result.edited.data
    other = finished(edit_run(kind, seed=5, timestep_order="uniform"))
    assert other.result.edited.data != first.result.edited.data


@pytest.mark.parametrize("kind", KINDS)
def test_stopping_after_a_step_keeps_it(kind):
    run = edit_run(kind, steps=50)
    steps = run.steps()
    next(steps)
    steps.close()
    assert run.result.edited.key != ASSETS[kind].key


def test_the_recipe_of_a_run_names_its_asset_and_the_weights_at_hand():
    prior = tiny_prior()
    prior.fingerprint = "1bc"
    run = edit_run(prior=prior, change=lambda r: replace(r, prior_fingerprint="0af", asset=""))
    recipe = Recipe.from_json(run.recipe)
    assert (recipe.prior, recipe.prior_fingerprint) == ("gaussian", "1bc")
    assert recipe.asset == ASSETS["svg"].key
    assert any("other weights" in sentence for sentence in run.warnings)


def vocabulary(*words: str) -> Vocabulary:
    return Vocabulary(concepts=words, words=frozenset({"a", "drawing", "of", *words}))


def test_unknown_words_are_told_and_a_target_without_a_known_one_does_not_run():
    prior = tiny_prior()
    prior.vocabulary = vocabulary("target")
    assert any("“source”" in sentence for sentence in edit_run(prior=prior).warnings)
    prior.vocabulary = vocabulary("source")
    with pytest.raises(PromptError, match="knows no word of “target”"):
        edit_run(prior=prior)


def test_the_warnings_of_an_asset_are_those_of_its_run():
    asset = replace(ASSETS["svg"], warnings=("A filter is not drawn.",))
    assert EditRun(recipe_of(asset), asset, tiny_prior()).warnings == ("A filter is not drawn.",)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refinement_begins_with_the_edited_asset_and_keeps_the_source(kind):
    first = finished(edit_run(kind)).result
    recipe = refined(recipe_of(ASSETS[kind]), noise_high=0.9, noise_low=0.9)
    run = RefineRun(recipe, first.source, first.edited, tiny_prior())
    look, kind_ = Look(), kind_of(kind)
    begun, edited = (kind_.draw(one, look, 24) for one in (run.snapshot(), first.edited))
    assert max(abs(a - b) for a, b in zip(begun.tobytes(), edited.tobytes())) <= 4
    steps = list(run.steps())
    assert len(steps) == 2
    assert run.result.edited.data != first.edited.data
    assert run.result.source is first.source
    assert Recipe.from_json(run.recipe).after == recipe.after


def test_a_refinement_without_settings_has_the_default_ones():
    recipe = recipe_of(ASSETS["svg"])
    run = RefineRun(recipe, ASSETS["svg"], ASSETS["svg"], tiny_prior())
    assert run.refinement == Refinement.default()


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_with_a_refinement_is_one_run_of_two_stages(kind):
    recipe = refined(recipe_of(ASSETS[kind]))
    run = make_edit(recipe, ASSETS[kind], tiny_prior())
    assert isinstance(run, Chain)
    doing, labels = [], []
    indices = []
    for step in run.steps():
        indices.append(step.index)
        doing.append(run.doing)
        labels.append(run.curve_label)
    assert indices == [0, 1, 2, 0, 1]
    assert doing == ["Editing"] * 3 + ["Refining"] * 2
    assert labels[0] != labels[-1]
    made = run.result
    assert made.source is ASSETS[kind]
    assert Recipe.from_json(made.recipe) == recipe.on(ASSETS[kind])
    assert len(list(made.film.frames(16))) > len(list(finished(edit_run(kind)).film.frames(16)))


class Then(FakeRun):
    """A second stage."""

    curve_label = "Something else"


def test_a_chain_is_a_run_whose_next_stage_is_made_of_the_one_that_ended():
    seen = []

    def then(done: Making) -> Making:
        seen.append(done.snapshot().content)
        return Then(2, warnings=("second", "both"))

    chain = Chain(FakeRun(3, warnings=("first", "both"), title="the whole"), then)
    assert [step.index for step in chain.steps()] == [0, 1, 2, 0, 1]
    assert seen == [3]
    assert chain.title == "the whole"
    assert chain.warnings == ("first", "both", "second")
    assert chain.source.content == 0
    assert chain.snapshot().content == 2
    assert chain.picture(chain.snapshot()).size == (8, 8)


def test_a_chain_closed_in_its_first_stage_never_makes_the_second():
    first = FakeRun(3)
    steps = Chain(first, lambda done: pytest.fail("made")).steps()
    next(steps)
    steps.close()
    assert first.closed


def test_films_one_after_the_other_have_all_frames():
    runs = [finished(edit_run()), finished(edit_run("image"))]
    counts = [len(list(run.film.frames(16))) for run in runs]
    assert len(list(Films([run.film for run in runs]).frames(16))) == sum(counts)


def test_runs_without_a_film_chained_have_none():
    one = FakeRun(1)
    one.film = None
    assert Chain(one).film is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_film_goes_from_the_source_to_the_last_step(kind):
    run = finished(edit_run(kind, steps=5))
    frames = list(run.film.frames(48))
    assert len(frames) == 6
    assert {max(frame.size) for frame in frames} == {48}
    shades = [sum(frame.convert("L").tobytes()) for frame in frames]
    assert shades[-1] > shades[0]


class Walk(Filmed):
    """Colours from dark to light; notes what is drawn of it."""

    doing = title = "Walking"

    def __init__(self, total: int):
        super().__init__(SolidKind(), solid(0.0))
        self.total, self.now = total, solid(0.0)

    def steps(self):
        yield from self.filmed(self._walk())

    def _walk(self):
        for index in range(self.total):
            self.now = solid((index + 1) / self.total)
            yield FakeStep(index=index, total=self.total)

    def snapshot(self):
        return self.now


def solid(share: float):
    kind = SolidKind()
    return kind.read(b"solid " + bytes([round(255 * share)] * 3).hex().encode(), name="grey")


@pytest.mark.parametrize("total", [FRAMES - 2, FRAMES + 3, 2 * FRAMES + 7, 1000, 3000])
def test_the_film_of_a_long_run_is_even_and_little_is_drawn_in_vain(total):
    run = finished(Walk(total))
    shades = [frame.getpixel((0, 0))[0] for frame in run.film.frames(16)]
    assert FRAMES // 3 <= len(shades) <= FRAMES + 1
    assert run.kind.draws <= FRAMES + 2
    assert (shades[0], shades[-1]) == (0, 255)
    gaps = [after - before for before, after in pairwise(shades[:-1])]
    assert max(gaps) - min(gaps) <= 1  # of 255 levels


def test_the_film_of_a_stopped_edit_ends_with_the_state_that_is_kept():
    run = edit_run("image", steps=1000)
    steps = run.steps()
    next(steps)
    next(steps)
    steps.close()
    frames = list(run.film.frames(384))
    assert len(frames) == 2
    kept = kind_of("image").draw(run.snapshot(), Look(), 384)
    assert frames[-1].tobytes() == kept.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_shows_the_snapshot_and_nothing_while_there_is_none(kind):
    run = edit_run(kind)
    assert run.picture(None) is None
    assert max(run.picture(run.snapshot()).size) in (192, 384)


def tools(tmp_path) -> Tools:
    return Tools(prior=tiny_prior, folder=tmp_path / "work", device="cpu")


@pytest.mark.parametrize("kind", KINDS)
def test_orders_are_carried_out_and_name_what_they_make(kind, tmp_path):
    asset = ASSETS[kind]
    order = EditOrder(recipe=recipe_of(asset), asset=asset)
    assert (order.kind, order.source) == (kind, asset)
    assert (order.name, order.title) == ("thing to target", "source → target")
    made = finished(order.make_run(tools(tmp_path))).result
    again = RefineOrder(recipe=refined(order.recipe), asset=asset, edited=made.edited)
    assert (again.kind, again.source, again.name) == (kind, asset, order.name)
    assert again.title == "Refined: source → target"
    assert isinstance(finished(again.make_run(tools(tmp_path))).result, Made)


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_writes_the_files_of_an_output_and_then_has_them(kind, tmp_path):
    made = finished(edit_run(kind)).result
    output = kind_of(kind).outputs[0]
    order = ExportOrder(
        kind=kind,
        output=output.key,
        made=made,
        settings=output.Settings(),
        folder=tmp_path,
        stem="a b",
    )
    assert (order.name, order.source) == ("a b", None)
    assert order.title == f"{output.label}: a b"
    run = order.make_run(tools(tmp_path))
    assert isinstance(run, ExportRun)
    assert run.result is None
    assert run.snapshot() is None
    assert run.picture(None) is None
    finished(run)
    assert {path.parent for path in run.result.values()} == {tmp_path}
    assert all(path.stat().st_size for path in run.result.values())


def test_a_film_of_a_run_that_drew_no_frame_is_refused_with_a_sentence(tmp_path):
    made = replace(FakeRun(1).result or Made(edited=ASSETS["svg"]), film=FakeRun().film)
    output = kind_of("svg").output("film")
    with pytest.raises(Exception, match="no frames to write"):
        list(output.steps(made, output.Settings(), tmp_path))


def test_making_something_of_files_that_cannot_be_used_leaves_no_folder_behind(tmp_path):
    file = tmp_path / "capture.zip"
    file.write_bytes(b"no zip")
    order = MakeOrder(
        kind="nerf",
        files=(file,),
        asset_name="room",
        settings=kind_of("nerf").maker.Settings(),
    )
    assert (order.name, order.title, order.source) == ("room", "Fit of room", None)
    with pytest.raises((CaptureError, InputError)):
        order.make_run(tools(tmp_path))
    assert list((tmp_path / "work").iterdir()) == []


def test_nothing_random_is_taken_from_elsewhere():
    torch.manual_seed(1)
    one = finished(edit_run("nerf")).result.edited.data
    torch.manual_seed(2)
    assert finished(edit_run("nerf")).result.edited.data == one


class Steady:
    """A making of three steps."""

    doing, curve_label, warnings, quality = "Making", "", (), None

    def steps(self):
        yield from (FakeStep(index=index, total=3) for index in range(3))

    def snapshot(self):
        return solid(0.5)


class SteadyMaker(Maker):
    key, label, noun, endings = "make", "Make", "files", (".txt",)
    Settings = NoSettings

    def check(self, files):
        pass

    def inspect(self, path, *, work):
        raise AssertionError("nothing is inspected")

    def begin(self, files, settings, *, name, work, resume, device):
        return Steady()


class MadeKind(SolidKind):
    maker = SteadyMaker()


@pytest.mark.parametrize(("filmed", "frames"), [(True, 3), (False, 0)])
def test_a_making_is_filmed_only_where_someone_will_see_the_film(tmp_path, filmed, frames):
    kind = MadeKind()
    run = MakeRun(kind, [], NoSettings(), name="grey", work=tmp_path / "w", filmed=filmed)
    assert len(list(run.steps())) == 3
    assert (len(run.film), kind.draws) == (frames, frames)
    assert run.result is not None
