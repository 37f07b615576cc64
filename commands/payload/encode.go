package payload

import (
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/nagios"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// encodedRow is an encoded payload.
type encodedRow struct {
	Kind     string  `json:"kind"`
	Form     string  `json:"form"`
	Key      *string `json:"key"`      // fingerprint
	Unique   *string `json:"unique"`   // as the module would set it, if it does
	Priority string  `json:"priority"` // as the module would set it
	Size     int     `json:"size" out:"bytes"`
	Data     string  `json:"data" out:"wide"`
}

type encodeOptions struct {
	packet packetOptions
	text   string // - is stdin
	keys   cli.KeyFlags
}

func newEncode(env *cli.Env) *cli.Command {
	var o encodeOptions
	return &cli.Command{
		Name: "encode", Group: cli.GroupModGearman, Args: "[TEXT|-]", Short: "create a Mod-Gearman job from fields or text",
		Examples: []cli.Example{
			{Line: "gearctl payload encode --type service --host web1 --service disk --command 'check_disk -w 10' --key-file key.txt", What: "the check that the module would send"},
			{Line: "gearctl payload encode --type passive --host web1 -m 'OK - up' --no-encryption -o raw | gearctl submit -b check_results", What: "a result, submitted right away"},
			{Line: "gearctl payload encode --key-file key.txt < text", What: "encrypt any text"},
		},
		Long: `Writes the job to stdout as one line; -o raw omits the newline. With --type the text is built from the flags, with
fields in the order that the module and the workers use. Without it, the text is TEXT, or stdin. Input that cannot be
sent exactly is refused: names with newlines, NUL bytes, a result without output, which the core would discard. -o
json adds the unique key and the priority that the module would use.`,
		Flags:   append(o.packet.flags(), o.keys.Flags(false)...),
		Formats: []string{cli.FormatRaw},
		Columns: cli.KeysOf[encodedRow](),
		Choices: map[string][]string{"key-rule": cli.KeyRules, "type": packetTypes, "returncode": nagios.StateNames},
		Max:     1,
		Run: func(ctx context.Context, w cli.Words) error {
			o.text = cli.Argument(w.Args, 0)
			if o.text == "" && len(w.Args) > 0 {
				return cmderr.Usagef("payload encode: TEXT is empty")
			}
			return runEncode(ctx, env, o)
		},
	}
}

func runEncode(ctx context.Context, env *cli.Env, o encodeOptions) error {
	text, err := o.packetText(ctx, env)
	if err != nil {
		return err
	}
	key, err := o.keys.Encoding(env)
	if err != nil {
		return err
	}
	data, err := modgearman.Encode(text, key)
	if err != nil {
		return cmderr.Errorf("payload encode: %w", err)
	}
	format, err := env.Format()
	switch {
	case err != nil:
		return err
	case format.Kind == output.Table && env.Globals.Columns == "":
		_, err = env.Stdout.Write(append(data, '\n'))
		return err
	case format.Kind == cli.FormatRaw:
		_, err = env.Stdout.Write(data)
		return err
	}
	return cli.PrintRows(env, output.Options{}, []encodedRow{o.row(data, key)})
}

// packetText returns the text to encode.
func (o *encodeOptions) packetText(ctx context.Context, env *cli.Env) ([]byte, error) {
	if o.packet.typ != "" {
		if o.text != "" {
			return nil, cmderr.Usagef("payload encode: --type builds the text and excludes TEXT")
		}
		return o.packet.build(env)
	}
	if flag := o.packet.firstGiven(); flag != "" {
		return nil, cmderr.Usagef("payload encode: --%s needs --type", flag)
	}
	if o.text != "" && o.text != "-" {
		return []byte(o.text), nil
	}
	text, err := env.ReadInput(ctx, "the text", largerInputHint)
	if err == nil && len(text) == 0 {
		err = cmderr.Usagef("payload encode: the text is empty")
	}
	return text, err
}

func (o *encodeOptions) row(data []byte, key modgearman.Key) encodedRow {
	row := encodedRow{Form: modgearman.FormClear.String(), Size: len(data), Data: string(data), Key: jobs.Known(key.Fingerprint())}
	if row.Key != nil {
		row.Form = modgearman.FormEncrypted.String()
	}
	p, err := modgearman.Decode(data, key)
	if err != nil { // not text
		row.Kind = modgearman.KindUnknown.String()
		return row
	}
	row.Kind, row.Priority = p.Kind.String(), p.Kind.Priority(false).String()
	if p.Kind == modgearman.KindHost || p.Kind == modgearman.KindService {
		check, _ := p.Check()
		row.Unique = new(modgearman.Unique(check.Host, check.Service))
	}
	return row
}
