"""Measured figures as page and card print them."""

import pytest

from models.figures import Figure, printed

FIGURES = (Figure("l1", "error (of the other)", "other.l1", ".2f"), Figure("share", "share (of all)"))


@pytest.mark.parametrize(("metrics", "expected"), [
    ({"l1": 0.5, "other": {"l1": 0.25}}, [("error (of the other)", "0.50 (0.25)")]),
    ({"l1": 0.5}, [("error", "0.50")]),                      # what was not measured is not named either
    ({"share": 0.5}, [("share (of all)", "50.0%")]), ({}, []),
])
def test_a_label_names_what_stands_in_brackets(metrics, expected):
    assert [(label, text) for _, label, text in printed(FIGURES, metrics)] == expected


def test_labels_in_other_languages_lose_their_brackets_as_well():
    assert [label for _, label, _ in printed(FIGURES[:1], {"l1": 1}, lambda label: "误差（另一个的）")] == ["误差"]
