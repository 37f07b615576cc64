package servers

import "gearctl/wire"

// Sightings notes which of the names and globs of a command line there were, in a list of any length. Names are kept,
// for a proposal in place of a misspelt one, as long as they are few.
type Sightings struct {
	M     *QueueMatcher
	Most  int64 // names to keep
	names []string
	bytes int64
	found map[string]bool
}

// See notes that a queue is there.
func (s *Sightings) See(queue string) {
	if s.M.All() {
		return
	}
	if s.found == nil {
		s.found = map[string]bool{}
	}
	for _, name := range s.M.Exact {
		s.found[name] = s.found[name] || name == queue
	}
	for _, g := range s.M.Globs {
		s.found[g] = s.found[g] || s.M.matchGlob(g, queue)
	}
	if int64(len(s.names)) < s.Most && s.bytes < s.Most*wire.BytesPerRow {
		s.names = append(s.names, queue)
		s.bytes += int64(len(queue))
	}
}

// Missing is that of the matcher: an error for every name or glob that there was not.
func (s *Sightings) Missing() []error {
	absent := *s.M
	absent.Exact, absent.Globs = nil, nil
	for _, name := range s.M.Exact {
		if !s.found[name] {
			absent.Exact = append(absent.Exact, name)
		}
	}
	for _, g := range s.M.Globs {
		if !s.found[g] {
			absent.Globs = append(absent.Globs, g)
		}
	}
	return absent.Missing(s.names)
}
