"""The two kinds of failure a person may cause. Each carries one sentence, ready to be shown in page, shell and API."""


class BadInput(ValueError):
    """What was asked for is out of range or unknown; the message says what is accepted."""


def shown(value, most: int = 40) -> str:
    """The value as a message may quote it: one line, not too long, whatever it is."""
    try:
        return repr(value)[:most]
    except ValueError:              # Python writes out no whole number of more than 4,300 digits
        return "a number of thousands of digits"


class DamagedWeights(BadInput):
    """A weights folder is missing, cut short or altered; the message names the file."""
