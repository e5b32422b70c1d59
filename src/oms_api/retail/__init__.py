"""Real orders: five days of a retailer's invoices, played through the public API."""
