"""What a page shows: a sentence, what the model is made to write for it, and one kind of its attention."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.pages.attention.options import Options
from explorer.pages.attention.picture import Picture, picture

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.attention.target import Target
    from explorer.pages.sidebar import Choice
    from explorer.results import Alignment, AttentionKind, AttentionMap, PassRecord


@dataclass(frozen=True)
class Shown:
    """One forced pass of the model of the sidebar, and how the page reads it.

    kind: the attention that was picked, None where the model has none to show.
    """

    choice: Choice
    target: Target
    record: PassRecord
    kind: AttentionKind | None = None
    options: Options = Options()

    @property
    def info(self) -> CheckpointInfo:
        """The model."""
        return self.choice.info

    @property
    def sentence(self) -> str:
        """What the model reads."""
        return self.choice.sentence

    @property
    def map(self) -> AttentionMap:
        """The attention of the kind that was picked."""
        return self.record.map(self.kind)

    @property
    def gold(self) -> Alignment | None:
        """The gold links to mark, if they are known and wanted; self-attention has none."""
        return self.target.gold if self.options.gold and not self.map.is_self else None

    @property
    def picture(self) -> Picture:
        """The picked heads as one matrix. Raises InputError where it would be too large to read."""
        return picture(self.record, self.kind, self.options, self.gold)

    @property
    def apart(self) -> list[Picture]:
        """Each picked head as a matrix of its own, without gold links. Raises InputError too."""
        options = (replace(self.options, heads=(head,)) for head in self.options.heads)
        return [picture(self.record, self.kind, each) for each in options]
