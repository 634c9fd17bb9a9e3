"""Corpora of sentence pairs: from a grammar that knows the truth, from files, or from a sequence task."""

from __future__ import annotations

from explorer.corpora.files import FilesConfig, load_files
from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.corpora.tasks import TaskConfig, load_task
from explorer.errors import InputError
from explorer.results import ParallelCorpus

CORPORA = {
    "grammar": (GrammarConfig, load_grammar),
    "files": (FilesConfig, load_files),
    "task": (TaskConfig, load_task),
}
CorpusConfig = GrammarConfig | FilesConfig | TaskConfig


def load_corpus(config: CorpusConfig) -> ParallelCorpus:
    """The three splits that `config` describes; the same config always gives the same. Raises InputError for
    bad files or settings.
    """
    kind = getattr(config, "kind", None)
    if kind not in CORPORA:
        raise InputError(f"There is no corpus of kind {kind!r}: choose one of {', '.join(CORPORA)}.")
    _, load = CORPORA[kind]
    return load(config)
