"""The sheet of forty sentences: what it may replace."""

import pytest
from PIL import Image

from models.errors import BadInput
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
