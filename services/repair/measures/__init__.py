"""共享与联合惩戒: to whom a record was told, which sanctions stand on it, and how both end with a repair (E08)."""
