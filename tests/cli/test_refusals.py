"""The command line when something cannot be used: one sentence, exit code 2, nothing written."""

import json

import pytest

from pds.cli.files import read_asset
from pds.engine.distil import DistilSettings
from pds.engine.methods import PDS
from pds.kinds import KINDS
from pds.settings import Prompts
from pds.work.recipe import Recipe
from tests.doubles.cli_doubles import SVG, WORDS, ball, refused, write_ball

EDIT = ["edit", "{drawing}", *WORDS]
SCENE = ["edit", "{scene}", *WORDS]
REFINE = ["refine", "{edited}", "--quiet"]
EXPORT = ["export", "{scene}", "--frames", "2"]
FIT = ["fit", "{folder}"]
REFUSED = [
    (["edit", *WORDS], "nothing to edit"),
    (["edit", "{drawing}", "--source", "a cat"], "--target missing"),
    (["edit", "{drawing}"], "--source and --target missing; say what the drawing is"),
    (["edit", "{scene}"], "--source and --target missing; say what the scene is"),
    (["edit", "none.svg", *WORDS], "'none.svg' cannot be read: No such file"),
    (["edit", "nul\0.svg", *WORDS], "no possible name"),
    (["edit", "{folder}", *WORDS], "unknown ending; known are: .svg, .safetensors, .png"),
    (["edit", "{html}", *WORDS], "svg"),
    (["edit", "{entity}", *WORDS], "."),
    (["edit", "{png}", *WORDS], "PNG"),
    (["edit", "{empty}", *WORDS], "empty"),
    (["edit", "{noscene}", *WORDS], "not a scene"),
    (["edit", "{truncated}", *WORDS], "damaged or incomplete"),
    (["edit", "{nextversion}", *WORDS], "newer version"),
    (["edit", "{nopicture}", *WORDS], "picture"),
    ([*EDIT, "--target", "  "], "target prompt is empty"),
    ([*EDIT, "--source", "a \udcff"], "half a character"),
    ([*EDIT, "--target", "кошка"], "knows no word of"),
    ([*EDIT, "--steps", "0"], "steps is 0"),
    ([*EDIT, "--steps", "2.5"], "steps is 2.5; it must be a whole number"),
    ([*EDIT, "--guidance", "nan"], "guidance_scale is nan"),
    ([*EDIT, "--method", "magic"], "known are: pds, dds, sds"),
    ([*EDIT, "--move", "legs"], "known are: points"),
    ([*EDIT, "--move", ","], "Nothing may move"),
    ([*EDIT, "--lock", "tail"], "tail"),
    ([*EDIT, "--png-size", "9"], "from 16 to 4096"),
    ([*EDIT, "-o", "{html}"], "choose another folder"),
    ([*EDIT, "--prior", "nowhere"], "no prior 'nowhere'"),
    ([*EDIT, "--box", "0", "0", "0", "1", "1", "1"], "--box is an option of scenes; this is about"),
    ([*EDIT, "--no-mesh"], "--no-mesh is an option of scenes; this is about drawings"),
    ([*EDIT, "--method", "dds", "--stride", "3"], "--stride is an option of the method pds"),
    ([*SCENE, "--move", "points"], "known are: density, color"),
    ([*SCENE, "--box", "0", "0", "0", "1", "1", "0"], "box is empty"),
    ([*SCENE, "--box", "0", "0", "0", "1", "1", "nan"], "box is nan"),
    ([*SCENE, "--samples", "3"], "samples is 3"),
    ([*SCENE, "--size", "9"], "size_px is 9"),
    ([*SCENE, "--png-size", "64"], "--png-size is an option of drawings"),
    ([*SCENE, "--lock", "eye"], "--lock is an option of drawings"),
    (["edit", "{picture}", *WORDS, "--move", "points"], "--move is an option of drawings and sc"),
    (["edit", "--preset", "zebra"], "no preset 'zebra'; known are: "),
    (["edit", "{scene}", "--preset", "cat-dog-svg"], "The preset is for drawings;"),
    (["edit", "{scene}", "--recipe", "{recipe}"], "The recipe is for drawings;"),
    (["edit", "--recipe", "{html}"], "not valid JSON"),
    (["edit", "--recipe", "none.json"], "cannot be read"),
    (["edit", "--recipe", "{newer}"], "newer program"),
    (["edit", "--recipe", "{strange}"], "unknown keys: colour"),
    (["edit", "--recipe", "{orphan}"], "for another scene"),
    (["refine", "--quiet"], "--recipe is missing; name a folder written by edit"),
    (["refine", "--recipe", "{orphan}"], "--original is missing"),
    (["refine", "{folder}", "--quiet"], "recipe.json' cannot be read"),
    ([*REFINE, "--steps", "0"], "steps is 0"),
    ([*REFINE, "--noise-low", "0.9"], "noise_low is above"),
    ([*REFINE, "--rewriter", "magic"], "rewriter is 'magic'; known are: sdedit"),
    ([*REFINE, "--inversion-steps", "9"], "--inversion-steps is an option of the rewriter ddpm"),
    ([*REFINE, "--film-size", "9"], "film_px is 9"),
    ([*REFINE, "--png-size", "64"], "--png-size is an option of drawings"),
    ([*REFINE, "-o", "{html}"], "choose another folder"),
    ([*REFINE, "--prior", "nowhere"], "no prior 'nowhere'"),
    ([*REFINE, "--original", "{scene}"], "for another scene"),
    ([*REFINE, "--edited", "{html}"], "not a scene"),
    (["export", "{noscene}"], "not a scene"),
    (["export", "none.safetensors"], "cannot be read"),
    ([*EXPORT, "--size", "5000"], "size_px is 5000"),
    ([*EXPORT, "--film-size", "1"], "film_px is 1"),
    (["export", "{scene}", "--frames", "1"], "frames is 1"),
    ([*EXPORT, "--faces", "3"], "faces is 3"),
    ([*EXPORT, "--mesh-resolution", "3"], "mesh_resolution is 3"),
    ([*EXPORT, "--elevation", "91"], "elevation_deg is 91"),
    ([*EXPORT, "--view", "0", "91"], "elevation_deg is 91"),
    ([*EXPORT, "--view", "nan", "0"], "azimuth_deg is nan"),
    ([*EXPORT, "--look", "smell"], "look is 'smell'; known are: color"),
    ([*EXPORT, "-o", "{html}"], "choose another folder"),
    (["export", "{drawing}", "--mesh"], "--mesh is an option of scenes; this is about drawings"),
    (["export", "{drawing}", "--view", "0", "0"], "A drawing is flat"),
    (["fit", "nowhere"], "no file or folder 'nowhere'"),
    (["fit", "{drawing}"], "nothing that a scene is fitted to"),
    (["fit", "{picture}", "{folder}"], "is not a photo"),
    ([*FIT], "nothing to make a scene of"),
    ([*FIT, "-o", "{folder}"], "is a folder; name a file in it"),
    ([*FIT, "-o", "{out}/scene.zip"], "must end in .safetensors"),
    ([*FIT, "-o", "{html}/a.safetensors"], "choose another folder"),
    ([*FIT, "-o", "nul\0/a.safetensors"], "not a possible name"),
    ([*FIT, "--field", "hash"], "known are: auto, grid, planes"),
    ([*FIT, "--steps", "-1"], "steps is -1"),
    ([*FIT, "--minutes", "nan"], "minutes is nan"),
    ([*FIT, "--holdout", "1"], "holdout is 1"),
    ([*FIT, "--frames", "7"], "frames is 7"),
    ([*FIT, "--prompt", " "], "prompt is empty"),
    ([*FIT, "--device", "abacus"], "no device “abacus”"),
    ([*FIT, "--resume", "none.safetensors"], "'none.safetensors' cannot be read"),
    ([*FIT, "--resume", "{html}"], "not a scene"),
    (["contact-sheet", "-o", "{out}/a.png", "--presets", "zebra"], "no preset 'zebra'"),
    (["contact-sheet", "-o", "{out}/a.png", "--kind", "magic"], "kind is 'magic'"),
    (
        ["contact-sheet", "-o", "{out}/a.png", "--kind", "nerf", "--presets", "cat-dog-svg"],
        "no preset 'cat-dog-svg'; known are: cat-dog-nerf",
    ),
    (["contact-sheet", "-o", "{out}/a.png", "--methods", "magic"], "method is 'magic'"),
    (["contact-sheet", "-o", "{out}/a.png", "--methods", ","], "no method"),
    (["contact-sheet", "-o", "{out}/a.png", "--cell-px", "5"], "cell-px is 5"),
    (["contact-sheet", "-o", "{out}/a.png", "--steps", "0"], "steps is 0"),
    (["contact-sheet", "-o", "{html}/a.png"], "choose another folder"),
    (["contact-sheet", "-o", "{out}/a.png", "--presets", ","], "no preset to draw"),
    (["prior", "--prior", "nowhere"], "no prior 'nowhere'"),
]


def recipe_of(asset) -> Recipe:
    return Recipe.of(
        asset,
        Prompts(source="a cat", target="a dog"),
        method=PDS(),
        run=DistilSettings(steps=1),
    )


def write_files(folder, scene) -> dict:
    """Everything bad that a command may be given, by name."""
    drawing = recipe_of(KINDS["svg"].read(SVG.encode(), name="corner"))
    values = json.loads(drawing.to_json())
    orphan = json.loads(recipe_of(read_asset(scene)).to_json())
    orphan["asset"] = {"sha256": "0" * 64}
    checkpoint = scene.read_bytes()
    files = {
        "html": ("html.svg", b"<html></html>"),
        "empty": ("empty.svg", b""),
        "png": ("png.svg", b"\x89PNG"),
        "entity": ("entity.svg", f'<!DOCTYPE svg [<!ENTITY a SYSTEM "b">]>{SVG}'.encode()),
        "noscene": ("noscene.safetensors", b"<html></html>"),
        "truncated": ("truncated.safetensors", checkpoint[: len(checkpoint) // 2]),
        "nextversion": (
            "next.safetensors",
            checkpoint.replace(b'\\"version\\": 1', b'\\"version\\": 9', 1),
        ),
        "nopicture": ("no.png", b"<html></html>"),
        "newer": ("newer.json", json.dumps({**values, "version": 99}).encode()),
        "strange": ("strange.json", json.dumps({**values, "colour": 1}).encode()),
        "orphan": ("orphan.json", json.dumps(orphan).encode()),
        "recipe": ("recipe.json", drawing.to_json().encode()),
    }
    for name, data in files.values():
        (folder / name).write_bytes(data)
    edited = folder / "edited"
    source = write_ball(edited / "source.safetensors", radius=0.5)
    write_ball(edited / "edited.safetensors")
    (edited / "recipe.json").write_text(recipe_of(read_asset(source)).to_json())
    return {key: folder / name for key, (name, _) in files.items()} | {"edited": edited}


@pytest.fixture
def names(tmp_path, drawing, scene, picture):
    files = write_files(tmp_path, scene)
    files |= {"drawing": drawing, "scene": scene, "picture": picture}
    files |= {"folder": tmp_path / "folder", "out": tmp_path / "out"}
    files["folder"].mkdir()
    return files


@pytest.mark.parametrize(("argv", "part"), REFUSED)
def test_bad_input_is_refused_with_one_sentence(stage, names, capsys, argv, part):
    words = [word.format(**names) for word in argv]
    if "-o" not in argv and argv[0] != "prior":
        words += ["-o", str(names["out"] / ("a.safetensors" if "fit" in argv else ""))]
    assert stage(*words) == 2
    refused(capsys, part)
    assert not names["out"].exists() or list(names["out"].iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["paint"],
        ["scene"],
        ["scene", "paint"],
        ["edit", "a.svg", "--steps", "many"],
        ["edit", "a.svg", "--colour", "red"],
        ["edit", "a.svg", "--step", "3"],
        ["edit", "--preset", "a", "--recipe", "b"],
        ["edit", "a", "--box", "0", "0", "0", "1", "1"],
        ["edit", "a", "--box", "0", "0", "0", "1", "1", "one"],
        ["fit"],
        ["fit", "a", "--steps", "many"],
        ["refine", "a", "b"],
        ["export"],
        ["export", "a", "--view", "30"],
        ["export", "a", "--view", "front", "side"],
        ["inspect"],
        ["contact-sheet"],
    ],
)
def test_a_wrong_option_is_refused_with_one_line_that_names_the_help(stage, capsys, argv):
    with pytest.raises(SystemExit) as caught:
        stage(*argv)
    assert caught.value.code == 2
    refused(capsys, "--help")


def test_a_file_too_large_for_its_kind_is_refused(tmp_path, stage, capsys):
    large = tmp_path / "large.svg"
    with large.open("wb") as file:
        file.truncate(KINDS["svg"].max_bytes + 1)
    assert stage("edit", large, *WORDS, "-o", tmp_path / "out") == 2
    refused(capsys, "large.svg is larger than 20 MB, the most for a drawing")


def test_a_broken_preset_is_named(stage, tmp_path, capsys):
    file = tmp_path / "presets" / "cat-dog-svg" / "preset.json"
    for text, part in (
        ("{", "Preset cat-dog-svg: "),
        ("{}", "missing: "),
        (json.dumps({**json.loads(file.read_text()), "order": "x"}), "order must be a number"),
        (json.dumps({**json.loads(file.read_text()), "order": 1, "kind": "x"}), "kind is 'x'"),
        (json.dumps({**json.loads(file.read_text()), "description": 1}), "must be text"),
    ):
        before = file.read_text()
        file.write_text(text)
        assert stage("presets") == 2
        refused(capsys, part)
        file.write_text(before)


def test_a_scene_without_a_surface_has_no_mesh_and_says_so(stage, tmp_path, capsys):
    from pds.kinds.nerf.checkpoint import save_scene
    from pds.kinds.nerf.fields.grid_field import RAW_EMPTY

    empty = ball()
    empty.field.density_raw.data.fill_(RAW_EMPTY)
    path = tmp_path / "empty.safetensors"
    path.write_bytes(save_scene(empty))
    argv = ["--mesh", "--view", "0", "0", "--size", 32, "--mesh-resolution", 24, "--quiet"]
    assert stage("export", path, *argv, "-o", tmp_path / "out") == 1
    printed, said = capsys.readouterr()
    assert printed == f"{tmp_path / 'out' / 'view_0_0.png'}\n"
    assert said.startswith("mesh.glb was not written: ")
