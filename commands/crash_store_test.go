package commands_test

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// storeJobs is how many jobs a round of TestSoakStore has.
const storeJobs = 200

// storeCommands are the commands that are killed, or whose server is. VIA is that, DIR a directory of the round. Those with
// an archive begin with the jobs in DIR/jobs.
var storeCommands = []struct {
	line    string
	archive bool
}{
	{line: "move q r --yes -s VIA --timeout 2s"},
	{line: "replay DIR/jobs -s VIA --timeout 2s", archive: true},
	{line: "peek q -s VIA --timeout 2s"},
	{line: "drain q --yes --to DIR/jobs -s VIA --timeout 2s"},
	{line: "proxy --route VIA/q=VIA/r --spool DIR/spool"},
	{line: "doctor --root DIR --interval 1ms -s VIA --timeout 2s"},
	{line: "health q --probe stuck -s VIA --timeout 300ms"},
}

// TestSoakStore kills gearctl, or a gearmand that keeps its jobs in SQLite, at a random packet of a command. gearmand
// starts again each time, and every job is in the archive, the spool or a queue.
func TestSoakStore(t *testing.T) {
	t.Parallel()
	rounds, failed := 0, 0
	for range commandtest.CrashRounds {
		for _, c := range storeCommands {
			name, _, _ := strings.Cut(c.line, " ")
			for _, victim := range []string{"gearctl", "gearmand"} {
				rounds++
				if !t.Run(name+" and "+victim, func(t *testing.T) {
					l := newStoreLab(t, c.archive)
					l.run(strings.NewReplacer("VIA", l.via, "DIR", l.dir).Replace(c.line), victim == "gearmand")
					l.check(name)
				}) {
					failed++
				}
			}
		}
	}
	t.Logf("%d of %d rounds failed", failed, rounds)
}

// storeLab is a gearmand with its store, which a command reaches by a relay that strikes at one packet.
type storeLab struct {
	*testing.T
	server *gearmandtest.Process
	via    string // the relay
	dir    string
	struck chan struct{} // closed by the relay
	killed chan struct{} // closed when somebody was killed
}

func newStoreLab(t *testing.T, archive bool) *storeLab {
	l := &storeLab{T: t, server: servertest.PersistentGearmand(t), dir: t.TempDir(), struck: make(chan struct{}), killed: make(chan struct{})}
	t.Cleanup(l.server.Kill)
	commandtest.FillQueue(t, l.server.Addr, "q", storeJobs)
	if archive {
		if r := commandtest.Gearctl(t, "", "-s", l.server.Addr, "drain", "q", "--yes", "--to", filepath.Join(l.dir, "jobs")); r.Code != 0 {
			t.Fatal(r.Stderr)
		}
	}
	// Half of the moments are at the beginning, where the jobs of gearctl's own are.
	at := 1 + rand.Int64N([]int64{40, 4 * storeJobs}[rand.IntN(2)])
	var packets atomic.Int64
	count := func(wire.Packet) {
		if packets.Add(1) == at {
			close(l.struck)
			<-l.killed
		}
	}
	l.via = servertest.RelayPackets(t, l.server.Addr, count, count)
	return l
}

// run starts a command and kills it or its server when the relay strikes, and then starts the server again.
func (l *storeLab) run(line string, server bool) {
	if strings.Contains(line, "--probe") {
		serve(l.T, l.server.Addr, "worker_stuck", "stuck")
	}
	cmd := exec.Command(commandtest.Binary(l), strings.Fields(line)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		l.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	select {
	case <-l.struck:
	case <-ended:
	}
	if server {
		l.server.Kill()
	}
	if !server || strings.HasPrefix(line, "proxy") { // which would try again
		cmd.Process.Kill()
	}
	close(l.killed)
	<-ended
	l.server.Kill()
	if !l.server.StartsAgain(l) {
		l.Fatalf("gearmand does not start again\n%s", stderr.String())
	}
}

// check looks for every job. What is in a spool goes on to its queue first.
func (l *storeLab) check(command string) {
	if command == "proxy" {
		p := commandtest.StartProxy(l, "--route", l.server.Addr+"/q="+l.server.Addr+"/r", "--spool", filepath.Join(l.dir, "spool"))
		servertest.WaitTotal(l, l.server.Addr, "r", storeJobs)
		p.Stop(l)
	}
	servertest.CheckAll(l, command, storeJobs, false, servertest.Archived(l, filepath.Join(l.dir, "jobs")), commandtest.InQueue(l, l.server.Addr, "q"), commandtest.InQueue(l, l.server.Addr, "r"))
}
