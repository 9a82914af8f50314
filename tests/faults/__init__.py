"""Thousands of orders through a real PostgreSQL and RabbitMQ while these and the workers are broken again and again."""
