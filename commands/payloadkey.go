package commands

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// uniqueByPayload is the unique key by which gearmand merges jobs that have the same payload. A persistent server keeps a
// single one of all jobs that have it.
const uniqueByPayload = "-"

// payloadKey returns a unique key that does as uniqueByPayload does, and that a persistent server can keep.
func payloadKey(queue string, data []byte) string {
	h := sha256.New()
	io.WriteString(h, queue)
	h.Write([]byte{0})
	h.Write(data)
	return "gearctl-" + hex.EncodeToString(h.Sum(nil)[:16])
}
