"""Engines that keep rows where they are: the fingerprint is made there, and only fingerprints travel."""
