"""Views of a verdict: they show, and compute nothing."""
