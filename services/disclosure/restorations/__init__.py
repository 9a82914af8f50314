"""恢复公示: a person shows again what packs that proved wrong had hidden. Never what was repaired or withdrawn."""
