"""Run by tests/test_toy_row.py inside the copy of the project: what page, API and hostile tests know of the toy, as JSON."""

import contextlib
import io
import json
import re

from app import build
from harness import catalogue
from harness.hostile import targets, trouble
from models.bench import bench
from page import api, networks
from page.language import I18N, WORDS

page = build()
html = " ".join(I18N.translations["en"].values())
found = {target.name: target for target in targets(page)}
out = io.StringIO()
with contextlib.redirect_stdout(out):
    bench(runs=2)
print(json.dumps({
    "tab": bool(re.search(r'<p class="plate-number">Plate [IVX]+ · \d{4}</p><h1>Toy GAN</h1>', html)),
    "leaf": 'id="atlas-toy"' in html and "A row that has nothing but its own files." in html and "a toy" in html,
    "facts": "toy share" in html,
    "functions": sorted(name for name in found if name.startswith("toy")),
    "bad": trouble(found["toy.draw"], found["toy.draw"].good | {"ink": 7}),
    "refusal": found["toy.draw"].call(found["toy.draw"].good | {"ink": 7})["notice"],
    "drawn": found["toy.draw"].call(found["toy.draw"].good),
    "recited": found["toy.recite"].call(found["toy.draw"].good)["command"],
    "parts": list(networks.prepared("toy-mnist")["parts"]),
    "words": sorted(catalogue.messages() - WORDS["en"].keys()),
    "listed": [model["controls"] for model in api.list_models() if model["name"] == "toy-mnist"],
    "sampled": len(api.sample("toy-mnist", "0-2", {"ink": 0.25})),
    "scored": len(api.score("toy-mnist", api.sample("toy-mnist", "0-2"))),
    "bench": [line for line in out.getvalue().splitlines() if line.startswith("| toy-mnist |")],
}))
