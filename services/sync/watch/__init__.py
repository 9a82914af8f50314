"""What operators watch (看板数据): each placement in one word, what is not as wanted, how each portal does."""
