"""What several tests need: real servers, a faulty network. No test lives here."""
