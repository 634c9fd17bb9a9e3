"""Interactive pictures: a folder each, with a script, a style sheet and one typed function.

What several of them need stands beside this file, such as ``dom.js``, and is put in front of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Component:
    """What the browser gets for a component, and `mount`, which puts it on the page."""

    html: str
    css: str
    js: str
    mount: Callable[..., Any]


def component(name: str, shared: tuple[str, ...] = ("dom",)) -> Component:
    """Register the component in the folder `name`. shared: the files of this folder, without a suffix, that
    stand before its own in this order.

    Its script draws in an element of the class `name` with hyphens. Streamlit serves files only for an
    installed package, and a script that is sent as text has nowhere to import from: so the files are joined.
    """
    stems = [*(FOLDER / each for each in shared), FOLDER / name / name]
    html = f'<div class="{name.replace("_", "-")}"></div>'
    css, js = (_joined(stems, suffix) for suffix in (".css", ".js"))
    mount = st.components.v2.component(f"attention_explorer.{name}", html=html, css=css or None, js=js)
    return Component(html, css, js, mount)


def _joined(stems: list[Path], suffix: str) -> str:
    paths = [stem.with_suffix(suffix) for stem in stems]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
