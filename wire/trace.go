package wire

import (
	"fmt"
	"strings"
)

// Event is a packet or admin line in a trace. Text contains names, keys and numbers, but only the size of workloads and other
// data, so that a trace contains no secrets.
type Event struct {
	Server string
	Sent   bool // to the server
	Text   string
}

// describe formats a packet for a trace: its name, then its arguments.
func describe(t Type, args [][]byte) string {
	var b strings.Builder
	b.WriteString(t.String())
	for i, name := range t.ArgNames() {
		if i >= len(args) {
			break
		}
		if isData(name) {
			fmt.Fprintf(&b, " %s=(%d bytes)", name, len(args[i]))
			continue
		}
		fmt.Fprintf(&b, " %s=%s", name, word(args[i]))
	}
	return b.String()
}

func isData(arg string) bool { return arg == "workload" || arg == "data" }

// word quotes b unless it reads as one word.
func word(b []byte) string {
	plain := escaped(b)
	if len(b) == 0 || plain != string(b) || strings.Contains(plain, " ") {
		return `"` + plain + `"`
	}
	return plain
}

// escaped returns up to 200 bytes of b, with control bytes as \x1b.
func escaped(b []byte) string {
	q := fmt.Sprintf("%.200q", b)
	return q[1 : len(q)-1]
}
