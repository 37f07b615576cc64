package servers

import "gearctl/wire"

// MayBePhantom reports whether the jobs of a queue may all be cancelled or abandoned ones, on a server that has so many.
func MayBePhantom(q wire.FunctionStatus, ignored int64) bool {
	return q.Workers == 0 && q.Running == 0 && !IsOwn(q.Function) && q.Total > 0 && q.Total <= ignored
}
