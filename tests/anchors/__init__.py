"""What other systems for this job did under stress, as experiments that criabot has to pass."""
