"""What every service that counts working days shares: the announced years it heard of, and the deadlines it keeps."""
