"""Where other tools meet a recording: pytest and scikit-learn."""
