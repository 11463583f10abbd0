"""What kind a generated image shows, as frozen ImageNet features see it: G learns from a reader of classes that real images taught.

AC-GAN (Odena et al. 2017, https://arxiv.org/abs/1610.09585) gives D such an output and AttnGAN (Xu et al. 2018,
https://arxiv.org/abs/1711.10485, section 3.2) a pretrained image encoder that must find the sentence. Here the reader is linear and trained
before the first step, on the same features that a projected discriminator looks at, so that it costs next to nothing.
"""

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import nn

from training.kit.imagenet import imagenet, linear_reader


class KindReader(nn.Module):
    """The coarsest map of EfficientNet-Lite0 [N, 320, s, s] -> logits of the classes, float32 [N, classes]. `labels` int64 [classes] are
    the data set's own numbers of these, in order."""

    def __init__(self, layer: nn.Linear, labels: torch.Tensor):
        super().__init__()
        self.pooled, self.layer = imagenet("lite0").head, layer
        self.register_buffer("labels", labels)

    def forward(self, coarsest: torch.Tensor) -> torch.Tensor:
        return self.layer(self.pooled(coarsest).mean((2, 3)).float())

    def loss(self, coarsest: torch.Tensor, labels: torch.Tensor, which: torch.Tensor) -> torch.Tensor:
        """The cross-entropy, in nats, of reading images as of their labels int64 [N]; the mean over those that `which`, bool [N], marks."""
        losses = F.cross_entropy(self(coarsest), torch.searchsorted(self.labels, labels), reduction="none")
        return (losses * which).sum() / which.sum().clamp(min=1)


@torch.no_grad()
def kind_reader(labels: torch.Tensor, batches: Iterable[tuple[torch.Tensor, torch.Tensor]],
                features: Callable[[torch.Tensor], list[torch.Tensor]]) -> KindReader:
    """A reader of the classes that occur among `labels` [N], taught by batches of real images and their labels. `features` takes images to
    their maps."""
    classes = labels.unique()
    reader = KindReader(nn.Linear(1, 1), classes)
    seen = [(reader.pooled(features(images)[-1]).mean((2, 3)).float(), own) for images, own in batches]
    with torch.enable_grad():
        reader.layer = linear_reader(torch.cat([x for x, _ in seen]), torch.searchsorted(classes, torch.cat([own for _, own in seen])))
    return reader.eval().requires_grad_(False)


def has_kinds(labels: torch.Tensor) -> bool:
    """Whether several pictures share a class, which is not so where each is one of its own for want of labels."""
    return len(labels.unique()) < len(labels)
