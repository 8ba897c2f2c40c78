"""What a month on AWS costs: list prices, what was used of AWS, and the bill of it, in USD."""
