"""The production stack updated amid traffic, and deleted and adopted again."""
