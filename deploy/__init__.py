"""What the two ways to the Hub share."""

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

from models.errors import BadInput


@contextmanager
def asking_the_hub(repository: str) -> Iterator[None]:
    """Whatever goes wrong with the Hub meanwhile ends as BadInput, in one sentence."""
    try:
        yield
    except (HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, ValueError, OSError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"The Hub refused {repository} ({' '.join(str(error).split())[:160].rstrip('.')}); is a token with write access "
                       "set, by hf auth login or HF_TOKEN?") from error
