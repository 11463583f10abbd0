"""The sheet of forty sentences: what it may replace; and what tells text encoders apart."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import in_process
from PIL import Image

import models
from models.checkpoint import WEIGHTS, read_card
from models.errors import BadInput
from tests.tiny_flowers import tiny_flowers
from training.kit.sentences import digest_of
from training.sentences import HEAD, MADE, SENTENCES, SOFTWARE, WORDS, check_ours


@pytest.mark.parametrize("ending", ["png", "webp", "jpg"])
def test_only_its_own_sheets_are_replaced(tmp_path, ending):
    path = tmp_path / f"sheet.{ending}"
    check_ours(path)
    picture, told = Image.new("RGB", (8, 8)), Image.Exif()
    picture.save(path)
    with pytest.raises(BadInput, match="was not made by this command"):
        check_ours(path)
    told[SOFTWARE] = MADE
    picture.save(path, exif=told)
    check_ours(path)
    path.write_bytes(b"notes")
    with pytest.raises(BadInput, match="was not made by this command"):
        check_ours(path)


def test_a_sheet_shows_every_stage_of_several_weights_for_each_sentence(tmp_path):
    folder, sheet = tiny_flowers(tmp_path), tmp_path / "samples" / "sheet.png"
    words = [folder / "gan-cls-flowers", folder / "stackgan-flowers", "--out", sheet, "--side", "32", "--encoder", "char-cnn-rnn"]
    for _ in range(2):                  # its own sheet is drawn anew
        done = in_process("training.sentences", *words)
        assert done.returncode == 0 and "40 sentences by 3 networks" in done.stdout, done.stderr
    picture = np.asarray(Image.open(sheet))
    text, seed = json.loads(SENTENCES.read_text(encoding="utf-8"))[0]
    assert picture.shape == (HEAD + 20 * 32, 2 * (WORDS + 3 * 32), 3)
    done = in_process("training.sentences", *words[:3], tmp_path / "large.webp", "--side", "1024", "--halves", "1")
    assert done.returncode == 1 and "The sheet would have 3,262 by 40,986 pixels" in done.stderr, done.stderr
    shown = models.load(folder / "gan-cls-flowers").generate(seed, text=text, encoder="char-cnn-rnn")[0]
    assert np.abs(picture[HEAD:HEAD + 32, WORDS:WORDS + 32].astype(int) - shown).max() <= 1


def test_text_encoders_are_told_apart_by_the_files_of_the_sentence_encoder_too():
    card = read_card(WEIGHTS / "text-flowers")
    assert "sentence/2_Dense/model.safetensors" in card.files
    found = {digest_of(SimpleNamespace(card=dataclasses.replace(card, files=card.files | changed))) for changed in (
        {}, {"captions.json": "0" * 64}, {"sentence/2_Dense/model.safetensors": "0" * 64})}
    assert len(found) == 2          # what the page remembers is nothing that training reads
