package completions_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkTenThousandQueues is what TAB takes among ten thousand queues, the whole process: under 50 ms.
func BenchmarkTenThousandQueues(b *testing.B) {
	queues := make([]string, 10_000)
	for i := range queues {
		queues[i] = fmt.Sprintf("hostgroup_number_%05d", i*7919%10_000)
	}
	w := newWorld(b, "bash", queues)
	for _, c := range []struct {
		word string
		want int
	}{{"hostgroup_number_0123", 10}, {"", len(queues)}} {
		b.Run(fmt.Sprint(c.want), func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command(filepath.Join(scratch, "bin", "gearctl"), "__complete", "status", c.word)
				cmd.Env = w.env
				out, err := cmd.Output()
				if n := strings.Count(string(out), "\n"); err != nil || n != c.want {
					b.Fatalf("%d candidates, %v", n, err)
				}
			}
		})
	}
}
