"""A list whose entries are put in order by dragging, by buttons or by keys."""
