"""Type recognition of cells, one column at a time: text to numbers, dates or labels.

``column_types`` is the way in. Numbers: ``number_writing``, with ``number_marks`` and ``units`` for what stands beside them, and
``placeholders`` for those that mean "no value". Times: ``dates`` with ``date_patterns``, ``calendar_words`` and ``time_zones``;
``time_numbers`` for numbers that are moments, ``durations``, ``ordered_names``. What was assumed is told by ``column_decisions``.
"""
