"""Stock of a SKU at a location."""
