"""Search for a target, token by token: strategies that see no model, and the model's side of them."""
