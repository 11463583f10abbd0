"""What every tab is: a plate of the atlas, with a number, a name, a year and one sentence.

A tab is a module of `tabs/` with two names: PLATE, and build(house), which is called inside its gr.Tab. app.py finds it.
"""

from dataclasses import dataclass
from html import escape

from tabs.language import say


@dataclass(frozen=True)
class Plate:
    id: str        # of the tab, and in links: "infogan"
    order: int     # among the tabs; its words are English, `say` has them in the reader's language
    number: str    # "IV"; empty on the home plate
    label: str     # on the tab: "InfoGAN"
    title: str     # "InfoGAN"
    year: str
    idea: str      # one sentence
    models: tuple[str, ...] = ()   # models it shows (names of modules in models/), by which the family tree links to it

    def head(self) -> str:
        """The plate's heading, as HTML."""
        number = say("Plate {number}", number=self.number) + " · " if self.number else ""
        return (f'<header class="plate-head"><p class="plate-number">{number}{escape(say(self.year))}</p>'
                f'<h1>{escape(say(self.title))}</h1><p class="plate-idea">{escape(say(self.idea))}</p></header>')
