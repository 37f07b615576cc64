package payload

import (
	"cmp"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/timespec"
	"gearctl/wire/modgearman"
)

// packetTypes are what --type takes: the kinds of check, and results.
var packetTypes = []string{"host", "service", "eventhandler", "notification", "active", "passive"}

// packetOptions are the fields of a check or a result.
type packetOptions struct {
	typ                         string
	host, service, command      cli.OptionalText
	resultQueue, targetQueue    cli.OptionalText
	contact, output, longOutput cli.OptionalText
	message, source             cli.OptionalText
	start, finish, core         cli.OptionalText
	timeout, latency            time.Duration
	code                        cli.StateCode
}

// defaultCheckTimeout is the core's default for service checks.
const defaultCheckTimeout = time.Minute

func (o *packetOptions) flags() []urfave.Flag {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "type", Destination: &o.typ, Usage: "`TYPE` of the packet: host, service, eventhandler, notification; active or passive for a result"},
	}
	for _, t := range o.texts() {
		flags = append(flags, &urfave.GenericFlag{Name: t.name, Aliases: t.aliases, Value: t.value, Usage: t.usage})
	}
	return append(flags,
		cli.DurationFlag("check-timeout", &o.timeout, defaultCheckTimeout, "timeout of the check, a `DURATION` in whole seconds; 0: the worker's default"),
		cli.DurationFlag("latency", &o.latency, 0, "of a result: the check began `DURATION` after it was due"),
		&urfave.GenericFlag{Name: "returncode", Aliases: []string{"r"}, Value: &o.code, Usage: "of a result: `CODE` 0 to 3, or OK, WARNING, CRITICAL, UNKNOWN (default: 0)"},
	)
}

// packetFlag is a flag for the text of a field, and the types of packet that have it.
type packetFlag struct {
	name    string
	aliases []string
	value   *cli.OptionalText
	usage   string
	types   []string
}

func (o *packetOptions) texts() []packetFlag {
	checks, results := packetTypes[:2], packetTypes[4:]
	named := append(slices.Clone(checks), results...)
	timed := packetTypes[2:]
	return []packetFlag{
		{"host", []string{"H"}, &o.host, "`NAME` of the host as the core knows it", named},
		{"service", []string{"S"}, &o.service, "`NAME` of the service", []string{"service", "active", "passive"}},
		{"command", nil, &o.command, "command `LINE` for the worker", packetTypes[:4]},
		{"result-queue", nil, &o.resultQueue, "of a check: `QUEUE` for its result (default: result_queue of --config, else check_results)", checks},
		{"target-queue", nil, &o.targetQueue, "of a check: the `QUEUE` it is sent to, '' for none (default: host or service)", checks},
		{"contact", nil, &o.contact, "of a notification: `NAME` of the contact", packetTypes[3:4]},
		{"plugin-output", nil, &o.output, "of a notification: `TEXT` of the plugin", packetTypes[3:4]},
		{"long-plugin-output", nil, &o.longOutput, "of a notification: further output lines, `TEXT` of the plugin", packetTypes[3:4]},
		{"message", []string{"m"}, &o.message, "of a result: plugin `OUTPUT`, may contain newlines", results},
		{"source", nil, &o.source, "of a result: `NAME` that the core shows as the check's source (default: " + cli.Program + ")", results},
		{"core-time", nil, &o.core, "`TIME` when the check was due: seconds since 1970, -30s, 15:04, RFC 3339 (default: now)", packetTypes[:4]},
		{"start-time", nil, &o.start, "`TIME` when it began (default: now)", timed},
		{"finish-time", nil, &o.finish, "of a result: `TIME` when the check was done (default: now)", results},
	}
}

// firstGiven returns the name of a flag for a field that was given, or "".
func (o *packetOptions) firstGiven() string {
	for _, t := range o.texts() {
		if t.value.Given {
			return t.name
		}
	}
	switch {
	case o.latency != 0:
		return "latency"
	case o.code != 0:
		return "returncode"
	case o.timeout != defaultCheckTimeout:
		return "check-timeout"
	}
	return ""
}

// build returns the text of the packet.
func (o *packetOptions) build(env *cli.Env) ([]byte, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	core, start, finish, err := o.times(env.Now())
	if err != nil {
		return nil, err
	}
	var text []byte
	if o.isResult() {
		text, err = o.result(start, finish).AppendText(nil)
	} else {
		var c modgearman.Check
		if c, err = o.checkPacket(env, core, start); err == nil {
			text, err = c.AppendText(nil)
		}
	}
	if err != nil {
		return nil, cmderr.Usagef("payload encode: %v", err)
	}
	return text, nil
}

func (o *packetOptions) isResult() bool { return o.typ == "active" || o.typ == "passive" }

// validate refuses fields that packets of this type do not have.
func (o *packetOptions) validate() error {
	if !slices.Contains(packetTypes, o.typ) {
		return cmderr.Usagef("--type %.60q: must be host, service, eventhandler, notification, active or passive", o.typ)
	}
	for _, t := range o.texts() {
		if t.value.Given && !slices.Contains(t.types, o.typ) {
			return cmderr.Usagef("--%s does not apply to --type %s", t.name, o.typ)
		}
	}
	switch result, check := o.isResult(), o.typ == "host" || o.typ == "service"; {
	case !result && (o.latency != 0 || o.code != 0):
		return cmderr.Usagef("--latency and --returncode apply to results, not to --type %s", o.typ)
	case !check && o.timeout != defaultCheckTimeout:
		return cmderr.Usagef("--check-timeout does not apply to --type %s", o.typ)
	case o.timeout%time.Second != 0:
		return cmderr.Usagef("--check-timeout %v: must be whole seconds", o.timeout)
	case result && o.service.Given && o.service.Text == "":
		return cmderr.Usagef("--service is empty").Hint("omit it for a host result")
	}
	return nil
}

func (o *packetOptions) times(now time.Time) (core, start, finish time.Time, err error) {
	for _, t := range []struct {
		flag string
		text cli.OptionalText
		dst  *time.Time
	}{{"core-time", o.core, &core}, {"start-time", o.start, &start}, {"finish-time", o.finish, &finish}} {
		*t.dst = now
		if !t.text.Given {
			continue
		}
		if *t.dst, err = timespec.ParsePast(t.text.Text, now); err != nil {
			return core, start, finish, cmderr.Usagef("--%s %.100q: %v", t.flag, t.text.Text, err)
		}
	}
	return core, start, finish, nil
}

func (o *packetOptions) result(start, finish time.Time) modgearman.Result {
	return modgearman.Result{
		Passive: o.typ == "passive", Host: o.host.Text, Service: o.service.Text, Start: start, Finish: finish,
		Latency: o.latency, ReturnCode: int(o.code), Source: cmp.Or(o.source.Text, cli.Program), Output: o.message.Text,
	}
}

func (o *packetOptions) checkPacket(env *cli.Env, core, start time.Time) (modgearman.Check, error) {
	c := modgearman.Check{
		Host: o.host.Text, Service: o.service.Text, CommandLine: o.command.Text, CoreTime: core,
		Contact: o.contact.Text, PluginOutput: o.output.Text, LongPluginOutput: o.longOutput.Text,
	}
	switch o.typ {
	case "eventhandler":
		c.Kind, c.StartTime = modgearman.KindEventhandler, start
		return c, nil
	case "notification":
		c.Kind, c.StartTime = modgearman.KindNotification, start
		return c, nil
	case "host":
		c.Kind = modgearman.KindHost
	default:
		c.Kind = modgearman.KindService
	}
	c.Timeout, c.TargetQueue = int(o.timeout/time.Second), o.typ
	if o.targetQueue.Given {
		c.TargetQueue = o.targetQueue.Text
	}
	var err error
	c.ResultQueue, err = env.ResultQueue(o.resultQueue.Text)
	return c, err
}
