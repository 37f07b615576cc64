package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"gearctl/wire/archive"
)

// RecordID is the same for two records of one job.
type RecordID [16]byte

// Identify identifies a job by its server, queue, unique key and payload. A job without unique key is identified by its
// handle as well; with one the handle does not count, since a server that stores its jobs renumbers them when it starts.
func Identify(r *archive.Record) RecordID {
	parts := []string{r.Server, r.Queue, r.Unique}
	if r.Unique == "" || r.Unique == uniqueByPayload {
		parts = append(parts, r.Handle)
	}
	h := sha256.New()
	for _, s := range parts {
		io.WriteString(h, s)
		h.Write([]byte{0})
	}
	h.Write(r.Data)
	return RecordID(h.Sum(nil)[:len(RecordID{})])
}

// UniqueOf returns the unique key to submit a record with. One without gets a key derived from the record, so that
// submitting it twice while it waits makes one job.
func UniqueOf(r *archive.Record) string {
	switch r.Unique {
	case "":
		id := Identify(r)
		return "gearctl-" + hex.EncodeToString(id[:])
	case uniqueByPayload:
		return payloadKey(r.Queue, r.Data)
	}
	return r.Unique
}
