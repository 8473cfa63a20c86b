"""Views: what their queries read, and which columns they have."""
