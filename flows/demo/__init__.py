"""The demo: a made-up town of small companies, what others would have alerted on, and the comparison."""
