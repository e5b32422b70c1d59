"""Claims: what arrived damaged, wrong or not at all."""
