"""What all pages share on the screen: title, notices, sections that fold away, figures, the theme."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.components.page_width import page_width

if TYPE_CHECKING:
    from collections.abc import Callable

    from plotly.graph_objects import Figure

    from explorer.views.theme import Theme


def opening(title: str, lead: str) -> int:
    """The first words of a page, which need nothing that is slow; returns the width of the page in pixels."""
    st.html(Path(__file__).parent / "page.css")
    st.title(title, anchor=False)
    st.text(lead)
    return page_width()


def notice(message: str, icon: str = "⚠️") -> None:
    """One sentence to the reader, as text: what somebody typed may be part of it, and must never be read as
    markup.
    """
    with st.container(border=True, horizontal=True, wrap=False, gap="small"):
        st.text(icon)
        st.text(str(message), width="stretch")


def section(title: str, key: str, content: Callable[..., None], *given: object, opened: bool = False) -> None:
    """A part of a page that folds away; `content(*given)` runs only while it is open.

    key: also the session key that says whether it is open;  opened: whether it is at first.
    """
    box = st.expander(title, opened, key=key, on_change="rerun")
    if box.open:
        with box:
            content(*given)


def figure(drawn: Figure, key: str, alt: str | None = None) -> None:
    """A Plotly figure in its own size and colours. alt: what it shows, for a reader who cannot see it."""
    from explorer.views.plotly_frame import PLOTLY_CONFIG

    st.plotly_chart(drawn, key=key, width="content", theme=None, config=PLOTLY_CONFIG, alt=alt)


def theme() -> Theme:
    """The colours of the theme that this reader has on."""
    from explorer.views.theme import THEMES

    return THEMES["dark" if st.context.theme.type == "dark" else "light"]
