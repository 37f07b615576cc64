package servertest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// Submit submits a background job.
func Submit(t testing.TB, addr, queue, payload string) {
	t.Helper()
	Ask(t, addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		return c.Submit(ctx, &wire.Submission{Function: queue, Unique: wire.NewUniqueSource().Next(), Workload: []byte(payload), Background: true})
	})
}

// Archived returns how often each payload is in an archive, which may be missing or truncated.
func Archived(t testing.TB, path string) map[string]int {
	t.Helper()
	return ArchivedOn(t, disk.OS{}, path)
}

// ArchivedOn is Archived for another file system.
func ArchivedOn(t testing.TB, d disk.FS, path string) map[string]int {
	t.Helper()
	seen := map[string]int{}
	r, err := archive.Open(d, path)
	if errors.Is(err, fs.ErrNotExist) {
		return seen
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if err != nil {
			return seen
		}
		seen[string(rec.Data)]++
	}
}

// CheckAll reports an error if a number below jobs is in none of the places, or, with once, occurs more than once.
func CheckAll(t testing.TB, what string, jobs int, once bool, places ...map[string]int) {
	t.Helper()
	lost, twice := 0, 0
	for n := range jobs {
		seen := 0
		for _, p := range places {
			seen += p[fmt.Sprint(n)]
		}
		if seen == 0 {
			lost++
		}
		if seen > 1 {
			twice++
		}
	}
	if lost > 0 || once && twice > 0 {
		t.Errorf("%s: of %d jobs %d are lost and %d exist twice", what, jobs, lost, twice)
	}
}

// Numbers returns the numbers 0 to n-1, one per line.
func Numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i)
	}
	return b.String()
}

// SubmitCancelled submits a background job and cancels it.
func SubmitCancelled(t testing.TB, addr, queue string) {
	t.Helper()
	Ask(t, addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		handle, err := c.Submit(ctx, &wire.Submission{Function: queue, Background: true})
		if err == nil {
			err = c.CancelJob(ctx, handle)
		}
		return handle, err
	})
}

// Workloads takes every job of a queue and returns the payloads.
func Workloads(t testing.TB, addr, queue string) []string {
	t.Helper()
	var list []string
	Ask(t, addr, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		return c.Take(ctx, &wire.Take{Function: queue, Job: func(j wire.Job) error {
			list = append(list, string(j.Workload))
			return nil
		}})
	})
	return list
}
