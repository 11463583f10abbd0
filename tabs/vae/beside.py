"""A VAE beside a GAN of the same data: the same seeds, blur against sharpness, and what only a VAE can say of itself, its bound."""

from collections.abc import Iterable
from functools import lru_cache, partial

from models.controls import Choice, Range
from models.figures import value_of
from models.images import sharpness
from models.loaded import Model
from models.seeds import SEED_LIMIT, from_seed, named_from
from page.drawing import INDEX, Drawing, Expression, about, field, images, model_named, noise, png, said, text
from page.fields import Seed, Weights
from page.instrument import Recipe, instrument
from page.language import say
from page.markup import choices, number, picture
from page.model_facts import title
from page.site import Site, shown_model

TRAY = 12             # pictures of each
MEASURED = 60        # pictures whose sharpness is measured


def build(plate: str, names: list[str], site: Site) -> None:
    pairs = {gan: vae for vae in names for gan in rivals(vae, site)}
    if pairs:
        first = next((gan for gan in pairs if shown_model(gan).z_dim == shown_model(pairs[gan]).z_dim), next(iter(pairs)))
        instrument(lambda: _markup(list(pairs)), {"gan": first, "seed": "100"}, drawing=drawing(pairs), recite=partial(recite, pairs),
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


def drawing(pairs: dict[str, str]) -> Drawing:
    """The same seeds for a GAN and the VAE of its data: `pairs` has the names of VAEs by those of GANs."""
    gan, seed = field("gan"), field("seed")
    vae = model_named(about(gan, lambda gan: pairs.get(gan.card.name, next(iter(pairs.values())))), *dict.fromkeys(pairs.values()))
    slots: dict[str, Expression] = {}
    for side, model in (("vae", vae), ("gan", gan)):
        options = {name: INDEX % about(model, lambda model, name=name: _options(model).get(name, 1)) for name in _names(pairs)}
        drawn = images(model, noise(seed + INDEX), TRAY, **options)
        for i in range(TRAY):
            slots |= {f"{side}{i}": png(drawn, i, signed=True),
                      f"{side}{i}-alt": said("{name}, seed {seed}", name=about(model, lambda model: model.card.name),
                                             seed=(seed + i) % SEED_LIMIT)}
        named = text("<b>{title}</b>", title=about(model, lambda model: title(model.card.name)))
        slots[f"{side}-name"] = said("{title}, {remark}", title=named,
                                     remark=said("{count} numbers of noise (z)", count=about(model, lambda model: model.z_dim)))
    slots |= {"figures": about(gan, lambda gan: _figures(shown_model(pairs.get(gan.card.name, gan.card.name)), gan)),
              "bound": about(vae, _bound)}
    return Drawing({"gan": Weights(tuple(pairs), "{name} has no VAE of the same data beside it."), "seed": Seed()}, slots)


def recite(pairs: dict[str, str], asked: dict) -> list[Recipe]:
    """The VAE's pictures in one recipe, the GAN's in one for each value of its first choice."""
    gan, seeds = asked["gan"], from_seed(asked["seed"], TRAY)
    found: list[Recipe] = [(pairs[gan.card.name], named_from(asked["seed"], TRAY), {})]
    rows: dict[tuple, list[int]] = {}
    controls = _controls(gan, TRAY)
    for i, seed in enumerate(seeds):
        rows.setdefault(tuple((name, values[i]) for name, values in controls.items()), []).append(seed)
    return found + [(gan.card.name, ",".join(map(str, seeds)), dict(row)) for row, seeds in rows.items()]


def _options(model: Model) -> dict[str, int]:
    """How many options each choice of a model has."""
    return {control.name: len(control.options) for control in model.card.controls if isinstance(control, Choice)}


def _names(pairs: dict[str, str]) -> list[str]:
    """The choices of any of the models."""
    return list(dict.fromkeys(name for one in [*pairs, *pairs.values()] for name in _options(shown_model(one))))


def _controls(model: Model, n: int) -> dict[str, list]:
    """Every option of a choice in turn; the rest as it is by default."""
    return {name: [i % options for i in range(n)] for name, options in _options(model).items()}


@lru_cache(maxsize=64)
def _sharpness(model: Model) -> float:
    return sharpness(model.generate(range(MEASURED), **_controls(model, MEASURED)))


def _figures(vae: Model, gan: Model) -> str:
    """What both were measured by, as a table."""
    rows = []
    for words, key, form in ((say("Fréchet distance, lower is nearer"), "frechet_distance", ".2f"), (say("precision"), "precision", ".1%"),
                             (say("recall"), "recall", ".1%")):
        rows.append((words, *(_printed(value_of(model.card.metrics, key), form) for model in (vae, gan))))
    real = value_of(vae.card.metrics, "sharpness_real")
    rows.append((say("sharpness of {count} pictures (of real ones {real})", count=MEASURED, real=f"{real:.2f}") if real else
                 say("sharpness of {count} pictures", count=MEASURED),
                 *(f"{_sharpness(model):.2f}" for model in (vae, gan))))
    bound = value_of(vae.card.metrics, "bound")
    rows.append((say("bound on log p(x), in nats"), _printed(bound, ".1f"), say("has none")))
    body = "".join(f'<tr><th scope="row">{words}</th><td>{left}</td><td>{right}</td></tr>' for words, left, right in rows)
    heads = "".join(f'<th scope="col">{say(model.card.paper.name)}</th>' for model in (vae, gan))
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
                 "decides. Neither discriminator nor label took part in the VAE. Its recall can be low all the same: blurred pictures lie "
                 "apart from real ones, and this measure then finds that they cover few of them.")
    return f"""
<h2>{say("Beside a GAN")}</h2>
<div class="two">{tray("vae")}{tray("gan")}</div>
<div class="row">{choices("gan", say("The GAN beside it"), {name: title(name) for name in gans})}
{number("seed", say("noise (z), first seed"))}</div>
<p class="caption">{lesson}</p>
<div class="beneath two"><div data-slot="figures"></div><div data-slot="bound"></div></div>"""
