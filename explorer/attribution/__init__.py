"""Ways to read what a prediction rests on: attention, norms, rollout, flow, gradients, blanking words out.

`methods.METHODS` is the list of readings, `compare.compare` puts all of them beside blanking for one sentence
pair, and `corpus.faithfulness` does so over many. `norms`, `rollout` and `flow` are numpy on maps that exist;
`gradients` and `blanking` run passes.
"""
