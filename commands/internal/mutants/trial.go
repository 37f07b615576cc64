package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A trial runs the tests that reach a mutant, the quickest first.
type trial struct {
	binaries []*binary
	scratch  []string      // a directory for each parallel run
	least    time.Duration // added to the time that a run may take
	longest  time.Duration // units that take longer are left out; 0: none
}

// parallel calls work for 0 to n-1, in as many goroutines as there are scratch directories. It returns the first error.
func (t *trial) parallel(n int, work func(scratch string, i int) error) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	for _, dir := range t.scratch {
		wg.Go(func() {
			for i := range next {
				if err := work(dir, i); err != nil {
					mu.Lock()
					first = cmp.Or(first, err)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}

// record runs every unit alone and notes which mutants it reaches. A unit that fails without a mutant is an error.
func (t *trial) record() error {
	type job struct {
		b *binary
		u *unit
	}
	var jobs []job
	for _, b := range t.binaries {
		for i := range b.units {
			jobs = append(jobs, job{b, &b.units[i]})
		}
	}
	return t.parallel(len(jobs), func(scratch string, i int) error {
		b, u := jobs[i].b, jobs[i].u
		file := filepath.Join(scratch, "reached")
		for attempt := 1; ; attempt++ {
			os.Remove(file)
			start := time.Now()
			v, out, err := b.run(scratch, []unit{*u}, 0, file, 5*time.Minute)
			if err != nil {
				return err
			}
			if v == passed {
				u.took = time.Since(start)
				break
			}
			if attempt == 2 {
				return fmt.Errorf("%s %s%s fails without a mutant:\n%s", b.path, u.test, u.script, out)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		u.reaches = map[int]bool{}
		for _, number := range strings.Fields(string(text)) {
			id, err := strconv.Atoi(number)
			if err != nil {
				return err
			}
			u.reaches[id] = true
		}
		return nil
	})
}

// An outcome is what the tests made of a mutant.
type outcome struct {
	mutant
	noticed  bool
	timedOut bool
	tests    int    // that reach it
	by       string // the test that noticed it
}

// try runs the tests that reach a mutant until one fails. A run that takes much longer than without the mutant fails too.
func (t *trial) try(scratch string, m mutant) (outcome, error) {
	o := outcome{mutant: m}
	for _, b := range t.binaries {
		var reaching []unit
		for _, u := range b.units {
			if u.reaches[m.ID] && (t.longest == 0 || u.took <= t.longest) {
				reaching = append(reaching, u)
			}
		}
		o.tests += len(reaching)
		slices.SortFunc(reaching, func(a, b unit) int { return cmp.Compare(a.took, b.took) })
		for _, group := range groups(reaching) {
			v, out, err := b.run(scratch, group, m.ID, "", t.limit(group))
			if err != nil {
				return o, err
			}
			if v != passed {
				o.noticed, o.timedOut, o.by = true, v == timedOut, blame(b, out)
				return o, nil
			}
		}
	}
	return o, nil
}

// groups returns units that can run together: first those that are done in a second, then the others; tests and
// scripts apart.
func groups(units []unit) [][]unit {
	var groups [2][2][]unit
	var sum time.Duration
	for _, u := range units {
		sum += u.took
		slow, script := 0, 0
		if sum > time.Second {
			slow = 1
		}
		if u.script != "" {
			script = 1
		}
		groups[slow][script] = append(groups[slow][script], u)
	}
	var all [][]unit
	for _, g := range slices.Concat(groups[0][:], groups[1][:]) {
		if len(g) > 0 {
			all = append(all, g)
		}
	}
	return all
}

// limit returns how long units may take with a mutant.
func (t *trial) limit(units []unit) time.Duration {
	const factor = 4
	var sum time.Duration
	for _, u := range units {
		sum += u.took
	}
	return t.least + factor*sum
}

// blame returns the first test that failed.
func blame(b *binary, out string) string {
	for line := range strings.Lines(out) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			return b.path + " " + name
		}
	}
	return b.path
}
