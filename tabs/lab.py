"""Plate: the 2-D lab. A GAN small enough to be trained while one watches."""

import json
from html import escape
from pathlib import Path

import gradio as gr

from page import served
from page.instrument import IGNORED, SHARED_JS
from page.language import each, language, say
from page.markup import address, choices, sharing, slider
from page.plate import Plate
from page.scripts import once, scripts
from page.site import Site

PLATE = Plate(
    id="lab", order=9, given="play", label="2-D lab", title="A GAN in two dimensions", year="the game itself",
    idea="Two small networks play in the plane before your eyes: the forger bends a sheet of noise until it lies on the target.",
)
HERE = Path(__file__).parent
GAME = HERE / "lab_game.js"        # runs in a worker of the visitor's browser: no request is made
JS = once("lab", SHARED_JS + scripts(HERE, "lab.js"))
TARGETS = ("ring", "grid", "moons", "spiral", "drawn")
LOSSES = ("minimax", "nonsaturating", "hinge", "wasserstein")
RULES = {"target": "ring", "loss": "nonsaturating", "k": 1, "lr_g": 1e-3, "lr_d": 1e-3, "penalty": 1.0}
PRESETS = {            # what a visitor may want to see: name -> rules, with rates that sliders give; those with a target begin anew
    "A fair game": RULES,
    "Mode collapse": RULES | {"penalty": 0.0, "lr_g": 10 ** -2.3},
    "Its cure": {"k": 2, "lr_g": 1e-3, "lr_d": 10 ** -2.5, "penalty": 1.0},
}

START = RULES | {"drawn": ""}
MOST_POINTS = 150      # of a target that is drawn, as it stands in a link
SLIDERS = {"k": (1, 10, 1), "lr_g": (-4, -1.5, 0.05), "lr_d": (-4, -1.5, 0.05), "penalty": (0, 5, 0.1)}       # of rates their logarithms
RATE = {"low": 10 ** SLIDERS["lr_g"][0] * 0.999, "high": 10 ** SLIDERS["lr_g"][1] * 1.001}      # the last bits of a power differ by browser
LIMITS = {             # of rules that a link brings: what the sliders give
    "target": TARGETS, "loss": LOSSES, "k": list(range(SLIDERS["k"][0], SLIDERS["k"][1] + 1)), "lr_g": RATE, "lr_d": RATE,
    "penalty": dict(zip(("low", "high"), SLIDERS["penalty"], strict=False)),
    "drawn": {"pattern": rf"^([\w-]{{4}}){{0,{MOST_POINTS}}}$"},
}
NAMES = {"drawn": "draw it yourself", "minimax": "minimax (2014)", "nonsaturating": "non-saturating", "wasserstein": "Wasserstein"}


def build(site: Site) -> None:
    site.head(PLATE)
    placed = gr.HTML(value=each(_markup), js_on_load=JS, elem_id="lab", apply_default_css=False)
    placed.alone = True       # it asks no server for anything (deploy/static.py)
    with gr.Accordion(each(lambda: say("How it works")), open=False, elem_classes="facts"):
        gr.Markdown(each(lambda: say(HOW)))


def _markup() -> str:
    presets = "".join(f'<button type="button" data-rules="{escape(json.dumps(rules))}">{say(name)}</button>'
                      for name, rules in PRESETS.items())
    words = {"play": say("Play"), "pause": say("Pause"), "rounds": say("{count} rounds"), "copied": say("Copied."),
             "lost": say("The game could not be fetched, or does not run in this browser; Play tries again."), "ignored": say(IGNORED)}
    return f"""<div class="instrument lab" data-start="{escape(json.dumps(START))}" data-points="{MOST_POINTS}"
  data-language="{language()}"
  data-words="{escape(json.dumps(words))}" data-limits="{escape(json.dumps(LIMITS))}"
  data-game="{served.script(GAME)}" {address(PLATE.id, "lab")}>
<div class="bench">
  <div class="stage">
    <canvas width="640" height="640" role="img"
      aria-label="{say("The plane: real and generated points, the bent grid of noise, D’s belief as shades")}"></canvas>
    <p class="notice" role="alert"></p>
    <p class="caption" data-hint hidden>{say("Draw in the frame: press and move.")}</p>
    <div class="row"><button type="button" data-do="run">{say("Pause")}</button>
      <button type="button" data-do="d">{say("One step of D")}</button>
      <button type="button" data-do="g">{say("One step of G")}</button><button type="button" data-do="anew">{say("Begin anew")}</button>
      <span class="caption mono" data-steps></span></div>
    <div class="row legend"><label class="tick"><input type="checkbox" data-layer="heat" checked>
        {say("D’s belief (green: real, red: generated)")}</label>
      <label class="tick"><input type="checkbox" data-layer="grid" checked> {say("the bent grid of noise")}</label>
      <label class="tick"><input type="checkbox" data-layer="push"> {say("where D would push")}</label>
      <span class="caption"><b class="real">●</b> {say("real")} &nbsp;
        <b class="fake">○</b> {say("generated (beyond the frame: at its edge)")}</span></div>
  </div>
  <div class="panel">
    <div class="field" role="group" aria-label="{say("To see")}"><span>{say("To see")}</span><div class="choices">{presets}</div></div>
    {choices("target", say("Target"), {name: say(NAMES.get(name, name)) for name in TARGETS})}
    {choices("loss", say("Loss"), {name: say(NAMES.get(name, name)) for name in LOSSES})}
    {slider("k", say("steps of D for each of G (k)"), *SLIDERS["k"])}
    {slider("lr_g", say("G’s learning rate"), *SLIDERS["lr_g"])}
    {slider("lr_d", say("D’s learning rate"), *SLIDERS["lr_d"])}
    {slider("penalty", say("gradient penalty"), *SLIDERS["penalty"])}
  </div>
</div>{sharing(commands=False)}</div>"""


HOW = """
Noise is a cloud of points around the middle of a sheet. G, a small network, moves every point of that sheet somewhere else; the grid shows
how it has bent the sheet so far. D, another small network, gives every place of the plane a belief: green where it expects real
points, red where it expects generated ones. D learns to tell real points from generated ones, G moves its points to where D believes
in them, and so on. Any distribution
can be made from a normal one by such a bending; a GAN is a way to find it without ever writing down a likelihood. **Mode collapse** is
what happens when G runs ahead of D: all points gather on one cluster, D learns to distrust it, and the whole crowd moves to the next.
Its cure leaves the game as it stands and changes the rules: a slower G, a D that learns faster and a penalty that keeps its slopes gentle.
"""
