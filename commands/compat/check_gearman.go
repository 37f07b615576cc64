package compat

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

func checkGearman() *tool {
	return &tool{
		name: "check_gearman", aliases: []string{"nagios-check-gearman"}, instead: "health", short: "monitoring plugin, as check_gearman", changes: true,
		example: cli.Example{Line: "gearctl compat check_gearman -H gm1 -w 10 -c 100 -W 25 -C 50", What: "queues and workers of a server"},
		details: `Checks all queues of a server, or with -s sends a job to a queue and prints the
answer. The state is the worst of all queues, of every -H, and an answer that
cannot be read is UNKNOWN. Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
A threshold of 0 is off.`,
		options: []option{
			{"-H HOST[:PORT]", "a server; may be given several times; IPv6 as [::1]:4730"},
			{"-t SEC", "seconds until it gives up (10)"},
			{"-w N, -c N", "waiting jobs of a queue: WARNING (10), CRITICAL (100)"},
			{"-W N, -C N", "workers of a queue: WARNING (25), CRITICAL (50)"},
			{"-q QUEUE", "this queue only"},
			{"-x", "CRITICAL if a queue has no worker; -x 0 (Go): off"},
			{"-s TEXT", "send a job with TEXT to the queue of -q"},
			{"-e TEXT", "CRITICAL if the answer does not contain TEXT"},
			{"-u KEY", "unique key of the job (check)"},
			{"-a", "send it in the background and ignore -e"},
			{"-p VALUE", "taken and ignored, as there"},
			{"-v", "print what is sent and received on stderr"},
			{"-V", "print the version"},
			{"-h", "print this"},
		},
		run: runCheckGearman,
	}
}

// checkLetters are the options for getopt.
const checkLetters = "vVhaH:t:w:c:W:C:q:s:e:p:u:x"

// checkCall is a check_gearman that runs.
type checkCall struct {
	*call
	servers    []string // HOST:PORT
	timeout    time.Duration
	jobs       [2]int64 // from so many waiting jobs on it is WARNING, CRITICAL
	workers    [2]int64
	queue      string
	given      bool // -q
	text       string
	send       bool // -s
	expect     string
	expects    bool // -e
	unique     string
	background bool
	needWorker bool
	verbose    bool
}

func runCheckGearman(ctx context.Context, c *call) error {
	k := &checkCall{call: c, timeout: 10 * time.Second, jobs: [2]int64{10, 100}, workers: [2]int64{25, 50}, unique: "check"}
	wrong, done := k.parse()
	if done {
		return cmderr.PluginState(nagios.StateUnknown)
	}
	switch {
	case wrong != "":
	case len(k.servers) == 0:
		wrong = "no hostname given"
	case k.send && !k.given:
		wrong = "need queue (-q) when sending job"
	}
	if wrong != "" {
		fmt.Fprintf(c.env.Stdout, "Error - %s\n\n", wrong)
		c.usage(c.env.Stdout)
		return cmderr.PluginState(nagios.StateUnknown)
	}
	if k.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, k.timeout)
		defer cancel()
	}
	if k.send {
		return k.probe(ctx)
	}
	return k.check(ctx)
}

// parse reads the options. done: the help or the version was printed.
func (k *checkCall) parse() (wrong string, done bool) {
	found, _ := getopt(checkLetters, k.switchValue())
	numbers := map[byte]*int64{'w': &k.jobs[0], 'c': &k.jobs[1], 'W': &k.workers[0], 'C': &k.workers[1]}
	for _, o := range found {
		value := strings.TrimPrefix(o.value, "=") // the Go tool takes -H=HOST
		n, number := atoi(value)
		switch o.letter {
		case 'h':
			k.usage(k.env.Stdout)
			return "", true
		case 'V':
			fmt.Fprintf(k.env.Stdout, "check_gearman: version %s of gearctl\n\n", k.env.Version)
			return "", true
		case 'H':
			list, err := wire.ParseServers(value)
			if err != nil {
				return err.Error(), false
			}
			k.servers = append(k.servers, list...)
		case 't', 'w', 'c', 'W', 'C':
			if !number {
				return fmt.Sprintf("-%c %s: not a number", o.letter, value), false
			}
			if o.letter == 't' {
				k.timeout = time.Duration(n) * time.Second
			} else {
				*numbers[o.letter] = int64(n)
			}
		case 'q':
			k.queue, k.given = value, true
		case 's':
			k.text, k.send = o.value, true
		case 'e':
			k.expect, k.expects = o.value, true
		case 'u':
			k.unique = value
		case 'a':
			k.background = true
		case 'x':
			k.needWorker = true
		case 'v':
			k.verbose = true
		case '?':
			return fmt.Sprintf("No such option: `%s'", o.value), false
		}
	}
	return "", false
}

// switchValue takes the value off the line that -x has in the Go tool: -x 0 and -x=0 are off, -x 1 is on.
func (k *checkCall) switchValue() (args []string) {
	for i := 0; i < len(k.args); i++ {
		word, value, whole := strings.Cut(k.args[i], "=")
		if !whole && word == "-x" && i+1 < len(k.args) {
			if _, err := strconv.Atoi(k.args[i+1]); err == nil {
				value, whole = k.args[i+1], true
				i++
			}
		}
		switch {
		case word != "-x" || !whole:
			args = append(args, k.args[i])
		case value != "0":
			args = append(args, "-x")
		}
	}
	return args
}

// verdict is what is to say of a server, or of all.
type verdict struct {
	server   string
	state    int
	text     string // of all that is wrong
	ok       string // if nothing is
	perfdata string // with its |
}

// worse raises the state. UNKNOWN is less than CRITICAL.
func (v *verdict) worse(state int) {
	rank := []int{nagios.StateOK, nagios.StateWarning, nagios.StateUnknown, nagios.StateCritical}
	if slices.Index(rank, state) > slices.Index(rank, v.state) {
		v.state = state
	}
}

// check checks every server and prints the verdict.
func (k *checkCall) check(ctx context.Context) error {
	d := k.dialer(k.timeout)
	if k.verbose {
		d.Trace = k.trace
	}
	results := wire.FanOut(ctx, d, k.servers, func(ctx context.Context, c *wire.Conn) (*servers.Snapshot, error) {
		return servers.TakeSnapshot(ctx, c, servers.PartQueues, servers.PartVersion)
	})
	if len(results) == 1 && results[0].Err != nil && ctx.Err() != nil {
		fmt.Fprintf(k.env.Stdout, "timeout while waiting for %s\n", results[0].Server)
		return cmderr.PluginState(nagios.StateCritical)
	}
	var all verdict
	for i, r := range results {
		// The last is the only one at which check_gearman looks: its performance data keeps its names.
		name := ""
		if i < len(results)-1 {
			name = r.Server + " "
		}
		v := k.judge(r, name)
		all.worse(v.state)
		if len(results) == 1 {
			v.server = ""
		}
		all.add(v)
	}
	text := all.text
	if all.state == nagios.StateOK {
		text = all.ok
	}
	fmt.Fprintf(k.env.Stdout, "check_gearman %s - %s%s\n", nagios.StateName(all.state), text, all.perfdata)
	if all.state == nagios.StateOK {
		return nil
	}
	return cmderr.PluginState(all.state)
}

// add adds what is to say of a server, which is named unless it is the only one.
func (v *verdict) add(other verdict) {
	name := ""
	if other.server != "" {
		name = other.server + ": "
		v.ok += separator(v.ok)
	}
	v.ok += name + other.ok
	if other.text != "" {
		v.text += separator(v.text) + name + other.text
	}
	if v.perfdata != "" {
		other.perfdata = strings.TrimPrefix(other.perfdata, "|")
	}
	v.perfdata += other.perfdata
}

// separator is what is missing between text and more of it.
func separator(text string) string {
	if text == "" || strings.HasSuffix(text, " ") {
		return ""
	}
	return " "
}

// judge returns the verdict on a server. prefix begins the names in its performance data.
func (k *checkCall) judge(r wire.Result[*servers.Snapshot], prefix string) verdict {
	v := verdict{server: r.Server}
	if r.Err != nil {
		v.state, v.text = nagios.StateCritical, nagios.EscapeLine(cError(r.Server, r.Err))
		return v
	}
	s := r.Value
	queues := s.Queues.Rows
	slices.SortFunc(queues, func(a, b wire.FunctionStatus) int { return strings.Compare(a.Function, b.Function) })
	if k.given {
		queues = slices.DeleteFunc(queues, func(q wire.FunctionStatus) bool { return q.Function != k.queue })
	}
	var running, waiting int64
	var perf strings.Builder
	for _, q := range queues {
		running += q.Busy()
		waiting += q.Waiting()
		k.queueState(&v, q)
		k.perfdata(&perf, prefix, q)
	}
	if k.given && len(queues) == 0 {
		v.text += fmt.Sprintf("Queue %s not found", nagios.EscapeLine(k.queue))
		v.worse(nagios.StateWarning)
	}
	if n := wire.CountBad(s.Bad()); n > 0 {
		v.text += fmt.Sprintf("%s of the answer cannot be read. ", output.Plural(n, "line", "lines"))
		v.worse(nagios.StateUnknown)
	}
	if len(s.Queues.Rows) > 0 {
		v.perfdata = "|" + perf.String()
	}
	v.ok = fmt.Sprintf("%s running and %s waiting. Version: %s", jobCount(running), jobCount(waiting), nagios.EscapeLine(s.Version.Text))
	return v
}

func jobCount(n int64) string {
	if n == 1 {
		return "1 job"
	}
	return fmt.Sprintf("%d jobs", n)
}

// queueState adds what is wrong with a queue: the first that holds.
func (k *checkCall) queueState(v *verdict, q wire.FunctionStatus) {
	name, waiting := nagios.EscapeLine(q.Function), q.Waiting()
	plural := ""
	if waiting > 1 {
		plural = "s"
	}
	over := func(n int64, limits [2]int64, state int) bool { return limits[state-1] > 0 && n >= limits[state-1] }
	switch {
	case waiting > 0 && q.Workers == 0:
		v.worse(nagios.StateCritical)
		v.text += fmt.Sprintf("Queue %s has %d job%s without any worker. ", name, waiting, plural)
	case over(waiting, k.jobs, nagios.StateCritical):
		v.worse(nagios.StateCritical)
		v.text += fmt.Sprintf("Queue %s has %d waiting job%s. ", name, waiting, plural)
	case over(q.Workers, k.workers, nagios.StateCritical):
		v.worse(nagios.StateCritical)
		v.text += fmt.Sprintf("Queue %s has %d worker. ", name, q.Workers)
	case k.needWorker && q.Workers == 0:
		v.worse(nagios.StateCritical)
		v.text += fmt.Sprintf("Queue %s has no worker. ", name)
	case over(waiting, k.jobs, nagios.StateWarning):
		v.worse(nagios.StateWarning)
		v.text += fmt.Sprintf("Queue %s has %d waiting job%s. ", name, waiting, plural)
	case over(q.Workers, k.workers, nagios.StateWarning):
		v.worse(nagios.StateWarning)
		v.text += fmt.Sprintf("Queue %s has %d worker. ", name, q.Workers)
	}
}

// perfdata appends the values of a queue. Characters that a label must not have are escaped.
func (k *checkCall) perfdata(b *strings.Builder, prefix string, q wire.FunctionStatus) {
	name := prefix + strings.NewReplacer("'", "''", "=", `\x3d`).Replace(nagios.EscapeLine(q.Function))
	fmt.Fprintf(b, "'%s_waiting'=%d;%d;%d;0 '%s_running'=%d '%s_worker'=%d;%d;%d;0 ",
		name, q.Waiting(), k.jobs[0], k.jobs[1], name, q.Running, name, q.Workers, k.workers[0], k.workers[1])
}
