"""Opens the house: builds the page from tabs/ and launches it."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")   # nothing on this page calls home
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from tabs import api
from tabs.house import House
from tabs.theme import css, theme


def build() -> gr.Blocks:
    """The page, one tab for each module of tabs/ that has a PLATE."""
    house = House()
    page = gr.Blocks(title="GAN Atlas", analytics_enabled=False, delete_cache=(600, 3600))
    with page:
        api.place()
        with gr.Tabs(elem_id="plates", overflow_behavior="wrap") as house.tabs:
            for room in house.rooms:
                with gr.Tab(room.PLATE.label, id=room.PLATE.id, elem_classes="plate"):
                    room.build(house)
                    for problem in [p for model in room.PLATE.models for p in house.problems.get(model, [])]:
                        gr.Markdown(f"*{problem}*", elem_classes="problem")
    return page


def main() -> None:
    try:
        build().queue(max_size=64).launch(theme=theme(), css=css(), run_history=False, enable_monitoring=False, footer_links=["api"])
    except OSError as error:     # Gradio looks for a free port from 7860 on, unless GRADIO_SERVER_PORT names one
        sys.exit(f"error: the page cannot be opened ({str(error).splitlines()[0]}); set GRADIO_SERVER_PORT to a free port.")


if __name__ == "__main__":
    main()
