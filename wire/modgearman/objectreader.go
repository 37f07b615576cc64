package modgearman

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// maxObjectLine is the longest line in bytes. All members of a group are on one line.
const maxObjectLine = 64 << 20

// coreInterval is the default check_interval of Nagios and Naemon.
const coreInterval = 5

// ReadObjects reads the objects.cache of Nagios, Naemon or Icinga 1: hosts, services, hostgroups and servicegroups, with
// membership from either side. Other objects are skipped. A syntax error is a *LineError. Templates are not resolved; the
// cache has none. Anything else, such as a file of objects that a person wrote, is a *LineError with a *NotCacheError, for a
// file with templates, or one of many, would be read by half.
func ReadObjects(r io.Reader) (*Objects, error) {
	reader := objectReader{
		o:        &Objects{host: map[string]int{}, service: map[serviceName]int{}},
		interned: map[string]string{},
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 1<<20), maxObjectLine)
	for s.Scan() {
		reader.number++
		if err := reader.line(s.Bytes()); err != nil {
			return nil, &LineError{reader.number, err}
		}
	}
	if err := s.Err(); err != nil {
		return nil, &LineError{reader.number + 1, err}
	}
	if !reader.header {
		return nil, &LineError{max(reader.number, 1), &NotCacheError{"it is empty"}}
	}
	if reader.kind != "" {
		return nil, &LineError{reader.number, fmt.Errorf("the definition of a %s does not end", reader.kind)}
	}
	reader.joinGroups()
	return reader.o, nil
}

// NotCacheError is why a file is not the objects.cache of a core.
type NotCacheError struct{ Reason string }

func (e *NotCacheError) Error() string { return "not an objects.cache: " + e.Reason }

// cacheHeader ends a comment at the start of every cache: NAGIOS (Naemon too) or ICINGA OBJECT CACHE FILE.
var cacheHeader = []byte(" OBJECT CACHE FILE")

// objectReader is the state of ReadObjects.
type objectReader struct {
	o        *Objects
	number   int
	header   bool   // seen
	kind     string // of the open definition; "": none, "-": skipped
	def      definition
	groups   []groupDefinition
	interned map[string]string // names, each once
}

type definition struct {
	host, service     string
	groupName         string
	groups, members   []string
	vars              map[string]string
	interval          float64
	disabled, command bool
}

type groupDefinition struct {
	ofServices bool
	name       string
	members    []string
}

func (r *objectReader) line(line []byte) error {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0 || line[0] == '#' || line[0] == ';':
		r.header = r.header || bytes.HasSuffix(line, cacheHeader)
		return nil
	case !r.header:
		return notCache(line)
	case r.kind == "":
		return r.open(line)
	case line[0] == '}':
		return r.end()
	case r.kind != "-":
		r.attribute(line)
	}
	return nil
}

// notCache describes a file by its first line that is not a comment.
func notCache(line []byte) error {
	switch {
	case bytes.HasPrefix(line, []byte("define ")), bytes.HasPrefix(line, []byte("define\t")):
		return &NotCacheError{"it defines objects, but has no header, so a core did not write it"}
	case bytes.IndexByte(line, '=') > 0:
		return &NotCacheError{"it looks like the main configuration of a core"}
	}
	return &NotCacheError{"expected a definition"}
}

func (r *objectReader) open(line []byte) error {
	rest, ok := bytes.CutPrefix(line, []byte("define "))
	if !ok {
		return errors.New("expected a definition")
	}
	kind, ok := bytes.CutSuffix(rest, []byte("{"))
	if !ok {
		return errors.New("expected define TYPE {")
	}
	r.def = definition{interval: coreInterval}
	switch kind := string(bytes.TrimSpace(kind)); kind {
	case "host", "service", "hostgroup", "servicegroup":
		r.kind = kind
	default:
		r.kind = "-"
	}
	return nil
}

func (r *objectReader) attribute(line []byte) {
	name, value := line, []byte(nil)
	if i := bytes.IndexAny(line, " \t"); i >= 0 {
		name, value = line[:i], bytes.TrimSpace(line[i+1:])
	}
	d := &r.def
	switch string(name) {
	case "host_name":
		d.host = r.intern(value)
	case "service_description":
		d.service = r.intern(value)
	case "hostgroup_name", "servicegroup_name":
		d.groupName = string(value)
	case "hostgroups", "servicegroups":
		d.groups = r.list(value)
	case "members":
		d.members = r.list(value)
	case "check_interval", "normal_check_interval":
		d.interval = parseInterval(value)
	case "active_checks_enabled":
		d.disabled = string(value) == "0"
	case "check_command":
		d.command = len(value) > 0
	default:
		r.variable(name, value)
	}
}

func (r *objectReader) variable(name, value []byte) {
	if name[0] != '_' || len(value) == 0 || string(value) == "null" {
		return // the cores write null for a variable without value
	}
	if r.def.vars == nil {
		r.def.vars = map[string]string{}
	}
	r.def.vars[normalVariable(string(name))] = string(value)
}

func parseInterval(value []byte) float64 {
	n, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !(n > 0) || n > 1e9 {
		return 0
	}
	return n
}

// intern returns one copy of equal names: host names repeat in services, and service names in hosts.
func (r *objectReader) intern(value []byte) string {
	if s, ok := r.interned[string(value)]; ok {
		return s
	}
	s := string(value)
	r.interned[s] = s
	return s
}

func (r *objectReader) list(value []byte) []string {
	var list []string
	for word := range bytes.SplitSeq(value, []byte{','}) {
		if word = bytes.TrimSpace(word); len(word) > 0 {
			list = append(list, r.intern(word))
		}
	}
	return list
}

func (r *objectReader) end() error {
	kind, d := r.kind, r.def
	r.kind = ""
	switch kind {
	case "host":
		return r.o.addHost(d)
	case "service":
		return r.o.addService(d)
	case "hostgroup", "servicegroup":
		if d.groupName == "" {
			return fmt.Errorf("a %s without name", kind)
		}
		r.groups = append(r.groups, groupDefinition{kind == "servicegroup", d.groupName, d.members})
	}
	return nil
}

func (o *Objects) addHost(d definition) error {
	if d.host == "" {
		return errors.New("a host without host_name")
	}
	o.host[d.host] = len(o.Hosts)
	o.Hosts = append(o.Hosts, HostObject{d.host, d.groups, d.vars, d.interval, d.command && !d.disabled})
	return nil
}

func (o *Objects) addService(d definition) error {
	if d.host == "" || d.service == "" {
		return errors.New("a service without host_name or service_description")
	}
	o.service[serviceName{d.host, d.service}] = len(o.Services)
	o.Services = append(o.Services, ServiceObject{
		Host: d.host, Name: d.service, Groups: d.groups, Variables: d.vars, Interval: d.interval, Active: !d.disabled,
	})
	return nil
}

// joinGroups adds the groups to their members. Members that do not exist are skipped.
func (r *objectReader) joinGroups() {
	for _, g := range r.groups {
		if g.ofServices {
			r.o.Servicegroups = append(r.o.Servicegroups, g.name)
			for i := 0; i+1 < len(g.members); i += 2 {
				if at, ok := r.o.service[serviceName{g.members[i], g.members[i+1]}]; ok {
					addGroup(&r.o.Services[at].Groups, g.name)
				}
			}
			continue
		}
		r.o.Hostgroups = append(r.o.Hostgroups, g.name)
		for _, name := range g.members {
			if at, ok := r.o.host[name]; ok {
				addGroup(&r.o.Hosts[at].Groups, g.name)
			}
		}
	}
}

func addGroup(groups *[]string, name string) {
	if !slices.Contains(*groups, name) {
		*groups = append(*groups, name)
	}
}
