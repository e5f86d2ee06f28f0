"""What a site gives to others: feeds, data in the heads of pages, pictures for links."""
