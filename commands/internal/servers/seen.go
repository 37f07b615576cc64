package servers

import "gearctl/wire"

// Seen records which names and globs of a Matcher occurred in a list of queues of any length. It keeps up to MaxNames names,
// to suggest one for a misspelt name.
type Seen struct {
	Matcher  *Matcher
	MaxNames int64 // names to keep
	names    []string
	bytes    int64
	found    map[string]bool
}

// Add records that a queue exists.
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

// Missing returns an error for every name or glob that did not occur.
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
