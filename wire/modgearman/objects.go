package modgearman

import (
	"fmt"
	"maps"
	"slices"

	"gearctl/wire/disk"
)

// Objects are the hosts and services of a monitoring core, from its objects.cache.
type Objects struct {
	Hosts    []HostObject
	Services []ServiceObject
	// Hostgroups and Servicegroups are the groups that are defined, also those without members.
	Hostgroups, Servicegroups []string

	host    map[string]int
	service map[serviceName]int
}

type serviceName struct{ host, service string }

// HostObject is a host.
type HostObject struct {
	Name   string
	Groups []string
	// Variables are the custom variables that have a value, in upper case and without the underscore; nil: none.
	Variables map[string]string
	// Interval is the check_interval in units of the core's interval_length; 0: no regular checks.
	Interval float64
	Active   bool // active checks are enabled, and it has a check_command
}

// ServiceObject is a service. Its fields are like those of HostObject.
type ServiceObject struct {
	Host, Name string
	Groups     []string
	Variables  map[string]string
	Interval   float64
	Active     bool
}

// ReadObjectsFile is ReadObjects for a file.
func ReadObjectsFile(path string) (*Objects, error) {
	file, err := disk.OpenInput(path)
	if err != nil {
		return nil, fmt.Errorf("read objects %s: %w", path, withoutPath(err))
	}
	defer file.Close()
	o, err := ReadObjects(file)
	if err != nil {
		return nil, fmt.Errorf("read objects %s: %w", path, err)
	}
	return o, nil
}

// Object returns the input of Route for a service or, if service is empty, a host. A service whose host does not exist has
// no hostgroups. The result is false if there is no such object.
func (o *Objects) Object(host, service string) (Object, bool) {
	if service == "" {
		at, ok := o.host[host]
		if !ok {
			return Object{}, false
		}
		return o.hostObject(at), true
	}
	at, ok := o.service[serviceName{host, service}]
	if !ok {
		return Object{}, false
	}
	return o.serviceObject(at), true
}

// UnknownGroup is a group that a configuration names and the core does not have.
type UnknownGroup struct {
	Option, Name string
	Known        []string // the groups that there are
}

// UnknownGroups returns the groups of the rules that no object defines or is a member of.
func (o *Objects) UnknownGroups(rules RouteConfig) []UnknownGroup {
	hostgroups, servicegroups := map[string]bool{}, map[string]bool{}
	for i := range o.Hosts {
		addAll(hostgroups, o.Hosts[i].Groups)
	}
	for i := range o.Services {
		addAll(servicegroups, o.Services[i].Groups)
	}
	addAll(hostgroups, o.Hostgroups)
	addAll(servicegroups, o.Servicegroups)
	var unknown []UnknownGroup
	for _, c := range []struct {
		option string
		names  []string
		known  map[string]bool
	}{
		{"hostgroups", rules.Hostgroups, hostgroups},
		{"servicegroups", rules.Servicegroups, servicegroups},
		{"localhostgroups", rules.LocalHostgroups, hostgroups},
		{"localservicegroups", rules.LocalServicegroups, servicegroups},
	} {
		for _, name := range c.names {
			if !c.known[name] {
				unknown = append(unknown, UnknownGroup{c.option, name, slices.Sorted(maps.Keys(c.known))})
			}
		}
	}
	return unknown
}

func addAll(set map[string]bool, names []string) {
	for _, name := range names {
		set[name] = true
	}
}

func (o *Objects) hostObject(at int) Object {
	h := &o.Hosts[at]
	return Object{Host: h.Name, Hostgroups: h.Groups, HostVariables: h.Variables}
}

func (o *Objects) serviceObject(at int) Object {
	s := &o.Services[at]
	obj := Object{Host: s.Host, Service: s.Name, Servicegroups: s.Groups, ServiceVariables: s.Variables}
	if h, ok := o.host[s.Host]; ok {
		obj.Hostgroups, obj.HostVariables = o.Hosts[h].Groups, o.Hosts[h].Variables
	}
	return obj
}
