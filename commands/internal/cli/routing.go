package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire/modgearman"
)

// RoutingFlags are the flags that say what the module knows of a host or service when it chooses a queue.
type RoutingFlags struct {
	hostgroups, servicegroups urfave.StringSlice
	variables, hostVariables  urfave.StringSlice
	Objects                   string

	read *modgearman.Objects // --objects, once it was read
}

func (r *RoutingFlags) Flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "hostgroup", Destination: &r.hostgroups, Usage: "hostgroup `NAME` of the host; repeatable, comma separated"},
		&urfave.StringSliceFlag{Name: "servicegroup", Destination: &r.servicegroups, Usage: "servicegroup `NAME` of the service; repeatable, comma separated"},
		&urfave.StringSliceFlag{Name: "custom-variable", Destination: &r.variables, Usage: "custom variable `NAME=VALUE` of the service, or of the host without a service; repeatable"},
		&urfave.StringSliceFlag{Name: "host-custom-variable", Destination: &r.hostVariables, Usage: "custom variable `NAME=VALUE` of the host; repeatable"},
		&urfave.StringFlag{Name: "objects", Destination: &r.Objects, Usage: "take groups and variables from the objects.cache `FILE` of Naemon, Nagios or Icinga 1"},
	}
}

// Named reports whether groups or variables were given by flags.
func (r *RoutingFlags) Named() bool {
	return len(r.hostgroups.Value())+len(r.servicegroups.Value())+len(r.variables.Value())+len(r.hostVariables.Value()) > 0
}

// Object returns what is known of a host, or of a service when service is not empty: from --objects, where it must
// exist, and from the flags, which add to it.
func (r *RoutingFlags) Object(host, service string) (modgearman.Object, error) {
	obj := modgearman.Object{Host: host, Service: service}
	if r.Objects != "" {
		objects, err := r.Read()
		if err != nil {
			return obj, err
		}
		var known bool
		if obj, known = objects.Object(host, service); !known {
			return obj, unknownObject(objects, host, service, r.Objects)
		}
	}
	own, err := parseVariables("custom-variable", r.variables.Value())
	if err != nil {
		return obj, err
	}
	ofHost, err := parseVariables("host-custom-variable", r.hostVariables.Value())
	if err != nil {
		return obj, err
	}
	if service == "" {
		maps.Copy(ofHost, own)
		own = nil
	}
	obj.HostVariables = withVariables(obj.HostVariables, ofHost)
	obj.ServiceVariables = withVariables(obj.ServiceVariables, own)
	obj.Hostgroups = append(slices.Clone(obj.Hostgroups), Listed(r.hostgroups)...)
	obj.Servicegroups = append(slices.Clone(obj.Servicegroups), Listed(r.servicegroups)...)
	return obj, nil
}

// Read reads --objects, once.
func (r *RoutingFlags) Read() (objects *modgearman.Objects, err error) {
	if r.read == nil {
		if r.read, err = modgearman.ReadObjectsFile(r.Objects); err != nil {
			return nil, cmderr.Usagef("--objects: %v", err).
				Hint("give the file that object_cache_file names in the core's main configuration, for example /var/cache/naemon/objects.cache")
		}
	}
	return r.read, nil
}

// WarnUnknownGroups reports the groups of the module's configuration that --objects does not have.
func (r *RoutingFlags) WarnUnknownGroups(env *Env, rules modgearman.RouteConfig) {
	if r.read == nil {
		return
	}
	for _, g := range r.read.UnknownGroups(rules) {
		hint := ""
		if near := cmderr.Closest(g.Name, g.Known); near != "" {
			hint = fmt.Sprintf("; did you mean %.100q?", near)
		}
		env.Warn("%s: there is no %s %.100q in %s%s", g.Option, strings.TrimSuffix(strings.TrimPrefix(g.Option, "local"), "s"), g.Name, r.Objects, hint)
	}
}

// Listed returns the items of a flag that is repeatable and comma separated.
func Listed(s urfave.StringSlice) []string {
	var items []string
	for _, v := range s.Value() {
		items = append(items, servers.SplitList(v)...)
	}
	return items
}

// parseVariables reads NAME=VALUE pairs. Names are those of the core: upper case, without the underscore.
func parseVariables(flag string, pairs []string) (map[string]string, error) {
	vars := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		name = strings.ToUpper(strings.TrimPrefix(name, "_"))
		if !ok || name == "" {
			return nil, cmderr.Usagef("--%s %.100q: must be NAME=VALUE", flag, pair)
		}
		vars[name] = value
	}
	return vars, nil
}

// withVariables returns a copy of vars in which those of more count.
func withVariables(vars, more map[string]string) map[string]string {
	all := maps.Clone(vars)
	if all == nil {
		return more
	}
	maps.Copy(all, more)
	return all
}

// unknownObject says what of a host and service a file does not have, with the close name.
func unknownObject(objects *modgearman.Objects, host, service, file string) error {
	var names []string
	what, name := "host", host
	if _, known := objects.Object(host, ""); known {
		what, name = "service", service
		for _, s := range objects.Services {
			if s.Host == host {
				names = append(names, s.Name)
			}
		}
	} else {
		for _, h := range objects.Hosts {
			names = append(names, h.Name)
		}
	}
	err := cmderr.Errorf("unknown %s %.100q in %s", what, name, file)
	if near := cmderr.Closest(name, names); near != "" {
		return cmderr.WithHint(err, "did you mean %.100q?", near)
	}
	return err
}
