"""Pure: input schemas out of OpenAPI pages."""
