package modgearman

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// StatusFrom is the kind of program that answered a probe.
type StatusFrom string

// The programs that answer probes.
const (
	FromWorker StatusFrom = "worker" // the queue worker_<identifier>
	FromModule StatusFrom = "module" // the result queue
	FromProxy  StatusFrom = "proxy"  // the status queue of gearman_proxy
)

// Status is the answer of a worker, the NEB module or gearman_proxy to a probe.
type Status struct {
	From StatusFrom
	// Code is the plugin state that the module and the proxy send; 0 for a worker.
	Code    int
	Name    string // the worker's host name (C) or identifier (Go), or the module's host
	Version string
	Workers int
	Min     int // limits of Workers; 0: unknown
	Max     int
	Running int   // jobs in progress
	Jobs    int64 // done since the start; a C worker counts probes too
	Errors  int64
	InC     bool   // the answer is a buffer of a program in C
	Note    string // text after the version, as Answer adds it; empty: none
	Text    string // the text without code and performance data
	Perf    []Metric
}

var errNoStatus = errors.New("parse status: it is no answer of a worker, the module or gearman_proxy")

// ParseStatus parses an answer. Programs in C send a buffer of 65,536 bytes; what follows the first NUL is ignored.
func ParseStatus(data []byte) (Status, error) {
	data, _, inC := bytes.Cut(data, []byte{0})
	if bytes.IndexByte(data, ' ') < 0 || len(data) > 1<<20 {
		return Status{}, errNoStatus
	}
	text, perf, _ := strings.Cut(strings.Trim(string(data), " \r\n"), "|")
	s := Status{Text: strings.TrimRight(text, " "), Perf: ParsePerfdata(perf), InC: inC}
	if len(text) > 1 && text[1] == ':' && text[0] >= '0' && text[0] <= '3' {
		s.Code = int(text[0] - '0')
		s.Text = strings.TrimRight(text[2:], " ")
		return s, s.parseCoded()
	}
	return s, s.parseWorker()
}

// parseWorker parses `NAME has 2 worker and is working on 0 jobs. Version: 5.2.4`.
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

// parseCoded parses the text after the state: `OK - result worker running on HOST. Sending …. Version: 5.2.4` or
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

// takeVersion removes `. Version: 5.2.4` and the note from the end, and keeps them in s.
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

// Answer returns a worker's answer to a probe, from Name, Workers, Running, Version, Min, Max and Jobs (worker/worker.c). A
// Note is added after the version, with | and control characters replaced by underscores.
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
