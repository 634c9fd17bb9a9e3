"""Scores of translations (BLEU and chrF) and of alignments (alignment error rate)."""
