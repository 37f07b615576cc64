package servertest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gearctl/wire/modgearman"
)

const (
	// Key is the key with which the payloads of Vectors are encrypted.
	Key = "gearctl_lab_secret"
	// Results is the default queue for check results.
	Results = modgearman.QueueCheckResults
)

// KeyFile writes Key to a file.
func KeyFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(Key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// SentResults takes and decodes every result of a queue, and zeroes their times for comparison.
func SentResults(t testing.TB, addr, queue string) []modgearman.Result {
	t.Helper()
	key, err := modgearman.NewKey([]byte(Key))
	if err != nil {
		t.Fatal(err)
	}
	var list []modgearman.Result
	for _, w := range Workloads(t, addr, queue) {
		p, err := modgearman.Decode([]byte(w), key)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Result()
		if err != nil {
			t.Fatal(err)
		}
		if r.Start.IsZero() || r.Finish.IsZero() {
			t.Errorf("a result without times: %v %v", r.Host, r.Service)
		}
		r.Start, r.Finish = time.Time{}, time.Time{}
		list = append(list, r)
	}
	return list
}
