"""Plans for people to read: workbook, calendar, messages, figure and pages."""
