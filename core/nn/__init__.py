"""What several networks share: cards, verified weights, layers, LSTM step, n-gram, sampling."""
