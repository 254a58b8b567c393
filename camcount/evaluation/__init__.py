"""Measure a reader on labelled pictures: manifest -> scores, sheet of errors; digits -> accuracy."""
