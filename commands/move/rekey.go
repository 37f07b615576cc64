package move

import (
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/wire/modgearman"
)

// rekeying re-encrypts Mod-Gearman jobs. A zero key means unencrypted.
type rekeying struct{ from, to modgearman.Key }

// payload returns a job's payload encrypted with the new key. Probes and their answers are never encrypted and stay as
// they are.
func (r *rekeying) payload(data []byte) ([]byte, error) {
	var keys []modgearman.Key
	if !r.from.IsZero() {
		keys = append(keys, r.from)
	}
	p, err := modgearman.Decode(data, keys...)
	switch {
	case err != nil:
		return nil, err
	case p.Form == modgearman.FormBare:
		return data, nil
	}
	return modgearman.Encode(p.Text, r.to)
}

// parseRekey reads OLDKEYFILE:NEWKEYFILE; an empty name means unencrypted.
func parseRekey(env *cli.Env, s string, rule modgearman.Dialect) (*rekeying, error) {
	from, to, ok := strings.Cut(s, ":")
	if !ok || from == to {
		return nil, cmderr.Usagef("--rekey: must be OLDKEYFILE:NEWKEYFILE, leave one empty for unencrypted jobs")
	}
	var r rekeying
	for _, f := range []struct {
		path string
		key  *modgearman.Key
	}{{from, &r.from}, {to, &r.to}} {
		if f.path == "" {
			continue
		}
		file, err := modgearman.ReadKeyFile(f.path)
		if err == nil {
			*f.key, err = file.Key(rule)
		}
		if err != nil {
			return nil, cli.KeyFileError("--rekey", err)
		}
		cli.WarnOfKeyFile(env, f.path, modgearman.Exposure(file.Mode))
	}
	return &r, nil
}
