package commands

import (
	"strings"

	"gearctl/wire/modgearman"
)

// parseRekey reads OLDKEYFILE:NEWKEYFILE; an empty name means unencrypted.
func parseRekey(env *Env, s string, rule modgearman.Dialect) (*rekeying, error) {
	from, to, ok := strings.Cut(s, ":")
	if !ok || from == to {
		return nil, usagef("--rekey: must be OLDKEYFILE:NEWKEYFILE, one of them empty for jobs in clear")
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
			return nil, keyFileError("--rekey", err)
		}
		warnOfKeyFile(env, f.path, modgearman.Exposure(file.Mode))
	}
	return &r, nil
}
