package commands

import "gearctl/wire"

// phantomLook is up to how many jobs a server may have to be asked for all of them: it stands still meanwhile.
const phantomLook = 20_000

// mayBePhantom reports whether the jobs of a queue may all be cancelled or abandoned ones, on a server that has so many.
func mayBePhantom(q wire.FunctionStatus, ignored int64) bool {
	return q.Workers == 0 && q.Running == 0 && !isOwn(q.Function) && q.Total > 0 && q.Total <= ignored
}
