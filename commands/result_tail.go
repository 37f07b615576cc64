package commands

import (
	"context"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/output"
	"gearctl/wire"
)

// tailRow is what was taken out of a queue of results.
type tailRow struct {
	ReceivedAt time.Time  `json:"received_at"`
	Server     string     `json:"server"`
	Queue      string     `json:"queue"`
	Handle     string     `json:"handle"`
	Kind       *string    `json:"kind"` // result, or what else it is; null when it cannot be decoded
	Form       *string    `json:"form"` // encrypted, clear or bare
	Type       *string    `json:"type"` // active or passive
	Host       *string    `json:"host"`
	Service    *string    `json:"service"`
	ReturnCode *int       `json:"return_code"`
	State      *string    `json:"state"` // OK, WARNING, CRITICAL or UNKNOWN
	Output     *string    `json:"output" out:"wide"`
	CoreStart  *time.Time `json:"core_start_time"`
	Start      *time.Time `json:"start_time"`
	Finish     *time.Time `json:"finish_time"`
	Latency    *float64   `json:"latency_seconds" out:"seconds"`
	Source     *string    `json:"source"`
	Reason     *string    `json:"reason"` // why it is not a result, as a word
	Error      *string    `json:"error"`  // and in words
	locked     bool       // for want of a key
}

// tailLayout is a result on a line of its own: a table would have to wait for the last.
const tailLayout = `{{.received_at}}  {{printf "%-8v" (or .state .reason .kind)}}  ` +
	`{{if .error}}{{.handle}}  {{.error}}{{else}}{{.host}}{{if .service}};{{.service}}{{end}}  {{.output}}{{end}}`

type tailOptions struct {
	queue string
	once  bool
	max   int64
	yes   bool
	any   bool // also what no key opens
	keys  keyOptions
}

func newResultTail(env *Env) *Command {
	var o tailOptions
	return &Command{
		Name: "tail", Group: GroupModGearman, Args: "[QUEUE]", Short: "consume results from a queue and print them", Changes: true, Destroys: true,
		Examples: []Example{
			{"gearctl result tail --key-file key.txt -s dup1", "what the workers send to a dupserver, live"},
			{"gearctl result tail check_results_old --once --config mod_gearman_neb.conf", "what is left in a queue without a reader"},
			{"gearctl result tail -o jsonl --max 100 > results.jsonl", "a hundred results, for a script"},
		},
		Long: `Consumes results from QUEUE (default: result_queue of --config, else check_results) on every listed server, decodes
and prints them. Consumed results are gone: the core does not get them. If the queue already has a reader, such as the
core, it asks for confirmation first. Results are acknowledged after they were written, so none is lost if the reader
of the output stops.

Each result is printed on one line as it arrives; the table layout is

  TIME  STATE  HOST;SERVICE  OUTPUT

with newlines in the output as \n; with --columns, the chosen values separated by two blanks. It stops at the first
result that the given keys cannot decrypt, and releases it: --undecoded consumes it anyway. Jobs that are damaged or
not results are consumed and printed with the reason as STATE and the details after their handle. Lost connections are
re-established until interrupted.`,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "once", Destination: &o.once, Usage: "stop when the queue is empty"},
			&cli.Int64Flag{Name: "max", Aliases: []string{"m"}, Destination: &o.max, Usage: "stop after `N` results of each server"},
			&cli.BoolFlag{Name: "undecoded", Destination: &o.any, Usage: "also consume results that no key decrypts"},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
		}, o.keys.flags(true)...),
		Columns: keysOf[tailRow](),
		Max:     1, Complete: env.completeFirst(env.completeQueues),
		Run: func(ctx context.Context, w Words) error {
			if len(w.Args) > 0 {
				o.queue = w.Args[0]
			}
			return runResultTail(ctx, env, &o)
		},
	}
}

func runResultTail(ctx context.Context, env *Env, o *tailOptions) (err error) {
	if o.max < 0 {
		return usagef("--max %d: must not be negative", o.max)
	}
	if o.queue, err = env.resultQueue(o.queue); err != nil {
		return err
	}
	if err := wire.CheckFunction(o.queue); err != nil {
		return usagef("queue name %.100q %v", o.queue, err)
	}
	if _, closed := nullDevice(env.Stdout); closed {
		return withHint(errorf("tail %s: stdout is closed, and consumed results would be lost", o.queue), "to discard results: %s", try("drain").queues(o.queue))
	}
	t, err := newTailer(env, o)
	if err != nil {
		return err
	}
	servers, failed := t.find(ctx)
	if len(servers) == 0 {
		return failed
	}
	return mergeErrors(t.take(ctx, servers), failed)
}

// tailPrinter prints each row as it comes, whatever the format; json is an array at the end.
func tailPrinter(env *Env) (*output.Printer[tailRow], error) {
	format, err := env.format()
	if err != nil || format.Kind != output.Table {
		return newPrinter[tailRow](env, output.Options{})
	}
	layout, columns := tailLayout, splitList(env.globals.columns)
	if len(columns) > 0 {
		layout = "{{." + strings.Join(columns, "}}  {{.") + "}}"
	}
	p, err := output.NewPrinter[tailRow](env.Stdout, output.Options{
		Format: output.Format{Kind: output.Template, Template: layout}, Columns: columns, Terminal: true,
	})
	if err != nil {
		return nil, usagef("%v", err)
	}
	return p, nil
}
