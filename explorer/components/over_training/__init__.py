"""A film of attention over a training run, beside its curves."""

from __future__ import annotations

from explorer.components import component

COMPONENT = component("over_training", shared=("dom", "player"))


def over_training(data: dict, key: str) -> None:
    """Draw what `explorer.views.training.over_training.film_data` made. All frames are in `data`: sliding,
    playing and picking a head need no server and survive a rerun.
    """
    COMPONENT.mount(key=key, data=data)
