"""Teaches the sentence encoder to read misspelt words. First training.text_encoder, then this, into the same folder.

A language model cuts a word it does not know into pieces, so "yelow" is no colour to it. The encoder goes to school with itself: a copy
reads sentences with slips of the hand and must give the point that the encoder, as it was, gives the sentence without them. So that it
forgets little, it also reads sentences with any word of its vocabulary and no slip; and in the end it goes a part of the way only, by
mixing its weights with those it had before (WiSE-FT, Wortsman et al. 2021, https://arxiv.org/abs/2109.01903): the generators know the
points it gave then. The pieces' own vectors stay as they are.
"""

import copy
import random
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F

from models.checkpoint import WEIGHTS, load_networks, read_json, vouch, write_json
from models.datasets import DATASETS
from models.text.captions import save_points
from models.text.encoders import ENCODERS, TextEncoders
from models.text.sentence import FOLDER
from training.kit.begin import begun_from
from training.kit.captions import load_captioned
from training.kit.card import write_model_card
from training.kit.export import facts
from training.kit.run import Run
from training.kit.sentence_model import points_of, save_model
from training.kit.settings import Settings, command_line
from training.kit.slips import misspell
from training.kit.text_pool import COLOURS, FRAMES, vocabulary_of


@dataclass(frozen=True)
class SentenceSettings(Settings):
    begin: str = ""                # weights to begin from; empty: those that it will write to
    batch: int = 64
    precision: Literal["auto", "bf16", "fp32"] = "fp32"      # short sentences gain nothing from bf16
    lr_g: float = 1e-4             # of the language model and its head
    anneal: float = 0.5
    temperature: float = 0.07      # tau: the point must also be found among those of the other sentences
    way: float = 0.65              # how far it goes from what it was to what it learnt
    misspelt: float = 0.7          # share of sentences with slips; the others have any word of the vocabulary


PRESETS = {
    "flowers": SentenceSettings(name="text-flowers", steps=1_000),
    "smoke": SentenceSettings(name="text-flowers", begin="runs/smoke-text/weights", out="runs/smoke-sentence",
                              weights="runs/smoke-sentence/weights", steps=3, batch=8, limit=64, restart=True),
}


def main(cfg: SentenceSettings) -> None:
    run = Run(replace(cfg, out=cfg.out or f"runs/{cfg.name}-sentence-seed{cfg.seed}"))
    target = Path(cfg.weights) if cfg.weights else WEIGHTS / cfg.name
    begin = begun_from(run.folder, Path(cfg.begin) if cfg.begin else target)
    encoders = TextEncoders(*load_networks(begin), torch.device("cpu"), begin)
    student = encoders.sentence.model.to(run.device).requires_grad_(True)
    teacher = copy.deepcopy(student).requires_grad_(False).eval()
    student[0].model.get_input_embeddings().requires_grad_(False)
    captions, _ = load_captioned(cfg.data or DATASETS["flowers"].hub, "train", 8, cfg.limit, 1).flat()
    vocabulary = vocabulary_of(student)
    optimizer = torch.optim.RAdam([p for p in student.parameters() if p.requires_grad], cfg.lr_g, weight_decay=0.01,
                                  decoupled_weight_decay=True)       # it begins gently by itself: AdamW's first steps undo a lot
    run.track(student=student, optimizer=optimizer)
    student.train()

    for _ in run.steps():
        chance = random.Random(int(torch.randint(2**31, ())))
        lesson = [sentences(captions, vocabulary, chance, cfg.misspelt) for _ in range(cfg.batch // run.world)]
        plain, slipped = zip(*lesson, strict=True)
        with torch.no_grad():
            wanted = points_of(teacher, plain)
        given = points_of(student, slipped)
        apart = (1 - (given * wanted).sum(1)).mean()
        among = F.cross_entropy(given @ wanted.T / cfg.temperature, torch.arange(len(given), device=run.device))
        run.update(optimizer, 2 * apart + among)
        run.log(apart=apart, among=among)

    known, learnt = teacher.state_dict(), student.state_dict()
    student.load_state_dict({key: torch.lerp(known[key], value, cfg.way) if value.is_floating_point() else value
                             for key, value in learnt.items()})
    if run.main:
        print("written to", write(run, encoders, begin, target))


def sentences(captions: list[str], vocabulary: list[str], chance: random.Random, misspelt: float) -> tuple[str, str]:
    """A sentence as the teacher reads it, and as the student does."""
    if chance.random() < misspelt:
        caption = chance.random() < 0.6
        plain = chance.choice(captions) if caption else chance.choice(FRAMES).format(chance.choice(COLOURS))
        return plain, misspell(plain, chance, 3 if caption else 1)
    word = chance.choice(vocabulary)
    plain = chance.choice(FRAMES).format(word)
    if chance.random() < 0.3:
        parts = chance.choice(captions).split()
        parts[chance.randrange(len(parts))] = word
        plain = " ".join(parts)
    return plain, plain


def write(run: Run, encoders: TextEncoders, begin: Path, target: Path) -> Path:
    """The weights folder with the new sentence encoder in it; whatever else it holds stays."""
    before = read_json(begin / "config.json")
    shutil.copytree(begin, target, dirs_exist_ok=True)
    save_model(encoders.sentence.model.eval(), target)
    own, known = facts(run), before["training"]
    write_json(target / "config.json", before | {"training": known | {
        "command": f"{known['command']} && {own['command']}", "commit": f"{known['commit']}; {own['commit']}",
        "hardware": "; ".join(dict.fromkeys((known["hardware"], own["hardware"]))),
        "minutes": round(known["minutes"] + own["minutes"], 1),
        "remark": f"sentence encoder: {own['steps']:,} steps of misspelt sentences in {own['minutes']:g} minutes",
    }})
    remembered = encoders.captions.points.clone()
    remembered[ENCODERS.index("sentence")] = torch.from_numpy(encoders.sentence.encode(encoders.captions.texts))
    save_points(target, remembered)
    vouch(target, f"{FOLDER}/**/*", "captions.*")
    (target / "metrics.json").unlink(missing_ok=True)
    write_model_card(target)
    return target


if __name__ == "__main__":
    command_line(main, PRESETS, default="flowers")
