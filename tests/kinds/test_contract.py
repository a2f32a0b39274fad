"""The contract of a kind, held by every kind there is, and by one made up in a short file."""

import copy
import itertools
import pickle
from pathlib import Path

import pytest
import torch
from PIL import Image

from pds.base.errors import ConfigError, InputError
from pds.base.film import Film
from pds.engine.distil import DistilSettings, distil
from pds.engine.methods import PDS
from pds.kinds import KINDS, kind_of, kind_of_file
from pds.kinds.kind import Look
from pds.kinds.nerf.scene_asset import scene_asset
from pds.kinds.output import Made
from pds.settings import Settings
from tests.doubles.scene_doubles import ball_scene
from tests.doubles.solid_kind import SolidKind
from tests.doubles.work_doubles import PROMPTS, file_of, picture_bytes, tiny_prior

ALL = {**dict(KINDS), "solid": SolidKind()}
FILES = {key: b"solid 333333" if key == "solid" else file_of(key) for key in ALL}
# Quick ones of the outputs that draw much.
SMALL = {"film_px": 32, "frames": 2, "size_px": 32, "mesh_resolution": 16, "capture_px": 32}


@pytest.fixture(params=ALL)
def kind(request):
    return ALL[request.param]


@pytest.fixture
def asset(kind):
    return kind.read(FILES[kind.key], name="thing")


def quick(kind) -> Settings:
    return kind.Settings.take({"view_words": False, "samples": 16, "resolution_px": 16})


def moving_of(kind, asset, *, start=None, settings=None):
    generator = torch.Generator().manual_seed(0)
    options = {"size_px": 16, "device": "cpu", "generator": generator, "start": start}
    return kind.parametric(asset, settings or quick(kind), **options)


def edit(kind, moving, steps=4):
    settings = DistilSettings(steps=steps)
    method = PDS(guidance_scale=1, identity_weight=0)
    yield from distil(moving, tiny_prior(), PROMPTS, method, settings)


def reached(kind, moving):
    return kind.snapshot(moving, name="result", prompts=PROMPTS)


def test_its_facts_are_complete(kind):
    assert kind.label[0].isupper()
    assert kind.noun == kind.noun.lower()
    assert all(ending.startswith(".") and ending == ending.lower() for ending in kind.endings)
    assert issubclass(kind.Settings, Settings)
    assert kind.max_bytes > 0
    assert kind.asset_field
    assert kind.settings_field
    assert len(kind.examples) == 2
    assert "color" in kind.looks


def test_its_outputs_have_names_of_their_own(kind):
    keys = [output.key for output in kind.outputs]
    files = [file.key for output in kind.outputs for file in output.files]
    assert len(set(keys)) == len(keys)
    assert len(set(files)) == len(files)
    assert {"recipe", "source", "film"} <= set(keys)
    for output in kind.outputs:
        assert kind.output(output.key) is output
    with pytest.raises(ConfigError, match=f"known are: {', '.join(keys)}"):
        kind.output("nonsense")


def test_what_it_writes_it_reads_as_the_same(kind, asset):
    again = kind.read(asset.data, name="thing")
    assert again.key == asset.key
    assert (asset.kind, asset.name) == (kind.key, "thing")


def test_the_key_of_an_edited_asset_is_that_of_its_file(kind, asset):
    moving = moving_of(kind, asset)
    list(edit(kind, moving))
    result = reached(kind, moving)
    assert kind.read(result.data, name="result").key == result.key != asset.key


@pytest.mark.parametrize("data", [b"", b"\0", b"<svg", b"solid", bytes(range(256)), b"{" * 99])
def test_what_is_none_of_its_files_is_refused_with_a_sentence(kind, data):
    with pytest.raises(InputError) as caught:
        kind.read(data, name="thing")
    assert str(caught.value).rstrip().endswith((".", ")"))


def test_it_is_put_into_a_recipe_and_taken_out_if_it_is_embedded(kind, asset):
    text = kind.embed(asset)
    if not kind.embedded:
        assert text == ""
        with pytest.raises(InputError):
            kind.unembed("anything")
        return
    assert kind.read(kind.unembed(text), name="thing").key == asset.key


def test_it_is_drawn_at_the_asked_size_on_white(kind, asset):
    for look in (Look(), Look(along=0.3), Look(azimuth_deg=40, elevation_deg=10)):
        drawn = kind.draw(asset, look, 24)
        assert drawn.mode == "RGB"
        assert max(drawn.size) == 24
    for what in kind.looks:
        assert max(kind.draw(asset, Look(what=what), 24).size) == 24
    assert max(kind.draw(asset, kind.home(asset), 32).size) == 32
    assert max(kind.preview(asset, 5, 32).size) == 32


def test_a_size_out_of_range_is_refused(kind, asset):
    with pytest.raises(ConfigError):
        kind.draw(asset, Look(), 0)


def test_the_source_of_an_edit_is_what_was_read_and_stays_as_it_is(kind, asset):
    moving = moving_of(kind, asset)
    view = moving.views()[0]
    before = (asset.key, kind.draw(asset, Look(), 24).tobytes(), moving.source(view).clone())
    torch.testing.assert_close(moving.render(view).detach(), moving.source(view), atol=2e-3, rtol=0)
    list(edit(kind, moving))
    assert torch.equal(moving.source(view), before[2])
    assert kind.read(asset.write(asset.content), name="thing").key == before[0]
    assert kind.draw(asset, Look(), 24).tobytes() == before[1]


def test_an_edit_moves_it_towards_the_words(kind, asset):
    moving = moving_of(kind, asset)
    view = moving.views()[0]
    before = moving.render(view).mean().item()
    list(edit(kind, moving, steps=8))
    assert moving.render(view).mean().item() > before + 0.005


def test_a_snapshot_of_a_running_edit_never_changes_afterwards(kind, asset):
    moving = moving_of(kind, asset)
    steps = edit(kind, moving)
    next(steps)
    early = reached(kind, moving)
    untouched = copy.deepcopy(early.content)
    picture = kind.draw(early, Look(), 24).tobytes()
    list(steps)
    late = reached(kind, moving)
    assert kind.draw(early, Look(), 24).tobytes() == picture
    # Written only now: the bytes are those of the moment.
    assert early.data == early.write(untouched)
    assert late.data != early.data


def test_an_edit_goes_on_from_where_another_one_ended(kind, asset):
    moving = moving_of(kind, asset)
    list(edit(kind, moving))
    edited = reached(kind, moving)
    again = moving_of(kind, asset, start=edited)
    view = again.views()[0]
    torch.testing.assert_close(again.render(view), moving.render(view), atol=5e-3, rtol=0)
    torch.testing.assert_close(again.source(view), moving.source(view))


def test_an_edit_does_not_go_on_from_another_asset(kind, asset):
    if kind.key == "solid":  # all colours belong together
        return
    others = {
        "svg": file_of("svg").replace(b"0 0 8 8", b"0 0 9 9"),
        "image": picture_bytes(5, 5),
        "nerf": scene_asset(ball_scene(resolution=8), name="x").data,
    }
    other = kind.read(others[kind.key], name="other")
    with pytest.raises(InputError, match="is not one of the source"):
        moving_of(kind, asset, start=other)


def test_the_parameters_are_leaves_that_take_part(kind, asset):
    moving = moving_of(kind, asset)
    groups = moving.parameter_groups()
    assert groups
    assert all(p.is_leaf and p.requires_grad for group in groups for p in group.parameters)
    assert len({group.name for group in groups}) >= 1
    moving.render(moving.views()[0]).mean().backward()
    gradients = [p.grad for group in groups for p in group.parameters if p.grad is not None]
    assert any(bool(gradient.abs().sum() > 0) for gradient in gradients)


def test_an_asset_goes_through_another_process(kind, asset):
    again = pickle.loads(pickle.dumps(asset))
    assert again.key == asset.key
    assert kind.draw(again, Look(), 24).tobytes() == kind.draw(asset, Look(), 24).tobytes()


def test_a_name_of_its_own_shares_everything_else(kind, asset):
    twin = asset.named("other")
    assert (twin.name, twin.key) == ("other", asset.key)
    assert twin.content is asset.content
    assert asset.named("thing") is asset


def made_of(kind, asset, *, bare=False) -> Made:
    moving, film = moving_of(kind, asset), Film(8)
    film.add(0, kind.draw(asset, Look(), 64))
    list(edit(kind, moving))
    result = reached(kind, moving)
    film.add(1, kind.draw(result, Look(), 64))
    if bare:
        return Made(edited=result)
    return Made(source=asset, edited=result, recipe='{"version": 2}', film=film)


@pytest.mark.slow
@pytest.mark.parametrize("stem", ["", "a cat to a dog"])
def test_every_output_writes_what_it_says_and_its_files_can_be_opened(kind, asset, tmp_path, stem):
    made = made_of(kind, asset)
    for output in kind.outputs:
        assert output.offered(made)
        steps = list(output.steps(made, output.Settings.take(SMALL), tmp_path, stem=stem))
        assert [step.index for step in steps] == list(range(steps[-1].total))
        paths = output.paths(tmp_path, stem=stem)
        assert set(paths) == {file.key for file in output.files}
        for file in output.files:
            path = paths[file.key]
            assert path.name == (f"{stem}{file.tail}{file.ending}" if stem else file.plain)
            assert path.suffix == file.ending
            can_be_opened(kind, path)
    written = sum(len(output.files) for output in kind.outputs)
    assert len(list(tmp_path.iterdir())) == written


def can_be_opened(kind, path: Path) -> None:
    data = path.read_bytes()
    if path.suffix in (".png", ".webp"):
        with Image.open(path) as picture:
            picture.load()
    elif path.suffix in kind.endings:
        assert kind.read(data, name="again").kind == kind.key
    begins = {".mp4": data[4:8] == b"ftyp", ".glb": data[:4] == b"glTF", ".ply": data[:3] == b"ply"}
    begins |= {".zip": data[:2] == b"PK", ".json": data[:1] == b"{"}
    assert begins.get(path.suffix, True)


def test_what_there_is_nothing_for_is_not_offered(kind, asset):
    made = made_of(kind, asset, bare=True)
    offered = {output.key for output in kind.outputs if output.offered(made)}
    assert not {"recipe", "source", "film"} & offered
    assert offered


def test_kinds_are_found_by_name_and_by_the_ending_of_a_file():
    for key, kind in KINDS.items():
        assert kind_of(key) is kind
        assert kind.key == key
        for ending in kind.endings:
            assert kind_of_file(f"/a/b{ending.upper()}") is kind
    with pytest.raises(ConfigError, match="known are: svg, nerf, image"):
        kind_of("solid")
    with pytest.raises(InputError, match=r"'b.doc' has an unknown ending; known are: .svg"):
        kind_of_file("/a/b.doc")


def test_no_two_kinds_share_a_name_or_an_ending():
    for one, other in itertools.combinations(KINDS.values(), 2):
        assert one.asset_field != other.asset_field
        assert one.settings_field != other.settings_field
        assert not set(one.endings) & set(other.endings)
