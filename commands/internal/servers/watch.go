package servers

// Cell returns the number in a column that changes.
func (r StatusRow) Cell(key string) int64 {
	switch key {
	case "total":
		return r.Total
	case "waiting":
		return r.Waiting
	case "running":
		return r.Running
	case "workers":
		return r.Workers
	}
	return 0
}
