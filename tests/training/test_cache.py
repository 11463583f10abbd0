"""What takes long is computed once, and a damaged file of it again."""

import numpy as np
import torch

from training.kit import image_views, imagenet
from training.kit.cache import kept


def test_the_second_call_reads_and_a_damaged_file_is_made_anew(tmp_path):
    calls = []

    def make() -> torch.Tensor:
        calls.append(0)
        return torch.arange(6.0).reshape(2, 3).T

    path = tmp_path / "new" / "numbers.safetensors"
    assert torch.equal(kept(path, make), kept(path, make)) and len(calls) == 1
    path.write_bytes(path.read_bytes()[:-5])             # a full disk, or a kill in the middle of it
    assert torch.equal(kept(path, make), make())
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_cannot_be_kept_is_made_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine")
    assert torch.equal(kept(tmp_path / "file" / "numbers.safetensors", lambda: torch.ones(2)), torch.ones(2))
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert torch.equal(kept(tmp_path / "numbers.safetensors", lambda: torch.ones(2)), torch.ones(2))
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_one_changed_picture_of_many_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(imagenet, "pooled_features", lambda network, images, side: torch.as_tensor(images).float().mean((1, 2)))
    monkeypatch.setattr(image_views, "_view_features", lambda network, images, *_: images.float().mean((2, 3))[None])
    pictures = np.zeros((200, 4, 4, 3), np.uint8)
    network = torch.nn.Identity()
    network.channels = ()
    before = imagenet.kept_features(network, pictures, tmp_path / "photos")
    views = image_views.view_features(network, torch.from_numpy(pictures).permute(0, 3, 1, 2), tmp_path)
    pictures[77] = 9
    assert not torch.equal(before, imagenet.kept_features(network, pictures, tmp_path / "photos"))
    assert not torch.equal(views, image_views.view_features(network, torch.from_numpy(pictures).permute(0, 3, 1, 2), tmp_path))
