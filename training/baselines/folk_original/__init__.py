"""The original's folk generator: one network over a grid of sixteenths, kept to be understood and compared."""
