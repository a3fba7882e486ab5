"""The rules of customer-satisfaction monitoring: values in, value out; no clock, session or database inside."""
