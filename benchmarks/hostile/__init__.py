"""Hostile uploads: a seeded campaign of valid files with absurd contents, for every reader of an upload.

python -m benchmarks.hostile --n 300
"""
