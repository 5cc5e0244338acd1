"""Real streams with truth: public corpora turned into ordinary logs, replayed, and scored against what they say was so."""
