"""Where does the app begin? The router: settings of the page, the menu, and the page that was asked for.

Nothing slow is imported here, so that the first words are on the screen before torch is in memory.
"""

from __future__ import annotations

import streamlit as st

from explorer.pages import PAGES

st.set_page_config(page_title="Attention Explorer", page_icon="🔎", layout="wide", initial_sidebar_state=288)
pages = [
    st.Page(page.run, title=page.title, icon=page.icon, url_path=page.path, default=page is PAGES[0])
    for page in PAGES
]
st.navigation(pages).run()
