"""Folders of portals as they lie below `services/sync/portals`, of which the house knows nothing."""
