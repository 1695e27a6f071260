"""HTTP: parses requests, and makes responses and problem documents. Only this package knows Flask."""
