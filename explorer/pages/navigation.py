"""How does a callback of one page open another? It notes where to go, and the page turns there in its next
run.
"""

from __future__ import annotations

import streamlit as st

LEAVE = "leave"  # session key: the path of the page to turn to, as `PAGES` has it


def leave(path: str) -> None:
    """Turn to the page with this path; the widgets of the sidebar put model and sentence into its address
    again.
    """
    from explorer.pages import PAGES

    entry = next(page for page in PAGES if page.path == path)
    page = st.Page(
        entry.run, title=entry.title, icon=entry.icon, url_path=entry.path, default=entry is PAGES[0]
    )
    st.switch_page(
        page, query_params={}
    )  # by default it would refuse to clear what is bound to the widgets of the sidebar
