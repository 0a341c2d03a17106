"""What became of matches, counted: where they stood on a day, funnels, targets, ledgers, cases and buyers' cards."""
