"""A reader's text made safe inside HTML, SVG and Plotly's own markup."""

from __future__ import annotations

import re

_XML_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """`text` safe inside HTML, SVG and XML, in content and in quoted attributes; characters that XML forbids
    become U+FFFD.
    """
    return _without_tags(text).replace('"', "&quot;").replace("'", "&#39;")


def escape_plotly(text: str) -> str:
    """`text` safe inside Plotly's pseudo-HTML (ticks, hovers, titles), so that ``<s>`` shows as ``<s>``.

    Plotly decodes only a few entities, so quotes stay as they are; a line break would be read as ``<br>``.
    """
    return _without_tags(text).replace("\r", " ").replace("\n", " ")


def _without_tags(text: str) -> str:
    text = _XML_ILLEGAL.sub("\ufffd", str(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
