package health_test

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// BenchmarkHealth is the health of a thousand queues, from the command line to the output.
func BenchmarkHealth(b *testing.B) {
	var answer bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&answer, "hostgroup_number_%04d\t%d\t0\t1\n", i*7919%1000, i)
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
	for b.Loop() {
		if r := commandtest.Gearctl(b, "", "-s", addr, "health", "--waiting-critical", "2000"); r.Code != 0 {
			b.Fatal(r.Stdout)
		}
	}
}
