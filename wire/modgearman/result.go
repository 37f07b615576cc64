package modgearman

import (
	"bytes"
	"strings"
	"time"
)

// Layout is the order of a result's fields. The NEB module accepts any.
type Layout int

// The layouts.
const (
	// LayoutSender is that of send_gearman in C; it includes the latency.
	LayoutSender Layout = iota
	// LayoutWorker is that of the Go worker and of send_gearman in Go; it includes exited_ok.
	LayoutWorker
	// LayoutMulti is that of send_multi.
	LayoutMulti
)

// DefaultSource replaces an empty Result.Source, at which receivers would stop reading.
const DefaultSource = "modgearman"

// Result is the outcome of a check.
type Result struct {
	Layout  Layout
	Passive bool
	Host    string
	Service string // empty: a host result
	// CoreStart is the core_time of the check; Start and Finish are the plugin's. Zero times are omitted; the module then
	// uses the time of arrival.
	CoreStart, Start, Finish time.Time
	Latency                  time.Duration
	ReturnCode               int
	// Crashed and EarlyTimeout are exited_ok=0 and early_timeout=1.
	Crashed, EarlyTimeout bool
	Source                string
	// Output is the plugin's output, unescaped; see Unescape for how the module treats backslashes.
	Output string
}

// UnnamedWorker is what WorkerOf returns for a source without the name of the worker.
const UnnamedWorker = "unnamed: mod_gearman leaves its name out after a time-out"

// WorkerOf returns the name of the worker in the source of a result; false if no worker is meant. The C worker (5.2.4) writes
// (null) for its name after a time-out, and a no-break space after the @.
func WorkerOf(source string) (name string, ok bool) {
	_, name, ok = strings.Cut(source, "Mod-Gearman Worker @")
	if name = strings.Trim(name, " \u00a0"); name == "(null)" {
		name = UnnamedWorker
	}
	return name, ok
}

// SourceText returns a source for people: itself, unless it lacks the name of the worker.
func SourceText(source string) string {
	if name, _ := WorkerOf(source); name == UnnamedWorker {
		return "Mod-Gearman Worker (" + UnnamedWorker + ")"
	}
	return source
}

// AppendText appends the packet, with type first and output last, as the C and the Go programs require. A missing host, an
// empty output, for which the module would discard the result, a value that would inject a field, and a NUL byte are a
// *FieldError; dst is then returned unchanged.
func (r Result) AppendText(dst []byte) ([]byte, error) {
	b := &builder{buf: dst, packet: "build result"}
	b.line("type", r.typeName())
	b.required("host_name", r.Host)
	tail := "\n"
	switch r.Layout {
	case LayoutWorker:
		r.service(b)
		r.times(b)
		r.outcome(b)
		b.required("source", r.source())
		tail = ""
	case LayoutMulti:
		r.times(b)
		r.outcome(b)
		b.required("source", r.source())
		r.service(b)
	default:
		r.times(b)
		b.buf = append(b.buf, "latency="...)
		b.buf = append(appendMicros(b.buf, r.Latency.Microseconds()), '\n')
		r.outcome(b)
		b.required("source", r.source())
		r.service(b)
	}
	r.output(b)
	return b.finish(dst, tail)
}

func (r Result) typeName() string {
	if r.Passive {
		return "passive"
	}
	return "active"
}

func (r Result) source() string {
	if r.Source == "" {
		return DefaultSource
	}
	return r.Source
}

func (r Result) service(b *builder) {
	if r.Service != "" {
		b.required("service_description", r.Service)
	}
}

func (r Result) times(b *builder) {
	b.timestampIfSet("core_start_time", r.CoreStart)
	b.timestampIfSet("start_time", r.Start)
	b.timestampIfSet("finish_time", r.Finish)
}

func (r Result) outcome(b *builder) {
	b.int("return_code", r.ReturnCode)
	switch {
	case r.Crashed:
		b.int("exited_ok", 0)
	case r.Layout == LayoutWorker:
		b.int("exited_ok", 1)
	}
	if r.EarlyTimeout {
		b.int("early_timeout", 1)
	}
}

func (r Result) output(b *builder) {
	switch {
	case r.Output == "":
		b.fail("output", "is empty, and the module would discard the result")
	case strings.IndexByte(r.Output, 0) >= 0:
		b.fail("output", "holds a NUL byte, where receivers would cut it")
	}
	b.line("output", Escape(r.Output))
}

// ParseResult parses a result of any sender, with its fields in any order. Of repeated fields the last counts. Layout is a
// guess. A missing host_name or output, which the module requires, is a *FieldError; the parsed fields are returned with it.
func ParseResult(text []byte) (Result, error) {
	r := Result{Layout: LayoutMulti}
	var exited, output bool
	for name, value := range fields(text) {
		switch string(name) {
		case "exited_ok":
			exited = true
		case "output":
			output = true
		case "latency":
			r.Layout = LayoutSender
		}
		r.set(string(name), value)
	}
	if exited {
		r.Layout = LayoutWorker
	}
	switch {
	case r.Host == "":
		return r, &FieldError{"parse result", "host_name", "is missing"}
	case !output:
		return r, &FieldError{"parse result", "output", "is missing"}
	}
	return r, nil
}

func (r *Result) set(name string, value []byte) {
	switch name {
	case "type":
		r.Passive = string(bytes.TrimSpace(value)) == "passive"
	case "host_name":
		r.Host = string(value)
	case "service_description":
		r.Service = string(value)
	case "core_start_time":
		r.CoreStart = parseTimestamp(value)
	case "start_time":
		r.Start = parseTimestamp(value)
	case "finish_time":
		r.Finish = parseTimestamp(value)
	case "latency":
		r.Latency = parseDuration(value)
	case "return_code":
		r.ReturnCode = parseInt(value)
	case "exited_ok":
		r.Crashed = parseInt(value) == 0
	case "early_timeout":
		r.EarlyTimeout = parseInt(value) != 0
	case "source":
		r.Source = string(value)
	case "output":
		r.Output = Unescape(string(value))
	}
}
