"""The scene: which numbers move, how far they may, what stays."""

from dataclasses import fields

import pytest
import torch

from pds.base.errors import SVGError
from pds.engine.parametric import View
from pds.kinds.svg.document import Document
from pds.kinds.svg.moves.parametric import SVGImage
from pds.kinds.svg.moves.regularisers import crossing
from pds.kinds.svg.settings import MOVABLE, SVGSettings
from pds.kinds.svg.shapes import Parameters
from tests.doubles.svg_samples import FEATURES, ICON, svg

RICH = FEATURES["linear gradients"].replace(
    "</svg>",
    '<g id="g" opacity=".5"><path id="a" d="M8 8C20 0 40 60 50 50z" fill="#3a6" stroke="#222" '
    'stroke-width="2"/><rect id="b" x="30" y="30" width="20" height="20" fill="#c20"/></g></svg>',
)


def scene(text: str = RICH, *, seed: int = 0, **settings) -> SVGImage:
    settings.setdefault("resolution_px", 32)
    return SVGImage(
        Document.read(text.encode()),
        SVGSettings(**settings),
        size_px=64,
        device="cpu",
        generator=torch.Generator().manual_seed(seed),
    )


def push(subject: SVGImage, value: float) -> None:
    """Moves every leaf by a large step and projects."""
    with torch.no_grad():
        for group in subject.parameter_groups():
            for leaf in group.parameters:
                leaf.add_(value)
    subject.project()


def test_groups_are_those_that_may_move():
    assert {group.name for group in scene().parameter_groups()} == set(MOVABLE)
    for name in MOVABLE:
        assert {group.name for group in scene(move=(name,)).parameter_groups()} == {name}


def test_learning_rates_are_thousandths_of_canvas_and_range():
    rates = {
        g.name: g.learning_rate
        for g in scene(points_rate=4.0, color_rate=30.0, width_rate=2.0).parameter_groups()
    }
    assert rates["points"] == pytest.approx(0.004)
    assert rates["fill"] == rates["stroke"] == pytest.approx(0.03)
    assert rates["stroke_width"] == pytest.approx(0.002)


def test_a_rate_of_zero_leaves_the_group_out():
    assert "points" not in {group.name for group in scene(points_rate=0.0).parameter_groups()}


@pytest.mark.parametrize(
    ("move", "tables"),
    [
        ("points", {"points"}),
        ("fill", {"colors"}),
        ("stroke", {"colors"}),
        ("opacity", {"opacities"}),
        ("stroke_width", {"widths"}),
        ("gradient", {"stop_colors", "stop_opacities"}),
    ],
)
def test_only_what_may_move_moves(move, tables):
    subject = scene(move=(move,))
    before = subject.parameters().detach()
    push(subject, -0.05)
    after = subject.parameters().detach()
    changed = {
        f.name
        for f in fields(Parameters)
        if not torch.equal(getattr(before, f.name), getattr(after, f.name))
    }
    assert changed == tables


def test_fill_and_stroke_are_told_apart():
    subject = scene(move=("stroke",))
    base = subject.parameters().colors.detach()
    push(subject, 0.3)
    differs = (subject.parameters().colors.detach() - base).abs().amax(dim=1) > 0
    strokes = {x.paint.color for x in subject.document.drawing.layers() if x.stroke is not None}
    assert set(differs.nonzero().flatten().tolist()) == strokes


def test_rendering_is_pure_and_starts_as_the_source():
    subject = scene()
    view = subject.views()[0]
    first, second = subject.render(view), subject.render(view)
    assert first.shape == (1, 3, 32, 32)
    assert torch.equal(first, second)
    assert torch.equal(first.detach(), subject.source(view))
    assert not subject.source(view).requires_grad
    assert subject.source(view) is subject.source(view)


def test_the_size_is_that_of_the_prior_unless_set():
    assert scene(resolution_px=0).render(View()).shape == (1, 3, 64, 64)


def test_a_step_down_the_gradient_lowers_the_loss_and_the_source_stays():
    subject = scene(supersample=2)
    view = subject.views()[0]
    source = subject.source(view).clone()
    target = torch.full_like(source, 0.5)
    groups = subject.parameter_groups()
    optimizer = torch.optim.Adam(
        [{"params": list(g.parameters), "lr": g.learning_rate} for g in groups]
    )
    losses = []
    for _ in range(6):
        optimizer.zero_grad()
        loss = (subject.render(view) - target).square().mean() + 0 * subject.regulariser()
        loss.backward()
        for group in groups:
            for leaf in group.parameters:
                assert torch.isfinite(leaf.grad).all()
        optimizer.step()
        subject.project()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert torch.equal(subject.source(view), source)


@pytest.mark.parametrize("value", [-9.0, 9.0])
def test_projection_brings_everything_back_into_range(value):
    subject = scene()
    push(subject, value)
    now = subject.parameters().detach()
    assert now.colors.min() >= 0
    assert now.colors.max() <= 1
    assert now.stop_colors.min() >= 0
    assert now.stop_colors.max() <= 1
    assert now.opacities.min() >= 0.02 - 1e-6
    assert now.opacities.max() <= 1
    assert now.widths.min() > 0
    points = now.points[subject.document.drawing.point_element >= 0]
    assert points.min() >= -6.4 - 1e-3
    assert points.max() <= 70.4 + 1e-3
    assert subject.render(View()).isfinite().all()
    assert Document.read(subject.svg()).drawing.layers()


def test_points_that_were_further_out_are_not_pulled_in():
    subject = scene(svg('<path id="p" d="M-500 10H40V50z"/>'))
    subject.project()
    assert subject.svg() == subject.document.write()
    push(subject, -1.0)
    assert subject.parameters().points[0, 0] == -500
    push(subject, 2.0)
    assert subject.parameters().points[0, 0] > -440


def test_a_source_fainter_than_the_floor_stays_as_faint():
    subject = scene(svg('<rect width="30" height="30" fill-opacity=".005"/>'))
    push(subject, -1.0)
    assert subject.parameters().opacities.item() == pytest.approx(0.005)


def test_displacements_are_in_canvas_sides_whatever_the_transform():
    body = '<g transform="translate(9 9) rotate(90) scale(2)"><path d="M0 0h9v9z"/></g>'
    subject = scene(svg(body, box="0 0 100 50"), move=("points",))
    before = subject.parameters().points.detach()
    ((leaf,),) = (group.parameters for group in subject.parameter_groups())
    with torch.no_grad():
        leaf[:, 0] = 0.02
    matrix = subject.document.drawing.layers()[0].matrix[:, :2].float()
    step = (subject.parameters().points.detach() - before) @ matrix.T
    torch.testing.assert_close(step, torch.tensor([[2.0, 0.0]] * 3), atol=1e-4, rtol=0)


@pytest.mark.parametrize("locked", ["a", "g"])
def test_locked_elements_and_what_they_hold_do_not_move_at_all(locked):
    subject = scene(locked_ids=(locked,))
    before = subject.parameters().detach()
    push(subject, 0.02)
    after = subject.parameters().detach()
    drawing = subject.document.drawing
    held = {"a": {"a"}, "g": {"a", "b"}}[locked]
    for layer in drawing.layers():
        if drawing.elements[layer.element].id in held:
            rows = layer.outline.indices.flatten()
            assert torch.equal(after.points[rows], before.points[rows])
            color = layer.paint.color
            assert torch.equal(after.colors[color], before.colors[color])
            opacities = list(layer.opacities)
            assert torch.equal(after.opacities[opacities], before.opacities[opacities])
            if layer.stroke:
                assert after.widths[layer.stroke.width] == before.widths[layer.stroke.width]
        elif drawing.elements[layer.element].id == "b":
            assert not torch.equal(after.points[layer.outline.indices[0]],
                                   before.points[layer.outline.indices[0]])  # fmt: skip
    group = drawing.items[-1]
    assert after.opacities[group.opacities[0]] == before.opacities[group.opacities[0]]
    assert not torch.equal(after.stop_colors, before.stop_colors)


def test_a_locked_gradient_shape_locks_the_stops_it_shares():
    text = FEATURES["linear gradients"].replace("<circle", '<circle id="c"')
    names = {group.name for group in scene(text, locked_ids=("c",)).parameter_groups()}
    assert names == {"points", "opacity"}


def test_an_unknown_id_is_refused_with_those_there_are():
    with pytest.raises(SVGError, match=r"'nose'.*sky, back, sun, disc, smile"):
        scene(ICON, locked_ids=("disc", "nose"))
    with pytest.raises(SVGError, match="no ids at all"):
        scene(FEATURES["holes"], locked_ids=("nose",))


def test_a_drawing_in_which_nothing_can_move_is_refused():
    with pytest.raises(SVGError, match="Nothing in this drawing can move"):
        scene(ICON, locked_ids=("sky", "sun"))
    with pytest.raises(SVGError, match="gradient"):
        scene(ICON, move=("gradient",))


def test_extra_paths_are_part_of_the_target_only():
    subject = scene(extra_paths=3, subdivide=1)
    plain = scene()
    view = View()
    assert torch.equal(subject.source(view), plain.source(view))
    assert not torch.equal(subject.render(view).detach(), subject.source(view))
    assert b"extra-3" in subject.svg()
    assert subject.document.subdivisions == 1


def test_an_unmoved_scene_writes_the_file_as_it_was_and_a_moved_one_reads_back():
    subject = scene()
    assert subject.svg() == subject.document.write()
    push(subject, 0.03)
    again = Document.read(subject.svg())
    torch.testing.assert_close(
        again.parameters.colors, subject.parameters().colors.double(), atol=0.51 / 255, rtol=0
    )


def test_numbers_that_are_not_finite_are_refused_in_writing():
    subject = scene()
    with torch.no_grad():
        subject.parameter_groups()[0].parameters[0][0] = float("nan")
    with pytest.raises(SVGError, match="not finite"):
        subject.svg()


def coupling_of(subject: SVGImage):
    (points,) = [g for g in subject.parameter_groups() if g.name == "points"]
    return points.coupling


def test_points_hang_together_along_their_subpath_and_not_beyond():
    two = (
        '<path d="M4 4H20V20Z M30 30C40 30 50 40 50 50L30 50Z"/><path id="c" d="M50 4L60 4L60 9"/>'
    )
    coupling = coupling_of(scene(svg(two)))
    assert torch.bincount(coupling.blocks).tolist() == [3, 5, 3]
    first, second = coupling.blocks[coupling.pairs].unbind(1)
    assert torch.equal(first, second)
    assert torch.equal(coupling.pairs, coupling.pairs.unique(dim=0))
    # Closed: as many edges as points; the open line has one less.
    assert torch.bincount(first).tolist() == [3, 5, 2]


def test_locked_points_hang_together_with_nothing():
    two = '<path id="a" d="M4 4H20V20Z"/><path d="M30 30H50V50Z"/>'
    coupling = coupling_of(scene(svg(two), locked_ids=("a",)))
    assert coupling.blocks.tolist() == [0, 0, 0]
    assert len(coupling.pairs) == 3


def test_the_channels_of_a_colour_hang_together_and_opacities_do_not():
    found = {g.name: (g.coupling, len(g.parameters[0])) for g in scene().parameter_groups()[::-1]}
    for name in ("fill", "stroke", "gradient"):
        coupling, rows = found[name]
        assert coupling.blocks.tolist() == list(range(rows))
        assert coupling.passes == 0
    assert found["opacity"][0] is found["stroke_width"][0] is None


def test_without_coherence_each_number_moves_for_itself():
    groups = scene(coherence=0).parameter_groups()
    assert [g.coupling for g in groups] == [None] * len(groups)


def test_the_regulariser_is_zero_with_zero_gradient_at_the_start():
    subject = scene()
    penalty = subject.regulariser()
    penalty.backward()
    leaf = subject.parameter_groups()[0].parameters[0]
    assert penalty.item() == 0
    assert leaf.grad.abs().max() == 0


def test_moving_all_points_alike_costs_nothing_and_apart_costs():
    subject = scene(crossing_weight=0.0)
    leaf = subject.parameter_groups()[0].parameters[0]
    with torch.no_grad():
        leaf[:] = torch.tensor([0.01, 0.02])
    assert subject.regulariser().item() == pytest.approx(0.0, abs=1e-9)
    with torch.no_grad():
        leaf[::2] += 0.01
    assert subject.regulariser().item() > 1e-3


def test_the_regulariser_counts_crossings_beyond_the_source():
    control = [(0.0, 0.0), (2.0, 1.0), (-1.0, 1.0), (1.0, 0.0)]
    crossed = " ".join(f"{32 + 10 * x} {32 + 10 * y}" for x, y in control)
    subject = scene(svg(f'<path d="M{crossed[:9]}C{crossed[10:]}"/>'), smoothness_weight=0.0)
    assert subject.regulariser().item() == 0


def test_the_regulariser_is_off_without_weights_or_moving_points():
    assert scene(crossing_weight=0.0, smoothness_weight=0.0).regulariser() is None
    assert scene(move=("fill",)).regulariser() is None


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ([(0, 0), (0, 1), (1, 1), (1, 0)], 0.0),  # an arch
        ([(0, 0), (1, 0), (1, 1), (2, 1)], 0.0),  # an S: CD runs along AB
        ([(0, 0), (1, 0), (1, 1), (1, 0.5)], 1.0),  # turns left, then CD turns back to the right
        ([(0, 0), (1, 0), (1, 1), (0, 0)], 2**-0.5),
        ([(0, 0), (0, 0), (1, 1), (1, 1)], 0.0),  # handles of no length
    ],
)
def test_crossing_is_the_sine_of_turning_back(control, value):
    points = torch.tensor([*control, *[(-x, y) for x, y in control]], dtype=torch.float64)
    found = crossing(points, torch.arange(8).reshape(2, 4))  # the mirror image crosses alike
    torch.testing.assert_close(found, torch.tensor([value, value], dtype=torch.float64))
