"""Recordings and chunks to words: hearing them, proving cuts by them, and transcripts that somebody else wrote."""
