package commands

import "gearctl/wire"

// sightings notes which of the names and globs of a command line there were, in a list of any length. Names are kept,
// for a proposal in place of a misspelt one, as long as they are few.
type sightings struct {
	m     *queueMatcher
	most  int64 // names to keep
	names []string
	bytes int64
	found map[string]bool
}

// see notes that a queue is there.
func (s *sightings) see(queue string) {
	if s.m.all() {
		return
	}
	if s.found == nil {
		s.found = map[string]bool{}
	}
	for _, name := range s.m.exact {
		s.found[name] = s.found[name] || name == queue
	}
	for _, g := range s.m.globs {
		s.found[g] = s.found[g] || s.m.matchGlob(g, queue)
	}
	if int64(len(s.names)) < s.most && s.bytes < s.most*wire.BytesPerRow {
		s.names = append(s.names, queue)
		s.bytes += int64(len(queue))
	}
}

// missing is that of the matcher: an error for every name or glob that there was not.
func (s *sightings) missing() []error {
	absent := *s.m
	absent.exact, absent.globs = nil, nil
	for _, name := range s.m.exact {
		if !s.found[name] {
			absent.exact = append(absent.exact, name)
		}
	}
	for _, g := range s.m.globs {
		if !s.found[g] {
			absent.globs = append(absent.globs, g)
		}
	}
	return absent.missing(s.names)
}
