"""What everything leans on: settings, errors, the clock, names. Knows nothing of the rest."""
