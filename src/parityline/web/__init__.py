"""The local page over a history: `parityline ui`."""
