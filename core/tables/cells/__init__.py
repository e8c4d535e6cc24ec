"""What the cells of a column hold: from texts to numbers, times or words, a column at a time.

``column_types`` is the way in. Numbers: ``number_writing``, with ``number_marks`` and ``units`` for what stands beside them, and
``placeholders`` for those that mean "no value". Times: ``dates`` with ``date_patterns``, ``calendar_words`` and ``time_zones``;
``time_numbers`` for numbers that are moments, ``durations``, ``ordered_names``. What was assumed is told by ``column_decisions``.
"""
