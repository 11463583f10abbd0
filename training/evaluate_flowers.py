"""What training.evaluate measures of text encoders and text-to-image models, on flowers.

Features, and whether an image matches a sentence, come from the data set's instrument, the image encoder of text-flowers (models/text/),
not from Inception. It was trained on photographs only, but it is no stranger to StackGAN, whose discriminators look at the same frozen
features and whose texts are points of its space: these figures favour it. training/independent.py has a judge without such ties.
"""

import re
import sys

import numpy as np
import torch

from models.datasets import FLOWERS
from models.text.encoders import ENCODERS, TextEncoders
from models.text_to_image import TextToImage
from training import independent
from training.kit import colours, metrics, text_metrics
from training.kit.cache import CACHE
from training.kit.captions import flat
from training.kit.imagenet import package
from training.kit.misspellings import held_out, misspellings
from training.kit.real import Real

RARE = {                         # words that at most three of the 66,000 captions use, and what they mean
    "vermilion": "red", "ruby": "red", "cherry-red": "red", "blood-red": "red", "lilac-coloured": "purple", "plum-coloured": "purple",
    "amethyst": "purple", "eggplant-coloured": "purple", "cream-coloured": "white", "alabaster": "white", "pearly": "white",
    "chalky": "white", "lemon-coloured": "yellow", "saffron": "yellow", "blonde": "yellow", "bubblegum": "pink", "flamingo": "pink",
    "tangerine": "orange", "apricot": "orange", "amber": "orange", "pumpkin": "orange", "carrot-coloured": "orange",
    "rust-coloured": "orange", "orangey": "orange",
}
PLAIN = ("red", "purple", "white", "yellow", "pink", "orange")
MISSPELT = {word: colour for colour in PLAIN for word in misspellings(colour) if held_out(word) and len(word) > 2}   # training made none
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
SEEDS, ALIKE = 20, 16            # images of each sentence whose words are looked for, and whose variety is measured
SENTENCES = ("a pale yellow lily with orange stamens", "a flower with long pink petals", "a purple flower with many petals",
             "a white flower with a yellow center")


def encoders(model: TextEncoders, real: Real) -> dict:
    """The protocol of Reed et al. 2016, section 5, on classes that training never saw, for both encoders. Where a split was held out, but
    not of other classes, the keys of the figures end in "_apart"; without a split they are of training pictures and end in "_training".
    What needs classes is left out where the pictures have none."""
    seen, labels = model.embed_images(real.other.images), torch.from_numpy(real.other.labels)
    sentences, owners = flat(real.other.captions)
    known, known_labels = model.embed_images(real.images), torch.from_numpy(real.labels)
    classed, others = len(labels.unique()) > 1, not set(labels.tolist()) & set(known_labels.tolist())
    key_ends, split = (("_training", "training pictures, for none were set aside") if not real.apart else
                       ("_apart", "pictures set aside, but not of classes that training never saw") if not (classed and others) else
                       ("", f"{len(known_labels.unique())} classes in training, {len(labels.unique())} others measured here; not Reed's "
                            "split"))
    found = {"pictures": len(seen), "classes": len(labels.unique()) if classed else 0, "split": split}
    for encoder in ENCODERS:
        embeddings = model.embed(sentences, encoder)
        found[key := encoder + key_ends] = {
            "recall_at_1": text_metrics.recall_at(embeddings, owners, seen, 1),
            "recall_at_10": text_metrics.recall_at(embeddings, owners, seen, 10),
            "rare_words_understood": understood(model, encoder, RARE),
            "misspellings_understood": understood(model, encoder, MISSPELT),
        }
        if classed:
            queries, classes = text_metrics.class_queries(embeddings, labels[owners])
            found[key] |= {"ap50": text_metrics.average_precision_at(queries, classes, seen, labels),
                           "zero_shot_accuracy": text_metrics.zero_shot_accuracy(queries, classes, seen, labels)}
        if model.card.dataset.classes == FLOWERS:
            found[key]["names_found"] = independent.names_found(model, encoder, known, known_labels)
    return found


def understood(model: TextEncoders, encoder: str, words: dict[str, str]) -> float:
    """The share of colour words that come nearest to the plain word for their colour, each in "a flower with ... petals"."""
    plain, asked = (model.embed([f"a flower with {word} petals" for word in some], encoder) for some in (PLAIN, words))
    return float(np.mean([PLAIN[i] == colour for i, colour in zip((asked @ plain.T).argmax(1).tolist(), words.values(), strict=True)]))


def text_to_image(model: TextToImage, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """Distances, obedience and variety of the images of each stage, with what photographs reach beside them. `drawn` are of the last stage,
    for the sentences controls["text"]; the first stage is drawn here. The measures of training.independent are added where what they
    need is there; else one line on stderr says what is left out."""
    instrument, encoder, samples = real.instrument, model.card.control("encoder").default, len(drawn)
    train_features = torch.from_numpy(instrument.features(real.images))
    unseen_features = torch.from_numpy(instrument.features(real.other.images))
    shuffled = train_features[torch.randperm(len(train_features), generator=torch.Generator().manual_seed(0))]
    halves = shuffled.chunk(2)
    other, rest = shuffled.tensor_split([min(samples, len(shuffled) // 2)])        # as many as are drawn, both against the rest
    precision_ceiling, recall_ceiling = metrics.precision_recall(rest, other)
    first, second = torch.randperm(len(unseen_features), generator=torch.Generator().manual_seed(0)).chunk(2)
    other_kind = "unseen" if real.apart else "other"       # without a split of its own the other half of the training pictures
    new = [captions[i % len(captions)] for i, captions in enumerate(real.other.captions)]
    new_embeddings, all_new = model.embed(new, encoder), instrument.embed(flat(real.other.captions)[0], encoder)
    new_by_instrument = instrument.embed(new, encoder)
    found = {
        "instrument": f"features of {instrument.card.name}'s image encoder",
        "samples": samples, "encoder": encoder,
        "frechet_floor": metrics.frechet_distance(rest, other),
        "kernel_floor": metrics.kernel_distance(rest, other),
        "precision_ceiling": precision_ceiling, "recall_ceiling": recall_ceiling,
        f"frechet_{other_kind}_floor": metrics.frechet_distance(unseen_features[first], unseen_features[second]),
        "r_precision_ceiling": text_metrics.r_precisions(instrument.embed_images(real.other.images), new_by_instrument, all_new),
        "colour_ceiling": colour_ceiling(real.other.images, real.other.captions),
        "two_parts_ceiling": two_parts_ceiling(real.images, real.captions),
    }
    found["diversity_real"] = diversity_within(train_features, torch.from_numpy(real.labels))
    found["nearest_pairs_real"] = text_metrics.nearest_pairs(train_features[:1000])
    found["nearest_real"] = float(text_metrics.nearest_distance(unseen_features, train_features).median())
    near = 0.5 * found["nearest_real"]              # a sample nearer than this to a training image may be a copy of it
    found["copies_real"] = float((text_metrics.nearest_distance(halves[0][:1000], halves[1]) < near).float().mean())
    stages = (1, 2) if model.generator2 is not None else (1,)
    for stage in stages:
        def draw(seeds, embeddings, stage=stage):
            return model.draw(model.latents(seeds), embeddings, stage=stage)

        images = drawn if stage == stages[-1] else draw(range(samples), model.embed(controls["text"], encoder))
        features, images_new = torch.from_numpy(instrument.features(images)), draw(range(len(new)), new_embeddings)
        seen = torch.from_numpy(instrument.features(images_new))
        compared, _ = metrics.as_many(features, other)
        precision, recall = metrics.precision_recall(rest, compared)
        matches = text_metrics.r_precisions(instrument.embed_images(images_new), new_by_instrument, all_new)
        nearest = text_metrics.nearest_distance(features[:1000], train_features)
        found[f"stage{stage}"] = {
            "frechet_distance": metrics.frechet_distance(rest, compared),
            "kernel_distance": metrics.kernel_distance(rest, compared),
            "precision": precision, "recall": recall,
            f"frechet_{other_kind}": metrics.frechet_distance(unseen_features[first], seen[second]),
            "r_precision": matches,
            "r_precision_of_ceiling": {k: v / max(found["r_precision_ceiling"][k], 1e-6) for k, v in matches.items()},
            "colour_obedience": (by_colour := colour_obedience(model, encoder, stage)),
            "colour_obedience_all": float(np.mean(list(by_colour.values()))),
            "two_parts": (parts := two_parts(model, encoder, stage)),
            "two_parts_all": float(np.mean(list(parts.values()))),
            "diversity": (variety := diversity(model, instrument, encoder, stage)),
            "diversity_of_real": variety / found["diversity_real"],
            "nearest_pairs": text_metrics.nearest_pairs(features[:1000]),
            "nearest_training_picture": float(nearest.median()),
            "copies": float((nearest < near).float().mean()),
            "interpolation_largest_step": smoothness(model, instrument, encoder, stage),
        }
    if model.card.dataset.classes == FLOWERS:        # whose names are known
        if lacking := independent.missing():
            print(f"Independent measures are left out that need a {lacking}.", file=sys.stderr)
        if package("lite2"):
            pair, network = None if lacking else independent.independent_pair(independent.PAIR), independent.Instrument(real, CACHE)
            found["independent"] = independent.measure(model, network, samples, independent.SEEDS, pair, encoder)
            _keep(model.card.metrics.get("independent"), found["independent"])
    last = found[f"stage{stages[-1]}"]
    found |= {"compared": len(other)} if len(other) < samples else {}
    found |= {key: last[key] for key in ("frechet_distance", "kernel_distance", "precision", "recall")}
    return found


def _keep(before: object, found: dict) -> None:
    """What only the independent pair measures stays as it was measured of these weights, where there is no pair."""
    for name, value in before.items() if isinstance(before, dict) else ():
        if name.startswith("independent_r_precision"):
            found.setdefault(name, value)
        elif isinstance(found.get(name), dict):
            _keep(value, found[name])


def colour_ceiling(images: np.ndarray, captions: list[list[str]]) -> dict:
    """How often the colour rules agree with people, on photographs uint8 [N, H, W, 3] whose captions name one colour."""
    names = [colours.named(sentences) for sentences in captions]
    kept = [i for i, name in enumerate(names) if name]
    if not kept:
        return {"pictures": 0, "agree": 0.0}
    seen = colours.salient(images[kept])
    return {"pictures": len(kept), "agree": float(np.mean([seen[j] == names[i] for j, i in enumerate(kept)]))}


def two_parts_ceiling(images: np.ndarray, captions: list[list[str]]) -> dict[str, dict]:
    """For each sentence of TWO_PARTS the share of photographs in which the rules see it: of those that two people or more describe so
    (agree), and of all others (false_alarm)."""
    found = {}
    for sentence, middle, petals in TWO_PARTS:
        around = re.compile(rf"\b{petals} (\w+ )?petals?\b.*\b{middle} (\w+ )?(center|centre|middle|pistil|stamens?)\b")
        kept = [i for i, sentences in enumerate(captions) if sum(bool(around.search(one)) for one in sentences) > 1]
        seen = colours.shows(images, middle, petals)
        found[sentence] = {"pictures": len(kept), "agree": float(seen[kept].mean()) if kept else 0.0,
                           "false_alarm": float(np.delete(seen, kept).mean())}
    return found


def colour_obedience(model: TextToImage, encoder: str, stage: int) -> dict[str, float]:
    """For each colour the share of images in which the rules see it, asked for as "a flower with ... petals"."""
    found = {}
    for colour, right in ASKED.items():
        embeddings = model.embed([f"a flower with {colour} petals"], encoder).expand(SEEDS, -1)
        seen = colours.salient(model.draw(model.latents(range(SEEDS)), embeddings, stage=stage))
        found[colour] = float(np.mean([one in right for one in seen]))
    return found


def two_parts(model: TextToImage, encoder: str, stage: int) -> dict[str, float]:
    """Sentences about two parts, or about how many: the share of images in which both parts are right."""
    found = {}
    for sentence, middle, petals in (*TWO_PARTS, PURPLE_EDGES):
        embeddings = model.embed([sentence], encoder).expand(SEEDS, -1)
        drawn = model.draw(model.latents(range(SEEDS)), embeddings, stage=stage)
        found[sentence] = float(colours.shows(drawn, middle, petals).mean())
    for sentence, least, most in NUMBERS:
        embeddings = model.embed([sentence.format("red")], encoder).expand(SEEDS, -1)
        counts = colours.blooms(model.draw(model.latents(range(SEEDS)), embeddings, stage=stage))
        found[sentence.format("red")] = float(((counts >= least) & (counts <= most)).mean())
    return found


def diversity_within(features: torch.Tensor, labels: torch.Tensor) -> float:
    """Mean distance between ALIKE photographs of one class, over the classes that have two or more; NaN without any. features [N, F],
    labels [N], -1 without a class."""
    distances = [text_metrics.mean_distance(features[labels == c][:ALIKE]) for c in labels[labels >= 0].unique()]
    return torch.tensor(distances, dtype=torch.double).nanmean().item()


def diversity(model: TextToImage, instrument: TextEncoders, encoder: str, stage: int) -> float:
    """Mean distance in feature space between ALIKE images of one sentence, over some sentences."""
    distances = []
    for embedding in model.embed(list(SENTENCES), encoder):
        drawn = model.draw(model.latents(range(ALIKE)), embedding.expand(ALIKE, -1), stage=stage)
        distances.append(text_metrics.mean_distance(torch.from_numpy(instrument.features(drawn))))
    return float(np.mean(distances))


def smoothness(model: TextToImage, instrument: TextEncoders, encoder: str, stage: int, steps: int = 17) -> float:
    """The largest step in feature space between neighbours on a line from one sentence to another, as a share of all steps (even: 1/16)."""
    first, last = model.embed(list(SENTENCES[:2]), encoder)
    alpha = torch.linspace(0, 1, steps)[:, None]
    drawn = model.draw(model.latents([0] * steps), first * (1 - alpha) + last * alpha, stage=stage)
    features = torch.from_numpy(instrument.features(drawn))
    lengths = (features[1:] - features[:-1]).norm(dim=1)
    return float(lengths.max() / lengths.sum())
