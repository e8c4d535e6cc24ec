"""Shared neural-network code: cards, verified weights, layers, LSTM step, n-gram, sampling."""
