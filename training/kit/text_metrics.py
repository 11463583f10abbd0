"""How well sentences and images agree, as pure functions of embeddings, float [N, dim] of length 1."""

import torch
from torch import Tensor


def class_queries(embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """One query per class, the mean embedding of all its sentences as in Reed et al. 2016, section 5: (queries [K, dim], classes [K])."""
    classes = labels.unique()
    return torch.stack([embeddings[labels == c].mean(0) for c in classes]), classes


def average_precision_at(queries: Tensor, classes: Tensor, images: Tensor, labels: Tensor, k: int = 50) -> float:
    """AP@k: of the k images nearest to a class's query, the share that are of the class; averaged over classes."""
    k = min(k, len(images))
    nearest = labels[(queries @ images.T).topk(k, 1).indices]
    return (nearest == classes[:, None]).float().mean().item()


def zero_shot_accuracy(queries: Tensor, classes: Tensor, images: Tensor, labels: Tensor) -> float:
    """The share of images whose nearest class query is that of their class; averaged over classes as in the paper."""
    right = classes[(images @ queries.T).argmax(1)] == labels
    return torch.stack([right[labels == c].float().mean() for c in classes]).mean().item()


def recall_at(sentences: Tensor, owners: Tensor, images: Tensor, k: int) -> float:
    """The share of sentences [M, dim] whose own image (owners [M]) is among the k nearest of all images."""
    cosines = sentences @ images.T
    return ((cosines > cosines.gather(1, owners[:, None])).sum(1) < k).float().mean().item()


def r_precision(images: Tensor, right: Tensor, others: Tensor, k: int = 1, candidates: int = 100, seed: int = 0) -> float:
    """The share of images [N, dim] whose own sentence (right [N, dim]) is among the k nearest of `candidates` sentences: itself and
    others drawn at random from others [M, dim]."""
    chance = torch.Generator().manual_seed(seed)
    drawn = others[torch.randint(len(others), (len(images), candidates - 1), generator=chance)]
    own = (images * right).sum(1, keepdim=True)
    return ((torch.einsum("nd,ncd->nc", images, drawn) > own).sum(1) < k).float().mean().item()


def r_precisions(images: Tensor, right: Tensor, others: Tensor) -> dict[str, float]:
    """r_precision for the nearest sentence and for the five nearest, for metrics.json."""
    return {f"top{k}": r_precision(images, right, others, k) for k in (1, 5)}


def mean_distance(features: Tensor) -> float:
    """Mean distance between different rows of features [N, F]."""
    return torch.pdist(features).mean().item()


def nearest_distance(features: Tensor, others: Tensor) -> Tensor:
    """For each row of features [N, F] the distance to the nearest of others [M, F]: [N]."""
    return torch.cdist(features, others).min(1).values


def nearest_pairs(features: Tensor) -> list[float]:
    """Deciles (0 to 10) of the distance from each row of features [N, F] to its nearest other row: a collapse shows as zeros."""
    distances = torch.cdist(features, features).fill_diagonal_(torch.inf).min(1).values
    return torch.quantile(distances, torch.linspace(0, 1, 11, device=features.device)).tolist()
