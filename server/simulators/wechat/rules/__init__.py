"""What WeChat remembers and decides: people, tokens, quotas, subscriptions, content, links, faults."""
