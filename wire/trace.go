package wire

import (
	"fmt"
	"strings"
)

// Event is one packet or admin line that crossed a connection, for a trace. Text shows names, keys and numbers;
// of workloads and other data only the size, so that a trace holds no secrets.
type Event struct {
	Server string
	Sent   bool // true: to the server
	Text   string
}

// describe renders a packet as a line of a trace: its name, then its arguments.
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

// word quotes what would not read as one word.
func word(b []byte) string {
	plain := escaped(b)
	if len(b) == 0 || plain != string(b) || strings.Contains(plain, " ") {
		return `"` + plain + `"`
	}
	return plain
}

// escaped is b with control bytes as \x1b, at most 200 bytes of it.
func escaped(b []byte) string {
	q := fmt.Sprintf("%.200q", b)
	return q[1 : len(q)-1]
}
