package commands_test

import (
	"encoding/base64"
	"net"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// evil is a text that would change the title of a terminal and clear it.
const evil = "a\x1b]0;title\x07\x1b[2J\u009b2Jb"

// evilServer has jobs whose queue, unique key and payload are evil, and a worker whose name is.
func evilServer(t *testing.T) string {
	t.Helper()
	addr := servertest.Embedded(t)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	r := wire.NewReader(nc)
	for _, queue := range []string{evil, evil, "q", "q", "q", "q", "q"} {
		nc.Write(wire.AppendRequest(nil, wire.SubmitJobBG, []byte(queue), nil, []byte(evil)))
		if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.JobCreated {
			t.Fatalf("submit: %v, %v", p, err)
		}
	}
	var b []byte
	b = wire.AppendRequest(b, wire.SetClientID, []byte("worker"+evil))
	b = wire.AppendRequest(b, wire.CanDo, []byte("other"+evil))
	b = wire.AppendRequest(b, wire.EchoReq, nil)
	nc.Write(b)
	if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.EchoRes {
		t.Fatalf("echo: %v, %v", p, err)
	}
	return addr
}

// evilCheck is the payload of a check, in clear, whose command line is evil.
func evilCheck() string {
	return base64.StdEncoding.EncodeToString([]byte("type=service\nhost_name=h\nservice_description=s\ncommand_line=" + evil + "\n"))
}

func TestNothingOfAServerReachesATerminalRaw(t *testing.T) {
	t.Parallel()
	addr := evilServer(t)
	encoded := evilCheck()
	for _, line := range []string{
		"status", "status -o json", "status -o csv", "status -o template={{.queue}}", "raw status", "raw show unique jobs", "jobs",
		"workers", "workers -o jsonl", "workers --wide", "version", "top --batch 1",
		"peek q", "peek q -o raw", "peek q -o jsonl", "peek q --print0 -o raw",
		"health --waiting-critical 0", "health -o prometheus --waiting-critical 0",
		"health -o json --waiting-critical 0", "health -o text --waiting-critical 0",
		"exporter --textfile -", "payload decode -o raw " + encoded, "payload decode " + encoded,
		"check exec -- printf " + evil, "work q --count 1", "work q --count 1 -o jsonl",
		"drain q --max 1 --yes -o raw", "drain q --max 1 --yes --to -", "drain q --yes -o raw", "queue gc --dry-run",
	} {
		r := commandtest.OnTerminal(t, "", append([]string{"-s", addr, "-q", "--color", "never"}, strings.Fields(line)...)...)
		if all := r.Stdout + r.Stderr; strings.ContainsAny(all, "\x1b\x07\u009b") {
			t.Errorf("%s: control characters on a terminal: %q", line, all)
		}
		if r.Code == 2 && !strings.HasPrefix(line, "health") {
			t.Errorf("%s: %q", line, r.Stderr)
		}
	}
}

func TestAPipeGetsExactBytes(t *testing.T) {
	t.Parallel()
	addr := evilServer(t)
	encoded := evilCheck()
	for _, line := range []string{
		"peek q -o raw", "raw status", "exporter --textfile -", "health -o prometheus --waiting-critical 0", "payload decode -o raw " + encoded,
		"work q --count 1 --print", "drain q --yes -o raw",
	} {
		r := commandtest.Gearctl(t, "", append([]string{"-s", addr, "-q"}, strings.Fields(line)...)...)
		if !strings.Contains(r.Stdout, evil) {
			t.Errorf("%s: got %q, want the exact bytes", line, r.Stdout)
		}
	}
}
