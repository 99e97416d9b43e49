"""Readers for JavaScript settings and `package.json`, shared by the generators that run on Node.js."""
