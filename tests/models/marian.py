"""The same random weights twice: in a MarianMTModel of transformers and in our transformer; nothing is
downloaded.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from models import TransformerConfig, build_model
from models.ids import DEFAULT_IDS


def marian_and_ours(
    *,
    vocab: int,
    d_model: int,
    n_heads: int,
    d_ff: int,
    n_layers: int,
    may_end: bool = True,
    spread: float = 1.0,
    seed: int = 0,
):
    """(MarianMTModel, Transformer) that compute the same function.

    may_end: False gives ``</s>`` the logit 0, far below the best of many others, so that searches run to
    their limit;
    spread: a factor on all weights: the larger, the more peaked the distributions.
    """
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(seed)
    marian = (
        MarianMTModel(
            MarianConfig(
                vocab_size=vocab,
                d_model=d_model,
                encoder_layers=n_layers,
                decoder_layers=n_layers,
                encoder_attention_heads=n_heads,
                decoder_attention_heads=n_heads,
                encoder_ffn_dim=d_ff,
                decoder_ffn_dim=d_ff,
                activation_function="relu",
                scale_embedding=True,
                max_position_embeddings=256,
                pad_token_id=DEFAULT_IDS.pad,
                bos_token_id=DEFAULT_IDS.bos,
                eos_token_id=DEFAULT_IDS.eos,
                forced_eos_token_id=None,
                decoder_start_token_id=DEFAULT_IDS.bos,
                init_std=0.02,
            )
        )
        .eval()
        .requires_grad_(False)
    )
    config = TransformerConfig(
        src_vocab=vocab,
        tgt_vocab=vocab,
        d_model=d_model,
        n_heads=n_heads,
        n_encoder_layers=n_layers,
        n_decoder_layers=n_layers,
        d_ff=d_ff,
        positions="learned",
        norm_position="post",
        tie_embeddings="all",
        max_len=256,
    )
    ours = build_model(config).eval().requires_grad_(False)
    core = marian.model
    core.shared.weight.normal_(std=spread * d_model**-0.5)
    core.shared.weight[DEFAULT_IDS.pad] = 0.0
    if not may_end:
        core.shared.weight[DEFAULT_IDS.eos] = 0.0
    ours.src_embedding.weight.copy_(core.shared.weight)
    for name, layers in (("encoder", core.encoder.layers), ("decoder", core.decoder.layers)):
        getattr(ours, "src_positions" if name == "encoder" else "tgt_positions").table.copy_(
            getattr(core, name).embed_positions.weight
        )
        for theirs, own in zip(layers, getattr(ours, name), strict=True):
            for linear in (module for module in theirs.modules() if isinstance(module, torch.nn.Linear)):
                linear.weight.normal_(std=spread * linear.in_features**-0.5)
                linear.bias.normal_(std=0.1)
            _copy_attention(theirs.self_attn, own.self_attention)
            _copy(theirs.self_attn_layer_norm, own.around_self.norm)
            if name == "decoder":
                _copy_attention(theirs.encoder_attn, own.cross_attention)
                _copy(theirs.encoder_attn_layer_norm, own.around_cross.norm)
            _copy(theirs.fc1, own.feed_forward.inner)
            _copy(theirs.fc2, own.feed_forward.outer)
            _copy(theirs.final_layer_norm, own.around_feed_forward.norm)
    return marian, ours


@torch.inference_mode()
def marian_generate(
    marian, sources: Sequence[Sequence[int]], beam: int, max_len: int
) -> list[tuple[int, ...]]:
    """The best targets of transformers' own search, ``</s>`` included: length penalty 0, which divides by 1,
    as our α = 0 does.
    """
    return _targets(_generate(marian, sources, beam, max_len).sequences)


@torch.inference_mode()
def marian_scores(
    marian, sources: Sequence[Sequence[int]], beam: int, max_len: int
) -> list[tuple[tuple[int, ...], float]]:
    """The same with the log-probability that transformers gives each."""
    out = _generate(marian, sources, beam, max_len, output_scores=True, output_logits=True)
    targets = _targets(out.sequences)
    if beam > 1:
        return list(zip(targets, out.sequences_scores.tolist(), strict=True))
    log_probs = torch.stack(out.logits, 1).double().log_softmax(-1)  # [batch, tgt_len, vocab]
    return [
        (ids, sum(float(log_probs[row, t, token]) for t, token in enumerate(ids)))
        for row, ids in enumerate(targets)
    ]


def _generate(marian, sources: Sequence[Sequence[int]], beam: int, max_len: int, **outputs: bool):
    longest = max(map(len, sources))
    src = torch.tensor([[*ids, *[DEFAULT_IDS.pad] * (longest - len(ids))] for ids in sources])
    return marian.generate(
        input_ids=src,
        attention_mask=(src != DEFAULT_IDS.pad).long(),
        num_beams=beam,
        do_sample=False,
        max_new_tokens=max_len,
        length_penalty=0.0,
        early_stopping=True,
        suppress_tokens=[DEFAULT_IDS.pad, DEFAULT_IDS.unk, DEFAULT_IDS.bos],
        return_dict_in_generate=True,
        **outputs,
    )


def _targets(sequences: torch.Tensor) -> list[tuple[int, ...]]:
    targets = []
    for ids in sequences[:, 1:].tolist():  # without <s>
        end = ids.index(DEFAULT_IDS.eos) + 1 if DEFAULT_IDS.eos in ids else len(ids)
        targets.append(tuple(ids[:end]))
    return targets


def _copy(theirs: torch.nn.Module, own: torch.nn.Module) -> None:
    own.weight.copy_(theirs.weight)
    own.bias.copy_(theirs.bias)


def _copy_attention(theirs: torch.nn.Module, own: torch.nn.Module) -> None:
    _copy(theirs.q_proj, own.query)
    own.key_value.weight.copy_(torch.cat((theirs.k_proj.weight, theirs.v_proj.weight)))
    own.key_value.bias.copy_(torch.cat((theirs.k_proj.bias, theirs.v_proj.bias)))
    _copy(theirs.out_proj, own.output)
