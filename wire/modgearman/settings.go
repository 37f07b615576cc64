package modgearman

import (
	"fmt"
	"slices"
	"time"
)

// Program is a program that reads the configuration.
type Program int

// The programs.
const (
	ProgramNEB Program = iota
	ProgramWorker
	ProgramGoWorker
)

// String returns a readable name.
func (p Program) String() string {
	return [...]string{"NEB module", "C worker", "Go worker"}[p]
}

// Dialect returns the program's dialect.
func (p Program) Dialect() Dialect {
	if p == ProgramGoWorker {
		return DialectGo
	}
	return DialectC
}

// Settings are the effective settings of a program, with defaults and limits applied.
type Settings struct {
	Program    Program
	Servers    []string // HOST:PORT; without the blanks beside commas, which are part of a name in C
	Dupservers []string // HOST:PORT; in Go, the port may be missing
	Encryption bool
	// EncryptionSet is false if Encryption is the default. In send_gearman in C, the default depends on the key.
	EncryptionSet bool
	Key           Key // zero: none, or see KeyError
	KeyFrom       string
	KeyError      error

	ResultQueue              string
	Identifier               string // empty: the host name
	Hosts, Services          bool
	Eventhandlers            bool
	Notifications            bool
	Hostgroups               []string
	Servicegroups            []string
	LocalHostgroups          []string
	LocalServicegroups       []string
	CustomVariable           string
	DoHostchecks             bool
	EventhandlersFollow      bool
	UseUniqueKeys            bool
	AcceptClearResults       bool
	PerfdataQueues           []string // with the blanks beside commas, which are part of a name
	PerfdataMode             int
	JobTimeout               time.Duration
	MaxAge                   time.Duration // 0 is off
	IdleTimeout              time.Duration
	MinWorker                int
	MaxWorker                int
	MaxJobs                  int
	SpawnRate                int
	TimeoutReturn            int
	ShowErrorOutput          bool
	DupResultsArePassive     bool
	RestrictPath             []string
	RestrictCommandChars     string
	GearmanConnectionTimeout time.Duration // 0 is off
}

// Settings returns the effective settings of a program. It reads the key file.
func (c *Config) Settings(p Program) Settings {
	d := p.Dialect()
	s := Settings{
		Program: p, Servers: c.addresses("server", d), Dupservers: c.addresses("dupserver", d),
		Encryption: c.bool("encryption", d), EncryptionSet: len(c.all("encryption", d)) > 0,
		ResultQueue: c.text("result_queue", d), Identifier: c.text("identifier", d),
		CustomVariable: upperC(c.text("queue_custom_variable", DialectC)),
		DoHostchecks:   c.bool("do_hostchecks", DialectC), UseUniqueKeys: c.bool("use_uniq_jobs", DialectC),
		EventhandlersFollow: c.bool("route_eventhandler_like_checks", DialectC),
		AcceptClearResults:  c.bool("accept_clear_results", DialectC),
		ShowErrorOutput:     c.bool("show_error_output", d), DupResultsArePassive: c.bool("dup_results_are_passive", d),
		RestrictPath: c.list("restrict_path", d), RestrictCommandChars: c.text("restrict_command_characters", DialectC),
		PerfdataQueues: c.perfdata(),
	}
	s.Key, s.KeyFrom, s.KeyError = c.Key(d)
	c.setQueues(&s, d)
	c.setNumbers(&s, d)
	return s
}

// setQueues sets the queues. In C, no queue option at all means the default queues.
func (c *Config) setQueues(s *Settings, d Dialect) {
	s.Hosts, s.Services = c.bool("hosts", d), c.bool("services", d)
	s.Eventhandlers, s.Notifications = c.bool("eventhandler", d), c.bool("notifications", d)
	s.Hostgroups, s.Servicegroups = c.list("hostgroups", d), c.list("servicegroups", d)
	s.LocalHostgroups, s.LocalServicegroups = c.list("localhostgroups", DialectC), c.list("localservicegroups", DialectC)
	if d == DialectGo || c.queuesByHand() {
		return
	}
	s.Hosts, s.Services, s.Eventhandlers = true, true, true
	s.Notifications = s.Program == ProgramWorker
}

// queuesByHand reports whether a line names queues for the C programs.
func (c *Config) queuesByHand() bool {
	for _, option := range []string{"hosts", "services", "eventhandler", "notifications"} {
		if len(c.all(option, DialectC)) > 0 {
			return true
		}
	}
	return len(c.list("hostgroups", DialectC))+len(c.list("servicegroups", DialectC)) > 0 ||
		slices.ContainsFunc(c.all("perfdata", DialectC), func(e Entry) bool { return e.C != "" })
}

func (c *Config) setNumbers(s *Settings, d Dialect) {
	seconds := func(option string) time.Duration {
		return time.Duration(min(max(c.int(option, d), 0), 1e9)) * time.Second
	}
	s.JobTimeout, s.MaxAge, s.IdleTimeout = seconds("job_timeout"), seconds("max-age"), seconds("idle-timeout")
	wait := min(max(c.int("gearman_connection_timeout", d), 0), 1e9)
	s.GearmanConnectionTimeout = time.Duration(wait) * time.Millisecond
	s.MaxJobs, s.SpawnRate, s.TimeoutReturn = c.int("max-jobs", d), c.int("spawn-rate", d), c.int("timeout_return", d)
	s.PerfdataMode = c.int("perfdata_mode", DialectC)
	s.MinWorker, s.MaxWorker = c.int("min-worker", d), c.int("max-worker", d)
	switch {
	case s.MinWorker <= s.MaxWorker:
	case d == DialectGo:
		s.MaxWorker = s.MinWorker
	default:
		s.MinWorker = s.MaxWorker
	}
}

// Key returns the key that the programs of a dialect use, and where it comes from. In C a key file takes precedence over a
// key, in Go it is the other way round. If there is no key, the error is ErrNoKey.
func (c *Config) Key(d Dialect) (key Key, from string, err error) {
	e, inFile, ok := c.keyEntry(d)
	switch {
	case !ok:
		return Key{}, "", ErrNoKey
	case inFile:
		path := e.value(d)
		key, err = KeyFromFile(c.located(path), d)
		return key, fmt.Sprintf("key file %s (%s)", path, e.Origin), err
	}
	key, err = NewKey([]byte(e.value(d)))
	return key, fmt.Sprintf("key (%s)", e.Origin), err
}

// keyEntry returns the entry with the key of a dialect, and whether it is a key file. ok is false if there is none.
func (c *Config) keyEntry(d Dialect) (e Entry, inFile, ok bool) {
	text, hasText := c.last("key", d)
	file, hasFile := c.last("keyfile", d)
	hasFile = hasFile && file.value(d) != ""
	hasText = hasText && text.value(d) != ""
	if hasFile && (d == DialectC || !hasText) {
		return file, true, true
	}
	return text, false, hasText
}

// Queues returns the queues that a worker with these settings registers for, without its status queue.
func (s Settings) Queues() []string {
	var queues []string
	for _, q := range []struct {
		on   bool
		name string
	}{
		{s.Hosts, QueueHost},
		{s.Services, QueueService},
		{s.Eventhandlers, QueueEventhandler},
		{s.Notifications, QueueNotification},
	} {
		if q.on {
			queues = append(queues, q.name)
		}
	}
	for _, name := range s.Hostgroups {
		queues = append(queues, PrefixHostgroup+name)
	}
	for _, name := range s.Servicegroups {
		queues = append(queues, PrefixServicegroup+name)
	}
	return queues
}

// Route returns the options by which a NEB module with these settings selects queues.
func (s Settings) Route() RouteConfig {
	return RouteConfig{
		CustomVariable: s.CustomVariable, LocalServicegroups: s.LocalServicegroups, LocalHostgroups: s.LocalHostgroups,
		Servicegroups: s.Servicegroups, Hostgroups: s.Hostgroups, Hosts: s.Hosts, Services: s.Services,
		Eventhandlers: s.Eventhandlers, Notifications: s.Notifications, DoHostchecks: s.DoHostchecks,
		EventhandlersFollow: s.EventhandlersFollow,
	}
}
