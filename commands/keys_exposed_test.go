package commands_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAKeyFileForAllIsWarnedOf gives key files of several modes to the commands that read keys: one warning for each
// file that everybody may read or write, and nothing is printed of others.
func TestAKeyFileForAllIsWarnedOf(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at(name), mode); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	const key = "0123456789abcdef0123456789abcdef\n"
	other := write("other", "fedcba9876543210fedcba9876543210\n", 0o600)
	for mode, may := range map[os.FileMode]string{0o600: "", 0o640: "", 0o660: "", 0o644: "read", 0o602: "write", 0o666: "read and write"} {
		file := write("key", key, mode)
		conf := write("neb.conf", "server="+addr+"\nservices=yes\nencryption=yes\nkeyfile="+file+"\n", 0o644)
		inline := write("inline.conf", "server="+addr+"\nservices=yes\nencryption=yes\nkey="+key, mode)
		routes := write("routes.yaml", fmt.Sprintf("routes:\n- from: %[1]s/q\n  to: %[1]s/r\n  decrypt_key_file: %[2]s\n  encrypt_key_file: %[3]s\n", addr, file, other), 0o644)
		for name, argv := range map[string][]string{
			"payload":  {"payload", "encode", "text", "--key-file", file},
			"peek":     {"peek", "q", "--key-file", file},
			"check":    {"check", "service", "h", "s", "--command", "true", "--key-file", file},
			"result":   {"result", "send", "-H", "h", "-m", "OK", "--key-file", file},
			"drain":    {"drain", "q", "--yes", "--match", "host=x", "--key-file", file},
			"replay":   {"replay", os.DevNull, "--dry-run", "--match", "host=x", "--key-file", file},
			"move":     {"move", addr + "/q", addr + "/r", "--yes", "--dry-run", "--rekey", file + ":" + other},
			"proxy":    {"proxy", "--routes", routes, "--spool", os.DevNull},
			"config":   {"payload", "encode", "text", "--config", conf},
			"inline":   {"payload", "encode", "text", "--config", inline},
			"two keys": {"payload", "decode", "text", "--key-file", file, "--key-file", file},
		} {
			r := commandtest.Gearctl(t, "", append([]string{"-s", addr}, argv...)...)
			exposed := file
			if name == "inline" {
				exposed = inline
			}
			want := fmt.Sprintf("gearctl: %s: key file is world-accessible (%s); fix: chmod o-rw %[1]s\n", exposed, may)
			n := strings.Count(r.Stderr, "key file is world-accessible")
			if may == "" && n > 0 || may != "" && (n != 1 || !strings.Contains(r.Stderr, want)) {
				t.Errorf("mode %o: %s: exit code %d, stderr has no %q\n%s", mode, name, r.Code, want, r.Stderr)
			}
		}
	}
}
