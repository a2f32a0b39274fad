"""The judge that learned from photographs."""

import pytest
import torch
from torch import nn

from pds.training.efficientnet import FILE, Features, PrototypeJudge
from pds.training.errors import TrainingDataError


def test_the_stored_network_is_read_and_its_features_have_unit_length(tmp_path):
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    net = Features()
    torch.save({**net.state_dict(), "_fc.bias": torch.zeros(3)}, path)
    again = Features.load(tmp_path)
    images = torch.rand((2, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    found = again(images)
    assert found.shape == (2, 4 * (80 + 112))
    torch.testing.assert_close(found.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(found, net.eval()(images))
    with pytest.raises(TrainingDataError, match="fetch the package again"):
        Features.load(tmp_path / "none")


class _Colour(nn.Module):
    """The mean colour as features."""

    def forward(self, images):
        return nn.functional.normalize(images.mean((2, 3)))


def test_a_picture_is_named_by_the_thing_that_it_is_most_like():
    red, blue = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    red[:, 0], blue[:, 2] = 1, 1
    judge = PrototypeJudge(_Colour(), torch.cat([red, red * 0.5, blue]), [0, 0, 1], 2)
    pinkish = red + 0.2
    assert judge(torch.cat([pinkish, blue])).argmax(1).tolist() == [0, 1]
