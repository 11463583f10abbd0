"""What `python -m training.evaluate` measures on the flowers: text encoders, and the models that draw from sentences.

Feature space and judge of "does the picture fit the sentence?" is our own image encoder (models/text/image.py), not Inception. It was
trained with the text encoders, on photographs only; no generator was trained on its verdict.
"""

import re
from pathlib import Path

import numpy as np
import torch

import models
from models.text.encoders import ENCODERS, TextEncoders
from models.text_to_picture import TextToPicture
from training import independent
from training.kit import colours, metrics, text_metrics
from training.kit.captions import Captioned, load_captioned
from training.kit.slips import held_out, slips

PAIR = Path("runs/independent/weights")   # the text-and-image pair that only measures, where it has been trained
PHOTO = 256                      # pixels a side at which photographs are shown to the image encoder
RARE = {                         # words that at most three of the 66,000 captions use, and what they mean
    "vermilion": "red", "ruby": "red", "cherry-red": "red", "blood-red": "red", "lilac-coloured": "purple", "plum-coloured": "purple",
    "amethyst": "purple", "eggplant-coloured": "purple", "cream-coloured": "white", "alabaster": "white", "pearly": "white",
    "chalky": "white", "lemon-coloured": "yellow", "saffron": "yellow", "blonde": "yellow", "bubblegum": "pink", "flamingo": "pink",
    "tangerine": "orange", "apricot": "orange", "amber": "orange", "pumpkin": "orange", "carrot-coloured": "orange",
    "rust-coloured": "orange", "orangey": "orange",
}
PLAIN = ("red", "purple", "white", "yellow", "pink", "orange")
MISSPELT = {slip: colour for colour in PLAIN for slip in slips(colour) if held_out(slip) and len(slip) > 2}   # training made none of them
ASKED = {"red": ("red",), "orange": ("orange",), "yellow": ("yellow",), "green-white": ("white", "green"), "blue": ("blue",),
         "purple": ("purple",), "pink": ("pink",), "white": ("white",)}
TWO_PARTS = (                    # sentence, colour of the middle, colour of the petals around it
    ("a flower with white petals and a yellow center", "yellow", "white"),
    ("a flower with pink petals and a yellow center", "yellow", "pink"),
    ("a flower with purple petals and a white center", "white", "purple"),
    ("a flower with purple petals and a yellow center", "yellow", "purple"),
    ("a flower with yellow petals and a red center", "red", "yellow"),
    ("a flower with yellow petals and an orange center", "orange", "yellow"),
)
PURPLE_EDGES = ("a flower with purple petals with white edges", "purple", "white")
NUMBERS = (("many small {} flowers growing together", 3, 99), ("one large {} flower", 1, 1))
SENTENCES = ("a pale yellow lily with orange stamens", "a flower with long pink petals", "a purple flower with many petals",
             "a white flower with a yellow center")


def encoders(model: TextEncoders, source: str) -> dict:
    """The paper's protocol on classes that training never saw, for both encoders."""
    data = load_captioned(source, "validation", PHOTO)
    seen = model.see(_pictures(data))
    sentences, owners = data.flat()
    train = load_captioned(source, "train", PHOTO)
    known = model.see(_pictures(train))
    found = {"pictures": len(seen), "classes": len(data.labels.unique()),
             "split": "82 classes in training, 10 others measured here; not Reed's split"}
    for encoder in ENCODERS:
        points = model.encode(sentences, encoder)
        queries, classes = text_metrics.class_queries(points, data.labels[owners])
        found[encoder] = {
            "ap50": text_metrics.average_precision_at(queries, classes, seen, data.labels),
            "zero_shot_accuracy": text_metrics.zero_shot_accuracy(queries, classes, seen, data.labels),
            "recall_at_1": text_metrics.recall_at(points, owners, seen, 1),
            "recall_at_10": text_metrics.recall_at(points, owners, seen, 10),
            "rare_words_understood": understood(model, encoder, RARE),
            "misspellings_understood": understood(model, encoder, MISSPELT),
            "names_found": independent.names_found(model, encoder, known, train.labels),
        }
    return found


def understood(model: TextEncoders, encoder: str, words: dict[str, str]) -> float:
    """The share of colour words that come nearest to the plain word for their colour, each in "a flower with ... petals"."""
    plain, asked = (model.encode([f"a flower with {word} petals" for word in some], encoder) for some in (PLAIN, words))
    return float(np.mean([PLAIN[i] == colour for i, colour in zip((asked @ plain.T).argmax(1).tolist(), words.values(), strict=True)]))


def text_to_picture(model: TextToPicture, source: str, samples: int) -> dict:
    """Distances, obedience and variety of the pictures of each stage, with what photographs reach beside them."""
    judge, encoder = model.encoders, model.card.control("encoder").default
    train, unseen = load_captioned(source, "train", PHOTO), load_captioned(source, "validation", PHOTO)
    train_features = torch.from_numpy(judge.features(_pictures(train)))
    unseen_features = torch.from_numpy(judge.features(_pictures(unseen)))
    shuffled = train_features[torch.randperm(len(train_features), generator=torch.Generator().manual_seed(0))]
    halves = shuffled.chunk(2)
    sentences, _ = train.flat()
    chosen = torch.randperm(len(sentences), generator=torch.Generator().manual_seed(1))
    chosen = chosen.repeat(-(-samples // len(sentences)))[:samples]
    points = model.encode([sentences[i] for i in chosen.tolist()], encoder)
    new = [captions[i % len(captions)] for i, captions in enumerate(unseen.captions)]
    new_points, all_new = model.encode(new, encoder), model.encode(unseen.flat()[0], encoder)
    found = {
        "instrument": f"features of {judge.card.name}'s image encoder",
        "samples": samples, "encoder": encoder,
        "frechet_floor": metrics.frechet_distance(*halves),
        "kernel_floor": metrics.kernel_distance(*halves),
        "precision_ceiling": metrics.precision_recall(*halves)[0], "recall_ceiling": metrics.precision_recall(*halves)[1],
        "frechet_unseen_floor": metrics.frechet_distance(*unseen_features[torch.randperm(
            len(unseen_features), generator=torch.Generator().manual_seed(0))].chunk(2)),
        "r_precision_ceiling": _matches(judge.see(_pictures(unseen)), new_points, all_new),
        "colour_ceiling": colour_ceiling(unseen),
        "two_parts_ceiling": two_parts_ceiling(train),
    }
    found["diversity_real"] = float(np.mean([text_metrics.mean_distance(train_features[train.labels == c][:16])
                                             for c in train.labels.unique()]))
    found["nearest_pairs_real"] = text_metrics.nearest_pairs(train_features[:1000])
    found["nearest_real"] = float(text_metrics.nearest_distance(unseen_features, train_features).median())
    near = 0.5 * found["nearest_real"]              # a sample nearer than this to a training picture may be a copy of it
    found["copies_real"] = float((text_metrics.nearest_distance(halves[0][:1000], halves[1]) < near).float().mean())
    stages = (1, 2) if model.generator2 is not None else (1,)
    for stage in stages:
        def paint(seeds, points, stage=stage):
            return model.paint(model.latents(seeds), points, stage=stage)

        features = torch.cat([torch.from_numpy(judge.features(paint(range(start, start + len(part)), part)))
                              for start, part in zip(range(0, samples, 500), points.split(500), strict=True)])
        drawn = paint(range(len(new)), new_points)
        seen = torch.from_numpy(judge.features(drawn))
        precision, recall = metrics.precision_recall(train_features, features)
        matches = _matches(judge.see(drawn), new_points, all_new)
        nearest = text_metrics.nearest_distance(features[:1000], train_features)
        found[f"stage{stage}"] = {
            "frechet_distance": metrics.frechet_distance(train_features, features),
            "kernel_distance": metrics.kernel_distance(train_features, features),
            "precision": precision, "recall": recall,
            "frechet_unseen": metrics.frechet_distance(unseen_features, seen),
            "r_precision": matches,
            "r_precision_of_ceiling": {k: v / max(found["r_precision_ceiling"][k], 1e-6) for k, v in matches.items()},
            "colour_obedience": (by_colour := colour_obedience(model, encoder, stage)),
            "colour_obedience_all": float(np.mean(list(by_colour.values()))),
            "two_parts": (parts := two_parts(model, encoder, stage)),
            "two_parts_all": float(np.mean(list(parts.values()))),
            "diversity": (variety := diversity(model, judge, encoder, stage)),
            "diversity_of_real": variety / found["diversity_real"],
            "nearest_pairs": text_metrics.nearest_pairs(features[:1000]),
            "nearest_training_picture": float(nearest.median()),
            "copies": float((nearest < near).float().mean()),
            "interpolation_largest_step": smoothness(model, judge, encoder, stage),
        }
    pair = models.load(PAIR) if PAIR.is_dir() else None
    found["independent"] = independent.measure(model, independent.Instrument(source, PAIR.parent.parent / "cache"), samples,
                                               independent.SEEDS, pair, encoder)
    last = found[f"stage{stages[-1]}"]
    found |= {key: last[key] for key in ("frechet_distance", "kernel_distance", "precision", "recall")}
    return found


def colour_ceiling(data: Captioned) -> dict:
    """How often the colour rules agree with people, on photographs whose captions name one colour."""
    names = [colours.named(captions) for captions in data.captions]
    kept = [i for i, name in enumerate(names) if name]
    seen = colours.salient(_pictures(data)[kept])
    return {"pictures": len(kept), "agree": float(np.mean([seen[j] == names[i] for j, i in enumerate(kept)])) if kept else 0.0}


def two_parts_ceiling(data: Captioned) -> dict[str, dict]:
    """For each sentence of TWO_PARTS the share of photographs in which the rules see it: of those that two people or more describe so
    (agree), and of all others (false_alarm)."""
    found, pictures = {}, _pictures(data)
    for sentence, middle, petals in TWO_PARTS:
        around = re.compile(rf"\b{petals} (\w+ )?petals?\b.*\b{middle} (\w+ )?(center|centre|middle|pistil|stamens?)\b")
        kept = [i for i, captions in enumerate(data.captions) if sum(bool(around.search(caption)) for caption in captions) > 1]
        seen = colours.shows(pictures, middle, petals)
        found[sentence] = {"pictures": len(kept), "agree": float(seen[kept].mean()) if kept else 0.0,
                           "false_alarm": float(np.delete(seen, kept).mean())}
    return found


def colour_obedience(model: TextToPicture, encoder: str, stage: int, seeds: int = 20) -> dict[str, float]:
    found = {}
    for colour, right in ASKED.items():
        points = model.encode([f"a flower with {colour} petals"], encoder).expand(seeds, -1)
        seen = colours.salient(model.paint(model.latents(range(seeds)), points, stage=stage))
        found[colour] = float(np.mean([one in right for one in seen]))
    return found


def two_parts(model: TextToPicture, encoder: str, stage: int, seeds: int = 20) -> dict[str, float]:
    """Sentences about two parts, or about how many: the share of pictures in which both parts are right."""
    found = {}
    for sentence, middle, petals in (*TWO_PARTS, PURPLE_EDGES):
        points = model.encode([sentence], encoder).expand(seeds, -1)
        drawn = model.paint(model.latents(range(seeds)), points, stage=stage)
        found[sentence] = float(colours.shows(drawn, middle, petals).mean())
    for sentence, least, most in NUMBERS:
        points = model.encode([sentence.format("red")], encoder).expand(seeds, -1)
        counts = colours.blooms(model.paint(model.latents(range(seeds)), points, stage=stage))
        found[sentence.format("red")] = float(((counts >= least) & (counts <= most)).mean())
    return found


def diversity(model: TextToPicture, judge: TextEncoders, encoder: str, stage: int) -> float:
    """Mean distance in feature space between 16 pictures of one sentence, over some sentences."""
    distances = []
    for point in model.encode(list(SENTENCES), encoder):
        drawn = model.paint(model.latents(range(16)), point.expand(16, -1), stage=stage)
        distances.append(text_metrics.mean_distance(torch.from_numpy(judge.features(drawn))))
    return float(np.mean(distances))


def smoothness(model: TextToPicture, judge: TextEncoders, encoder: str, stage: int, steps: int = 17) -> float:
    """The largest step between neighbours on the way from one sentence to another, as a share of the whole way (even steps: 1/16)."""
    first, last = model.encode(list(SENTENCES[:2]), encoder)
    share = torch.linspace(0, 1, steps)[:, None]
    drawn = model.paint(model.latents([0] * steps), first * (1 - share) + last * share, stage=stage)
    features = torch.from_numpy(judge.features(drawn))
    walked = (features[1:] - features[:-1]).norm(dim=1)
    return float(walked.max() / walked.sum())


def _matches(pictures: torch.Tensor, right: torch.Tensor, others: torch.Tensor) -> dict[str, float]:
    return {f"top{k}": text_metrics.r_precision(pictures, right, others, k) for k in (1, 5)}


def _pictures(data: Captioned) -> np.ndarray:
    return data.pictures.permute(0, 2, 3, 1).numpy()
