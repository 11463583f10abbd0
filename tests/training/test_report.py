"""The README's tables hold the project's weights, and none of data of one's own."""

from conftest import tiny_weights

import models
from models.checkpoint import read_json, write_json
from training import report


def test_weights_of_ones_own_data_come_into_no_table(tmp_path, monkeypatch):
    mine = tiny_weights(tmp_path / "weights" / "gan-holidays", "gan")
    told = read_json(mine / "config.json")
    size = models.cards(tmp_path / "weights")[0].image_size
    data = {"title": "Our holidays", "licence": "mine", "hub": "", "classes": [], "size": size[0], "channels": size[2]}
    write_json(mine / "config.json", told | {"name": "gan-holidays", "dataset": "holidays", "data": data})
    write_json(mine / "metrics.json", dict.fromkeys(report.JUDGES, 1.0))
    before = report.weights_table(), report.judges()
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path / "weights"))
    assert "gan-holidays" in {card.name for card in models.cards()}
    assert (report.weights_table(), report.judges()) == before
    lines = ["| gan-holidays | float32 |", "| gan-holidays, encoded by x | 2 |", "| gan-mnist | float32 |", "2 threads"]
    assert report._without_own("\n".join(lines)) == "\n".join(lines[2:])
    real = models.cards
    monkeypatch.setattr(models, "cards", lambda folder=None: real(tmp_path / "weights" if folder else None))    # as weights/
    assert "gan-holidays" not in report.weights_table() and "holidays" not in report.judges()


def test_distances_on_fewer_samples_than_usual_say_on_how_many(tmp_path, monkeypatch):
    folder = tiny_weights(tmp_path / "gan-mnist", "gan")
    monkeypatch.setattr(report, "_shipped", lambda: models.cards(tmp_path))
    for counts, said in (({"samples": report.USUAL}, "1.00 |"), ({"samples": 500}, "1.00, on 500 samples |"),
                         ({"samples": report.USUAL, "compared": 5_000}, "1.00, on 5,000 samples |")):
        write_json(folder / "metrics.json", {"frechet_distance": 1.0} | counts)
        assert said in report.weights_table()
