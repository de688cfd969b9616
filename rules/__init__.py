"""The rules: pure functions of plain facts that decide what a rep sees and what is allowed. Read this first."""
