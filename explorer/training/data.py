"""The data of a training run: corpus, tokenizers, pairs as ids, and which go together. Free of torch."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.config.run import RunConfig
from explorer.corpora import load_corpus
from explorer.corpora.files import find_files
from explorer.errors import InputError
from explorer.results import DataSize, ParallelCorpus, SentencePair
from explorer.tokenization import Tokenizer, train_tokenizer
from explorer.tokenization.saved import read_tokenizers
from models.ids import IdPair


@dataclass(frozen=True)
class RunData:
    """config: with the sizes of the vocabularies filled in."""

    config: RunConfig
    corpus: ParallelCorpus
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer


def prepare(config: RunConfig, data: Path | None = None) -> RunData:
    """Read the corpus and make the tokenizers. Raises InputError when the files or settings cannot work.

    data: the folder in which the files of the corpus lie.
    """
    corpus = load_corpus(find_files(config.corpus, data))
    if not corpus.train:
        raise InputError(f"The corpus {corpus.name} has no training sentences: check its settings.")
    src_texts, tgt_texts = [pair.src for pair in corpus.train], [pair.tgt for pair in corpus.train]
    if config.tokenizer.files:
        src_tokenizer, tgt_tokenizer = read_tokenizers(config.tokenizer)
    elif config.tokenizer.shared:
        src_tokenizer = tgt_tokenizer = train_tokenizer(config.tokenizer, src_texts + tgt_texts)
    else:
        src_tokenizer, tgt_tokenizer = (
            train_tokenizer(config.tokenizer, src_texts),
            train_tokenizer(config.tokenizer, tgt_texts),
        )
    try:
        model = dataclasses.replace(
            config.model, src_vocab=src_tokenizer.vocab_size, tgt_vocab=tgt_tokenizer.vocab_size
        )
    except ValueError as error:
        raise InputError(str(error)) from error
    return RunData(dataclasses.replace(config, model=model), corpus, src_tokenizer, tgt_tokenizer)


def training_pairs(data: RunData) -> tuple[list[IdPair], list[IdPair]]:
    """The pairs to train on and to validate with, as ids. Raises InputError when there are none of a length
    that the model takes.
    """
    longest = data.config.model.max_len
    train = encode_pairs(data.corpus.train, data.src_tokenizer, data.tgt_tokenizer, longest)
    n_valid = data.config.training.validate_sentences
    valid = encode_pairs(data.corpus.valid[:n_valid], data.src_tokenizer, data.tgt_tokenizer, longest)
    if not train:
        raise InputError(
            f"Every training sentence has more than {longest} tokens: raise model.max_len or choose shorter "
            "sentences."
        )
    if not valid:
        raise InputError(
            f"No validation sentence has fewer than {longest} tokens, and without one no weights are kept: "
            "set n_valid or valid_share "
            "above 0."
        )
    return train, valid


def measure_data(config: RunConfig, data: Path | None = None) -> DataSize:
    """How much there is to train on: reads the corpus and makes the tokenizers, as the run will. Raises
    InputError as they do.
    """
    prepared = prepare(config, data)
    train, _ = training_pairs(prepared)
    return DataSize(
        n_train=len(prepared.corpus.train),
        n_valid=len(prepared.corpus.valid),
        n_test=len(prepared.corpus.test),
        n_left_out=len(prepared.corpus.train) - len(train),
        src_vocab=prepared.config.model.src_vocab,
        tgt_vocab=prepared.config.model.tgt_vocab,
        tokens_per_epoch=sum(len(tgt) + 1 for _, tgt in train),
        steps_per_epoch=len(group_by_length(train, config.training.batch_tokens, config.training.seed, 0)),
        longest=max(max(len(src), len(tgt)) + 1 for src, tgt in train),
    )


def encode_pairs(
    pairs: Sequence[SentencePair], src_tokenizer: Tokenizer, tgt_tokenizer: Tokenizer, max_len: int
) -> list[IdPair]:
    """The pairs as ids; pairs with an empty side or more than `max_len` − 1 tokens on a side are left out
    (``</s>`` takes one place).
    """
    encoded = ((src_tokenizer.encode(pair.src).ids, tgt_tokenizer.encode(pair.tgt).ids) for pair in pairs)
    return [(src, tgt) for src, tgt in encoded if 0 < len(src) < max_len and 0 < len(tgt) < max_len]


def group_by_length(pairs: Sequence[IdPair], batch_tokens: int, seed: int, epoch: int) -> list[list[IdPair]]:
    """The pairs of each batch of an epoch: of about one length, in an order drawn from (seed, epoch)."""
    rng = random.Random(f"{seed}/{epoch}")
    # a little noise on the length makes new neighbours in every epoch, at almost no padding
    by_length = sorted(pairs, key=lambda pair: (len(pair[1]) + 2 * rng.random(), len(pair[0])))
    groups: list[list[IdPair]] = [[]]
    longest = 0
    for pair in by_length:
        longest = max(longest, len(pair[0]) + 1, len(pair[1]) + 1)
        if groups[-1] and longest * (len(groups[-1]) + 1) > batch_tokens:
            groups.append([])
            longest = max(len(pair[0]), len(pair[1])) + 1
        groups[-1].append(pair)
    rng.shuffle(groups)
    return groups
