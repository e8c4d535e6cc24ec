"""Train and evaluate the models: a folder a feature, with prepare, fit, train, evaluate and scores; baselines apart."""
