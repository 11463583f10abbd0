"""A VAE beside a GAN of the same data: the same seeds, blur against sharpness, and what only a VAE can say of itself, its bound."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from models.controls import Choice, Range
from models.errors import BadInput
from models.figures import value_of
from models.images import png_uri, sharpness
from models.loaded import Model
from models.provenance import png_info
from models.seeds import SEED_LIMIT, parse_seeds
from page.instrument import Recipe, State, choices, instrument, number, picture
from page.language import say
from page.model_facts import title
from page.site import Site, shown_model
from page.slots import Slots

TRAY = 12             # pictures of each
MEASURED = 200        # pictures whose sharpness is measured


def build(plate: str, names: list[str], site: Site) -> None:
    pairs = {gan: vae for vae in names for gan in rivals(vae, site)}
    if pairs:
        first = next((gan for gan in pairs if shown_model(gan).z_dim == shown_model(pairs[gan]).z_dim), next(iter(pairs)))
        instrument(lambda: _markup(list(pairs)), {"gan": first, "seed": "100"}, lambda state: parse(pairs, state), draw, recite=recite,
                   plate=plate, elem_id=f"{plate}-beside")


def rivals(name: str, site: Site) -> Iterable[str]:
    """The weights on the page that were trained on the same data, have a discriminator, and take no more than a label or codes."""
    data = shown_model(name).card.dataset.key
    for module in site.plates:
        for other in (weights for model in module.PLATE.models for weights in site.weights(model)):
            model = shown_model(other)
            if (model.card.dataset.key == data and {"generate", "score"} <= {*model.tasks} and model.z_dim
                    and all(isinstance(control, Choice | Range) for control in model.card.controls)):
                yield other


@dataclass(frozen=True)
class Pair:
    vae: Model
    gan: Model
    seeds: list[int]


def parse(pairs: dict[str, str], state: State) -> Pair:
    if state["gan"] not in pairs:
        shown_model(state["gan"])         # says what is wrong with a name that is none
        raise BadInput("{name} has no VAE of the same data beside it.", name=state["gan"])
    first = parse_seeds([state["seed"]])[0]
    return Pair(shown_model(pairs[state["gan"]]), shown_model(state["gan"]), [(first + i) % SEED_LIMIT for i in range(TRAY)])


def draw(pair: Pair) -> Slots:
    slots = {}
    for side, model in (("vae", pair.vae), ("gan", pair.gan)):
        images = model.generate(pair.seeds, **_controls(model, TRAY))
        for i, (seed, image) in enumerate(zip(pair.seeds, images, strict=True)):
            controls = {name: values[i] for name, values in _controls(model, TRAY).items()}
            slots |= {f"{side}{i}": png_uri(image, png_info(model.card, seed, controls)),
                      f"{side}{i}-alt": say("{name}, seed {seed}", name=model.card.name, seed=seed)}
        slots[f"{side}-name"] = f"<b>{title(model.card.name)}</b>, " + say("{count} numbers of noise (z)", count=model.z_dim)
    return slots | {"figures": _figures(pair), "bound": _bound(pair.vae)}


def recite(pair: Pair) -> list[Recipe]:
    """The VAE's pictures in one recipe, the GAN's in one for each value of its first choice."""
    found: list[Recipe] = [(pair.vae.card.name, f"{pair.seeds[0]}-{pair.seeds[-1]}" if pair.seeds[0] < pair.seeds[-1] else
                            ",".join(map(str, pair.seeds)), {})]
    rows: dict[tuple, list[int]] = {}
    controls = _controls(pair.gan, TRAY)
    for i, seed in enumerate(pair.seeds):
        rows.setdefault(tuple((name, values[i]) for name, values in controls.items()), []).append(seed)
    return found + [(pair.gan.card.name, ",".join(map(str, seeds)), dict(row)) for row, seeds in rows.items()]


def _controls(model: Model, n: int) -> dict[str, list]:
    """Every option of a choice in turn; the rest as it is by default."""
    return {control.name: [i % len(control.options) for i in range(n)] for control in model.card.controls if isinstance(control, Choice)}


@lru_cache(maxsize=64)
def _sharpness(model: Model) -> float:
    return sharpness(model.generate(range(MEASURED), **_controls(model, MEASURED)))


def _figures(pair: Pair) -> str:
    """What both were measured by, as a table."""
    rows = []
    for words, key, form in ((say("Fréchet distance, lower is nearer"), "frechet_distance", ".2f"), (say("precision"), "precision", ".1%"),
                             (say("recall"), "recall", ".1%")):
        rows.append((words, *(_printed(value_of(model.card.metrics, key), form) for model in (pair.vae, pair.gan))))
    real = value_of(pair.vae.card.metrics, "sharpness_real")
    rows.append((say("sharpness of {count} pictures", count=MEASURED) + (f" ({say('of real ones')} {real:.2f})" if real else ""),
                 *(f"{_sharpness(model):.2f}" for model in (pair.vae, pair.gan))))
    bound = value_of(pair.vae.card.metrics, "bound")
    rows.append((say("bound on log p(x), in nats"), _printed(bound, ".1f"), say("has none")))
    body = "".join(f'<tr><th scope="row">{words}</th><td>{left}</td><td>{right}</td></tr>' for words, left, right in rows)
    heads = "".join(f'<th scope="col">{model.card.paper.name}</th>' for model in (pair.vae, pair.gan))
    return f'<table class="read"><thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _printed(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _bound(model: Model) -> str:
    """The two terms of the bound as bars, of this VAE and of the plain one; empty before they were measured."""
    metrics = model.card.metrics
    terms = [(name, value_of(metrics, f"reconstruction_nats{end}"), value_of(metrics, f"kl_nats{end}"))
             for name, end in ((say("this VAE"), ""), (say("plain VAE, 784-400-20"), "_plain"))]
    terms = [term for term in terms if None not in term]
    most = max((left + right for _, left, right in terms), default=1)
    rows = "".join(f'<tr><th scope="row">{name}</th><td><span class="terms"><i style="width:{left / most:.1%}"></i>'
                   f'<i class="kl" style="width:{right / most:.1%}"></i></span></td>'
                   f'<td class="mono">{left:.1f} + {right:.1f} = {left + right:.1f}</td></tr>' for name, left, right in terms)
    caption = say("What a test picture costs, in nats: drawing it from z (reconstruction) + saying z (divergence from the prior). The sum "
                  "with a minus is the bound on log p(x) that training climbs.")
    return f'<table class="bars"><caption>{caption}</caption><tbody>{rows}</tbody></table>' if rows else ""


def _markup(gans: list[str]) -> str:
    def tray(side: str) -> str:
        cells = "".join(f'<figure>{picture(f"{side}{i}", "")}</figure>' for i in range(TRAY))
        return f'<div><p class="caption" data-slot="{side}-name"></p><div class="specimens">{cells}</div></div>'

    lesson = say("The VAE is paid for covering every picture and hedges with grey; the GAN is paid for single pictures that convince, and "
                 "decides. Neither discriminator nor label took part on the left.")
    return f"""
<h2>{say("Beside a GAN")}</h2>
<div class="two">{tray("vae")}{tray("gan")}</div>
<div class="row">{choices("gan", say("The GAN on the right"), {name: title(name) for name in gans})}
{number("seed", say("noise (z), first seed"))}</div>
<p class="caption">{lesson}</p>
<div class="beneath two"><div data-slot="figures"></div><div data-slot="bound"></div></div>"""
