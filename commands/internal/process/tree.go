package process

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// runVariable marks what a command starts: children inherit it in their environment, also daemons, which leave the process
// group and whose parent ends.
const runVariable = "GEARCTL_RUN"

// tree is a process and everything it started, as far as /proc shows: descendants, and processes with its mark. A process
// that cleared its environment and whose parent has ended is not found.
type tree struct {
	mark  string // NAME=VALUE in the environment
	known map[processID]bool
}

func newTree() tree {
	return tree{runVariable + "=" + rand.Text(), map[processID]bool{}}
}

// processID identifies a process: PIDs are reused.
type processID struct {
	pid   int
	start uint64 // in clock ticks since boot
}

// entry is a process as /proc lists it.
type entry struct {
	processID
	parent int
	group  int
	ended  bool // a zombie
}

// signal signals every process of the tree outside a process group, and returns how many there were.
func (t *tree) signal(sig syscall.Signal, group int) int {
	sent := 0
	for _, p := range t.find() {
		if p.group == group {
			continue
		}
		process, err := os.FindProcess(p.pid) // refers to the process, not to its PID
		if err != nil {
			continue
		}
		if again, ok := readEntry(p.pid); ok && again.processID == p.processID && process.Signal(sig) == nil {
			sent++
		}
		process.Release()
	}
	return sent
}

// kill kills every process of the tree outside a process group, and what they start meanwhile.
func (t *tree) kill(group int) {
	for range 100 {
		if t.signal(syscall.SIGKILL, group) == 0 {
			return
		}
	}
}

// find returns the running processes of the tree.
func (t *tree) find() []entry {
	all := list()
	byPID := map[int]processID{}
	for _, p := range all {
		byPID[p.pid] = p.processID
		if !p.ended && !t.known[p.processID] && t.marked(p.pid) {
			t.known[p.processID] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !t.known[p.processID] && t.known[byPID[p.parent]] {
				t.known[p.processID], grown = true, true
			}
		}
	}
	var found []entry
	for _, p := range all {
		if t.known[p.processID] && !p.ended {
			found = append(found, p)
		}
	}
	return found
}

// marked reports whether a process carries the mark of the tree. The environment of other users' processes is unreadable.
func (t *tree) marked(pid int) bool {
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return false
	}
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		if string(variable) == t.mark {
			return true
		}
	}
	return false
}

func list() []entry {
	names, _ := filepath.Glob("/proc/[0-9]*")
	var all []entry
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if p, ok := readEntry(pid); ok {
			all = append(all, p)
		}
	}
	return all
}

// readEntry reads /proc/PID/stat: number, name in parentheses, which may hold anything, state, parent, group and,
// as field 22, the start.
func readEntry(pid int) (entry, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return entry{}, false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return entry{}, false
	}
	parent, err1 := strconv.Atoi(string(fields[1]))
	group, err2 := strconv.Atoi(string(fields[2]))
	start, err3 := strconv.ParseUint(string(fields[19]), 10, 64)
	state := fields[0][0]
	p := entry{processID{pid, start}, parent, group, state == 'Z' || state == 'X'}
	return p, err1 == nil && err2 == nil && err3 == nil
}
