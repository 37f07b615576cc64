package context

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// candidate is a configuration that may become a context.
type candidate struct {
	path    string // absolute, here
	site    string // of OMD; empty: none
	servers []string
	key     string // its fingerprint, or that there is none
}

// find reads the named files, or those in the usual places. failed are those that cannot be used.
func find(env *cli.Env, root host.Root, files []string) (found []candidate, failed []error) {
	add := func(path, site string) {
		c, err := read(path)
		switch {
		case err != nil:
			failed = append(failed, err)
		case slices.ContainsFunc(found, func(o candidate) bool { return slices.Equal(o.servers, c.servers) && o.key == c.key }):
			env.Verbose("%s: has the servers and the key of another file: left out", path)
		default:
			c.site = site
			found = append(found, c)
		}
	}
	if len(files) > 0 {
		for _, file := range files {
			add(root.At(root.FromFlag(file)), "")
		}
		return found, failed
	}
	sites := host.OMDSites(root)
	for i := range sites {
		s := &sites[i]
		for _, part := range [][2]string{{"MOD_GEARMAN", "etc/mod-gearman/server.cfg"}, {"GEARMAN_WORKER", "etc/mod-gearman/worker.cfg"}} {
			if file := s.File(part[1]); !s.IsOn(part[0]) {
				env.Verbose("OMD site %s: %s is off", s.Name, part[0])
			} else if root.Exists(file) {
				add(root.At(file), s.Name)
			}
		}
	}
	for _, names := range []func(modconf.Product) []string{
		func(p modconf.Product) []string { return p.ModuleConfigs },
		func(p modconf.Product) []string { return p.WorkerConfigs },
	} {
		for _, file := range modconf.StandardFiles(root, names) {
			add(root.At(file), "")
		}
	}
	return found, failed
}

func read(path string) (candidate, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return candidate{}, err
	}
	c, err := modgearman.Load(path)
	if err != nil {
		return candidate{}, err
	}
	role := modconf.RoleOf(c)
	list, err := wire.ParseServers(c.Settings(role.Program()).Servers...)
	switch {
	case err != nil:
		return candidate{}, cmderr.Errorf("%s: %w", path, err)
	case !modconf.HasOptions(c):
		return candidate{}, cmderr.Errorf("%s: no Mod-Gearman option in it", path)
	case len(c.Modules()) > 1:
		return candidate{}, cmderr.WithHint(cmderr.Errorf("%s: the core loads Mod-Gearman %d times", path, len(c.Modules())), "name the file of each module")
	case len(list) == 0:
		return candidate{}, cmderr.Errorf("%s: no server= in it", path)
	}
	key := "none"
	if k, _, err := c.Key(modgearman.DialectC); err == nil {
		key = k.String()
	}
	return candidate{path: path, servers: list, key: key}, nil
}

// What became of a configuration; else it is why it was not added.
const (
	doneAdded  = "added"
	doneExists = "exists"
)

// choose gives each candidate a name that is free, and says what becomes of it.
func (o *importOptions) choose(set *contexts.Set, found []candidate) []importRow {
	used := set.Names()
	rows := make([]importRow, len(found))
	for i, c := range found {
		r := importRow{Servers: c.servers, Labels: map[string]string{}, Config: c.path, Done: doneAdded}
		if c.site != "" {
			r.Labels["site"] = c.site
		}
		base := o.name
		if base == "" {
			base = nameOf(c)
		}
		r.Context = base
		for n := 2; slices.Contains(used, r.Context) && o.name == ""; n++ {
			r.Context = fmt.Sprintf("%s-%d", base, n)
		}
		known := slices.IndexFunc(set.All(), func(k *contexts.Context) bool { return k.Config == c.path })
		switch {
		case known >= 0:
			r.Context, r.Done = set.All()[known].Name, doneExists
		case slices.Contains(used, r.Context):
			r.Done = "the name is taken"
		}
		used = append(used, r.Context)
		rows[i] = r
	}
	return rows
}

var (
	generic = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(module|worker|server|neb|mod[-_]gearman[-_0-9]*(neb|worker)?|nagios-mod-gearman-(neb|worker))$`)
	})
	notInName   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^A-Za-z0-9._-]+`) })
	configNames = []string{".conf", ".cfg"}
)

// nameOf returns a name for the context of a configuration: that of its site, of the file, or of the directory if the file's
// says nothing.
func nameOf(c candidate) string {
	if c.site != "" {
		return clean(c.site)
	}
	name := filepath.Base(c.path)
	for _, end := range configNames {
		name = strings.TrimSuffix(name, end)
	}
	if generic().MatchString(name) {
		name = filepath.Base(filepath.Dir(c.path))
	}
	return clean(name)
}

func clean(name string) string {
	name = strings.TrimLeft(notInName().ReplaceAllString(name, "-"), "._-")
	name = name[:min(len(name), 50)]
	if name == "" {
		return "gearman"
	}
	return name
}
