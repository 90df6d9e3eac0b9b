"""Where other tools meet a recording: pytest, scikit-learn, MLflow and Kedro."""
