"""Benchmarks of speed, memory and scale, beside what a user would pick instead."""
