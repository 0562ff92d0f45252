"""What several wire formats share: identifiers, fields, paging, periods, statuses and dialling."""
