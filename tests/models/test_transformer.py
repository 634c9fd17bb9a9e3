"""The whole transformer against `torch.nn.Transformer` with the same weights."""

import pytest
import torch
from torch import nn

from models import TransformerConfig, build_model
from models.batch import Batch


def copy_attention(ours, theirs):
    theirs.in_proj_weight.copy_(torch.cat((ours.query.weight, ours.key_value.weight)))
    theirs.in_proj_bias.copy_(torch.cat((ours.query.bias, ours.key_value.bias)))
    theirs.out_proj.load_state_dict(ours.output.state_dict())


def copy_layer(ours, theirs, norms):
    copy_attention(ours.self_attention, theirs.self_attn)
    if hasattr(ours, "cross_attention"):
        copy_attention(ours.cross_attention, theirs.multihead_attn)
    theirs.linear1.load_state_dict(ours.feed_forward.inner.state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward.outer.state_dict())
    for number, norm in enumerate(norms, start=1):
        getattr(theirs, f"norm{number}").load_state_dict(norm.norm.state_dict())


@pytest.mark.parametrize("norm_position", ["pre", "post"])
@torch.inference_mode()
def test_the_whole_stack_equals_torch(norm_position):
    torch.manual_seed(0)
    pre = norm_position == "pre"
    config = TransformerConfig(
        src_vocab=30,
        tgt_vocab=31,
        d_model=24,
        n_heads=3,
        n_encoder_layers=2,
        n_decoder_layers=3,
        d_ff=40,
        norm_position=norm_position,
    )
    ours = build_model(config).eval()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.2)
    sizes = dict(d_model=24, nhead=3, dim_feedforward=40, dropout=0.0, batch_first=True, norm_first=pre)
    last = lambda: nn.LayerNorm(24) if pre else None  # noqa: E731
    theirs = nn.Transformer(
        **sizes,
        custom_encoder=nn.TransformerEncoder(
            nn.TransformerEncoderLayer(**sizes), 2, last(), enable_nested_tensor=False
        ),
        custom_decoder=nn.TransformerDecoder(nn.TransformerDecoderLayer(**sizes), 3, last()),
    ).eval()
    for our_layer, their_layer in zip(ours.encoder, theirs.encoder.layers, strict=True):
        copy_layer(our_layer, their_layer, (our_layer.around_self, our_layer.around_feed_forward))
    for our_layer, their_layer in zip(ours.decoder, theirs.decoder.layers, strict=True):
        copy_layer(
            our_layer,
            their_layer,
            (our_layer.around_self, our_layer.around_cross, our_layer.around_feed_forward),
        )
    if pre:
        theirs.encoder.norm.load_state_dict(ours.encoder_norm.state_dict())
        theirs.decoder.norm.load_state_dict(ours.decoder_norm.state_dict())

    src, tgt = torch.randint(4, 30, (4, 9)), torch.randint(4, 31, (4, 7))
    src[1, 4:] = src[3, 1:] = 0
    states = theirs(
        ours.src_positions(ours.src_embedding(src) * 24**0.5),
        ours.tgt_positions(ours.tgt_embedding(tgt) * 24**0.5),
        tgt_mask=nn.Transformer.generate_square_subsequent_mask(7),
        src_key_padding_mask=src == 0,
        memory_key_padding_mask=src == 0,
    )
    expected = states @ ours.output.weight.T
    torch.testing.assert_close(ours(Batch(src, tgt, tgt)), expected, atol=1e-4, rtol=1e-4)
