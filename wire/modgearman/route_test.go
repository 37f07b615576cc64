package modgearman

import (
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
		"hello\n":                                   "line 1: expected a definition",
		"define host {\nalias x\n}\n":               "line 3: a host without host_name",
		"\ndefine host\n":                           "line 2: expected define TYPE {",
		"define service {\nhost_name a\n":           "line 2: the definition of a service does not end",
		"define servicegroup {\nmembers a,b\n\t}":   "line 3: a servicegroup without name",
		"define service {\nhost_name a\n\t}\n# x\n": "line 3: a service without",
	} {
		if _, err := ReadObjects(strings.NewReader(input)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", input, err, want)
		}
	}
}
