"""What is true of the business: one file per area; declarations only, no screens and no HTTP."""
