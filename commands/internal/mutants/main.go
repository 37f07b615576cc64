// Command mutants makes small mistakes in the code, one at a time, and reports which of them no test notices.
//
// All mutants of a package are compiled into one test binary and each run activates one of them; nothing in the tree is
// changed. First every test runs alone and without a mutant, which tells what it reaches. Then each mutant is tried with
// the tests that reach it: those of its own package, then those of others that use it. See docs/testing.md.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// users are packages whose tests run as well, because they use a package the way a user of gearctl does.
var users = map[string][]string{
	"wire":            {"wire/jobserver", "commands/drain", "commands/move"},
	"wire/modgearman": {"commands/payload", "commands/config", "commands/result"},
	"wire/disk":       {"wire/archive", "wire/spool", "commands/replay"},
	"wire/archive":    {"commands/drain", "commands/replay"},
	"wire/spool":      {"commands/proxy"},
}

// defaults are the packages that are mutated if none are given.
var defaults = []string{
	"wire", "wire/modgearman", "wire/disk", "wire/archive", "wire/spool",
	"commands/proxy", "commands/replay", "commands/drain", "commands/health",
}

type options struct {
	count    int
	seed     uint64
	users    int
	parallel int
	match    *regexp.Regexp
	argued   map[string]string
	verbose  bool
	strict   bool
	list     bool
	longest  time.Duration
	skip     *regexp.Regexp // tests to leave out; nil: none
	least    time.Duration  // how long a run with a mutant may take at least
}

func main() {
	o := options{least: 10 * time.Second}
	flag.IntVar(&o.count, "n", 0, "try only this many mutants, chosen by -seed; 0 tries all")
	flag.Uint64Var(&o.seed, "seed", 1, "which mutants -n chooses")
	flag.IntVar(&o.users, "users", 3, "how many packages that use the mutated one are tested as well")
	flag.IntVar(&o.parallel, "p", 1, "how many runs at a time")
	flag.DurationVar(&o.longest, "longest", 0, "leave out tests that take longer than this; 0 leaves out none")
	skip := flag.String("skip", "", "leave out tests whose name matches this regular expression")
	match := flag.String("match", "", "try only mutants whose line matches this regular expression")
	arguedFile := flag.String("argued", "", "file of survivors that are argued for")
	flag.BoolVar(&o.verbose, "v", false, "report what was noticed too, and by which test")
	flag.BoolVar(&o.strict, "strict", false, "exit with 1 if a mutant survives that is not argued for")
	flag.BoolVar(&o.list, "list", false, "only list the mutants")
	flag.Parse()
	var err error
	if o.match, err = regexp.Compile(*match); err == nil {
		o.argued, err = readArgued(*arguedFile)
	}
	if err == nil && *skip != "" {
		o.skip, err = regexp.Compile(*skip)
	}
	survived := 0
	if err == nil {
		packages := flag.Args()
		if len(packages) == 0 {
			packages = defaults
		}
		survived, err = run(os.Stdout, o, packages)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	case o.strict && survived > 0:
		os.Exit(1)
	}
}

// run tries the mutants of packages and returns how many survive that are not argued for.
func run(w io.Writer, o options, packages []string) (int, error) {
	for i, p := range packages {
		packages[i] = strings.Trim(strings.TrimPrefix(filepath.ToSlash(filepath.Clean(p)), "./"), "/")
	}
	sources, err := load(packages)
	if err != nil {
		return 0, err
	}
	start, nextID := time.Now(), 0
	files := make([]map[string][]byte, len(sources))
	var all []mutant
	for i, s := range sources {
		var viable []mutant
		if files[i], viable, err = mutated(s, find(s, &nextID)); err != nil {
			return 0, err
		}
		all = append(all, viable...)
	}
	chosen := sample(slices.DeleteFunc(all, func(m mutant) bool { return !o.match.MatchString(m.String()) }), o.count, o.seed)
	if o.list {
		for _, m := range chosen {
			fmt.Fprintln(w, m)
		}
		return 0, nil
	}
	var sum score
	for i, s := range sources {
		var mine []mutant
		for _, m := range chosen {
			if m.Package == s.path {
				mine = append(mine, m)
			}
		}
		if len(mine) == 0 {
			continue
		}
		sc, err := tryPackage(w, o, s, files[i], mine)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(w, "%s: %s\n", s.path, sc)
		sum.add(sc)
	}
	sum.took = time.Since(start)
	fmt.Fprintf(w, "total: %s\n", sum)
	return sum.survived, nil
}

// tryPackage tries mutants of one package.
func tryPackage(w io.Writer, o options, s *source, files map[string][]byte, mutants []mutant) (score, error) {
	start := time.Now()
	var sc score
	scratch, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return sc, err
	}
	defer os.RemoveAll(scratch)
	overlay, err := writeOverlay(scratch, files)
	if err != nil {
		return sc, err
	}
	t := trial{least: o.least, longest: o.longest}
	for i := range max(o.parallel, 1) {
		dir := filepath.Join(scratch, fmt.Sprint("run", i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return sc, err
		}
		t.scratch = append(t.scratch, dir)
	}
	also := users[s.path]
	for _, path := range slices.Concat([]string{s.path}, also[:min(o.users, len(also))]) {
		b, err := build(s, path, overlay, scratch)
		if err != nil {
			return sc, err
		}
		b.units = slices.DeleteFunc(b.units, func(u unit) bool { return o.skip != nil && o.skip.MatchString(u.test) })
		t.binaries = append(t.binaries, b)
	}
	if err := t.record(); err != nil {
		return sc, err
	}
	fmt.Fprintf(os.Stderr, "%s: %d mutants, compiled and recorded in %s\n", s.path, len(mutants), time.Since(start).Round(time.Second))
	var mu sync.Mutex
	var survivors []outcome
	err = t.parallel(len(mutants), func(dir string, i int) error {
		result, err := t.try(dir, mutants[i])
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if reason := o.argued[result.key()]; reason != "" && !result.noticed {
			sc.argued++
		} else {
			sc.count(result)
		}
		if !result.noticed {
			survivors = append(survivors, result)
		} else if o.verbose {
			fmt.Fprintf(w, "noticed %s (by %s)\n", result.mutant, result.by)
		}
		return nil
	})
	slices.SortFunc(survivors, func(a, b outcome) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range survivors {
		fmt.Fprintln(w, describe(r, o.argued[r.key()]))
	}
	sc.took = time.Since(start)
	return sc, err
}
