"""What the networks of several papers share: initial weights, and the discriminator that reads a sentence."""

import torch
from torch import nn


def init_dcgan(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch-norm gains from N(1, 0.02): DCGAN, section 3. Use with `module.apply`."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def init_he(module: nn.Module) -> None:
    """He et al. 2015, https://arxiv.org/abs/1502.01852: keeps the variance of signals through leaky ReLUs."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, a=0.2, nonlinearity="leaky_relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class TextDiscriminator(nn.Module):
    """Images [N, channels, size, size], text [N, text_dim] of length 1 -> logits [N]: above 0 means "real, and what the text says".

    The matching-aware discriminator of GAN-CLS (Reed et al. 2016, section 4.2) and StackGAN: the image is reduced to 4x4, the text
    is repeated at every position, and both are convolved together. `logits` takes phi(x) instead of x, of as many images as texts or of one
    image for all texts, so that one image is scored with several sentences in one pass of phi; `logits_without_text` needs phi(x) alone.
    """

    def __init__(self, size: int, channels: int, width: int, text_dim: int, text_width: int = 128):
        super().__init__()
        layers, inside, side = [], channels, size
        while side > 4:
            outside = width if inside == channels else min(2 * inside, 512)
            layers += [nn.Conv2d(inside, outside, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
            inside, side = outside, side // 2
        self.scale = text_dim ** 0.5    # a vector of length 1 in many dimensions has tiny entries
        self.phi = nn.Sequential(*layers)
        self.text = nn.Sequential(nn.Linear(text_dim, text_width), nn.LeakyReLU(0.2, inplace=True))
        self.joint = nn.Sequential(nn.Conv2d(inside + text_width, inside, 3, 1, 1), nn.LeakyReLU(0.2, inplace=True),
                                   nn.Conv2d(inside, 1, side))
        self.alone = nn.Conv2d(inside, 1, side)
        self.apply(init_he)

    def forward(self, x: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        return self.logits(self.phi(x), text)

    def logits(self, phi: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        phi = phi.expand(len(text), -1, -1, -1)
        beside = self.text(text * self.scale)[:, :, None, None].expand(-1, -1, *phi.shape[2:])
        return self.joint(torch.cat([phi, beside], 1)).flatten()

    def logits_without_text(self, phi: torch.Tensor) -> torch.Tensor:
        return self.alone(phi).flatten()
