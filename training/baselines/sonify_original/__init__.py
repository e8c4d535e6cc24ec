"""The two LSTM techniques of "Music is all you need to Analyze Data" (Vashisth et al., 2022), written anew.

They are rows of our evaluation, not a voice of the page: a network that was trained on piano notes hears the
data point as the newest note of its context, and what it plays next is taken for the sound of the data.
"""
