"""Variables over time: whether they are there, how often they change, and what their loss would cost."""
