"""Fetches rows from the law-enforcement system (执法系统) by itself, page after page, from a high-water mark on."""
