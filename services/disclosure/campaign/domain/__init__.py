"""The pure part of the campaign: its groups, contacts and progress."""
