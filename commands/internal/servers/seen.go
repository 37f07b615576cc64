package servers

import "gearctl/wire"

// Seen notes which of the names and globs of a command line there were, in a list of any length. Names are kept,
// for a proposal in place of a misspelt one, as long as they are few.
type Seen struct {
	Matcher  *Matcher
	MaxNames int64 // names to keep
	names    []string
	bytes    int64
	found    map[string]bool
}

// Add notes that a queue is there.
func (s *Seen) Add(queue string) {
	if s.Matcher.All() {
		return
	}
	if s.found == nil {
		s.found = map[string]bool{}
	}
	for _, name := range s.Matcher.Exact {
		s.found[name] = s.found[name] || name == queue
	}
	for _, g := range s.Matcher.Globs {
		s.found[g] = s.found[g] || s.Matcher.matchGlob(g, queue)
	}
	if int64(len(s.names)) < s.MaxNames && s.bytes < s.MaxNames*wire.BytesPerRow {
		s.names = append(s.names, queue)
		s.bytes += int64(len(queue))
	}
}

// Missing is that of the matcher: an error for every name or glob that there was not.
func (s *Seen) Missing() []error {
	absent := *s.Matcher
	absent.Exact, absent.Globs = nil, nil
	for _, name := range s.Matcher.Exact {
		if !s.found[name] {
			absent.Exact = append(absent.Exact, name)
		}
	}
	for _, g := range s.Matcher.Globs {
		if !s.found[g] {
			absent.Globs = append(absent.Globs, g)
		}
	}
	return absent.Missing(s.names)
}
