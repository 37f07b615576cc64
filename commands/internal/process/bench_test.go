package process

import (
	"sync"
	"testing"
	"time"
)

// BenchmarkProcess is what a job costs beside its command, four at a time.
func BenchmarkProcess(b *testing.B) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range b.N/4 + 1 {
				if _, err := Run(b.Context(), &Command{Now: time.Now, Argv: []string{"/bin/cat"}, Stdin: []byte("hello")}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
