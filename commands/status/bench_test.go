package status_test

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// BenchmarkStatus is the status of ten thousand queues, from the command line to the output.
func BenchmarkStatus(b *testing.B) {
	var answer bytes.Buffer
	for i := range 10_000 {
		fmt.Fprintf(&answer, "hostgroup_number_%05d\t%d\t0\t1\n", i*7919%10_000, i)
	}
	answer.WriteString(".\n")
	addr, stop, err := servertest.StartHostile(servertest.AfterRequest(func(c net.Conn) {
		c.Write(answer.Bytes())
		c.Read(make([]byte, 1))
	}))
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	for _, format := range []string{"json", "table"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				if r := commandtest.Gearctl(b, "", "-s", addr, "status", "-o", format); r.Code != 0 {
					b.Fatal(r.Stderr)
				}
			}
		})
	}
}
