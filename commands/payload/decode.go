package payload

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

type decodeOptions struct {
	data  string // - is stdin
	lines bool
	keys  cli.KeyFlags
}

func newDecode(env *cli.Env) *cli.Command {
	var o decodeOptions
	return &cli.Command{
		Name: "decode", Group: cli.GroupModGearman, Args: "[DATA|-]", Short: "decrypt and decode a Mod-Gearman job",
		Examples: []cli.Example{
			{Line: "gearctl payload decode --key-file key.txt < job", What: "the fields of an encrypted job"},
			{Line: "gearctl payload decode --key-file key.txt -o raw < job", What: "only the decrypted text"},
			{Line: "gearctl payload decode --lines --key-file old.txt --key-file new.txt < jobs", What: "a row per line, with the key that decrypts it"},
			{Line: "gearctl payload decode --config mod_gearman_worker.conf -o json < job", What: "with the key of a configuration, for a script"},
		},
		Long: `Decodes checks, results, event handlers, notifications, performance data and exports, encrypted or not, of every
version of Mod-Gearman, and status requests and replies. DATA is the job as transmitted; without it, or with -, the
job is read from stdin. Jobs carry no checksum: a key counts as right if it decrypts to text.

If a job cannot be decoded the exit code is 1, with the reason on stderr, and in the column reason for formats other
than table: empty, not_base64, length (truncated or damaged), no_key, wrong_key. With --lines every line gets a row,
and the exit code is 4 if only some can be decoded. What another program sent is described after the reason, and in the
column note: the events of Statusengine with their kind, number, hosts and services; JSON, PHP or text by its start.

-o raw writes the text without padding, with --lines one after another; on a terminal control characters are escaped.
In JSON, text that is not UTF-8 is in base64 under the key NAME_base64.`,
		Flags: append([]urfave.Flag{
			&urfave.BoolFlag{Name: "lines", Aliases: []string{"l"}, Destination: &o.lines, Usage: "decode each line of stdin as a payload"},
		}, o.keys.Flags(true)...),
		Formats: []string{cli.FormatRaw},
		Columns: cli.KeysOf[decodedRow](),
		Choices: map[string][]string{"key-rule": cli.KeyRules},
		Max:     1,
		Run: func(ctx context.Context, w cli.Words) error {
			o.data = "-"
			if len(w.Args) > 0 {
				o.data = w.Args[0]
			}
			return runDecode(ctx, env, o)
		},
	}
}

func runDecode(ctx context.Context, env *cli.Env, o decodeOptions) error {
	if o.lines && o.data != "-" {
		return cmderr.Usagef("payload decode: --lines reads stdin, not DATA")
	}
	keys, err := o.keys.Decoding(env)
	if err != nil {
		return err
	}
	d := &decoder{env: env, keys: keys, argument: o.data != "-"}
	if err := d.open(o.lines); err != nil {
		return err
	}
	if o.lines {
		return d.decodeLines(ctx)
	}
	data := []byte(o.data)
	if o.data == "-" {
		if data, err = env.ReadInput(ctx, "the payload", largerInputHint); err != nil {
			return err
		}
	}
	return d.decodeOne(data)
}

// largerInputHint is the hint for a stdin that is too long.
const largerInputHint = "for a larger one use --max-packet SIZE"

// decoder decodes payloads and writes them in one of three ways: rows, a table of fields, or raw.
type decoder struct {
	env      *cli.Env
	keys     []modgearman.Key
	argument bool // the payload is DATA
	rows     *output.Printer[decodedRow]
	fields   *output.Printer[fieldRow] // for people, of a single payload
	raw      *bufio.Writer
	table    bool // rows are kept until the end, without what the table does not show
	decoded  int
	failed   int
}

// open chooses how to write.
func (d *decoder) open(lines bool) error {
	format, err := d.env.Format()
	switch {
	case err != nil:
		return err
	case format.Kind == cli.FormatRaw:
		d.raw = bufio.NewWriterSize(d.env.ExactStdout(), 64<<10)
		return nil
	case format.Kind == output.Table && !lines && d.env.Globals.Columns == "":
		d.fields, err = cli.NewPrinter[fieldRow](d.env, output.Options{})
		return err
	}
	d.table = format.Kind == output.Table && d.env.Globals.Columns == ""
	d.rows, err = cli.NewPrinter[decodedRow](d.env, output.Options{HideInTable: []string{"size", "source", "note", "fields"}, Empty: "no payloads"})
	return err
}

// decodeOne decodes a single payload.
func (d *decoder) decodeOne(data []byte) error {
	p, err := modgearman.Decode(data, d.keys...)
	failed := d.failure(err, data)
	switch {
	case d.rows != nil:
		return cmderr.MergeErrors(d.rows.PrintAll([]decodedRow{newDecodedRow(1, data, p, d.keys, err)}), failed)
	case err != nil:
		return failed
	case d.fields != nil:
		return d.fields.PrintAll(newDecodedRow(1, data, p, d.keys, nil).table())
	}
	d.raw.Write(p.Text) // Flush returns its error
	return d.raw.Flush()
}

// failure returns the command's error for a payload that cannot be decoded.
func (d *decoder) failure(err error, data []byte) error {
	var e *modgearman.DecodeError
	if !errors.As(err, &e) {
		return err
	}
	failed := cmderr.Errorf("payload decode: %s", e.Detail)
	if preview := jobs.Preview(data, d.keys); preview != "" {
		failed = cmderr.Errorf("%w: %s", failed, preview)
	}
	switch {
	case e.Reason == modgearman.ReasonNoKey:
		return cmderr.WithHint(failed, "give a key: --key-file FILE, %s, %s or --config FILE", cli.EnvKey, cli.EnvKeyFile)
	case e.Reason == modgearman.ReasonWrongKey:
		return cmderr.WithHint(failed, "tried %s; see the keys of a configuration: gearctl config show FILE", jobs.KeyNames(d.keys))
	case d.argument && (e.Reason == modgearman.ReasonNotBase64 || e.Reason == modgearman.ReasonLength):
		return cmderr.WithHint(failed, "DATA is the payload itself; to decode a file: gearctl payload decode < FILE")
	}
	return failed
}

// decodeLines decodes a payload for each line of stdin that is not empty.
func (d *decoder) decodeLines(ctx context.Context) error {
	in := input.NewStdinReader(d.env.Stdin)
	defer in.Close()
	var err error
	for n := int64(1); err == nil; n++ {
		var line []byte
		if line, err = in.Next(ctx, d.flush); err == nil && len(bytes.TrimSpace(line)) > 0 {
			err = d.decodeLine(n, line)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if d.rows != nil {
		return cmderr.MergeErrors(err, d.rows.Close(), d.undecoded())
	}
	return cmderr.MergeErrors(err, d.raw.Flush(), d.undecoded())
}

func (d *decoder) flush() error {
	if d.rows != nil {
		return d.rows.Flush()
	}
	return d.raw.Flush()
}

func (d *decoder) decodeLine(n int64, data []byte) error {
	p, err := modgearman.Decode(data, d.keys...)
	if err != nil {
		d.failed++
	} else {
		d.decoded++
	}
	switch {
	case d.rows != nil:
		row := newDecodedRow(n, data, p, d.keys, err)
		if d.table {
			row.Text, row.Fields, row.fields = "", nil, nil
		}
		return d.rows.Print(row)
	case err != nil:
		d.env.Warn("line %d: %s", n, decodeDetail(err))
		return nil
	}
	d.raw.Write(p.Text) // Flush returns its error
	if bytes.HasSuffix(p.Text, []byte{'\n'}) {
		return nil
	}
	return d.raw.WriteByte('\n')
}

// undecoded returns an error when there were lines that could not be decoded.
func (d *decoder) undecoded() error {
	if d.failed == 0 {
		return nil
	}
	err := cmderr.Errorf("payload decode: %d of %s cannot be decoded", d.failed, output.Plural(int64(d.failed+d.decoded), "payload", "payloads"))
	return cmderr.SomeFailed([]error{err}, d.decoded > 0)
}
