"""What customers see without signing in: plain pages on HTTP routes, rendered here, without scripts (ADR 9)."""
