"""Papers and sheets: the one place that knows the libraries for Word and Excel."""
