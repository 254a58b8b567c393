"""The reader behind HTTP: a page to draw, upload and film with, and an API."""
