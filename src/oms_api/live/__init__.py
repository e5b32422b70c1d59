"""Connections that stay open: GraphQL subscriptions over WebSocket and as server-sent events."""
