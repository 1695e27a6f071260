"""One file for each deployed function; each reads as parse, one use case, one response."""
