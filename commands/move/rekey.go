package move

import (
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/wire/modgearman"
)

// parseRekey reads OLDKEYFILE:NEWKEYFILE; an empty name means unencrypted.
func parseRekey(env *cli.Env, s string, rule modgearman.Dialect) (*jobs.Rekeying, error) {
	from, to, ok := strings.Cut(s, ":")
	if !ok || from == to {
		return nil, cmderr.Usagef("--rekey: must be OLDKEYFILE:NEWKEYFILE, one of them empty for jobs in clear")
	}
	var r jobs.Rekeying
	for _, f := range []struct {
		path string
		key  *modgearman.Key
	}{{from, &r.From}, {to, &r.To}} {
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
