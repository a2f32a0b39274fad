"""Rendering whose gradient takes little memory: drawn without a graph, drawn again in patches.

Forward draws the view and keeps nothing but the field and the camera. Backward draws it again,
patch by patch, each with its graph, and adds up the parameters' gradients. It costs one more
drawing and bounds the graph to one patch, about 400 bytes for each of its points.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.render.rays import render_rays
from pds.kinds.nerf.render.rendering import rays_of


class _TwoPass(torch.autograd.Function):
    """Colours of rays; the gradient goes to the parameters, drawn again in backward."""

    @staticmethod
    def forward(ctx, draw, patches, *parameters):
        ctx.draw, ctx.patches = draw, patches
        ctx.save_for_backward(*parameters)
        return torch.cat([draw(*patch) for patch in patches])

    @staticmethod
    def backward(ctx, grad):
        parameters = ctx.saved_tensors  # raises if one was changed in place since
        wanted = [one for one, needed in zip(parameters, ctx.needs_input_grad[2:]) if needed]
        totals = [torch.zeros_like(one) for one in wanted]
        start = 0
        for patch in ctx.patches:
            with torch.enable_grad():
                color = ctx.draw(*patch)
            part = grad[start : start + len(color)]
            start += len(color)
            if not color.requires_grad:  # nothing of the field is in this patch
                continue
            found = torch.autograd.grad(color, wanted, part, allow_unused=True)
            for total, one in zip(totals, found):
                if one is not None:
                    total += one
        rest = iter(totals)
        return None, None, *(next(rest) if n else None for n in ctx.needs_input_grad[2:])


def two_pass_render(
    field: Field,
    camera: Camera,
    *,
    patch_px: int,
    samples: int = 0,
    background: float = 1.0,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "1 3 height width"]:
    """The image of `rendering.render`, with a gradient that needs little memory.

    The field must not change between forward and backward.

    Args:
        field: what is drawn.
        camera: from where.
        patch_px: a patch has patch_px^2 pixels, which run on row by row.
        samples: points a ray; 0 takes the field's own number.
        background: grey in [0, 1] behind a bounded field.
        generator: jitters the points, in backward as in forward; None takes the middles.
    """
    origins, directions = rays_of(field, camera)
    size = patch_px * patch_px
    seeds = [
        None if generator is None else int(torch.randint(2**62, (), generator=generator))
        for _ in range(0, len(origins), size)
    ]
    patches = list(zip(origins.split(size), directions.split(size), seeds))

    def draw(places, towards, seed):
        chance = None if seed is None else torch.Generator().manual_seed(seed)
        return render_rays(
            field, places, towards, samples=samples, background=background, generator=chance
        ).color

    color = _TwoPass.apply(draw, patches, *field.parameters())
    return color.view(camera.height, camera.width, 3).permute(2, 0, 1)[None]
