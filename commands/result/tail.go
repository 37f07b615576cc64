package result

import (
	"context"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// tailRow is a job consumed from a result queue.
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
	Reason     *string    `json:"reason"`  // why it is not a result, as a word
	Error      *string    `json:"error"`   // and in words
	Preview    string     `json:"preview"` // of a job of another program
	locked     bool       // no key decrypts it
}

// previewRow is what --dry-run prints of a queue.
type previewRow struct {
	Server    string `json:"server" out:"name"`
	Queue     string `json:"queue" out:"name"`
	Waiting   int64  `json:"waiting"`
	Workers   int64  `json:"workers"` // its readers, which would not get them
	WouldTake int64  `json:"would_take" out:"keep"`
}

// tailLayout prints a result per line: a table would have to wait for the last.
const tailLayout = `{{.received_at}}  {{printf "%-8v" (or .state .reason .kind)}}  ` +
	`{{if .error}}{{.handle}}  {{.error}}{{if .preview}}: {{.preview}}{{end}}{{else}}{{.host}}{{if .service}};{{.service}}{{end}}  {{.output}}{{end}}`

type tailOptions struct {
	queue     string
	once      bool
	max       int64
	yes       bool
	dryRun    bool
	undecoded bool // also consume what no key decrypts
	keys      cli.KeyFlags
}

func newTail(env *cli.Env) *cli.Command {
	var o tailOptions
	return &cli.Command{
		Name: "tail", Group: cli.GroupModGearman, Args: "[QUEUE]", Short: "consume results from a queue and print them", Changes: true, Destroys: true,
		Examples: []cli.Example{
			{Line: "gearctl result tail --key-file key.txt -s dup1", What: "what the workers send to a dupserver, live"},
			{Line: "gearctl result tail check_results_old --once --config mod_gearman_neb.conf", What: "what is left in a queue without a reader"},
			{Line: "gearctl result tail --dry-run", What: "how many would be taken away from whom"},
			{Line: "gearctl result tail -o jsonl --max 100 > results.jsonl", What: "a hundred results, for a script"},
		},
		Long: `Consumes results from QUEUE (default: result_queue of --config, else check_results) on every listed server, decodes
and prints them. Consumed results are gone: the core does not get them. If the queue already has a reader, such as the
core, it asks for confirmation first. --dry-run shows how many would be consumed, and how many workers read the queue.
Results are acknowledged after they were written, so none is lost if the reader of the output stops.

Each result is printed on one line as it arrives; the table layout is

  TIME  STATE  HOST;SERVICE  OUTPUT

with newlines in the output as \n; with --columns, the chosen values separated by two blanks. It stops at the first
result that the given keys cannot decrypt, and releases it: --undecoded consumes it anyway. Jobs that are damaged or
not results are consumed and printed with the reason as STATE and the details after their handle,
with a preview of jobs of other programs. Lost connections are
re-established until interrupted.`,
		Flags: append([]urfave.Flag{
			&urfave.BoolFlag{Name: "once", Destination: &o.once, Usage: "stop when the queue is empty"},
			&urfave.Int64Flag{Name: "max", Aliases: []string{"m"}, Destination: &o.max, Usage: "stop after `N` results of each server"},
			&urfave.BoolFlag{Name: "undecoded", Destination: &o.undecoded, Usage: "also consume results that no key decrypts"},
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "show what would be consumed of the jobs that wait now, and who else reads the queue; consume nothing"},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
		}, o.keys.Flags(true)...),
		Columns: cli.KeysOf[tailRow]("waiting", "workers", "would_take"),
		Max:     1, Complete: cli.CompleteFirst(env.CompleteQueues),
		Run: func(ctx context.Context, w cli.Words) error {
			o.queue = cli.Argument(w.Args, 0)
			return runTail(ctx, env, &o)
		},
	}
}

func runTail(ctx context.Context, env *cli.Env, o *tailOptions) (err error) {
	if o.max < 0 {
		return cmderr.Usagef("--max %d: must not be negative", o.max)
	}
	if o.queue, err = env.ResultQueue(o.queue); err != nil {
		return err
	}
	if err := servers.CheckQueueName(o.queue); err != nil {
		return err
	}
	if _, closed := cli.NullDevice(env.Stdout); closed {
		return cmderr.WithHint(cmderr.Errorf("tail %s: stdout is closed, and consumed results would be lost", o.queue), "to discard results: %s", cmderr.Try("drain").Queues(o.queue))
	}
	t, err := newTailer(env, o)
	if err != nil {
		return err
	}
	servers, failed := t.findServers(ctx)
	if len(servers) == 0 {
		return failed
	}
	return cmderr.MergeErrors(t.take(ctx, servers), failed)
}

// tailPrinter returns a printer that writes each row at once; json is an array at the end.
func tailPrinter(env *cli.Env) (*output.Printer[tailRow], error) {
	format, err := env.Format()
	if err != nil || format.Kind != output.Table {
		return cli.NewPrinter[tailRow](env, output.Options{})
	}
	layout, columns := tailLayout, servers.SplitList(env.Globals.Columns)
	if len(columns) > 0 {
		layout = "{{." + strings.Join(columns, "}}  {{.") + "}}"
	}
	p, err := output.NewPrinter[tailRow](env.Stdout, output.Options{
		Format: output.Format{Kind: output.Template, Template: layout}, Columns: columns, Terminal: true,
	})
	if err != nil {
		return nil, cmderr.Usagef("%v", err)
	}
	return p, nil
}
