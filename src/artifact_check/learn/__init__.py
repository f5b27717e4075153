"""Training and evaluation: labelled photos -> a model bundle and its error rates. A check never imports this."""
