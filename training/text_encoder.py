"""Trains the text encoders (models/text/): Reed et al. 2016, https://arxiv.org/abs/1605.05395.

Three encoders meet in one space: letters, sentences, pictures. In each batch every picture brings one of its sentences, and both
text encoders must find the picture, and the picture the sentence, among the others (InfoNCE, https://arxiv.org/abs/1807.03748).
Other pictures of the same class are no wrong answers: their sentences often fit as well.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from models import losses
from models.checkpoint import read_card, vouch
from models.datasets import DATASETS
from models.images import to_float
from models.text import NETWORKS, Config
from models.text.captions import save_captions
from models.text.char_cnn_rnn import letters
from models.text.encoders import ENCODERS, EXAMPLES, TextEncoders
from models.text.sentence import FOLDER
from training import evaluate_flowers
from training.kit.captions import Captioned, crop_and_flip, load_captioned
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.real import Real
from training.kit.run import Run
from training.kit.sentence_model import base_embeddings, save_sentence_encoder
from training.kit.settings import RunSettings, command_line


@dataclass(frozen=True)
class TextSettings(RunSettings):
    batch: int = 128
    lr: float = 1e-3               # of all three encoders
    weight_decay: float = 0.02
    temperature: float = 0.07      # tau of InfoNCE
    class_weight: float = 0.3      # weight of naming the class from the picture, which steadies the image encoder; not shipped
    alignment: float = 0.5         # weight of the two texts' embeddings being one embedding
    anneal: float = 0.6
    dim: int = 256
    text_width: int = 256
    image_width: int = 64


PRESETS = {
    "flowers": TextSettings(name="text-flowers", steps=1_200),
    "smoke": TextSettings(name="text-flowers", out="runs/smoke-text", weights="runs/smoke-text/weights", steps=4, batch=16,
                          limit=64, dim=32, text_width=32, image_width=8, restart=True),
}


REMEMBERED = 2_000    # captions kept beside the weights


def main(cfg: TextSettings) -> None:
    run = Run(cfg)
    net = Config(dim=cfg.dim, text_width=cfg.text_width, image_width=cfg.image_width)
    data = load_captioned(cfg.data or DATASETS["flowers"].hub, "train", net.size * 9 // 8, cfg.limit, cfg.batch)
    sentences, _ = data.flat()
    written = letters(sentences)                                            # what the letters' encoder reads
    meant = base_embeddings(sentences, run.folder / "sentences.safetensors")   # what the language model makes of them, once for all

    image = NETWORKS["image"](net).to(run.device, memory_format=torch.channels_last)
    text = NETWORKS["text"](net).to(run.device)
    head = nn.Linear(meant.shape[1], net.dim).to(run.device)
    naming = nn.Linear(net.dim, 1 + int(data.labels.max())).to(run.device)
    emas = {f"{name}_ema": ema_of(part, cfg.ema) for name, part in (("image", image), ("text", text), ("head", head))}
    parts = nn.ModuleList([image, text, head, naming])
    optimizer = torch.optim.AdamW(parts.parameters(), cfg.lr, betas=(0.9, 0.98), weight_decay=cfg.weight_decay)
    run.track(parts=parts, optimizer=optimizer, **emas)

    for _ in run.steps():
        chosen = torch.randperm(len(data.images))[:cfg.batch]
        picked = data.draw(chosen)
        x = to_float(crop_and_flip(data.images[chosen], net.size)).to(run.device, memory_format=torch.channels_last)
        labels = data.labels[chosen].to(run.device)
        with run.autocast():
            seen = image(x).float()
            read = text(written[picked].to(run.device)).float()
            understood = F.normalize(head(meant[picked].float().to(run.device)).float(), dim=1)
            named = F.cross_entropy(naming(seen / cfg.temperature), labels, label_smoothing=0.1)
        by_letters = losses.pairs(seen, read, labels, cfg.temperature)
        by_sentence = losses.pairs(seen, understood, labels, cfg.temperature)
        apart = (1 - (read * understood).sum(1)).mean()
        run.update(optimizer, by_letters + by_sentence + cfg.class_weight * named + cfg.alignment * apart)
        for name, part in (("image", image), ("text", text), ("head", head)):
            emas[f"{name}_ema"].update_parameters(part)
        run.log(letters=by_letters, sentence=by_sentence, named=named, apart=apart)

    networks = {"text": emas["text_ema"].module, "image": emas["image_ema"].module}
    folder = export(run, net, networks)
    if run.main:
        save_sentence_encoder(emas["head_ema"].module, folder)
        remember(TextEncoders(read_card(folder), networks, run.device, folder), data)
        vouch(folder, f"{FOLDER}/**/*", "captions.*")
    print("written to", folder)


def remember(encoders: TextEncoders, data: Captioned) -> None:
    """Keeps one caption of each of some pictures, and the page's examples, so that the page can show what a sentence came near to."""
    pictures = torch.randperm(len(data.captions), generator=torch.Generator().manual_seed(0))[:REMEMBERED].tolist()
    texts = list(dict.fromkeys([*EXAMPLES, *(" ".join(data.captions[i][i % len(data.captions[i])].split()) for i in pictures)]))
    texts = [text for text in texts if any(c.isascii() and c.isalpha() for c in text)]
    embeddings = torch.stack([encoders.embed(texts, encoder) for encoder in ENCODERS])
    save_captions(encoders.folder, texts, embeddings, data.flat()[0])


def measure(model: TextEncoders, real: Real, drawn: None, controls: dict) -> dict:
    """For training.evaluate."""
    return evaluate_flowers.encoders(model, real)


if __name__ == "__main__":
    command_line(main, PRESETS, default="flowers")
