"""What a training's settings may be. Anything else is refused before data are read, in one sentence."""

import dataclasses
import math

from models.errors import BadInput
from training.kit.augment import check_policy

MOST = 1_000_000_000
SIZES = (16, 256)       # pixels a side
RANGES = {      # setting: lowest, highest; both may be taken unless a range is open
    "seed": (0, 2**32 - 1), "steps": (1, MOST), "batch": (1, 65_536), "limit": (0, MOST), "k": (1, 1_000),
    "r1_every": (1, MOST), "anneal": (0, 1), "temperature": (1e-4, 100), "smoothing": (0, 0.99), "truncation": (0, 1), "dropout": (0, 0.95),
    "labelled_batch": (1, 65_536), "grid_every": (1, MOST), "g_most": (1, 8_192),
    "blocks": (1, 64), "alpha": (0, 1), "misspelt": (0, 1), "named": (0, 1),
    "bare": (0, 1), "named_fakes": (0, 1_000),
}
SHARES = {"ema", "beta1"}     # from 0 to 1, without 1


def check_settings(cfg) -> None:
    """Raises BadInput for a number outside its range: a learning rate of 0, a negative width, a seed that torch would not take."""
    for field in dataclasses.fields(cfg):
        value, name = getattr(cfg, field.name), field.name
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        said = f"--{name.replace('_', '-')}"
        if name == "size" and value == 0 and type(cfg).size == 0:      # the data set's own
            continue
        low, high = _range(name, value)
        if not math.isfinite(value) or not low <= value <= high:
            raise BadInput(f"{said} takes {'a whole number' if isinstance(value, int) else 'a number'} from {_said(low)} to {_said(high)}, "
                           f"not {value:.12g}.")
        if (name in SHARES and value == 1) or (_is_rate(name) and value == 0):
            raise BadInput(f"{said} takes a number {'below 1' if value else 'above 0'}, not {value:g}.")
    check_policy(getattr(cfg, "augment", ""))
    check_batch(cfg)


def check_batch(cfg, world: int = 1) -> None:
    """Raises BadInput for a batch that does not divide among `world` processes, or gives one of them too few images."""
    least, among = getattr(cfg, "LEAST_BATCH", 1), f" in each of {world} processes" if world > 1 else ""
    if cfg.batch % world:
        raise BadInput(f"A batch of {cfg.batch} does not divide among {world} processes.")
    if cfg.batch // world < least:
        raise BadInput(f"--batch takes at least {least}{among} for this paper, whose networks compare the images of a batch, not "
                       f"{cfg.batch // world}.")


def check_whole(most: dict[str, int], cfg, least: int = 1) -> None:
    """Raises BadInput for a setting outside `least` to its `most`; for commands that are no trainings."""
    for name, high in most.items():
        if not least <= (value := getattr(cfg, name)) <= high:
            raise BadInput(f"--{name} takes a whole number from {least} to {high:,}, not {value}.")


def _range(name: str, value: float) -> tuple[float, float]:
    if name == "size":
        return SIZES
    if name in RANGES:
        return RANGES[name]
    if name in SHARES or _is_rate(name):
        return 0, 1
    if "width" in name or name.endswith("dim"):
        return 2 if "width" in name else 1, 8_192          # half as many channels stand further out
    return 0, MOST if isinstance(value, int) else 1_000_000


def _is_rate(name: str) -> bool:
    return name.startswith("lr") or name.endswith("_lr")


def _said(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"
