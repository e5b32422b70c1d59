"""The GraphQL API, the server and the command line."""
