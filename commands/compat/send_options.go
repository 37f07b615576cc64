package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire/modgearman"
)

// sendOptions are the options of send_gearman and send_multi: KEY=VALUE with or without dashes, from the line or a file.
type sendOptions struct {
	servers, dupservers []string
	host, service       *string
	message             *string
	code                string // as given; empty: not
	queue               string
	delimiter           string
	timeout             int // of the input, in seconds; 0: none
	connectTimeout      time.Duration
	active              bool
	start, finish       string
	latency             string
	encryption          *bool
	key, keyFile        string
	config              string // a file with a key
	retries, interval   string
	verbose             bool
	warnings            []string
}

// senderOptions are what send_gearman and send_multi make use of, by their names for both languages. They do not use the
// other options of Mod-Gearman, which are taken and change nothing.
func (o *sendOptions) set(name, value string) error {
	switch name {
	case "server":
		o.servers = append(o.servers, value)
	case "dupserver":
		o.dupservers = append(o.dupservers, value)
	case "host":
		o.host = &value
	case "service":
		o.service = &value
	case "message", "m":
		o.message = &value
	case "returncode", "return_code", "r":
		if n, ok := atoi(value); !ok || n < 0 || n > 3 {
			return fmt.Errorf("%s=%s: not a return code from 0 to 3", name, value)
		}
		o.code = strings.TrimSpace(value)
	case "result_queue":
		o.queue = value
	case "delimiter", "d":
		if o.delimiter = value; value == `\t` {
			o.delimiter = "\t"
		}
		if value == "" {
			return fmt.Errorf("%s is empty", name)
		}
	case "timeout", "t":
		n, ok := atoi(value)
		if !ok {
			return fmt.Errorf("%s=%s: not a number of seconds", name, value)
		}
		if o.timeout = n; n < 0 {
			o.timeout = 10
		}
	case "gearman_connection_timeout":
		if n, _ := atoi(value); n > 0 {
			o.connectTimeout = time.Duration(n) * time.Millisecond
		}
	case "starttime":
		o.start = value
	case "finishtime":
		o.finish = value
	case "latency":
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || f < 0 {
			return fmt.Errorf("latency=%s: not a number of seconds", value)
		}
		o.latency = value + "s"
	case "active":
		o.active = yes(value)
	case "encryption":
		on := yes(value)
		o.encryption = &on
	case "key", "password":
		o.key = value
	case "keyfile", "passwordfile":
		o.keyFile = value
	case "retries":
		o.retries = value
	case "retry-interval":
		o.interval = value
	case "debug":
		n, _ := atoi(value)
		o.verbose = n > 1
	case "config", "configfile", "include":
		return o.readConfig(value)
	default:
		return o.unused(name)
	}
	return nil
}

// switches are the options that mean yes when they have no value.
var switches = []string{"active", "encryption", "daemon", "d"}

// yes reads a value as the programs in C do: what is neither yes nor no is yes.
func yes(value string) bool {
	return !slices.Contains([]string{"no", "off", "false", "0"}, strings.ToLower(value))
}

// unused accepts the options of Mod-Gearman that a sender does not use, and refuses what is none.
func (o *sendOptions) unused(name string) error {
	if _, known := modgearman.LookupOption(name); known || name == "daemon" {
		return nil
	}
	if near := modgearman.CloseOptions(name); len(near) > 0 {
		return fmt.Errorf("unknown option '%s'; did you mean %s?", name, strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown option '%s'", name)
}

// parse reads a command line. Beside KEY=VALUE it takes the value from the next word, as the tool in Go does.
func (o *sendOptions) parse(args []string) error {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		name, value, given := strings.Cut(word, "=")
		name = strings.ToLower(strings.TrimLeft(strings.TrimSpace(name), "-"))
		if name == "" {
			continue
		}
		if name != "delimiter" && name != "d" {
			value = strings.TrimSpace(value)
		}
		if !given {
			switch {
			case name == "d" && len(args) > 0 && len(args[0]) == 1, len(args) > 0 && takesWord(name) && !strings.HasPrefix(args[0], "-"):
				value, args = args[0], args[1:]
			case name == "d":
				name = "daemon"
			case takesWord(name):
				return fmt.Errorf("%s needs a value: %s=…", word, word)
			}
		}
		if err := o.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// takesWord reports whether an option has a value that is not yes or no.
func takesWord(name string) bool {
	short := []string{"m", "r", "t", "message", "returncode", "return_code", "host", "service", "delimiter", "timeout", "starttime", "finishtime", "latency", "retries", "retry-interval"}
	if slices.Contains(switches, name) {
		return false
	}
	known, ok := modgearman.LookupOption(name)
	return slices.Contains(short, name) || ok && known.Type != modgearman.TypeBool
}

// readConfig takes what a configuration file sets, in its order.
func (o *sendOptions) readConfig(path string) error {
	c, err := modgearman.Load(path)
	if err != nil {
		return err
	}
	for _, e := range c.Entries {
		switch e.Option {
		case "key", "config":
			continue
		case "": // the file may be that of another program
			o.warnings = append(o.warnings, fmt.Sprintf("%s:%d: unknown option '%s'", e.File, e.Line, e.Spelling))
			continue
		}
		value := e.C
		if !e.HasValue {
			value = "yes"
		}
		if err := o.set(e.Option, value); err != nil {
			return fmt.Errorf("%s:%d: %w", e.File, e.Line, err)
		}
	}
	if c.Has("key") {
		o.config = path
	}
	return nil
}

// hasKey reports whether there is a key to encrypt with.
func (o *sendOptions) hasKey() bool { return o.key != "" || o.keyFile != "" || o.config != "" }

// argv returns the command line of gearctl result send, and the variables it needs.
func (o *sendOptions) argv(source string, encrypt bool, input []string) (argv []string, variables map[string]string) {
	variables = map[string]string{}
	add := func(flag, value string) {
		if value != "" {
			argv = append(argv, flag+"="+value)
		}
	}
	add("--server", strings.Join(o.servers, ","))
	add("--timeout", o.connectTimeout.String())
	if o.verbose {
		argv = append(argv, "--trace")
	}
	if encrypt && o.keyFile == "" && o.key == "" {
		add("--config", o.config)
	}
	argv = append(argv, "--output=json", "result", "send")
	add("--source", source)
	add("--queue", o.queue)
	add("--retries", o.retries)
	if o.interval != "" {
		add("--retry-interval", o.interval+"s")
	}
	for _, d := range o.dupservers {
		add("--dupserver", d)
	}
	switch {
	case !encrypt:
		argv = append(argv, "--no-encryption")
	case o.keyFile != "":
		argv = append(argv, "--key-file="+o.keyFile, "--key-rule=c")
	case o.key != "":
		variables["GEARCTL_KEY"] = o.key
	}
	return append(argv, input...), variables
}

// encrypt reports whether results are encrypted; byKey: they are if there is a key and nothing else is said.
func (o *sendOptions) encrypt(byKey bool) (bool, error) {
	on := byKey && o.hasKey()
	if o.encryption != nil {
		on = *o.encryption
	}
	if on && !o.hasKey() {
		return false, cmderr.Errorf("no encryption key provided, please use --key=... or keyfile=... or disable encryption")
	}
	return on, nil
}
