"""Pictures with sentences: damaged ones, and sentences of another class."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from conftest import is_one_sentence, png

from models.datasets import DATASETS
from models.errors import BadInput
from tests.training.discs import GREEN, disc
from training.kit.captions import captioned
from training.kit.sentences import of_another_class
from training.kit.settings import RunSettings


@pytest.mark.parametrize("counts", [(250, 1), (1, 250), (1, 1), (3, 1, 5)])
def test_of_classes_however_large_every_other_image_is_as_likely(counts):
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))[torch.randperm(sum(counts))]
    for label in range(len(counts)):
        allowed, draws = labels != label, 200 * len(labels)
        other = of_another_class(labels, torch.full((draws,), int((labels == label).nonzero()[0])))
        drawn = torch.bincount(other, minlength=len(labels))
        assert not drawn[~allowed].any()
        share = draws / int(allowed.sum())
        assert (drawn[allowed] - share).abs().max() < 6 * share ** 0.5      # six deviations


def test_one_class_alone_has_no_wrong_sentences():
    with pytest.raises(BadInput, match="at least two"):
        of_another_class(torch.zeros(80, dtype=torch.int64), torch.arange(4))


@pytest.mark.parametrize("table", [{"image": [1], "label": [1], "captions": [["a"]]}, {"label": [1]},
                                   {"image": [{"bytes": b"x", "path": ""}], "label": [1], "captions": [["a"]]},
                                   {"image": [{"bytes": png(disc(GREEN)), "path": ""}], "label": [1], "captions": [[]]}])
def test_damaged_captions_are_one_sentence(tmp_path, table):
    pq.write_table(pa.table(table), tmp_path / "train-00000-of-00001.parquet")
    with pytest.raises(BadInput) as caught:
        captioned(RunSettings(data=str(tmp_path)), DATASETS["flowers"], 16, "train")
    assert is_one_sentence(str(caught.value)), str(caught.value)
