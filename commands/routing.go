package commands

import (
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gearctl/wire/modgearman"
)

// routingOptions are the flags that say what the module knows of a host or service when it chooses a queue.
type routingOptions struct {
	hostgroups, servicegroups cli.StringSlice
	variables, hostVariables  cli.StringSlice
	objects                   string
}

func (r *routingOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "hostgroup", Destination: &r.hostgroups, Usage: "hostgroup `NAME` of the host; repeatable, comma separated"},
		&cli.StringSliceFlag{Name: "servicegroup", Destination: &r.servicegroups, Usage: "servicegroup `NAME` of the service; repeatable, comma separated"},
		&cli.StringSliceFlag{Name: "custom-variable", Destination: &r.variables, Usage: "custom variable `NAME=VALUE` of the service, or of the host without a service; repeatable"},
		&cli.StringSliceFlag{Name: "host-custom-variable", Destination: &r.hostVariables, Usage: "custom variable `NAME=VALUE` of the host; repeatable"},
		&cli.StringFlag{Name: "objects", Destination: &r.objects, Usage: "take groups and variables from the objects.cache `FILE` of Naemon, Nagios or Icinga 1"},
	}
}

// named reports whether groups or variables were given by flags.
func (r *routingOptions) named() bool {
	return len(r.hostgroups.Value())+len(r.servicegroups.Value())+len(r.variables.Value())+len(r.hostVariables.Value()) > 0
}

// object returns what is known of a host, or of a service when service is not empty: from --objects, where it must
// exist, and from the flags, which add to it.
func (r *routingOptions) object(host, service string) (modgearman.Object, error) {
	obj := modgearman.Object{Host: host, Service: service}
	if r.objects != "" {
		objects, err := r.read()
		if err != nil {
			return obj, err
		}
		var known bool
		if obj, known = objects.Object(host, service); !known {
			return obj, unknownObject(objects, host, service, r.objects)
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
	obj.Hostgroups = append(slices.Clone(obj.Hostgroups), listed(r.hostgroups)...)
	obj.Servicegroups = append(slices.Clone(obj.Servicegroups), listed(r.servicegroups)...)
	return obj, nil
}

// read reads --objects.
func (r *routingOptions) read() (*modgearman.Objects, error) {
	objects, err := modgearman.ReadObjectsFile(r.objects)
	if err != nil {
		return nil, usagef("--objects: %v", err)
	}
	return objects, nil
}

// listed returns the items of a flag that is repeatable and comma separated.
func listed(s cli.StringSlice) []string {
	var items []string
	for _, v := range s.Value() {
		items = append(items, splitList(v)...)
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
			return nil, usagef("--%s %.100q: must be NAME=VALUE", flag, pair)
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
	err := errorf("unknown %s %.100q in %s", what, name, file)
	if near := closest(name, names); near != "" {
		return withHint(err, "did you mean %.100q?", near)
	}
	return err
}
