"""The sheet of forty sentences: what it may replace; and what tells text encoders apart."""

import dataclasses
from types import SimpleNamespace

import pytest
from PIL import Image

from models.checkpoint import WEIGHTS, read_card
from models.errors import BadInput
from training.kit.sentences import digest_of
from training.sentences import MADE, SOFTWARE, check_ours


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


def test_text_encoders_are_told_apart_by_the_files_of_the_sentence_encoder_too():
    card = read_card(WEIGHTS / "text-flowers")
    assert "sentence/2_Dense/model.safetensors" in card.files
    found = {digest_of(SimpleNamespace(card=dataclasses.replace(card, files=card.files | changed))) for changed in (
        {}, {"captions.json": "0" * 64}, {"sentence/2_Dense/model.safetensors": "0" * 64})}
    assert len(found) == 2          # what the page remembers is nothing that training reads
