"""How can attention be read more honestly, and how honest is each reading? Norms, rollout, flow, gradients,
and blanking words out.

`methods.METHODS` is the list of readings, `compare.compare` puts all of them beside blanking for one sentence
pair, and `corpus.faithfulness` does so over many. `norms`, `rollout` and `flow` are numpy on maps that exist;
`gradients` and `blanking` run passes.
"""
