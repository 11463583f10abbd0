"""The page's programming interface: the same pictures for `gradio_client` and curl, at /gradio_api/call/sample."""

from typing import Any

import gradio as gr

from models.errors import BadInput
from models.runtime import parse_seeds
from tabs.house import exhibit
from tabs.instrument import png

MOST = 64   # pictures a call


def place() -> None:
    """Adds the endpoint to the page being built; its calls take turns."""
    gr.api(sample, api_name="sample", concurrency_id="torch", concurrency_limit=1)


def sample(model: str, seeds: str = "0-15", controls: dict[str, Any] | None = None) -> list[str]:
    """Draws one picture per seed.

    Args:
        model: The name of the weights, for example "infogan-mnist".
        seeds: For example "7", "0-15" or "3,7,20-22"; at most 64.
        controls: For example {"label": 7}; what is left out takes its default.

    Returns:
        PNG pictures as data URIs, in the order of the seeds.
    """
    try:
        chosen = parse_seeds(seeds)
        if len(chosen) > MOST:
            raise BadInput(f"At most {MOST} pictures a call, not {len(chosen)}.")
        if controls is not None and not isinstance(controls, dict):
            raise BadInput('The controls are an object, for example {"label": 7}.')
        return [png(picture) for picture in exhibit(model).generate(chosen, **(controls or {}))]
    except BadInput as error:
        raise gr.Error(str(error), print_exception=False) from error
