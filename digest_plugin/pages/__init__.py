"""All pages of a site, as data and as HTML, without MkDocs; a digest's twins; the status."""
