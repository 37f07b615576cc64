package commands

import (
	"sync"
	"testing"
)

// BenchmarkProcess is what a job costs beside its command, four at a time.
func BenchmarkProcess(b *testing.B) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range b.N/4 + 1 {
				if _, err := runProcess(b.Context(), &process{argv: []string{"/bin/cat"}, stdin: []byte("hello")}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
