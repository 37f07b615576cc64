package modgearman

import (
	"fmt"
	"slices"
	"strings"
)

// Queues with fixed names.
const (
	QueueHost          = "host"
	QueueService       = "service"
	QueueEventhandler  = "eventhandler"
	QueueNotification  = "notification"
	QueueCheckResults  = "check_results"
	PrefixHostgroup    = "hostgroup_"
	PrefixServicegroup = "servicegroup_"
	PrefixWorker       = "worker_"
)

// MaxQueue is the longest queue name that the module submits to, in bytes.
const MaxQueue = 511

// RouteConfig are the options of the NEB module that select queues.
type RouteConfig struct {
	CustomVariable      string // queue_custom_variable; compared in upper case, without the underscore
	LocalServicegroups  []string
	LocalHostgroups     []string
	Servicegroups       []string
	Hostgroups          []string
	Hosts, Services     bool
	Eventhandlers       bool
	Notifications       bool
	DoHostchecks        bool
	EventhandlersFollow bool // route_eventhandler_like_checks
}

// Object is a job of a host or service.
type Object struct {
	// Kind is KindEventhandler, KindNotification, or anything else for a check.
	Kind          Kind
	Host, Service string // Service is empty for a host
	Hostgroups    []string
	Servicegroups []string
	// HostVariables and ServiceVariables are the custom variables, with or without the leading underscore, in any case.
	HostVariables    map[string]string
	ServiceVariables map[string]string
}

// Step is a rule that was evaluated.
type Step struct {
	Rule    string `json:"rule"` // the option, or "queue name"
	Detail  string `json:"detail"`
	Decided bool   `json:"decided"`
}

// Decision is where a job runs, and the rules that were evaluated.
type Decision struct {
	Queue string `json:"queue"` // empty if Local
	Local bool   `json:"local"` // run by the core itself
	Steps []Step `json:"steps"`
}

// Route returns the queue that the NEB module chooses. The first rule that matches decides, in the order of the module's
// set_target_queue.
func Route(rules RouteConfig, obj Object) Decision {
	r := router{rules: rules, obj: obj, explain: true}
	queue := r.queue()
	return Decision{Queue: queue, Local: queue == "", Steps: r.steps}
}

// router evaluates the rules. It keeps the steps if explain is set.
type router struct {
	rules   RouteConfig
	obj     Object
	explain bool
	steps   []Step
}

func (r *router) isService() bool { return r.obj.Service != "" }

func (r *router) step(decided bool, rule, format string, args ...any) {
	if r.explain {
		r.steps = append(r.steps, Step{rule, fmt.Sprintf(format, args...), decided})
	}
}

// queue returns the queue, empty for local.
func (r *router) queue() string {
	switch r.obj.Kind {
	case KindEventhandler:
		return r.eventhandler()
	case KindNotification:
		return r.notification()
	}
	if !r.isService() && !r.hostchecks() {
		return ""
	}
	queue := r.target()
	if len(queue) > MaxQueue {
		r.step(true, "queue name", "is %d bytes long, over %d: the module does not send the job", len(queue), MaxQueue)
	}
	return queue
}

// hostchecks reports whether the module handles host checks at all.
func (r *router) hostchecks() bool {
	switch {
	case !r.rules.DoHostchecks:
		r.step(true, "do_hostchecks", "is off: the core runs every host check itself")
		return false
	case !r.rules.Hosts && len(r.rules.Hostgroups) == 0 && r.rules.CustomVariable == "":
		r.step(true, "hosts",
			"is off, and neither hostgroups nor queue_custom_variable is set: host checks stay in the core")
		return false
	}
	return true
}

// target is set_target_queue.
func (r *router) target() string {
	if queue, decided := r.custom(); decided {
		return queue
	}
	if r.isLocal() {
		return ""
	}
	if queue := r.group(); queue != "" {
		return queue
	}
	return r.generic()
}

func (r *router) custom() (queue string, decided bool) {
	const rule = "queue_custom_variable"
	name := normalVariable(r.rules.CustomVariable)
	if name == "" {
		r.step(false, rule, "is not set")
		return "", false
	}
	value, owner, found := r.variable(name)
	switch {
	case !found:
		r.step(false, rule, "_%s is set neither in the service nor in the host", name)
	case value == "":
		r.step(true, rule, "_%s of the %s is empty: the core runs it itself", name, owner)
	case value == "local":
		r.step(true, rule, "_%s of the %s is local: the core runs it itself", name, owner)
	default:
		r.step(true, rule, "_%s of the %s names the queue %q, taken literally", name, owner, value)
		return value, true
	}
	return "", found
}

func (r *router) variable(name string) (value, owner string, found bool) {
	if r.isService() {
		if value, ok := lookupVariable(r.obj.ServiceVariables, name); ok {
			return value, "service", true
		}
	}
	value, found = lookupVariable(r.obj.HostVariables, name)
	return value, "host", found
}

func lookupVariable(vars map[string]string, name string) (string, bool) {
	if value, ok := vars[name]; ok {
		return value, true
	}
	for key, value := range vars {
		if normalVariable(key) == name {
			return value, true
		}
	}
	return "", false
}

// normalVariable returns the name of a custom variable as the core keeps it.
func normalVariable(name string) string { return strings.ToUpper(strings.TrimPrefix(name, "_")) }

func (r *router) isLocal() bool {
	if r.isService() {
		if _, ok := r.member("localservicegroups", "service", r.rules.LocalServicegroups, r.obj.Servicegroups); ok {
			return true
		}
	}
	_, ok := r.member("localhostgroups", "host", r.rules.LocalHostgroups, r.obj.Hostgroups)
	return ok
}

func (r *router) group() string {
	if r.isService() {
		if name, ok := r.member("servicegroups", "service", r.rules.Servicegroups, r.obj.Servicegroups); ok {
			return PrefixServicegroup + name
		}
	}
	if name, ok := r.member("hostgroups", "host", r.rules.Hostgroups, r.obj.Hostgroups); ok {
		return PrefixHostgroup + name
	}
	return ""
}

// member finds the first configured group that the object belongs to.
func (r *router) member(rule, what string, configured, groups []string) (string, bool) {
	for _, name := range configured {
		if slices.Contains(groups, name) {
			r.step(true, rule, "the %s is a member of %s", what, name)
			return name, true
		}
	}
	switch {
	case len(configured) == 0:
		r.step(false, rule, "is not set")
	case r.explain:
		r.step(false, rule, "the %s is a member of none of %s", what, strings.Join(configured, ", "))
	}
	return "", false
}

func (r *router) generic() string {
	rule, queue, on := "hosts", QueueHost, r.rules.Hosts
	if r.isService() {
		rule, queue, on = "services", QueueService, r.rules.Services
	}
	if !on {
		r.step(true, rule, "is off: the core runs it itself")
		return ""
	}
	r.step(true, rule, "is on: the generic queue %s", queue)
	return queue
}

func (r *router) eventhandler() string {
	if !r.rules.Eventhandlers {
		r.step(true, "eventhandler", "is off: the core runs event handlers itself")
		return ""
	}
	target := r.target()
	switch {
	case target == "":
		r.step(true, "eventhandler", "the object is local, and so are its event handlers")
	case r.rules.EventhandlersFollow && target != QueueHost && target != QueueService:
		r.step(true, "route_eventhandler_like_checks", "is on: the event handler takes the queue of the check")
		return target
	default:
		r.step(true, "eventhandler", "is on: the queue %s", QueueEventhandler)
		return QueueEventhandler
	}
	return ""
}

func (r *router) notification() string {
	if !r.rules.Notifications {
		r.step(true, "notifications", "is off: the core sends notifications itself")
		return ""
	}
	if r.target() == "" {
		r.step(true, "notifications", "the object is local, and so are its notifications")
		return ""
	}
	r.step(true, "notifications", "is on: the queue %s", QueueNotification)
	return QueueNotification
}

// Registrable reports whether mod_gearman workers can register for a queue. They support the fixed names and the two
// prefixes; a custom variable can select a queue that none of them can serve.
func Registrable(queue string) bool {
	switch queue {
	case QueueHost, QueueService, QueueEventhandler, QueueNotification:
		return true
	}
	return strings.HasPrefix(queue, PrefixHostgroup) || strings.HasPrefix(queue, PrefixServicegroup)
}
