"""Training: data, architectures, fit and export; the only rooms that know Keras."""
