"""What an operator sees from outside: logs without personal data, and metrics named after the guarantees."""
