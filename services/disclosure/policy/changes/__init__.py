"""Every record that other packs would change (试算明细): stored, read by pages, handed out, forgotten."""
