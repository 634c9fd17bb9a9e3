"""What stands on every page: its title and first line, notices, and the theme that the reader has on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.components.page_width import page_width

if TYPE_CHECKING:
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


def theme() -> Theme:
    """The colours of the theme that this reader has on."""
    from explorer.views.theme import THEMES

    return THEMES["dark" if st.context.theme.type == "dark" else "light"]
