"""From one page to another by a button: its callback says where to, and the page leaves in its next run."""

from __future__ import annotations

import streamlit as st

LEAVE = "leave"  # session key: the path of the page to turn to, as `PAGES` has it


def leave() -> None:
    """At the top of a page: turn to the page that a callback asked for, if one did.

    What is kept from page to page, such as the model, then goes into the address of the new page.
    """
    from explorer.pages import PAGES

    path = st.session_state.pop(LEAVE, "")
    if not path:
        return
    entry = next(page for page in PAGES if page.path == path)
    page = st.Page(
        entry.run, title=entry.title, icon=entry.icon, url_path=entry.path, default=entry is PAGES[0]
    )
    # without query_params it would refuse to clear what is bound to the widgets of the sidebar
    st.switch_page(page, query_params={})


def leave_fragment() -> None:
    """At the top of a fragment whose callbacks open another page: have the whole page run, and leave.

    From within a fragment Streamlit would not carry the widgets of the sidebar over to the new page, and
    its address would lose the model.
    """
    if LEAVE in st.session_state:
        st.rerun(scope="app")
