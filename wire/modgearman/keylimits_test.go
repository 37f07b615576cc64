package modgearman

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeyFilesAtTheLimits: what the C programs read with fgets(key, 33) and a trim, and the Go programs as the whole file, at
// exactly 32 bytes, and one below and above, with what may follow the key.
func TestKeyFilesAtTheLimits(t *testing.T) {
	t.Parallel()
	k := strings.Repeat("0123456789abcdef", 3)
	for name, c := range map[string]struct{ file, c, golang string }{
		"31":                               {k[:31], k[:31], k[:31]},
		"31, newline":                      {k[:31] + "\n", k[:31], k[:31]},
		"31, blank":                        {k[:31] + " ", k[:31], k[:31] + " "},
		"31, blank, newline":               {k[:31] + " \n", k[:31], k[:31] + " "},
		"31, tab":                          {k[:31] + "\t\n", k[:31], k[:31] + "\t"},
		"31, two newlines":                 {k[:31] + "\n\n", k[:31], k[:31] + "\n"},
		"31, CR LF":                        {k[:31] + "\r\n", k[:31], k[:31] + "\r"},
		"31, NUL":                          {k[:31] + "\x00\n", k[:31], k[:31]},
		"30, two blanks":                   {k[:30] + "  \n", k[:30], k[:30] + "  "},
		"31, blank, more":                  {k[:31] + " x\n", k[:31], k[:31] + " "},
		"32":                               {k[:32], k[:32], k[:32]},
		"32, newline":                      {k[:32] + "\n", k[:32], k[:32]},
		"32, blank":                        {k[:32] + " \n", k[:32], k[:32]},
		"32, CR LF":                        {k[:32] + "\r\n", k[:32], k[:32]},
		"32, another line":                 {k[:32] + "\nx\n", k[:32], k[:32]},
		"33":                               {k[:33] + "\n", k[:32], k[:32]},
		"a blank inside":                   {"a key", "a key", "a key"},
		"a blank before":                   {" key of a site\n", " key of a site", " key of a site"},
		"form feed and vertical tab":       {"a key\v\f\n", "a key", "a key\v\f"},
		"one byte":                         {"k\n", "k", "k"},
		"blanks beyond the first 32 bytes": {k[:20] + strings.Repeat(" ", 20) + "\n", k[:20], k[:20] + strings.Repeat(" ", 12)},
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := ReadKeyFile(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !f.C.Equal(mustKey(t, c.c)) {
			t.Errorf("%s: the C programs use %q, gearctl reads another key", name, c.c)
		}
		if !f.Go.Equal(mustKey(t, c.golang)) {
			t.Errorf("%s: the Go programs use %q, gearctl reads another key", name, c.golang)
		}
		if f.Differ() != !mustKey(t, c.c).Equal(mustKey(t, c.golang)) || f.Differ() == (f.Why == "") {
			t.Errorf("%s: that the programs read different keys must be told, with the reason: differ %v, why %q", name, f.Differ(), f.Why)
		}
	}
	for name, file := range map[string]string{"empty": "", "a newline": "\n", "a NUL": "\x00\n"} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if f, err := ReadKeyFile(path); err == nil {
			t.Errorf("%s: a key file without a key must be an error, got %v and %v", name, f.C, f.Go)
		}
	}
}

// TestKeysAtTheLimits: 32 bytes count, and the warnings begin at 7 and at 33.
func TestKeysAtTheLimits(t *testing.T) {
	t.Parallel()
	k := strings.Repeat("0123456789abcdef", 3)
	for _, n := range []int{1, 6, 7, 8, 9, 31, 32, 33} {
		key := mustKey(t, k[:n])
		if same := key.Equal(mustKey(t, k[:n]+"x")); same != (n >= 32) {
			t.Errorf("a key of %d bytes with one more is the same key: %v, want %v: 32 bytes count", n, same, n >= 32)
		}
		if warns := key.Warning() != ""; warns != (n < 8 || n > 32) {
			t.Errorf("a key of %d bytes is warned of: %v", n, warns)
		}
		if other := mustKey(t, k[:n-1]+"\xff"); n <= 32 && key.Equal(other) || n > 32 && !key.Equal(other) {
			t.Errorf("byte %d of a key counts: %v", n, !key.Equal(other))
		}
	}
}
