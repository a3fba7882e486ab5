"""The JSON API for programs, under /api/v1: responses and invitations in, figures out."""
