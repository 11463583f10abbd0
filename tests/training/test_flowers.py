"""From captions to pictures with tiny networks: text encoders, GAN-CLS, both stages of StackGAN, and what is measured on them."""

import dataclasses
import json
import shutil
import sys
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from conftest import is_one_sentence, png
from PIL import Image

import models
from models import text
from models.checkpoint import build_networks, save, vouch
from models.datasets import DATASETS
from models.errors import BadInput
from models.text.encoders import ENCODERS, EXAMPLES
from models.training_record import TrainingRecord
from tests.training.discs import PAINT, disc, pictures_of
from training import evaluate, evaluate_flowers, gan_cls, prepare_flowers, sentence_encoder, stackgan, text_encoder
from training.kit import image_views, text_pool
from training.kit.pool_embeddings import PoolEmbeddings
from training.kit.real import Real
from training.kit.sentences import digest_of


@pytest.fixture(scope="module", autouse=True)
def few_views(tmp_path_factory):
    """Half as many views of each picture, at half the size, fewer texts, and each read once for all tests: frozen networks cost more than
    all that is trained here."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        for module in (gan_cls, stackgan):
            patch.setattr(module, "PoolEmbeddings", lambda data, encoders, _: PoolEmbeddings(data, encoders, cache))
        for module in (image_views, text_encoder):
            patch.setattr(module, "SIDE", 112)
        for kind, count in (("MISSPELT", 1), ("NAMED", 1), ("PHRASES", 40), ("WORDS", 20)):
            patch.setattr(text_pool, kind, count)
        patch.setattr(text_encoder, "view_features", partial(image_views.view_features, crops=1))
        yield


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """80 training and 40 validation pictures of four classes: discs of a colour, with two sentences each."""
    folder, rng = tmp_path_factory.mktemp("flowers-data"), np.random.default_rng(0)
    for split, rows, first in (("train", 80, 0), ("validation", 40, 7)):
        table = []
        for i in range(rows):
            name = list(PAINT)[i % 4]
            picture = disc(PAINT[name], radius=rng.uniform(0.25, 0.4))
            table.append({"image": {"bytes": png(picture), "path": None}, "label": first + i % 4, "image_id": f"image_{i:05d}",
                          "captions": [f"a {name} flower", f"this flower has {name} petals, {i} of them"]})
        pq.write_table(pa.Table.from_pylist(table, schema=prepare_flowers.SCHEMA), folder / f"{split}-00000-of-00001.parquet")
    return folder


@pytest.fixture(scope="module")
def house(flowers, tmp_path_factory):
    """Weights folders of all three, trained for a few steps."""
    folder = tmp_path_factory.mktemp("flowers-weights")

    def train(script, name, **changed):
        cfg = dataclasses.replace(script.PRESETS["smoke"], data=str(flowers), weights=str(folder / name), limit=0, restart=False,
                                  **{"out": str(folder / f"run-{name}")} | changed)
        patch.setattr(sys, "argv", [script.__file__, "--steps", str(cfg.steps)])     # so that each stage has a command of its own
        script.main(cfg)

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train(text_encoder, "text-flowers")
        text = {"text": str(folder / "text-flowers")}
        train(gan_cls, "gan-cls-flowers", **text)
        train(stackgan, "stackgan-flowers", **text)
        np.save(folder / "low_res.npy", models.load(folder / "stackgan-flowers").generate([1, 2], text="a red flower", encoder="sentence",
                                                                                          stage=1))
        train(stackgan, "stackgan-flowers", **text, stage=2, out=str(folder / "run-stage2"), steps=2, batch=4)
    return folder


# --- training -------------------------------------------------------------------------------------------------------------

def test_text_encoders_are_kept_whole(house):
    encoders = models.load(house / "text-flowers")
    embeddings = [encoders.embed(["a red flower", EXAMPLES[0]], encoder) for encoder in ENCODERS]
    for one in embeddings:
        assert one.shape == (2, encoders.dim)
        torch.testing.assert_close(one.norm(dim=1), torch.ones(2), atol=2e-3, rtol=0)
    assert EXAMPLES[0] in encoders.captions.texts and encoders.captions.vocabulary["petals"] == 80
    from sentence_transformers import SentenceTransformer

    alone = SentenceTransformer(str(house / "text-flowers" / "sentence"), device="cpu", local_files_only=True).encode(["a red flower"])
    np.testing.assert_allclose(alone[0].astype(np.float32), embeddings[1][0].numpy(), atol=5e-3)


def test_the_sentence_encoder_learns_to_read_misspelt_words(house, flowers, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["sentence_encoder.py"])
    cfg = dataclasses.replace(sentence_encoder.PRESETS["smoke"], data=str(flowers), init_from=str(house / "text-flowers"), steps=16,
                              lr=3e-4, alpha=1.0, out=str(tmp_path / "run"), weights=str(tmp_path / "text-flowers"), limit=0, restart=False)
    for _ in range(2):                        # the second time there is nothing left to do, and nothing is counted twice
        sentence_encoder.main(cfg)
    before, after = (models.load(folder) for folder in (house / "text-flowers", tmp_path / "text-flowers"))
    plain, misspelt = ["a yellow flower", "a flower with purple petals"], ["a ylelow flower", "a flower with purpple petals"]
    wanted = before.embed(plain, "sentence")
    apart = [float((1 - (one.embed(misspelt, "sentence") * wanted).sum(1)).mean()) for one in (before, after)]
    assert apart[1] < 0.9 * apart[0] and (after.embed(plain, "sentence") * wanted).sum(1).min() > 0.8
    assert after.card.sha256 == before.card.sha256 and (after.embed(plain) == before.embed(plain)).all()     # all else stays
    assert after.card.training.command.count("&&") == 1 and after.card.training.commit.count(";") <= 1
    assert after.card.training.steps == before.card.training.steps and "16 steps" in after.card.training.remark
    text = after.captions.texts[0]
    new = torch.from_numpy(after.sentence.encode([text]))[0]
    assert after.captions.texts == before.captions.texts and torch.allclose(after.captions.embedding(text, 1), new, atol=2e-3)


@pytest.mark.parametrize("name", ["gan-cls-flowers", "stackgan-flowers"])
def test_one_generator_is_driven_by_both_encoders(house, name):
    model = models.load(house / name)
    drawn = [model.generate([1, 2], text="a red flower", encoder=encoder) for encoder in ENCODERS]
    assert all(pictures.shape == (2, *model.card.image_size) for pictures in drawn)
    assert (drawn[0] != drawn[1]).any()
    assert model.card.training.notes["text_sha256"] == models.load(house / "text-flowers").card.sha256


def test_stage_two_keeps_stage_one_as_it_was(house):
    model = models.load(house / "stackgan-flowers")
    assert model.card.training.notes["stage"] == 2
    low_res, picture = (model.generate(3, text="a red flower", encoder="char-cnn-rnn", stage=stage) for stage in (1, 2))
    shrunk = picture.reshape(1, 64, 4, 64, 4, 3).mean((2, 4))
    assert np.abs(shrunk - low_res).mean() < 30        # two steps of training: still close to the enlarged low-resolution image


def test_an_interrupted_run_ends_as_an_uninterrupted_one(house, flowers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ends = []
    for name, stops in (("whole", (2,)), ("parts", (1, 2))):
        for steps in stops:
            cfg = dataclasses.replace(stackgan.PRESETS["smoke"], data=str(flowers), out=str(tmp_path / name), steps=steps, limit=0,
                                      weights=str(tmp_path / f"{name}-weights"), restart=False, text=str(house / "text-flowers"))
            stackgan.main(cfg)
        ends.append(models.load(tmp_path / f"{name}-weights").card.sha256)
    assert ends[0] == ends[1]


def test_stage_two_without_stage_one_says_so(flowers, house, tmp_path):
    cfg = dataclasses.replace(stackgan.PRESETS["smoke"], stage=2, data=str(flowers), out=str(tmp_path / "run"), limit=0,
                              weights=str(tmp_path / "nothing"), text=str(house / "text-flowers"))
    with pytest.raises(BadInput, match="--stage 1 first") as caught:
        stackgan.main(cfg)
    assert is_one_sentence(str(caught.value))


def test_stage_two_goes_on_with_its_own_stage_one_and_its_own_text_encoders(flowers, house, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["stackgan.py"])
    shutil.copytree(house / "stackgan-flowers", tmp_path / "weights" / "stackgan-flowers")
    cfg = dataclasses.replace(stackgan.PRESETS["smoke"], data=str(flowers), limit=0, restart=False, steps=1,
                              text=str(house / "text-flowers"), weights=str(tmp_path / "weights" / "stackgan-flowers"))
    two = dataclasses.replace(cfg, stage=2, out=str(tmp_path / "two"))
    for _ in range(2):                                    # finished: nothing is in its way
        stackgan.main(two)
    settings = tmp_path / "two" / "settings.json"
    before, digest = settings.read_text(), digest_of(models.load(house / "text-flowers"))
    assert json.loads(before)["text_digest"] == digest
    settings.write_text(before.replace(digest, "0" * 64))
    with pytest.raises(BadInput, match="begun with other text encoders") as caught:
        stackgan.main(two)
    assert is_one_sentence(str(caught.value))
    settings.write_text(before)
    stackgan.main(dataclasses.replace(cfg, out=str(tmp_path / "one"), seed=3))
    with pytest.raises(BadInput, match="trained anew since") as caught:
        stackgan.main(two)
    assert is_one_sentence(str(caught.value))


def test_models_of_sentences_are_not_measured_on_pictures_without(house, parquet):
    for name in ("text-flowers", "stackgan-flowers"):
        with pytest.raises(BadInput, match="--caption-column") as caught:
            evaluate.main(evaluate.Settings(str(house / name), data=str(parquet), samples=20, store=False))
        assert is_one_sentence(str(caught.value))


def test_weights_that_are_no_text_encoders_are_refused(house):
    with pytest.raises(BadInput, match="text encoders") as caught:
        stackgan.text_encoders(str(house / "gan-cls-flowers"))
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("script", [stackgan, text_encoder, sentence_encoder], ids=lambda script: script.__name__)
def test_weights_of_another_model_are_refused_before_anything_is_copied(script, house, flowers, tmp_path):
    reads = {"text": str(house / "text-flowers")} if script is stackgan else {}
    cfg = dataclasses.replace(script.PRESETS["smoke"], data=str(flowers), out=str(tmp_path / "run"), weights=str(tmp_path / "weights"),
                              init_from=str(house / "gan-cls-flowers"), **reads)
    with pytest.raises(BadInput, match="holds weights of gan_cls") as caught:
        script.main(cfg)
    assert is_one_sentence(str(caught.value)) and not list((tmp_path / "run").glob("init*"))


def test_stage_two_lets_no_network_of_stage_one_be_trained_anew_by_mistake(house, flowers, tmp_path):
    shutil.copytree(house / "stackgan-flowers", tmp_path / "weights")
    cfg = dataclasses.replace(stackgan.PRESETS["smoke"], data=str(flowers), out=str(tmp_path / "run"), weights=str(tmp_path / "weights"),
                              text=str(house / "text-flowers"), stage=2, limit=0, d_width=6)
    with pytest.raises(BadInput, match="weights holds networks of other widths than these settings; give the same"):
        stackgan.main(cfg)
    with pytest.raises(BadInput, match="weights was trained with --size 256; give the same"):
        stackgan.main(dataclasses.replace(cfg, size=128, restart=True))


def test_a_stage_two_that_does_not_fit_any_more_is_not_said_to_be_trained(house, flowers, tmp_path):
    shutil.copytree(house / "stackgan-flowers", tmp_path / "weights")
    cfg = dataclasses.replace(stackgan.PRESETS["smoke"], data=str(flowers), out=str(tmp_path / "run"), weights=str(tmp_path / "weights"),
                              text=str(house / "text-flowers"), steps=1, limit=0, g2_width=6)
    stackgan.main(cfg)
    record = models.load(tmp_path / "weights").card.training
    assert record.notes["stage"] == 1 and set(record.stages) == {"stage1"} and "Stage-II is not trained yet" in record.remark


def test_training_continues_from_shipped_weights(house, flowers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["stackgan.py", "--begin", "weights/stackgan-flowers"])
    cfg = dataclasses.replace(stackgan.PRESETS["smoke"], data=str(flowers), out=str(tmp_path / "run"), steps=1, limit=0, lr_g=0.0,
                              lr_d=0.0, ema=0.0, init_from=str(house / "stackgan-flowers"), weights=str(tmp_path / "again"),
                              text=str(house / "text-flowers"))
    for _ in range(2):                        # the second time there is nothing left to do, and nothing is counted twice
        stackgan.main(cfg)
        cfg = dataclasses.replace(cfg, restart=False)
    first, again = (models.load(folder) for folder in (house / "stackgan-flowers", tmp_path / "again"))
    old, new = (model.networks["generator2"].state_dict() for model in (first, again))
    assert all(torch.equal(old[key], new[key]) for key in old)
    before, after = first.card.training, again.card.training
    assert after.stages["stage1"].steps == before.stages["stage1"].steps + 1
    assert after.stages["stage2"].steps == before.stages["stage2"].steps
    assert after.steps == before.steps + 1 and after.pictures == before.pictures + cfg.batch and after.notes["stage"] == 2
    assert after.command == " && ".join(after.stages[stage].command for stage in ("stage1", "stage2"))
    assert json.loads((tmp_path / "again" / "config.json").read_text())["training"] == after.as_dict()
    then, now = (json.loads((model.folder / "history" / "history.json").read_text()) for model in (first, again))
    assert now["grids"] == [*then["grids"], then["grids"][-1] + 1]
    assert now["losses"]["step"] == [*then["losses"]["step"], then["grids"][-1] + 1]
    assert {len(curve) for curve in now["losses"].values()} == {len(now["losses"]["step"])}
    assert (tmp_path / "again" / "history" / f"{now['grids'][-1]:06d}.png").is_file()


def test_the_character_encoder_can_follow_into_a_space_that_stays(house, flowers, tmp_path):
    folder, kept = tmp_path / "weights", tmp_path / "space-weights"

    def train(part):
        text_encoder.main(dataclasses.replace(text_encoder.PRESETS["smoke"], data=str(flowers), limit=0, restart=False, part=part, steps=2,
                                              out=str(house / part), weights=str(folder)))     # one cache for all
        return models.load(folder)

    train("space")
    shutil.copytree(folder, kept)
    space, whole = models.load(kept), train("characters")
    texts, data = ["a red flower", "a flower that no caption names"], pictures_of(flowers, "train", 64)
    images = data.images[:2].permute(0, 2, 3, 1).numpy()
    assert torch.equal(space.embed(texts, "sentence"), whole.embed(texts, "sentence"))
    torch.testing.assert_close(space.embed_images(images), whole.embed_images(images))
    assert not torch.equal(space.embed(texts, "char-cnn-rnn"), whole.embed(texts, "char-cnn-rnn"))
    language = "sentence/model.safetensors"
    assert space.card.files[language] == whole.card.files[language] == models.load("text-flowers").card.files[language]
    assert PoolEmbeddings(data, whole, house / "cache").characters.shape[1] == whole.dim
    with pytest.raises(BadInput, match="is not trained yet, and generators learn from both") as caught:
        gan_cls.text_encoders(str(kept))
    assert is_one_sentence(str(caught.value))

    head = whole.sentence.model[2].linear.to("cpu")          # as if training.sentence_encoder had been there
    text_encoder.save_sentence_encoder(torch.nn.Linear(head.in_features, head.out_features), folder, folder)
    vouch(folder, "sentence/**/*")
    files = ("model.safetensors", "config.json", "sentence/2_Dense/model.safetensors", "captions.safetensors")
    before = [(folder / file).read_bytes() for file in files]
    for part in ("space", "characters"):                     # finished: what came after them stays
        train(part)
        assert [(folder / file).read_bytes() for file in files] == before


def test_encoders_of_pictures_that_are_grey_or_have_no_classes(house, tmp_path):
    for i in range(12):
        (tmp_path / "pictures").mkdir(exist_ok=True)
        Image.fromarray(disc(PAINT["white"], radius=0.2 + i / 60)).convert("L").save(tmp_path / "pictures" / f"{i}.png")
        (tmp_path / "pictures" / f"{i}.txt").write_text(f"a white flower, number {i}")
    cfg = dataclasses.replace(text_encoder.PRESETS["smoke"], name="text-pictures", data=str(tmp_path / "pictures"), batch=4, steps=1,
                              limit=0, out=str(tmp_path / "run"), weights=str(tmp_path / "weights"))
    text_encoder.main(cfg)
    model = models.load(tmp_path / "weights")
    found = evaluate_flowers.encoders(model, Real(cfg.data, 0, model, model.card.dataset))
    assert found["classes"] == 0 and {"recall_at_1", "recall_at_10"} <= set(found[f"{ENCODERS[0]}_training"])
    assert not {"ap50", "zero_shot_accuracy"} & set(found[f"{ENCODERS[0]}_training"])


def test_classes_that_training_knows_are_not_told_to_be_unseen(house, flowers, tmp_path):
    shutil.copy(next(flowers.glob("train-*")), tmp_path / "train-00000-of-00001.parquet")
    shutil.copy(next(flowers.glob("train-*")), tmp_path / "test-00000-of-00001.parquet")
    model = models.load(house / "text-flowers")
    found = evaluate_flowers.encoders(model, Real(str(tmp_path), 0, model, model.card.dataset))
    assert "not of classes that training never saw" in found["split"] and not set(ENCODERS) & set(found)
    assert "ap50" in found[f"{ENCODERS[0]}_apart"]


def test_a_space_to_follow_into_is_needed(house, flowers, tmp_path):
    older = tmp_path / "older"          # with an image encoder of its own
    shutil.copytree(models.load("text-flowers").folder / "sentence", older / "sentence")
    net = text.Config(pretrained="", size=128)
    save(older, name="text-flowers", model="text", dataset=DATASETS["flowers"], config=net, networks=build_networks(text, net),
         training=TrainingRecord())
    cfg = dataclasses.replace(text_encoder.PRESETS["smoke"], data=str(flowers), limit=0, part="characters", out=str(tmp_path / "run"),
                              weights=str(tmp_path / "weights"), init_from=str(older))
    with pytest.raises(BadInput, match="--part space") as caught:
        text_encoder.main(cfg)
    assert is_one_sentence(str(caught.value))


def test_stages_follow_each_other_and_score(house):
    model = models.load(house / "stackgan-flowers")
    low_res = model.generate([1, 2], text="a red flower", encoder="sentence", stage=1)
    assert (low_res == np.load(house / "low_res.npy")).all()      # Stage-I stays
    for images in (low_res, model.generate([1, 2], text="a red flower", encoder="sentence")):
        scores = model.score(images, text=["a red flower", "a white flower"], encoder="sentence")
        assert scores.shape == (2,) and ((scores > 0) & (scores < 1)).all()


# --- measuring ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["text-flowers", "gan-cls-flowers", "stackgan-flowers"])
def test_evaluate_measures_and_stores(house, flowers, name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)               # no text-and-image pair lies here,
    monkeypatch.setattr(evaluate_flowers, "package", lambda variant: None)      # and no ImageNet network
    monkeypatch.setattr(evaluate_flowers, "SEEDS", 2)
    monkeypatch.setattr(evaluate_flowers, "ALIKE", 3)
    found = evaluate.main(evaluate.Settings(str(house / name), data=str(flowers), samples=40))
    assert json.loads((house / name / "metrics.json").read_text()) == json.loads(json.dumps(found))
    if name == "text-flowers":
        for encoder in ENCODERS:
            assert all(0 <= found[encoder][key] <= 1 for key in ("ap50", "zero_shot_accuracy", "recall_at_1", "recall_at_10",
                                                                 "names_found"))
        return
    left_out = [line for line in capsys.readouterr().err.splitlines() if "left out" in line]
    assert "independent" not in found and len(left_out) == 1 and is_one_sentence(left_out[0])
    last = found["stage2" if name.startswith("stack") else "stage1"]
    assert found["frechet_distance"] == last["frechet_distance"] > found["frechet_floor"]
    assert set(last["colour_obedience"]) == {"red", "orange", "yellow", "green-white", "blue", "purple", "pink", "white"}
    assert 0 <= last["r_precision"]["top1"] <= last["r_precision"]["top5"] <= 1


def test_encoders_that_nothing_was_set_aside_for_are_told_to_be_measured_on_training_pictures(house, flowers, tmp_path):
    shutil.copy(next(flowers.glob("train-*")), tmp_path)
    model = models.load(house / "text-flowers")
    found = evaluate_flowers.encoders(model, Real(str(tmp_path), 0, model, model.card.dataset))
    assert {f"{encoder}_training" for encoder in ENCODERS} <= set(found) and "training pictures" in found["split"]
    assert not set(ENCODERS) & set(found)


# --- data ---------------------------------------------------------------------------------------------------------------

