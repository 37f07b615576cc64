package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"gearctl/wire"
)

// uniqueByPayload is the unique key by which gearmand merges jobs that have the same payload. A persistent server keeps a
// single one of all jobs that have it.
const uniqueByPayload = "-"

// payloadKey returns a unique key that merges jobs as uniqueByPayload does, and that a persistent server can keep.
func payloadKey(queue string, data []byte) string {
	h := sha256.New()
	io.WriteString(h, queue)
	h.Write([]byte{0})
	h.Write(data)
	return "gearctl-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// KeyAtTarget returns the unique key to submit a job with to another queue. A job without one gets a fresh key, since a
// persistent server keeps only one of all jobs without; a key that a server cannot carry is replaced by its hash.
func KeyAtTarget(fresh *wire.UniqueSource, queue, unique string, data []byte) string {
	switch {
	case unique == "":
		return fresh.Next()
	case unique == uniqueByPayload:
		return payloadKey(queue, data)
	case wire.CheckUnique(unique) != nil:
		return payloadKey("", []byte(unique))
	}
	return unique
}
