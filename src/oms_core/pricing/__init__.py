"""What goods cost: discounts and taxes to the smallest unit, as pure arithmetic."""
