package compat_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"gearctl/commands/internal/servertest"
)

// TestAsRecorded compares what the tools in C printed with what ours print, byte for byte: testdata/recorded has them run on a
// real gearmand. A section is a command line with its exit code, stdout, and > lines with the results that were sent. A section
// "ours: FACT" after it is what ours print where they differ on purpose; FACT is in the table of docs/reference/compat.md.
func TestAsRecorded(t *testing.T) {
	t.Parallel()
	docs := string(servertest.RepositoryFile(t, "docs/reference/compat.md"))
	files, err := filepath.Glob("testdata/recorded/*.txtar")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		for i, r := range readRecords(t, file) {
			t.Run(fmt.Sprintf("%s %d %s", filepath.Base(file), i+1, r.line), func(t *testing.T) {
				t.Parallel()
				want := r.theirs
				if r.fact != "" {
					want = r.ours
					if r.ours == r.theirs || !strings.Contains(docs, "| "+r.fact+" |") {
						t.Errorf("ours: %s: it must differ from what was recorded, and be in a row of docs/reference/compat.md", r.fact)
					}
				}
				if got := r.run(t); got != want {
					t.Errorf("%s\ngot  %s\nwant %s", r.line, got, want)
				}
			})
		}
	}
}

// record is a recorded command line.
type record struct {
	status       string // the answer of the server to status; empty: a server with workers
	line, stdin  string
	theirs, ours string // exit code, stdout and results
	fact         string // in which ours differ
}

func readRecords(t *testing.T, file string) (list []*record) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]string{}
	for _, section := range archive.Files {
		text := strings.TrimSuffix(string(section.Data), "\n\\ no newline at the end\n")
		kind, rest, _ := strings.Cut(section.Name, " ")
		switch kind {
		case "status":
			status[rest] = text
		case "stdin":
			list[len(list)-1].stdin = text
		case "ours:":
			list[len(list)-1].fact, list[len(list)-1].ours = rest, text
		default:
			r := &record{line: section.Name, theirs: text}
			if state, line, found := strings.Cut(section.Name, ": "); found && status[state] != "" {
				r.status, r.line = status[state], line
			}
			list = append(list, r)
		}
	}
	return list
}

var (
	recordedWord = regexp.MustCompile(`'[^']*'|\S+`)
	recordedTime = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  -`)
	usageText    = regexp.MustCompile(`(?ms)^[a-z_]+ of gearctl test: .*`)
	resultTime   = regexp.MustCompile(`(?m)^> (?:start|finish)_time=\d{9,}(\.\d+)?$`)
	digit        = regexp.MustCompile(`\d`)
)

// run runs the line on a server like the recorded one, and returns what is to be compared.
func (r *record) run(t *testing.T) string {
	t.Helper()
	var addr string
	if r.status != "" {
		addr = servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"status": r.status, "version": "OK 1.1.20+ds\n"}))
	} else {
		addr = servertest.Embedded(t)
		for queue, behaviour := range map[string]string{"echo": "echo", "fail": "fail", "stuck": "stuck"} {
			stop, err := servertest.Serve(addr, queue, behaviour)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stop)
		}
	}
	words := recordedWord.FindAllString(strings.ReplaceAll(r.line, "{addr}", addr), -1)
	for i, w := range words {
		words[i] = strings.Trim(w, "'")
	}
	got := old(t, r.stdin, words[0], words[1:]...)
	text := strings.ReplaceAll(usageText.ReplaceAllString(got.Stdout, "usage\n"), addr, "{addr}")
	text = recordedTime.ReplaceAllString(text, "{time}  -")
	return fmt.Sprintf("exit %d\n%s%s", got.Code, text, r.results(t, addr))
}

// results returns the results in the queues of a server with workers, with blanked times.
func (r *record) results(t *testing.T, addr string) string {
	t.Helper()
	if r.status != "" {
		return ""
	}
	var b strings.Builder
	for _, queue := range slices.Sorted(maps.Keys(servertest.Totals(t, addr))) {
		if queue != "check_results" && queue != "other" {
			continue
		}
		for _, w := range servertest.Workloads(t, addr, queue) {
			text, err := base64.StdEncoding.DecodeString(w)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(strings.TrimRight(string(text), "\n"), "\n") {
				b.WriteString("> " + line + "\n")
			}
		}
	}
	return resultTime.ReplaceAllStringFunc(b.String(), func(s string) string {
		name, value, _ := strings.Cut(s, "=")
		_, fraction, _ := strings.Cut(value, ".")
		return name + "=N." + digit.ReplaceAllString(fraction, "N")
	})
}
