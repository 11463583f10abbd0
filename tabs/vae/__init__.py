"""Plate: VAE. The plane of two latents under the visitor's finger; a digit of one's own; the reparametrisation; and a GAN beside it."""

from page.beside import Reader
from page.branch import Branch
from page.model_facts import facts, missing
from page.plate import Plate
from page.replay import replay
from page.site import Site
from tabs.vae import beside, drawing, latent_map, trick

PLATE = Plate(
    id="vae", order=5, given="code", models=("vae", "vae_map"), label="VAE", seeds={"vae": 41},
    losses={"reconstruction": "reconstruction", "kl": "divergence from the prior"},
)
BRANCHES = (
    Branch("vae", neighbour=True, heading="How it differs",
           added="A neighbouring family, not a GAN: no judge at all, but a bound on the likelihood that is climbed directly.",
           start=(772, 752), bend=(764, 742, 784, 736), tip=(778, 718), width=(6, 2.5)),
)


def build(site: Site) -> None:
    maps, names = site.weights("vae_map"), site.weights("vae")
    site.head(PLATE)
    if not maps or not names:
        return missing(*(("vae_map", "map") if names else ("vae",)))
    latent_map.build(PLATE.id, maps)
    if drawing.VAE in names and drawing.MAP in maps:
        drawing.build(PLATE, site)
    trick.build(PLATE.id, names)
    beside.build(PLATE.id, names, site)
    replay([*names, *maps], PLATE, first=names[0])
    facts([*names, *maps], HOW)


READER = Reader(PLATE, drawing.OWN, drawing.read, (drawing.VAE, drawing.MAP))
HOW = """
An encoder reads a picture and answers with a cloud rather than a point: for each latent a mean and a deviation. A sample of the cloud goes
through the decoder, which must draw the picture again. Two things are asked at once: the drawing should be likely (the reconstruction
term), and the cloud should not stray from the standard normal distribution (the divergence). Their sum bounds how unlikely the picture is
to the model, so training climbs a bound on the likelihood, and nobody has to judge. A sample has no derivative, so the noise is drawn
outside: *z* = mean + deviation × *eps*, and the gradient passes. What *z* leaves open, the decoder answers with the average of all pictures
that it may stand for, which is why a VAE blurs where a GAN decides.
"""
