package modgearman

import (
	"fmt"
	"strings"
	"time"
)

// Check is a command for a worker. Its fields depend on the kind: event handlers and notifications of the module have
// neither host nor service.
type Check struct {
	Kind        Kind
	ResultQueue string // host and service: where the worker sends the result
	TargetQueue string // host and service: the queue it is in; since 5.1.5, omitted when empty
	Host        string
	Service     string
	// StartTime is the time of an event handler or notification; checks of modules before 4.0
	// and of nagios-mod-gearman have it too.
	StartTime time.Time
	// CoreTime is when the check was due: now minus the latency.
	CoreTime  time.Time
	NextCheck time.Time // only parsed, of modules before 4.0 and of nagios-mod-gearman
	// Timeout is in seconds; 0 or less means the worker's job_timeout.
	Timeout     int
	CommandLine string
	// Contact, PluginOutput and LongPluginOutput are for notifications, the outputs with newlines as \n. The module
	// writes (null) if there is no long output.
	Contact          string
	PluginOutput     string
	LongPluginOutput string
}

// AppendText appends the packet as NEB module 5.2.4 formats it (neb_module_naemon/mod_gearman.c). A value that would inject
// a field, or hide one from receivers, is a *FieldError, and dst is returned unchanged. Only the command line of a
// notification may contain newlines, which are written as \n.
func (c Check) AppendText(dst []byte) ([]byte, error) {
	b := &builder{buf: dst, packet: "build " + c.Kind.String() + " check"}
	switch c.Kind {
	case KindHost, KindService:
		c.appendActive(b)
	case KindEventhandler:
		b.line("type", "eventhandler")
		b.timestamp("start_time", c.StartTime)
		b.timestamp("core_time", c.CoreTime)
		b.required("command_line", c.CommandLine)
	case KindNotification:
		c.appendNotification(b)
	default:
		b.fail("type", "is none of host, service, eventhandler and notification")
	}
	return b.finish(dst, "\n\n")
}

func (c Check) appendActive(b *builder) {
	b.line("type", c.Kind.String())
	b.required("result_queue", c.ResultQueue)
	if c.TargetQueue != "" {
		b.optional("target_queue", c.TargetQueue)
	}
	b.required("host_name", c.Host)
	switch {
	case c.Kind == KindService:
		b.required("service_description", c.Service)
	case c.Service != "":
		b.fail("service_description", "is given in a host check")
	}
	b.timestamp("core_time", c.CoreTime)
	b.int("timeout", c.Timeout)
	b.required("command_line", c.CommandLine)
}

func (c Check) appendNotification(b *builder) {
	b.line("type", "notification")
	b.timestamp("start_time", c.StartTime)
	b.timestamp("core_time", c.CoreTime)
	b.required("contact", c.Contact)
	b.required("command_line", strings.ReplaceAll(c.CommandLine, "\n", `\n`))
	b.optional("plugin_output", c.PluginOutput)
	b.optional("long_plugin_output", c.LongPluginOutput)
}

// ParseCheck parses a check of any version, with its fields in any order. Unknown fields are ignored; of repeated fields the
// last counts. A missing or wrong type and a missing command line are a *FieldError; the parsed fields are returned with it.
func ParseCheck(text []byte) (Check, error) {
	var c Check
	seenType := false
	for name, value := range fields(text) {
		if string(name) == "type" {
			seenType = true
		}
		c.set(string(name), value)
	}
	switch {
	case !seenType:
		return c, &FieldError{"parse check", "type", "is missing"}
	case !c.Kind.IsCheck():
		return c, &FieldError{"parse check", "type", "is not that of a check"}
	case c.CommandLine == "":
		return c, &FieldError{fmt.Sprintf("parse %s check", c.Kind), "command_line", "is missing"}
	}
	return c, nil
}

func (c *Check) set(name string, value []byte) {
	switch name {
	case "type":
		c.Kind = kindOfType(trimmed(value))
	case "result_queue":
		c.ResultQueue = trimmed(value)
	case "target_queue":
		c.TargetQueue = trimmed(value)
	case "host_name":
		c.Host = string(value)
	case "service_description":
		c.Service = string(value)
	case "start_time":
		c.StartTime = parseTimestamp(value)
	case "core_time":
		c.CoreTime = parseTimestamp(value)
	case "next_check":
		c.NextCheck = parseTimestamp(value)
	case "timeout":
		c.Timeout = parseInt(value)
	case "command_line":
		c.CommandLine = string(value)
	case "contact":
		c.Contact = string(value)
	case "plugin_output":
		c.PluginOutput = string(value)
	case "long_plugin_output":
		c.LongPluginOutput = string(value)
	}
}
