"""The theme: paper and ink by day, the same page by lamplight, without a remote font; and the style sheets of all tabs.

Gradio ships its Lora, and the semi-bold of Source Sans and Plex Mono, as fragments without the Latin alphabet (6.31). So bold
stands in for semi-bold, and Lora comes from fonts/ beside this file; without it titles fall back to the reader's own serif.
"""

import base64
from pathlib import Path

import gradio as gr
from gradio.themes.utils import colors

CJK = ("PingFang SC", "Hiragino Sans GB", "Noto Sans CJK SC", "Microsoft YaHei")   # what the reader's system has
LEAF = colors.Color("#eff6f1", "#dcebe1", "#bfdccb", "#9bcbb0", "#7fc29b", "#3f8562", "#2f6b4f", "#28593f", "#214833",
                    "#1a3828", "#10261b", name="leaf")
PAPER = colors.Color("#fdfbf6", "#faf7f0", "#efe9db", "#d9d2c3", "#a89f8c", "#6a665b", "#545248", "#3b4440", "#232b2b",
                     "#1b2122", "#14191a", name="paper")
FONTS = Path(__file__).parent / "fonts"

# value in light mode, value in dark mode
COLOURS = {
    "body_background_fill": ("#FAF7F0", "#14191A"),
    "background_fill_primary": ("#FAF7F0", "#14191A"),
    "background_fill_secondary": ("#F3EEE2", "#1B2122"),
    "block_background_fill": ("#FAF7F0", "#14191A"),
    "body_text_color": ("#1F2A2E", "#E9E4D8"),
    "body_text_color_subdued": ("#5C5F58", "#A9A799"),
    "block_label_text_color": ("#5C5F58", "#A9A799"),
    "block_label_background_fill": ("#FAF7F0", "#14191A"),
    "block_title_text_color": ("#1F2A2E", "#E9E4D8"),
    "block_info_text_color": ("#5C5F58", "#A9A799"),
    "block_border_color": ("#D9D2C3", "#384041"),
    "border_color_primary": ("#D9D2C3", "#384041"),
    "border_color_accent": ("#2F6B4F", "#7FC29B"),
    "color_accent_soft": ("#E7EFE6", "#1F2C27"),
    "input_background_fill": ("#FFFDF8", "#1B2122"),
    "input_border_color": ("#BDB5A3", "#4A5354"),
    "input_border_color_focus": ("#2F6B4F", "#7FC29B"),
    "input_placeholder_color": ("#6F6E64", "#8F8E83"),
    "slider_color": ("#2F6B4F", "#7FC29B"),
    "checkbox_background_color_selected": ("#2F6B4F", "#7FC29B"),
    "checkbox_border_color_selected": ("#2F6B4F", "#7FC29B"),
    "checkbox_label_background_fill": ("#FAF7F0", "#14191A"),
    "checkbox_label_background_fill_selected": ("#E7EFE6", "#1F2C27"),
    "link_text_color": ("#2F6B4F", "#7FC29B"),
    "link_text_color_hover": ("#1A3828", "#A9DABD"),
    "link_text_color_active": ("#2F6B4F", "#7FC29B"),
    "link_text_color_visited": ("#2F6B4F", "#7FC29B"),
    "button_primary_background_fill": ("#2F6B4F", "#7FC29B"),
    "button_primary_background_fill_hover": ("#28593F", "#95D0AD"),
    "button_primary_text_color": ("#FDFBF6", "#10261B"),
    "button_primary_border_color": ("#2F6B4F", "#7FC29B"),
    "button_secondary_background_fill": ("#FAF7F0", "#14191A"),
    "button_secondary_background_fill_hover": ("#F3EEE2", "#1F2728"),
    "button_secondary_text_color": ("#1F2A2E", "#E9E4D8"),
    "button_secondary_border_color": ("#BDB5A3", "#4A5354"),
    "table_even_background_fill": ("#FAF7F0", "#14191A"),
    "table_odd_background_fill": ("#F3EEE2", "#1B2122"),
    "code_background_fill": ("#F3EEE2", "#1B2122"),
}


def theme() -> gr.themes.Base:
    """For launch(theme=...)."""
    base = gr.themes.Base(
        primary_hue=LEAF, secondary_hue=LEAF, neutral_hue=PAPER,
        radius_size=gr.themes.sizes.radius_sm, text_size=gr.themes.sizes.text_md,
        font=(gr.themes.LocalFont("Source Sans Pro", weights=(400, 700)), *CJK, "system-ui", "sans-serif"),
        font_mono=(gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), "ui-monospace", "Consolas", *CJK, "monospace"),
    )
    both = {name: light for name, (light, _) in COLOURS.items()} | {f"{name}_dark": dark for name, (_, dark) in COLOURS.items()}
    return base.set(
        **both, block_shadow="none", block_shadow_dark="none", block_border_width="0px", button_border_width="1px",
        button_border_width_dark="1px", input_shadow="none", input_shadow_focus="none", input_border_width="1px",
        button_large_text_weight="600", block_label_shadow="none", block_title_text_weight="600", layout_gap="20px",
    )


def font_faces() -> str:
    """Lora as data URIs: a style sheet handed to launch() has no folder of its own to refer to."""
    faces = ""
    for style in ("normal", "italic"):
        file = FONTS / f"lora-latin-wght-{style}.woff2"
        if file.exists():
            data = base64.b64encode(file.read_bytes()).decode()
            faces += (f"@font-face {{ font-family: Lora; font-style: {style}; font-weight: 400 700; font-display: swap; "
                      f"src: url(data:font/woff2;base64,{data}) format('woff2'); }}\n")
    return faces


def css() -> str:
    """The style sheets of page and plates in one, the page's own first so that a plate may refine it. For launch(css=...)."""
    here = Path(__file__).parent
    sheets = sorted([*here.glob("*.css"), *(here.parent / "tabs").rglob("*.css")],
                    key=lambda sheet: (sheet.name != "style.css", sheet.parent != here, sheet.name))
    return font_faces() + "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
