package modgearman

import (
	"fmt"

	"gearctl/wire/disk"
)

// Objects are the hosts and services of a core, from its objects.cache.
type Objects struct {
	Hosts    []HostObject
	Services []ServiceObject
	host     map[string]int
	service  map[serviceName]int
}

type serviceName struct{ host, service string }

// HostObject is a host.
type HostObject struct {
	Name   string
	Groups []string
	// Variables are its custom variables, in upper case and without the underscore; nil when it has none.
	Variables map[string]string
	// Interval is the check_interval in units of the core's interval_length; 0 means no regular checks.
	Interval float64
	Active   bool // active_checks_enabled, and it has a check_command
}

// ServiceObject is a service.
type ServiceObject struct {
	Host, Name string
	Groups     []string
	Variables  map[string]string
	Interval   float64
	Active     bool
}

// ReadObjectsFile is ReadObjects of a file.
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

// Object returns what Route needs of a host, or of a service when service is not empty. A service whose host is not
// in the file has no hostgroups. It reports false for what is not there.
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
