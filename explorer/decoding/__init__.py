"""How is a target found, one token after another? Search strategies that see no model, and the model's side
of them.
"""
