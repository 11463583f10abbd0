"""What the text encoders made of a sentence, and what D believes of the picture beside it."""

import json
from collections.abc import Callable
from html import escape

from models.text.captions import with_article
from models.text_to_image import TextToImage
from page.drawing import (
    COMMA,
    Expression,
    Node,
    about,
    either,
    equal,
    joined,
    length,
    less,
    listed,
    said,
    shown,
    text,
)
from page.drawing_text import dot, doubts, each, embedding, escaped, nearest, unseen

OTHERS = ("a flower with bright yellow petals", "a flower with deep purple petals")   # for the lesson of the three pairs
WRONG = "the night sky full of stars"


def understood(model: Node, asked: Node, sentence: Node, encoder: Node) -> Node:
    """The kinds and captions nearest to the sentence, and its words that no caption had."""
    def line(template: str, found: Node, i: int, words: Callable[[Node], Expression]) -> Node:
        return either(less(i, length(found)), text(template, words=words(found[i][0]), cosine=shown(found[i][1], ".2f"), comma=COMMA), "")

    def asking(model: TextToImage) -> dict[str, str]:
        return {kind: asking_for(kind, escape(kind)) for kind in model.encoders.captions.kinds}

    kinds, captions = (nearest(model, asked, encoder, what) for what in ("kinds", "texts"))
    new, buttons = unseen(model, sentence), about(model, asking)
    template = "{words} <span class='mono'>{cosine}</span>"
    named = joined(listed(*(line(("{comma}" if i else "") + template, kinds, i, lambda kind: buttons[kind]) for i in range(3))))
    rows = joined(listed(*(line("<tr><td>{words}</td><td class='mono'>{cosine}</td></tr>", captions, i, escaped) for i in range(3))))
    count = about(model, lambda model: f"{len(model.encoders.captions.texts):,}")
    how = either(equal(encoder, "sentence"), said("The sentence encoder knows more words than the captions do."),
                 said("It reads letters, and guesses from how the word is spelt."))
    return joined(listed(
        either(length(kinds), text("<p class='kinds'>{title} {named}</p>", title=said("Nearest kinds it knows:"), named=named), ""),
        either(length(new), text("<p class='caption'>{none} {how}</p>", how=how, none=said(
            "No caption in its training had: {words}.", words=each("<mark>{it}</mark>", new, COMMA))), ""),
        either(length(captions), text("<table class='bars'><caption>{title}</caption><tbody>{rows}</tbody></table>", rows=rows, title=said(
            "Captions it came nearest to, of {count}", count=count)), "")))


def three_pairs(model: Node, large: Node, asked: Node, sentence: Node, encoder: Node) -> Node:
    """What D believes of the picture beside the sentence, another and a wrong one: the other is the one that says something else."""
    first, second, wrong = (embedding(model, other, encoder) for other in (*OTHERS, WRONG))
    further = less(dot(first, asked), dot(second, asked))
    beliefs = doubts(large, asked, either(further, first, second), wrong)
    rows = [text("<tr><th scope='row'>{label}<br><span class='caption'>{words}</span></th><td><i style='width:{share}'></i></td>"
                 "<td class='mono'>{share}</td></tr>", label=label, words=words, share=shown(beliefs[i], ".0%"))
            for i, (label, words) in enumerate((
                (said("your sentence"), escaped(sentence, 80)),
                (said("another sentence"), either(further, *OTHERS)),
                (said("a sentence without a flower"), WRONG)))]
    return text("<table class='bars'><caption>{title}</caption><tbody>{rows}</tbody></table>",
                rows=joined(listed(*rows)),
                title=said("Belief of {name}’s D in this picture beside", name=about(model, lambda model: model.card.paper.name)))


def asking_for(kind: str, shown: str, **more: str | int) -> str:
    """A button that asks for a kind of flower."""
    wish = json.dumps({"text": with_article(kind), "chosen": 0} | more)
    return f'<button type="button" data-set="{escape(wish)}">{shown}</button>'
