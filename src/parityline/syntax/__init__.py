"""Python as text: where names get their values, and which library a call belongs to. Nothing is imported or run."""
