"""Trains the text encoders (models/text/): Reed et al. 2016, https://arxiv.org/abs/1605.05395.

Three encoders meet in one space: characters, sentences, images. In each batch every image brings one text, and both text encoders must
find the image, and the image the text, among the others (InfoNCE, https://arxiv.org/abs/1807.03748). Other images of the same class are
left out: their texts often fit as well.

What is frozen is computed once: pooled ImageNet features of several crops of each image (training/kit/image_views.py), and what the
language model of earlier weights makes of every text (training/kit/text_pool.py). Only the layers on top and the character encoder
learn. Texts are captions, captions with misspellings, captions with the name of the class in them, and names alone.
"""

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from models import losses
from models.card import Card
from models.checkpoint import WEIGHTS, read_card, vouch
from models.errors import BadInput
from models.text import NETWORKS, Config
from models.text.captions import save_captions, with_article
from models.text.char_cnn_rnn import letters
from models.text.encoders import ENCODERS, EXAMPLES, TextEncoders
from models.text.image import PretrainedImageEncoder
from models.text.sentence import FOLDER
from models.training_record import TrainingRecord
from training import evaluate_flowers
from training.kit import text_pool
from training.kit.cache import cache_beside
from training.kit.captions import Captioned, captioned_for
from training.kit.data import order_of
from training.kit.ema import ema_of
from training.kit.export import export, holds, later
from training.kit.image_views import SIDE, view_features
from training.kit.imagenet import imagenet
from training.kit.init_from import check_same_start, initial_weights, of_model, shapes_of
from training.kit.real import Real
from training.kit.record import record_of
from training.kit.run import Run
from training.kit.sentences import initial_encoders
from training.kit.settings import InitFrom, RunSettings, command_line


@dataclass(frozen=True)
class TextSettings(RunSettings):
    init_from: InitFrom = ""       # weights whose language model is kept; empty: weights/text-flowers, of characters those it goes into
    features: Literal["lite0", "lite1", "lite2"] = "lite0"        # the frozen network under the image encoder
    part: Literal["all", "space", "characters"] = "all"   # space: without the character encoder; characters: it alone, into that space
    fresh: bool = False            # the character encoder begins anew instead of where the earlier weights left it
    colour: Literal["rgb"] = "rgb"      # the ImageNet network looks at pictures in colour
    batch: int = 256
    lr: float = 1e-3               # of the image encoder's layers and of the sentence encoder's head
    lr_characters: float = 5e-4    # of the character encoder
    weight_decay: float = 0.2     # of AdamW
    temperature: float = 0.07      # tau of InfoNCE
    alignment: float = 2.0         # weight of the character encoder's embedding being the sentence encoder's
    paired: float = 1.0            # weight of two texts with one meaning having one embedding
    kept: float = 5.0              # weight of words having the cosines between each other that they had in the earlier weights
    misspelt: float = 0.1          # share of captions with misspellings
    named: float = 0.12            # share of captions with the name of the class in them
    bare: float = 0.06             # share of names alone
    dropout: float = 0.5           # on the image features
    anneal: float = 0.6
    ema: float = 0.99
    dim: int = 256                # numbers of an embedding in the joint space


PRESETS = {
    "flowers": TextSettings(name="text-flowers", part="space", steps=2_000, paired=3.0, kept=60.0, bare=0.08),
    "flowers-characters": TextSettings(name="text-flowers", out="runs/text-flowers-characters", part="characters", steps=700),
    "independent": TextSettings(name="text-flowers", out="runs/independent", weights="runs/independent/weights", features="lite2", seed=7,
                                part="space", steps=1_000),     # for measuring only
    "smoke": TextSettings(name="text-flowers", out="runs/smoke-text", weights="runs/smoke-text/weights", steps=4, batch=16, limit=64,
                          restart=True),
}
PHRASES = 128         # pairs of texts in each batch, beside the images
SPELT = (96, 32)      # of a batch's texts and of its pairs, those that the slower character encoder reads
REMEMBERED = 2_000    # captions kept beside the weights


def main(cfg: TextSettings) -> None:
    run = Run(cfg)
    cache = cache_beside(run.folder)
    net = Config(dim=cfg.dim, size=SIDE, pretrained=cfg.features)
    into = run.target if cfg.part == "characters" and run.target.is_dir() else WEIGHTS / "text-flowers"
    begun = of_model(Path(cfg.init_from) if cfg.init_from else into, "text")
    source = initial_weights(run.folder, begun)
    if cfg.part == "characters" and begun.resolve() == run.target.resolve():
        check_same_start(source, begun, _space)
    earlier = initial_encoders(source)
    if cfg.part == "characters" and not isinstance(earlier.image, PretrainedImageEncoder):
        raise BadInput("--part characters begins from weights whose image encoder stands on ImageNet features, as --part space "
                       "makes them.")
    image = NETWORKS["image"](net)
    if cfg.part == "characters" and shapes_of(earlier.image.trunk) != shapes_of(image.trunk):
        raise BadInput(f"--part characters begins from weights on other features than {cfg.features}; give --features as they were made "
                       "with.")
    language = earlier.sentence.model
    data = captioned_for(run, 256)
    order = order_of(run, len(data.labels))
    pool = text_pool.build(data, text_pool.vocabulary_of(language))
    meant = text_pool.pooled_embeddings(language, pool.texts, cache).to(run.device)
    written = letters(pool.texts).to(run.device, torch.uint8)
    views = view_features(imagenet(cfg.features), data.images, cache).to(run.device)
    mean, deviation = views[0].float().mean(0), views[0].float().std(0) + 0.02

    image.trunk.load_state_dict(imagenet(cfg.features).state_dict())
    image.requires_grad_(False)
    project = image.out.to(run.device).requires_grad_(True)
    text = NETWORKS["text"](net).to(run.device)
    if not cfg.fresh and earlier.dim == net.dim:
        text.load_state_dict(earlier.text.state_dict())
    known = language[2].linear.to(run.device).requires_grad_(False)
    head = nn.Linear(known.in_features, net.dim).to(run.device)
    if cfg.part == "characters":
        _take_space(earlier, project, head)
        mean, deviation = torch.zeros_like(mean), torch.ones_like(mean)      # the first layer standardises by itself
    parts = {"project": project, "text": text, "head": head}
    emas = {f"{name}_ema": ema_of(part, cfg.ema) for name, part in parts.items()}
    space = [] if cfg.part == "characters" else [{"params": [*project.parameters(), *head.parameters()]}]
    optimizer = torch.optim.AdamW([*space, {"params": text.parameters(), "lr": cfg.lr_characters}],
                                  cfg.lr, betas=(0.9, 0.98), weight_decay=cfg.weight_decay)
    run.track(**parts, optimizer=optimizer, **emas)

    dropout = 0.0 if cfg.part == "characters" else cfg.dropout

    def see(features: torch.Tensor) -> torch.Tensor:
        x = F.dropout((features.float() - mean) / deviation, dropout)
        x = F.dropout(project[1](project[0](x)), dropout / 2)
        return F.normalize(project[2](x), dim=1)

    def sentence(numbers: torch.Tensor) -> torch.Tensor:
        return F.normalize(head(meant[numbers].float()), dim=1)

    def characters(numbers: torch.Tensor) -> torch.Tensor:
        with run.autocast():
            return text(written[numbers].long()).float()

    for step in run.steps():
        chosen = order[step]
        labels = data.labels[chosen]
        texts = pool.draw(chosen, labels, (cfg.misspelt, cfg.named, cfg.bare))
        first, second = pool.pairs[torch.randint(len(pool.pairs), (PHRASES,))].T
        seen, understood = see(views[torch.randint(len(views), (len(chosen),)), chosen]), sentence(texts)
        labels = labels.to(run.device)
        by_sentence = losses.info_nce(seen, understood, labels, cfg.temperature)
        plain, misspelt = sentence(first), sentence(second)
        with torch.no_grad():
            old = F.normalize(known(meant[first].float()), dim=1)
        kept = (plain @ plain.T - old @ old.T).square().mean()
        loss = by_sentence + cfg.paired * (1 - (plain * misspelt).sum(1)).mean() + cfg.kept * kept
        by_characters = apart = torch.zeros(())
        if cfg.part == "characters":
            seen, understood, plain, loss = seen.detach(), understood.detach(), plain.detach(), 0
        if cfg.part != "space":
            n, m = SPELT
            both = characters(torch.cat([texts[:n], second[:m]]))
            read, spelt = both[:-m], both[-m:]
            by_characters = losses.info_nce(seen[:n], read, labels[:n], cfg.temperature)
            apart = (1 - (read * understood[:n].detach()).sum(1)).mean()
            loss = loss + by_characters + cfg.alignment * apart + cfg.paired * (1 - (spelt * plain[:m].detach()).sum(1)).mean()
        run.update(optimizer, loss)
        for name, part in parts.items():
            emas[f"{name}_ema"].update_parameters(part)
        run.log(letters=by_characters, sentence=by_sentence, apart=apart, kept=kept)

    with torch.no_grad():                    # the features are standardised by the first layer itself
        image.out.load_state_dict(emas["project_ema"].module.state_dict())
        image.out[0].weight.div_(deviation)
        image.out[0].bias.sub_(image.out[0].weight @ mean)
    networks = {"text": emas["text_ema"].module, "image": image}
    if cfg.part == "space" and later(run.target, "part") == "characters" and holds(run, {"image": image}):
        return
    folder = export(run, net, networks, record=_record(run, earlier))
    if run.main and not read_card(folder).files:       # else a finished run once more: its sentence encoder may have learned more since
        for old in folder.glob("captions.*"):          # their embeddings are of other weights
            old.unlink()
        save_sentence_encoder(emas["head_ema"].module, source, folder)
        remember(TextEncoders(read_card(folder), networks, run.device, folder), data)
        vouch(folder, f"{FOLDER}/**/*", "captions.*")


def _space(card: Card) -> tuple:
    """What tells one training of the space from another, of weights before and after --part characters."""
    return card.training.command.split(" && ")[0], card.training.commit.split(";")[0]


def _record(run: Run, earlier: TextEncoders) -> TrainingRecord:
    """Of the encoders: with --part characters, of the training that made the space as well. The language model is older."""
    before, part = earlier.card.training, run.cfg.part
    record = record_of(run, before if part == "characters" else None, part=part)
    made = before.remark if part == "characters" else f"language model under the sentence encoder: of earlier weights ({before.command})"
    return dataclasses.replace(record, remark=made)


def _take_space(earlier: TextEncoders, project: nn.Module, head: nn.Linear) -> None:
    """Image and sentence encoder as the earlier weights have them, not to be changed."""
    try:
        project.load_state_dict(earlier.image.out.state_dict())
        head.load_state_dict(earlier.sentence.model[2].linear.state_dict())
    except RuntimeError as error:
        raise BadInput(f"--part characters begins from weights with --dim {project[2].out_features}, and these have another.") from error
    project.requires_grad_(False)
    head.requires_grad_(False)


def save_sentence_encoder(head: nn.Linear, source: Path, folder: Path) -> None:
    """Writes folder/sentence: that of earlier weights, whose language model stays the same file, with another head behind it."""
    if source.resolve() != folder.resolve():
        shutil.copytree(source / FOLDER, folder / FOLDER, dirs_exist_ok=True)
    save_file({f"linear.{key}": value.half().cpu().contiguous() for key, value in head.state_dict().items()},
              folder / FOLDER / "2_Dense" / "model.safetensors", metadata={"format": "pt"})


def remember(encoders: TextEncoders, data: Captioned) -> None:
    """Keeps one caption of each of some images, the page's examples, and the names of the classes, so that the page can show what a
    sentence came near to."""
    images = torch.randperm(len(data.captions), generator=torch.Generator().manual_seed(0))[:REMEMBERED].tolist()
    texts = list(dict.fromkeys([*EXAMPLES, *(" ".join(data.captions[i][i % len(data.captions[i])].split()) for i in images)]))
    texts = [text for text in texts if any(c.isascii() and c.isalpha() for c in text)]
    embeddings = torch.stack([encoders.embed(texts, encoder) for encoder in ENCODERS])
    kinds = list(dict.fromkeys(names[0] for _, names in sorted(data.names.items())))
    asked = [with_article(kind) for kind in kinds]
    save_captions(encoders.folder, texts, embeddings, data.flat()[0], kinds,
                  torch.stack([encoders.embed(asked, encoder) for encoder in ENCODERS]))


def measure(model: TextEncoders, real: Real, drawn: None, controls: dict) -> dict:
    """For training.evaluate."""
    return evaluate_flowers.encoders(model, real)


if __name__ == "__main__":
    command_line(main, PRESETS, default="flowers")
