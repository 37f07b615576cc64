package servertest

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/wire/jobserver/gearmandtest"
)

// PersistentGearmand starts a gearmand with a job store, in memory if possible because it syncs after every job.
func PersistentGearmand(t testing.TB) *gearmandtest.Process {
	dir, err := os.MkdirTemp("/dev/shm", "gearctl-test")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return gearmandtest.StartProcess(t, "--threads=4", "--hashtable-buckets=100003", "--queue-type=libsqlite3", "--libsqlite3-db="+filepath.Join(dir, "jobs"))
}

// OpenDescriptors returns the number of open file descriptors of this process.
func OpenDescriptors(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("SKIPPED: no /proc/self/fd here")
	}
	return len(list)
}
