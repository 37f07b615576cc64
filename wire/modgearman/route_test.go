package modgearman

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoute(t *testing.T) {
	all := RouteConfig{
		CustomVariable: "WORKER", LocalServicegroups: []string{"lsg"}, LocalHostgroups: []string{"lhg"},
		Servicegroups: []string{"sg1", "sg2"}, Hostgroups: []string{"hg1", "hg2"},
		Hosts: true, Services: true, Eventhandlers: true, Notifications: true, DoHostchecks: true,
	}
	with := func(change func(*RouteConfig)) RouteConfig { c := all; change(&c); return c }
	svc := Object{Host: "h", Service: "s"}
	for _, tc := range []struct {
		name  string
		rules RouteConfig
		obj   Object
		queue string
		rule  string
	}{
		{"generic host", all, Object{Host: "h"}, "host", "hosts"},
		{"generic service", all, svc, "service", "services"},
		{"service off", with(func(c *RouteConfig) { c.Services = false }), svc, "", "services"},
		{"servicegroups in configured order", all, Object{Host: "h", Service: "s", Servicegroups: []string{"sg2", "sg1"}}, "servicegroup_sg1", "servicegroups"},
		{"servicegroup before hostgroup", all, Object{Host: "h", Service: "s", Servicegroups: []string{"sg2"}, Hostgroups: []string{"hg1"}}, "servicegroup_sg2", "servicegroups"},
		{"service by hostgroup", all, Object{Host: "h", Service: "s", Hostgroups: []string{"hg2"}}, "hostgroup_hg2", "hostgroups"},
		{"local hostgroup before servicegroup", all, Object{Host: "h", Service: "s", Hostgroups: []string{"lhg"}, Servicegroups: []string{"sg1"}}, "", "localhostgroups"},
		{"local servicegroup", all, Object{Host: "h", Service: "s", Servicegroups: []string{"lsg"}}, "", "localservicegroups"},
		{"host ignores servicegroups", all, Object{Host: "h", Servicegroups: []string{"lsg", "sg1"}}, "host", "hosts"},
		{"variable of service first", all, Object{Host: "h", Service: "s", ServiceVariables: map[string]string{"_worker": "q1"}, HostVariables: map[string]string{"WORKER": "q2"}}, "q1", "queue_custom_variable"},
		{"variable of host", all, Object{Host: "h", Service: "s", HostVariables: map[string]string{"_WORKER": "q2"}}, "q2", "queue_custom_variable"},
		{"variable before local group", all, Object{Host: "h", HostVariables: map[string]string{"WORKER": "q"}, Hostgroups: []string{"lhg"}}, "q", "queue_custom_variable"},
		{"variable local", all, Object{Host: "h", HostVariables: map[string]string{"WORKER": "local"}, Hostgroups: []string{"hg1"}}, "", "queue_custom_variable"},
		{"no hostchecks", with(func(c *RouteConfig) { c.DoHostchecks = false }), Object{Host: "h"}, "", "do_hostchecks"},
		{"hosts off, no groups", RouteConfig{DoHostchecks: true}, Object{Host: "h"}, "", "hosts"},
		{"hosts off, hostgroups", with(func(c *RouteConfig) { c.Hosts = false }), Object{Host: "h", Hostgroups: []string{"hg1"}}, "hostgroup_hg1", "hostgroups"},
		{"eventhandler", all, Object{Kind: KindEventhandler, Host: "h", Service: "s", Hostgroups: []string{"hg1"}}, "eventhandler", "eventhandler"},
		{"eventhandler like check", with(func(c *RouteConfig) { c.EventhandlersFollow = true }), Object{Kind: KindEventhandler, Host: "h", Hostgroups: []string{"hg1"}}, "hostgroup_hg1", "route_eventhandler_like_checks"},
		{"eventhandler like generic check", with(func(c *RouteConfig) { c.EventhandlersFollow = true }), Object{Kind: KindEventhandler, Host: "h"}, "eventhandler", "eventhandler"},
		{"eventhandler of local object", all, Object{Kind: KindEventhandler, Host: "h", Hostgroups: []string{"lhg"}}, "", "eventhandler"},
		{"eventhandlers off", with(func(c *RouteConfig) { c.Eventhandlers = false }), Object{Kind: KindEventhandler, Host: "h"}, "", "eventhandler"},
		{"notification", all, Object{Kind: KindNotification, Host: "h"}, "notification", "notifications"},
		{"notification of local object", all, Object{Kind: KindNotification, Host: "h", Hostgroups: []string{"lhg"}}, "", "notifications"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := Route(tc.rules, tc.obj)
			last := d.Steps[len(d.Steps)-1]
			if d.Queue != tc.queue || d.Local != (tc.queue == "") || last.Rule != tc.rule || !last.Decided {
				t.Errorf("got %q local %v by %+v, want %q by %s", d.Queue, d.Local, last, tc.queue, tc.rule)
			}
		})
	}
}

func TestRouteExplainsInTheModulesOrder(t *testing.T) {
	rules := RouteConfig{CustomVariable: "WORKER", Hostgroups: []string{"a"}, Services: true}
	var got []string
	for _, s := range Route(rules, Object{Host: "h", Service: "s"}).Steps {
		got = append(got, s.Rule)
	}
	want := []string{
		"queue_custom_variable", "localservicegroups", "localhostgroups", "servicegroups", "hostgroups", "services",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// header is what a core writes at the start of its cache.
const header = "#       NAGIOS OBJECT CACHE FILE\n"

const objectsCache = `########################################
# NAGIOS OBJECT CACHE FILE
########################################

define timeperiod {
	timeperiod_name	24x7
	}

define hostgroup {
	hostgroup_name	muc
	members	h2,gone
	}

define servicegroup {
	servicegroup_name	slow
	members	h1,disk,h2,load
	}

define host {
	host_name	h1
	hostgroups	dmz, lan
	check_command	check_ping!a
	check_interval	1.000000
	active_checks_enabled	1
	_WORKER	hostgroup_own
	}

define host{
	host_name	h2
	check_command	check_ping
	check_interval	5
	active_checks_enabled	0
	}

define service {
	host_name	h1
	service_description	disk
	check_command	check_disk
	check_interval	2.000000
	active_checks_enabled	1
	}

define service {
	host_name	h2
	service_description	load
	check_command	check_load
	check_interval	0.5
	active_checks_enabled	1
	_worker	x y
	}
`

func TestReadObjects(t *testing.T) {
	o, err := ReadObjects(strings.NewReader(objectsCache))
	if err != nil {
		t.Fatal(err)
	}
	wantHosts := []HostObject{
		{"h1", []string{"dmz", "lan"}, map[string]string{"WORKER": "hostgroup_own"}, 1, true},
		{"h2", []string{"muc"}, nil, 5, false},
	}
	wantServices := []ServiceObject{
		{"h1", "disk", []string{"slow"}, nil, 2, true},
		{"h2", "load", []string{"slow"}, map[string]string{"WORKER": "x y"}, 0.5, true},
	}
	if diff := cmp.Diff(wantHosts, o.Hosts) + cmp.Diff(wantServices, o.Services); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	obj, ok := o.Object("h2", "load")
	if !ok || !slices.Equal(obj.Hostgroups, []string{"muc"}) || obj.ServiceVariables["WORKER"] != "x y" {
		t.Errorf("got %+v, %v", obj, ok)
	}
	if _, ok := o.Object("h2", "nothing"); ok {
		t.Error("got a service that is not there")
	}
	if _, ok := o.Object("h9", ""); ok {
		t.Error("got a host that is not there")
	}
}

func TestPlan(t *testing.T) {
	o, _ := ReadObjects(strings.NewReader(objectsCache))
	rules := RouteConfig{CustomVariable: "WORKER", Hosts: true, Services: true, DoHostchecks: true, LocalHostgroups: []string{"muc"}}
	want := []QueueLoad{
		{Queue: "hostgroup_own", Hosts: 1, Services: 1, ChecksPerSecond: 1.0/60 + 1.0/120, Registrable: true},
		{Queue: "x y", Services: 1, ChecksPerSecond: 1.0 / 30},
		{Local: true, Hosts: 1},
	}
	if diff := cmp.Diff(want, o.Plan(rules, 0)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestReadObjectsErrors(t *testing.T) {
	for input, want := range map[string]string{
		"hello\n":                                   "line 2: expected a definition",
		"define host {\nalias x\n}\n":               "line 4: a host without host_name",
		"\ndefine host\n":                           "line 3: expected define TYPE {",
		"define service {\nhost_name a\n":           "line 3: the definition of a service does not end",
		"define servicegroup {\nmembers a,b\n\t}":   "line 4: a servicegroup without name",
		"define service {\nhost_name a\n\t}\n# x\n": "line 4: a service without",
	} {
		if _, err := ReadObjects(strings.NewReader(header + input)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", input, err, want)
		}
	}
}

// TestReadsCachesOnly: a file that a person wrote may have templates and is one of many, and would be read by half.
func TestReadsCachesOnly(t *testing.T) {
	const host = "define host {\n\thost_name\ta\n\t}\n"
	for input, want := range map[string]string{
		"":                                "line 1: not an objects.cache: it is empty",
		"# hosts of ours\n":               "line 1: not an objects.cache: it is empty",
		"# hosts of ours\n" + host:        "line 2: not an objects.cache: it defines objects, but has no header",
		"define\thost{\nuse generic\n}\n": "line 1: not an objects.cache: it defines objects, but has no header",
		host + header:                     "line 1: not an objects.cache: it defines objects",
		"# NAEMON\nlog_file=/var/log/x\n": "line 2: not an objects.cache: it looks like the main configuration",
		"info {\ncreated=1\n}\n":          "line 1: not an objects.cache: expected a definition",
	} {
		var notCache *NotCacheError
		if o, err := ReadObjects(strings.NewReader(input)); !errors.As(err, &notCache) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %+v, %v, want %s", input, o, err, want)
		}
	}
	for _, first := range []string{header, "########\n" + header, "# ICINGA OBJECT CACHE FILE\n", "#\n#       NAGIOS OBJECT CACHE FILE\r\n#\n\n"} {
		if o, err := ReadObjects(strings.NewReader(first + host)); err != nil || len(o.Hosts) != 1 {
			t.Errorf("%q: got %+v, %v", first, o, err)
		}
	}
}

// TestAVariableWithoutValueIsNoQueue: the cores write null for it.
func TestAVariableWithoutValueIsNoQueue(t *testing.T) {
	for value, want := range map[string]string{"\tnull": "host", "": "host", "\t": "host", "\tNULL": "NULL", "\tnull x": "null x", "\tq": "q"} {
		o, err := ReadObjects(strings.NewReader(header + "define host {\n\thost_name\ta\n\t_WORKER" + value + "\n\t}\n"))
		if err != nil {
			t.Fatal(err)
		}
		rules := RouteConfig{CustomVariable: "WORKER", Hosts: true, DoHostchecks: true}
		obj, _ := o.Object("a", "")
		if got, plan := Route(rules, obj).Queue, o.Plan(rules, 0); got != want || len(plan) != 1 || plan[0].Queue != want {
			t.Errorf("%q: got %q, in the plan %+v, want %q", value, got, plan, want)
		}
	}
}

func TestUnknownGroups(t *testing.T) {
	o, err := ReadObjects(strings.NewReader(objectsCache + "define hostgroup {\nhostgroup_name empty\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range o.UnknownGroups(RouteConfig{
		Hostgroups: []string{"muc", "dmz", "slow", "empty"}, Servicegroups: []string{"slow", "muc"},
		LocalHostgroups: []string{"lan", "gone"}, LocalServicegroups: []string{"slow", "q"},
	}) {
		got = append(got, g.Option+" "+g.Name+" of "+strings.Join(g.Known, " "))
	}
	want := []string{
		"hostgroups slow of dmz empty lan muc", "servicegroups muc of slow", "localhostgroups gone of dmz empty lan muc", "localservicegroups q of slow",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
