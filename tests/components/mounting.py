"""Mount a component in a page without a server, as Streamlit does."""

from __future__ import annotations

from importlib import import_module

VARIABLES = (
    "--st-text-color:#1b1f24;--st-border-color:#d5dae0;--st-secondary-background-color:#f3f5f7;"
    "--st-font:sans-serif;--st-code-font:monospace"
)
MOUNT = """async ({html, css, js}) => {
    const shadow = document.getElementById('host').attachShadow({mode: 'open'});
    const style = document.createElement('style');
    style.textContent = css;
    shadow.append(document.createRange().createContextualFragment(html), style);
    window.shadow = shadow; window.root = shadow.firstElementChild; window.sent = [];
    const url = URL.createObjectURL(new Blob([js], {type: 'text/javascript'}));
    window.part = (await import(url)).default;
}"""
SHOW = """data => window.part({
    data, parentElement: window.shadow,
    setTriggerValue: (name, value) => window.sent.push([name, value]),
    setStateValue: (name, value) => window.sent.push([name, value]),
})"""


def assembled(name: str):
    """The `explorer.components.Component` of this name: what Python gives to Streamlit."""
    return import_module(f"explorer.components.{name}").COMPONENT


class Component:
    """A mounted component: HTML and CSS in a shadow root, then its one function."""

    def __init__(self, visit, name: str):
        self.page = visit.page
        visit.show(f"<div id='host' style='width:820px;{VARIABLES}'></div>")
        parts = assembled(name)
        self.page.evaluate(MOUNT, {"html": parts.html, "css": parts.css, "js": parts.js})

    def show(self, data: dict) -> None:
        self.page.evaluate(SHOW, data)

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_text_contents()

    @property
    def sent(self) -> list:
        return self.page.evaluate("window.sent")
