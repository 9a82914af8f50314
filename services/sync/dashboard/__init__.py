"""The operators' dashboard (运行看板): a stateless role that reads every service over HTTP with the operator's own
identity and sends each action to the service that owns it. It holds no table and imports no service."""
