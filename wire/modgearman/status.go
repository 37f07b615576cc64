package modgearman

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// StatusFrom says who answered a probe.
type StatusFrom string

// Who answers probes.
const (
	FromWorker StatusFrom = "worker" // the queue worker_<identifier>
	FromModule StatusFrom = "module" // the result queue
	FromProxy  StatusFrom = "proxy"  // the status queue of gearman_proxy
)

// Status is the answer of a worker, the NEB module or gearman_proxy to a probe.
type Status struct {
	From StatusFrom
	// Code is the plugin state before the colon that the module and the proxy send, 0 for a worker.
	Code    int
	Name    string // the worker's system host name (C) or identifier (Go), or the module's host
	Version string
	Workers int
	Min     int // fewest and most workers, where the performance data say so
	Max     int
	Running int   // jobs in work
	Jobs    int64 // done since start; a C worker counts probes too
	Errors  int64
	Note    string // what a gearctl worker adds after its version; empty: nothing
	Text    string // the text before the performance data, without the code
	Perf    []Metric
}

var errNoStatus = errors.New("parse status: it is no answer of a worker, the module or gearman_proxy")

// ParseStatus reads an answer. Programs in C return a buffer of 65,536 bytes: what follows the first NUL is not the
// answer but memory, and is ignored.
func ParseStatus(data []byte) (Status, error) {
	data, _, _ = bytes.Cut(data, []byte{0})
	if bytes.IndexByte(data, ' ') < 0 || len(data) > 1<<20 {
		return Status{}, errNoStatus
	}
	text, perf, _ := strings.Cut(strings.Trim(string(data), " \r\n"), "|")
	s := Status{Text: strings.TrimRight(text, " "), Perf: ParsePerfdata(perf)}
	if len(text) > 1 && text[1] == ':' && text[0] >= '0' && text[0] <= '3' {
		s.Code = int(text[0] - '0')
		s.Text = strings.TrimRight(text[2:], " ")
		return s, s.parseCoded()
	}
	return s, s.parseWorker()
}

// parseWorker reads `NAME has 2 worker and is working on 0 jobs. Version: 5.2.4`.
func (s *Status) parseWorker() error {
	i := strings.LastIndex(s.Text, " has ")
	if i < 0 {
		return errNoStatus
	}
	rest, ok := strings.CutSuffix(s.takeVersion(s.Text[i+len(" has "):]), " jobs")
	workers, running, found := strings.Cut(rest, " worker and is working on ")
	var err1, err2 error
	s.Workers, err1 = strconv.Atoi(workers)
	s.Running, err2 = strconv.Atoi(running)
	if !ok || !found || err1 != nil || err2 != nil {
		return errNoStatus
	}
	s.From, s.Name = FromWorker, s.Text[:i]
	s.takeMetrics("worker", "jobs", "errors")
	return nil
}

// parseCoded reads what follows the state: `OK - result worker running on HOST. Sending …. Version: 5.2.4` and
// `OK - proxy version v2.08 running.`
func (s *Status) parseCoded() error {
	if _, after, ok := strings.Cut(s.Text, "proxy version "); ok {
		s.From = FromProxy
		s.Version, _, _ = strings.Cut(after, " ")
		s.takeMetrics("", "total_jobs", "total_errors")
		return nil
	}
	_, after, ok := strings.Cut(s.Text, "result worker running on ")
	if !ok {
		return errNoStatus
	}
	s.From = FromModule
	s.Name, _, _ = strings.Cut(s.takeVersion(after), ". ")
	s.takeMetrics("worker", "jobs", "errors")
	return nil
}

// takeVersion cuts `. Version: 5.2.4` off the end; blanks at the end of the text are gone by then.
func (s *Status) takeVersion(text string) string {
	text, version, _ := strings.Cut(text, ". Version:")
	version, note, _ := strings.Cut(version, "; ")
	s.Version, s.Note = strings.TrimSpace(version), note
	return text
}

func (s *Status) takeMetrics(worker, jobs, failures string) {
	for _, m := range s.Perf {
		switch m.Label {
		case worker:
			if s.Workers == 0 {
				s.Workers = int(m.Number())
			}
			s.Min, s.Max = parseInt([]byte(m.Min)), parseInt([]byte(m.Max))
		case jobs:
			s.Jobs = int64(m.Number())
		case failures:
			s.Errors = int64(m.Number())
		}
	}
}

// Answer returns what a worker sends for a probe, of Name, Workers, Running, Version, Min, Max and Jobs
// (worker/worker.c), and Note, in which bars and control characters become underscores.
func (s Status) Answer() string {
	version := s.Version
	if s.Note != "" {
		version += "; " + strings.Map(func(r rune) rune {
			if r == '|' || r < ' ' || r == 0x7f {
				return '_'
			}
			return r
		}, s.Note)
	}
	return fmt.Sprintf("%s has %d worker and is working on %d jobs. Version: %s|worker=%d;;;%d;%d jobs=%dc",
		s.Name, s.Workers, s.Running, version, s.Workers, s.Min, s.Max, s.Jobs)
}
