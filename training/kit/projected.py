"""Losses of a projected discriminator that reads texts (models/projected.py): hinge, the three kinds of pair of GAN-CLS, and images without
their texts, with the weight `plain`. Images come as the maps its heads look at (ProjectedDiscriminator.maps), texts as [N, text_dim]."""

import torch

from models import losses
from models.projected import ProjectedDiscriminator


def discriminator_loss(d: ProjectedDiscriminator, real: list[torch.Tensor], fake: list[torch.Tensor], right: torch.Tensor,
                       wrong: torch.Tensor, plain: float) -> torch.Tensor:
    """D's, summed over the heads; no gradient reaches the images."""
    seen_real, seen_fake = d.seen(real), d.seen([x.detach() for x in fake])
    matching = losses.matching_d_hinge(d.head_logits(seen_real, right), d.head_logits(seen_real, wrong), d.head_logits(seen_fake, right))
    alone = losses.d_loss_hinge(d.head_logits_without_text(seen_real), d.head_logits_without_text(seen_fake))
    return len(d.heads) * (matching + plain * alone)


def generator_loss(d: ProjectedDiscriminator, fake: list[torch.Tensor], text: torch.Tensor, plain: float) -> torch.Tensor:
    """G's, the mean of the heads."""
    seen = d.seen(fake)
    return losses.g_loss_hinge(d.head_logits(seen, text)) + plain * losses.g_loss_hinge(d.head_logits_without_text(seen))
