"""Packed rays show what dense ones show."""

import pytest
import torch

from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.render.packed import Samples, kernels_load, packed_rays
from pds.kinds.nerf.render.rays import render_rays
from pds.kinds.nerf.render.rendering import render
from pds.kinds.nerf.render.sampling import box_range
from tests.doubles.nerf_samples import soft_ball

STEP = 2 / 96


def steps_in_box(origins, directions, occupancy, step) -> Samples:
    """Even steps through the cube that fall into occupied cells, in plain PyTorch."""
    near, far, _ = box_range(origins, directions)
    starts = near[:, None] + step * torch.arange(int(4 / step))
    middles = starts + step / 2
    points = origins[:, None] + middles[..., None] * directions[:, None]
    wanted = occupancy.at(points.reshape(-1, 3)).view_as(starts) & (middles < far[:, None])
    return Samples(rays=wanted.nonzero()[:, 0], starts=starts[wanted], ends=(starts + step)[wanted])


def plain_weights(samples: Samples, density, rays: int):
    """Transmittance by a running sum over all samples, less what was before each ray."""
    optical = (density * (samples.ends - samples.starts)).double()
    total = optical.cumsum(0) - optical
    first = torch.searchsorted(samples.rays, torch.arange(rays)).clamp(max=len(total) - 1)
    within = total - total[first][samples.rays]
    return (torch.exp(-within) * (1 - torch.exp(-optical))).float()


def test_packed_rays_show_what_dense_rays_show():
    field = soft_ball(32)
    origins, directions = orbit(30, 20, distance=4, fov_deg=40, size_px=20).rays()
    occupancy = Occupancy(field)
    packed = packed_rays(
        field,
        origins,
        directions,
        occupancy,
        step=STEP,
        background=0.5,
        traverse=steps_in_box,
        weigh=plain_weights,
    )
    dense = render_rays(field, origins, directions, samples=128, background=0.5)
    for name, near in (("color", 0.02), ("opacity", 0.03)):
        assert torch.allclose(getattr(packed, name), getattr(dense, name), atol=near)
    solid = dense.opacity > 0.9
    assert torch.allclose(packed.depth[solid], dense.depth[solid], atol=0.03)
    outer = torch.randn(packed.color.shape, generator=torch.Generator().manual_seed(0))
    one = torch.autograd.grad(packed.color, field.color_raw, outer)[0]
    other = torch.autograd.grad(dense.color, field.color_raw, outer)[0]
    assert float((one - other).norm() / other.norm()) < 0.1


def test_without_a_cuda_device_no_kernels_are_looked_for():
    assert kernels_load() in ((False,) if not torch.cuda.is_available() else (False, True))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_dense_and_packed_equal_the_cpu():
    view = orbit(30, 20, distance=4, fov_deg=40, size_px=64)
    field = soft_ball(64)
    with torch.no_grad():
        expected = render(field, view, samples=192)
        field.to("cuda")
        dense = render(field, view, samples=192)
        occupancy = Occupancy(field)
        drawn = render(field, view, samples=192, occupancy=occupancy)
    assert torch.allclose(dense.image.cpu(), expected.image, atol=1e-3)
    assert torch.allclose(drawn.image.cpu(), expected.image, atol=0.02)
