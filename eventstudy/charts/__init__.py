"""StudyResult to matplotlib axes."""
