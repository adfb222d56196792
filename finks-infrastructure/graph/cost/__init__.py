"""What a stack costs a month, from its graph, a price table and stated assumptions of use."""
