"""How good is a translation, and how good is an alignment? BLEU and chrF; alignment error rate."""
