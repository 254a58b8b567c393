"""The model that ships with camcount: digits.tflite, and digits.json, its card."""
