"""Take-down certificates (下线证明): what a company can show to others, and how they check it."""
