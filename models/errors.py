"""The two kinds of failure a person may cause. Each carries one sentence, ready to be shown in page, shell and API."""


class BadInput(ValueError):
    """What was asked for is out of range or unknown; the message says what is accepted."""


class DamagedWeights(BadInput):
    """A weights folder is missing, cut short or altered; the message names the file."""
