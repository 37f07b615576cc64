package compat_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "compat" && filepath.Base(os.Args[0]) != "gearctl" {
		panic("a test started its own binary as a daemon")
	}
	commandtest.Main(m)
}

func TestScripts(t *testing.T) {
	t.Parallel()
	commandtest.RunScripts(t, "testdata/script")
}

// old runs an old tool.
func old(t testing.TB, stdin, tool string, args ...string) commandtest.Run {
	t.Helper()
	return commandtest.Gearctl(t, stdin, append([]string{"compat", tool}, args...)...)
}

// fill puts a server and files into the words of a line: {host}, {port} and {addr}, a key {file} and a configuration {conf}.
func fill(t testing.TB, line, addr string) []string {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	dir := t.TempDir()
	key := servertest.WriteFile(t, dir+"/key", "secret\n")
	conf := servertest.WriteFile(t, dir+"/conf", "# of send_gearman\nserver="+addr+"\nkeyfile="+key+"\nresult_queue=other\n")
	return strings.Fields(strings.NewReplacer("{host}", host, "{port}", port, "{addr}", addr, "{file}", key, "{conf}", conf).Replace(line))
}
