//go:build bench

package commands_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestSideBySideResults prints how long result send takes for ten thousand encrypted results from stdin, whole process,
// beside a bare loop that submits as many jobs of their size, and what memory it has for a million.
func TestSideBySideResults(t *testing.T) {
	b := &bench{t: t, addr: gearmandtest.Start(t, "--threads=4"), gearctl: benchedBinary(t)}
	b.w = tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	b.row("work", "gearctl", "beside", "beside takes", "ratio")
	line := "web01\tdisk /var/lib\t0\t" + strings.Repeat("x", 177) + "\n"
	input := strings.Repeat(line, 10_000)
	argv := []string{"result", "send", "--key-file", servertest.KeyFile(t), "-q", "-s"}
	ours := median(11, func() time.Duration {
		d, _ := b.process(strings.NewReader(input), b.gearctl, append(argv, b.addr)...)
		if got := b.waiting(servertest.Results); got != 10_000 {
			t.Errorf("sent 10000 results, %d arrived", got)
		}
		b.bareDrain(servertest.Results)
		return d
	})
	theirs := median(11, func() time.Duration {
		d := b.bareFill("bare", 10_000)
		b.bareDrain("bare")
		return d
	})
	b.compare("send 10000 encrypted results", ours, "bare loop with unique keys", theirs)
	addr := gearmandtest.Start(t, "--threads=4", "--hashtable-buckets=1000003")
	million := &lineSource{line: []byte(strings.Repeat(line, 100)), left: 10_000}
	d, rss := b.process(million, b.gearctl, append(argv, addr, "--queue", "million")...)
	b.row("send 1000000 encrypted results", d.Round(time.Millisecond).String(), fmt.Sprintf("%d KiB resident", rss>>10))
	b.w.Flush()
}
