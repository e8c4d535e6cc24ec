"""Chart specifications with sound: Highcharts, MAIDR, Vega-Lite and Erie documents -> table and settings.

What has no equal here is named in a sentence each, never dropped in silence. A function in a document is never run.
"""
