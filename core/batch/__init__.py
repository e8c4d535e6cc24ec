"""Batches: many jobs of the command line at once, in worker processes; a batch that was broken off goes on."""
