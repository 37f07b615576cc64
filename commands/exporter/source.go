package exporter

import (
	"io/fs"
	"os"
	"sync"

	"gearctl/commands/internal/cli"
)

// source has the fleet, and makes it anew when the files of contexts have changed. It is safe for concurrent use.
type source struct {
	allow []string

	mu    sync.Mutex
	env   *cli.Env
	stop  func() // ends env
	now   *fleet
	files map[string]fs.FileInfo // that decide which servers there are, as they were when now was made; nil: none does
}

func newSource(env *cli.Env, allow []string) (*source, error) {
	s := &source{allow: allow, stop: func() {}}
	return s, s.use(env)
}

// use makes the fleet of env.
func (s *source) use(env *cli.Env) error {
	files := stat(env.ContextFiles())
	f, err := newFleet(env, s.allow)
	if err != nil {
		return err
	}
	if named, err := env.ServersNamed(); err != nil || named && env.ContextName() == "" {
		files = nil
	} else if set, err := env.Contexts(); err == nil {
		for _, c := range set.All() {
			if info, err := os.Stat(c.Config); err == nil {
				files[c.Config] = info
			}
		}
	}
	s.env, s.now, s.files = env, f, files
	return nil
}

// get returns the fleet. While the files of contexts cannot be used it is the one from before.
func (s *source) get() *fleet {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files != nil && s.changed() {
		s.reload()
	}
	return s.now
}

// reload makes the fleet anew. The context of the run stays the same, even if another was chosen by context use since.
func (s *source) reload() {
	again := *s.env
	if name := s.env.ContextName(); name != "" {
		again.Globals.Context = name
	}
	env, stop := again.Reread()
	if err := s.use(env); err != nil {
		stop()
		s.env.Warn("%v; the servers stay as they were", err)
		return
	}
	s.stop()
	s.stop = stop
	s.env.Info("contexts were read again: %s", s.now)
}

// changed reports whether the files are not as they were, and takes them as they are.
func (s *source) changed() bool {
	paths := s.env.ContextFiles()
	for path := range s.files {
		paths = append(paths, path)
	}
	files := stat(paths)
	same := len(files) == len(s.files)
	for path, before := range s.files {
		now := files[path]
		same = same && now != nil && os.SameFile(now, before) && now.Size() == before.Size() && now.ModTime().Equal(before.ModTime())
	}
	s.files = files
	return !same
}

// stat returns the files that exist.
func stat(paths []string) map[string]fs.FileInfo {
	files := map[string]fs.FileInfo{}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			files[path] = info
		}
	}
	return files
}
