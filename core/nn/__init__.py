"""What several models share: verified weights, an LSTM step in numpy."""
