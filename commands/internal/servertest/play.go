package servertest

import (
	"io"
	"net"
	"strings"
	"testing"

	"gearctl/wire"
)

// StartStatus starts a server that answers every admin command with lines.
func StartStatus(t *testing.T, lines string) (addr string) {
	t.Helper()
	addr, stop, err := StartHostile(AfterRequest(func(c net.Conn) {
		io.WriteString(c, lines+".\n")
		io.Copy(io.Discard, c)
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}

// StartPlayed starts the server of that name from Hostilities or playAdmin.
func StartPlayed(t testing.TB, name string) (addr string) {
	t.Helper()
	h := Hostilities[name]
	if h == nil {
		h = playAdmin(name)
	}
	addr, stop, err := StartHostile(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}

// playAdmin answers version, status and prioritystatus as its name describes.
func playAdmin(name string) Hostility {
	const version, status, priorities = "OK 1.1.20\n", "a\t3\t1\t2\nb\t0\t0\t0\n.\n", "a\t2\t0\t0\t2\n.\n"
	answers := map[string]map[string]string{
		"half status":     {"version": version, "status": "a\t3\t1\t2\nb\t0"},
		"no status":       {"version": version, "status": "ERR UNKNOWN_COMMAND Unknown+server+command\n"},
		"bad line":        {"version": version, "status": "a\t3\t1\t2\nwhat\nb\t0\t0\t0\n.\n", "prioritystatus": "a\t2\t0\t0\t2\nb\t0\t0\t0\t0\n.\n"},
		"no priorities":   {"version": version, "status": status, "prioritystatus": "a\t2"},
		"refuses version": {"version": "ERR UNKNOWN_COMMAND Unknown+server+command\n", "status": status, "prioritystatus": priorities},
		"names": {"version": version, "prioritystatus": ".\n", "status": "" +
			"\xff\t1\t0\t0\n" + `\xff` + "\t2\t0\t0\n" + `\\xff` + "\t3\t0\t0\n" + `App\Jobs` + "\t4\t0\t0\n" +
			"\xff\t5\t0\t0\n" + "q\"q\t6\t0\t0\n" + "t\tt\t7\t0\t0\n" + "\x01\x1b\t8\t0\t0\n" + "\ufffd\t9\t0\t0\n" + "\t10\t0\t0\n.\n"},
	}[name]
	return func(c net.Conn) {
		r := wire.NewReader(c)
		for {
			line, err := r.ReadLine()
			if err != nil {
				return
			}
			answer, ok := answers[string(line)]
			io.WriteString(c, answer)
			if !ok || !strings.HasSuffix(answer, "\n") {
				return
			}
		}
	}
}
