"""Trains the sentence encoder to embed misspelt words like the words meant. First training.text_encoder, then this, into the same folder.

A language model splits a word it does not know into pieces, so "yelow" is no colour to it. Self-distillation: the student reads sentences
with misspellings, and its embedding must be the one that the teacher, a frozen copy of the encoder as it was, gives the sentence without
them. To keep what it knows, the student also reads sentences with any word of the vocabulary, spelt correctly. In the end its weights are
interpolated with the teacher's (WiSE-FT, Wortsman et al. 2021, https://arxiv.org/abs/2109.01903), because the generators were trained on
the teacher's embeddings. The token embeddings stay frozen.
"""

import copy
import dataclasses
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
import tyro

from models.checkpoint import read_json, vouch, write_json
from models.errors import BadInput
from models.text.captions import save_embeddings, with_article
from models.text.encoders import ENCODERS, TextEncoders
from models.text.sentence import FOLDER
from models.training_record import TrainingRecord
from training.kit.captions import captioned_for
from training.kit.card import write_model_card
from training.kit.init_from import check_same_start, initial_weights, of_model
from training.kit.misspellings import misspell
from training.kit.record import record_of
from training.kit.run import Run
from training.kit.sentence_model import embeddings_of, save_model
from training.kit.sentences import initial_encoders
from training.kit.settings import InitFrom, RunSettings, command_line
from training.kit.text_pool import COLOURS, FRAMES, vocabulary_of


@dataclass(frozen=True)
class SentenceSettings(RunSettings):
    init_from: InitFrom = ""       # weights to begin from; empty: those that it will write to
    batch: int = 64                # sentences a step, over all processes together
    precision: Literal["fp32"] = "fp32"      # short sentences gain nothing from bf16
    lr: float = 1e-4               # of the language model and its head
    anneal: float = 0.5
    temperature: float = 0.07      # tau of InfoNCE over the sentences of the batch
    alpha: float = 0.65            # weight of the student in the interpolation; 0: nothing changes, 1: the student itself
    misspelt: float = 0.7          # share of sentences with misspellings; the others have any word of the vocabulary
    ema: tyro.conf.Suppress[float] = 0.0       # nothing is averaged over the steps; the interpolation is


PRESETS = {
    "flowers": SentenceSettings(name="text-flowers", steps=1_000),
    "smoke": SentenceSettings(name="text-flowers", init_from="runs/smoke-text/weights", out="runs/smoke-sentence",
                              weights="runs/smoke-sentence/weights", steps=3, batch=8, limit=64, restart=True),
}


def main(cfg: SentenceSettings) -> None:
    run = Run(dataclasses.replace(cfg, out=cfg.out or f"runs/{cfg.name}-sentence-seed{cfg.seed}"))
    source = initial_weights(run.folder, of_model(Path(cfg.init_from) if cfg.init_from else run.target, "text"))
    if not source.is_dir():
        raise BadInput(f"There are no text encoders in {source}: run training.text_encoder first, or give --init-from a folder of them.")
    if not cfg.init_from:
        check_same_start(source, run.target, lambda card: card.sha256)
    encoders = initial_encoders(source)
    student = encoders.sentence.model.to(run.device).requires_grad_(True)
    teacher = copy.deepcopy(student).requires_grad_(False).eval()
    student[0].model.get_input_embeddings().requires_grad_(False)
    captions, _ = captioned_for(run, 8).flat()
    vocabulary = vocabulary_of(student)
    optimizer = torch.optim.RAdam([p for p in student.parameters() if p.requires_grad], cfg.lr, weight_decay=0.01,
                                  decoupled_weight_decay=True)       # its warm-up is built in: AdamW's first steps undo a lot
    run.track(student=student, optimizer=optimizer)
    student.train()

    for _ in run.steps():
        chance = random.Random(int(torch.randint(2**31, ())))
        pairs = [sentence_pair(captions, vocabulary, chance, cfg.misspelt) for _ in range(cfg.batch // run.world)]
        plain, misspelt = zip(*pairs, strict=True)
        with torch.no_grad():
            wanted = embeddings_of(teacher, plain)
        given = embeddings_of(student, misspelt)
        distance = (1 - (given * wanted).sum(1)).mean()
        contrast = F.cross_entropy(given @ wanted.T / cfg.temperature, torch.arange(len(given), device=run.device))
        run.update(optimizer, 2 * distance + contrast)
        run.log(distance=distance, contrast=contrast)

    known, learnt = teacher.state_dict(), student.state_dict()
    student.load_state_dict({key: torch.lerp(known[key], value, cfg.alpha) if value.is_floating_point() else value
                             for key, value in learnt.items()})
    if run.main:
        print("written to", write(run, encoders, source))


def sentence_pair(captions: list[str], vocabulary: list[str], chance: random.Random, misspelt: float) -> tuple[str, str]:
    """A sentence for the teacher, and the same for the student: with misspellings in a share `misspelt` of calls."""
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


def write(run: Run, encoders: TextEncoders, source: Path) -> Path:
    """Writes the weights folder: a copy of `source` with the new sentence encoder, record and remembered embeddings."""
    folder, before = run.target, read_json(source / "config.json")
    shutil.copytree(source, folder, dirs_exist_ok=True)
    save_model(encoders.sentence.model.eval(), folder)
    earlier, own = TrainingRecord.of(before["training"]), record_of(run)
    record = dataclasses.replace(earlier, command=(both := record_of(run, earlier)).command, commit=both.commit, hardware=both.hardware,
                                 minutes=both.minutes,      # steps and images stay those of the encoders' own training
                                 remark=f"sentence encoder: {own.steps:,} steps of misspelt sentences in {own.minutes:g} minutes")
    write_json(folder / "config.json", before | {"training": record.as_dict()})
    memory, place = encoders.captions, ENCODERS.index("sentence")
    memory.embeddings[place] = torch.from_numpy(encoders.sentence.encode(memory.texts))
    if memory.kinds:
        memory.kind_embeddings[place] = torch.from_numpy(encoders.sentence.encode([with_article(kind) for kind in memory.kinds]))
    save_embeddings(folder, memory.embeddings, memory.kind_embeddings)
    vouch(folder, f"{FOLDER}/**/*", "captions.*")
    (folder / "metrics.json").unlink(missing_ok=True)
    write_model_card(folder)
    return folder


if __name__ == "__main__":
    command_line(main, PRESETS, default="flowers")
