package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// canaryWatch is a relay to a server that looks at the jobs which gearctl submits of its own accord.
type canaryWatch struct {
	addr  string // of the relay
	users []string

	mu     sync.Mutex
	seen   map[string]bool // types of packets that submitted such jobs
	stored map[string]bool // queues of background ones; true: the job was handed out whole
	faults []string
}

// watchCanaries starts a relay to a server on which the queues of users hold jobs that are not gearctl's own.
func watchCanaries(t *testing.T, server string, users ...string) *canaryWatch {
	t.Helper()
	w := &canaryWatch{users: users, seen: map[string]bool{}, stored: map[string]bool{}}
	w.addr = servertest.RelayPackets(t, server, w.asked, w.answered)
	return w
}

// asked notes a job of gearctl's own, and what is done with one that a store keeps.
func (w *canaryWatch) asked(p wire.Packet) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch p.Type {
	case wire.SubmitJob, wire.SubmitJobHigh, wire.SubmitJobLow:
		if queue := string(p.Arg(0)); !slices.Contains(w.users, queue) {
			w.seen[p.Type.String()] = true
			if strings.HasPrefix(queue, "gearctl_canary_") && len(p.Arg(2)) > 0 {
				w.fault("%s to %s carries %d bytes", p.Type, queue, len(p.Arg(2)))
			}
		}
	case wire.SubmitJobBG, wire.SubmitJobHighBG, wire.SubmitJobLowBG, wire.SubmitJobEpoch:
		if queue := string(p.Arg(0)); !slices.Contains(w.users, queue) {
			w.seen[p.Type.String()] = true
			w.stored[queue] = false
			if len(p.Args[len(p.Args)-1]) == 0 {
				w.fault("%s to %s carries nothing", p.Type, queue)
			}
		}
	case wire.CantDo, wire.ResetAbilities, wire.WorkComplete, wire.WorkFail:
		for queue, whole := range w.stored {
			if !whole {
				w.fault("%s before the job of %s was read", p.Type, queue)
			}
		}
	}
}

func (w *canaryWatch) answered(p wire.Packet) {
	if p.Type != wire.JobAssign && p.Type != wire.JobAssignUniq {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.stored[string(p.Arg(1))]; ok {
		w.stored[string(p.Arg(1))] = true
	}
}

func (w *canaryWatch) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// check returns the types of packets that submitted jobs of gearctl's own.
func (w *canaryWatch) check(t *testing.T) string {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		t.Error(f)
	}
	var types []string
	for name := range w.seen {
		types = append(types, name)
	}
	slices.Sort(types)
	return strings.Join(types, " ")
}
