"""Token ids as the networks read them: the special ones, and both sides of a pair. Free of torch."""

PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3  # ``<pad> <unk> <s> </s>``
IdPair = tuple[tuple[int, ...], tuple[int, ...]]  # source and target ids without special tokens
