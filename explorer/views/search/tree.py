"""A search as a tree, hypotheses in columns, the best path on top: data for the component `search_tree`."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.results import SearchNode, SearchTree
from explorer.views.numbers import exact, short
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import Theme

TOKEN_WIDTH = 10  # columns of a token on an edge; the whole is on hover
FATES = {
    "kept": "kept in the beam",
    "finished": "finished",
    "pruned": "pruned: others of this step were likelier",
}
MARKS = {"kept": "", "finished": "■", "pruned": "✕"}


def node_key(token_ids: Sequence[int]) -> str:
    """What a prefix is called in the browser; it is the same in every search that meets it."""
    return " ".join(map(str, token_ids))


def tree_data(
    tree: SearchTree,
    theme: Theme,
    *,
    length_penalty: float,
    selected: Sequence[int] | None = None,
    identity: str = "",
) -> dict:
    """JSON-ready data for `explorer.components.search_tree`.

    Nodes come in the order in which they are drawn from top to bottom: a column holds the nodes of a step in
    this order, so that no two edges cross. selected: the prefix whose node is marked;  identity: the tree is
    redrawn from its beginning when it changes.
    """
    keys = [node_key(node.token_ids) for node in tree.nodes]
    ranks = {number: rank for rank, number in enumerate(tree.hypotheses, 1)}
    chosen = None if selected is None else node_key(selected)
    return {
        "identity": identity,
        "nodes": [
            {
                "id": keys[number],
                "parent": "" if tree.nodes[number].parent < 0 else keys[tree.nodes[number].parent],
                "winner": tree.nodes[number].best,
                "place": ranks.get(number, 0),
                **_look(tree.nodes[number], ranks.get(number), length_penalty),
            }
            for number in drawing_order(tree)
        ],
        "n_steps": tree.n_steps,
        "selected": chosen if chosen in keys else None,
        "legend": _legend(tree),
        "key": "Above an edge: the token; below it: its log-probability. In a box: their sum so far, and "
        "below it the score after length penalty. Natural logarithms.",
        "description": description(tree),
        "colors": {
            "surface": theme.surface,
            "background": theme.background,
            "grid": theme.grid,
            "muted": theme.muted,
            "accent": theme.accent,
            "hit": theme.hit,
            "missed": theme.missed,
        },
    }


def _legend(tree: SearchTree) -> list[dict[str, str]]:
    """What the marks of the nodes mean; the user's own only where there are any."""
    entries = [
        {"fate": "kept", "mark": "", "label": "kept in the beam"},
        {"fate": "finished", "mark": MARKS["finished"], "label": "finished, with its place"},
        {"fate": "pruned", "mark": MARKS["pruned"], "label": "pruned"},
        {"fate": "winner", "mark": "★", "label": "on the way to the winner"},
    ]
    if any(node.forced for node in tree.nodes):
        entries.append({"fate": "forced", "mark": "▸", "label": "forced by you"})
    return entries


def drawing_order(tree: SearchTree) -> list[int]:
    """The numbers of the nodes in depth-first order: among siblings the one on the way to the likeliest
    finished hypothesis first, then those that went on or finished, then the pruned, each by rank. It hangs on
    no length penalty, so that nothing jumps when that moves."""
    likeliest = max(tree.hypotheses, key=lambda number: tree.nodes[number].log_prob)
    on_top = set()
    while likeliest >= 0:
        on_top.add(likeliest)
        likeliest = tree.nodes[likeliest].parent
    children: dict[int, list[SearchNode]] = {}
    for node in tree.nodes:
        children.setdefault(node.parent, []).append(node)
    for siblings in children.values():
        siblings.sort(
            key=lambda node: (node.number not in on_top, node.fate == "pruned", node.rank), reverse=True
        )
    order, waiting = [], list(children.get(-1, ()))
    while waiting:
        node = waiting.pop()
        order.append(node.number)
        waiting += children.get(node.number, ())
    return order


def description(tree: SearchTree) -> str:
    """The tree in words."""
    counts = {fate: sum(node.fate == fate for node in tree.nodes) for fate in FATES}
    hidden = f", and {tree.n_hidden} more pruned that are not drawn" if tree.n_hidden else ""
    steps = "1 step" if tree.n_steps == 1 else f"{tree.n_steps} steps"
    return (
        f"{tree.strategy}, {steps}: {counts['kept']} kept, {counts['finished']} finished, "
        f"{counts['pruned']} pruned{hidden}."
    )


def _look(node: SearchNode, place: int | None, length_penalty: float) -> dict:
    fate = FATES[node.fate]
    if place is not None:
        fate += (
            f", place {place} of the finished"
            if node.fate == "finished"
            else f", place {place} when the search had to stop"
        )
    about = [
        visible_text(node.token),
        f"Log-probability {exact(node.token_log_prob)}",
        f"Sum so far {exact(node.log_prob)}",
        f"Score with α = {length_penalty:g}: {exact(node.score)}",
        f"Step {node.step + 1}, candidate {node.rank + 1}: {fate}"
        + (", forced by you" if node.forced else ""),
    ]
    return {
        "step": node.step,
        "token": visible_token(node.token, TOKEN_WIDTH),
        "log_prob": short(node.token_log_prob),
        "sum": short(node.log_prob),
        "score": short(node.score),
        "fate": node.fate,
        "mark": "▸" if node.forced else MARKS[node.fate],
        "forced": node.forced,
        "about": about,
    }
