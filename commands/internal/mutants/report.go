package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// A score counts the mutants tried.
type score struct {
	noticed, timedOut, survived, argued, unreached int
	took                                           time.Duration
}

func (s *score) count(o outcome) {
	switch {
	case o.noticed:
		s.noticed++
		if o.timedOut {
			s.timedOut++
		}
	default:
		s.survived++
		if o.tests == 0 {
			s.unreached++
		}
	}
}

func (s *score) add(o score) {
	s.noticed += o.noticed
	s.timedOut += o.timedOut
	s.survived += o.survived
	s.argued += o.argued
	s.unreached += o.unreached
}

func (s score) String() string {
	all := s.noticed + s.survived + s.argued
	percent := 100.0
	if counted := s.noticed + s.survived; counted > 0 {
		percent = 100 * float64(s.noticed) / float64(counted)
	}
	return fmt.Sprintf("%d mutants, %d noticed (%d by a time limit), %d argued for, %d survived (%d reached by no test): %.1f %% in %s",
		all, s.noticed, s.timedOut, s.argued, s.survived, s.unreached, percent, s.took.Round(time.Second))
}

// describe returns the line for a survivor.
func describe(o outcome, reason string) string {
	switch {
	case reason != "":
		return fmt.Sprintf("argued for: %s (%s)", o.mutant, reason)
	case o.tests == 0:
		return fmt.Sprintf("SURVIVED: %s (reached by no test)", o.mutant)
	}
	return fmt.Sprintf("SURVIVED: %s (%d tests passed)", o.mutant, o.tests)
}

// readArgued reads the survivors that are argued for: a line of the output each, without the number of the line, and the
// reason after " # ". It returns the reasons by the keys of the mutants.
func readArgued(name string) (map[string]string, error) {
	argued := map[string]string{}
	if name == "" {
		return argued, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndex(line, " # ")
		if at < 0 || strings.TrimSpace(line[at+3:]) == "" || !strings.Contains(line, " -> ") {
			return nil, fmt.Errorf("%s: want FILE: MUTANT # REASON: %q", name, line)
		}
		argued[line[:at]] = line[at+3:]
	}
	return argued, nil
}
