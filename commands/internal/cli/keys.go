package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/commands/internal/shell"
	"gearctl/wire/modgearman"
)

// The environment's ways to give a Mod-Gearman key.
const (
	EnvKey     = "GEARCTL_KEY"
	EnvKeyFile = "GEARCTL_KEY_FILE"
)

// KeyRules are what --key-rule takes.
var KeyRules = []string{"c", "go"}

// KeyFlags are the flags of every command that reads or writes what Mod-Gearman encrypts. A key comes from
// --key-file, else from GEARCTL_KEY, else from GEARCTL_KEY_FILE, else from the context or the file of --config; the first that is
// there counts, and the others are not looked at. No message holds a key.
type KeyFlags struct {
	files urfave.StringSlice
	Rule  string
	clear bool
}

// Flags returns the flags. several says that the command tries one key after the other.
func (k *KeyFlags) Flags(several bool) []urfave.Flag {
	usage := "read the Mod-Gearman key from the first line of `FILE`"
	if several {
		usage += "; repeatable, all are tried"
	}
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "key-file", Destination: &k.files, Usage: usage + " (else GEARCTL_KEY, the key itself, GEARCTL_KEY_FILE, or --config)"},
		&urfave.StringFlag{Name: "key-rule", Destination: &k.Rule, Usage: "read key files by `RULE`: c (first line) or go (whole file) (default: c)"},
		&urfave.BoolFlag{Name: "no-encryption", Destination: &k.clear, Usage: "base64 only, no key"},
	}
}

// Encoding returns the key to encrypt with. It is the zero Key, which encodes in clear, only with --no-encryption, or
// when the configuration says encryption=no and neither flag nor environment gives a key. No key at all is a usage error, and
// so are servers of a context with different keys.
func (k *KeyFlags) Encoding(env *Env) (modgearman.Key, error) {
	a, err := env.ActiveContext()
	if a == nil || err != nil {
		return k.EncodingFor(env, "")
	}
	first, err := k.EncodingFor(env, a.Servers[0].Address)
	if err != nil {
		return first, err
	}
	for _, s := range a.Servers[1:] {
		key, err := k.EncodingFor(env, s.Address)
		switch {
		case err != nil:
			return key, err
		case !key.Equal(first):
			return key, cmderr.Usagef("context %s: %s and %s have different keys, but %s takes one", a.Name, a.Servers[0].Context, s.Context, env.CommandName()).
				Hint("run it for each: %v", cmderr.SameLine{Chosen: []string{flagContext, a.Servers[0].Context}})
		}
	}
	return first, nil
}

// EncodingFor is Encoding for what is sent to a server, which may have a key of its own in the context.
func (k *KeyFlags) EncodingFor(env *Env, server string) (modgearman.Key, error) {
	found, err := k.find(env, server)
	switch {
	case err != nil:
		return modgearman.Key{}, err
	case len(found.Keys) > 1:
		return modgearman.Key{}, cmderr.Usagef("--key-file: %d files given, but encryption takes one key", len(found.Keys))
	case len(found.Keys) == 1 && !found.off:
		return found.Keys[0], nil
	case k.clear || found.off:
		return modgearman.Key{}, nil
	}
	return modgearman.Key{}, errMissingKey()
}

// EncodingOf is EncodingFor for each of servers.
func (k *KeyFlags) EncodingOf(env *Env, servers []string) (map[string]modgearman.Key, error) {
	keys := map[string]modgearman.Key{}
	for _, server := range servers {
		key, err := k.EncodingFor(env, server)
		if err != nil {
			return nil, err
		}
		keys[server] = key
	}
	return keys, nil
}

// Named reports whether flags, environment or context say anything about encryption.
func (k *KeyFlags) Named(env *Env) bool {
	if a := env.run.context.active; a != nil && slices.ContainsFunc(a.Servers, func(s contexts.Server) bool { return s.KeyFile != "" || s.Config != "" }) {
		return true
	}
	return k.clear || k.Rule != "" || len(k.files.Value()) > 0 || env.Getenv(EnvKey) != "" || env.Getenv(EnvKeyFile) != ""
}

// ModuleKey returns the key of the environment or of --config, the zero Key without one.
func ModuleKey(env *Env) (modgearman.Key, error) {
	keys, err := new(KeyFlags).Decoding(env)
	if err != nil || len(keys) == 0 {
		return modgearman.Key{}, err
	}
	return keys[0], nil
}

// Decoding returns the keys to try, in their order; none means that only clear payloads can be read.
func (k *KeyFlags) Decoding(env *Env) ([]modgearman.Key, error) {
	a, err := env.ActiveContext()
	if err != nil {
		return nil, err
	}
	if a == nil {
		found, err := k.find(env, "")
		return found.Keys, err
	}
	var keys []modgearman.Key // of all servers, each once
	for _, s := range a.Servers {
		found, err := k.find(env, s.Address)
		if err != nil {
			return nil, err
		}
		for _, key := range found.Keys {
			if !slices.ContainsFunc(keys, key.Equal) {
				keys = append(keys, key)
			}
		}
	}
	return keys, nil
}

func errMissingKey() error {
	return cmderr.Usagef("no Mod-Gearman key").
		Hint("set it with --key-file FILE, in the environment (%s=KEY or %s=FILE), with --config FILE or in the context; or use --no-encryption", EnvKey, EnvKeyFile)
}

// foundKeys is what the first source that has a key gave.
type foundKeys struct {
	Keys []modgearman.Key
	off  bool // the configuration turns encryption off
}

// find looks at the sources in their order, and warns of what is odd about the keys. The context has keys by server.
func (k *KeyFlags) find(env *Env, server string) (foundKeys, error) {
	if _, err := k.Dialect(); err != nil {
		return foundKeys{}, err
	}
	files, secret := k.files.Value(), env.Getenv(EnvKey)
	switch {
	case k.clear && len(files) > 0:
		return foundKeys{}, cmderr.Usagef("--no-encryption and --key-file contradict each other")
	case k.clear:
		return foundKeys{}, nil
	case len(files) > 0:
		return k.FromFiles(env, "--key-file", files...)
	case secret != "":
		key, err := modgearman.NewKey([]byte(secret))
		if err != nil {
			return foundKeys{}, cmderr.Usagef("%s: %v", EnvKey, err)
		}
		warnOfKey(env, EnvKey, key)
		return foundKeys{Keys: []modgearman.Key{key}}, nil
	case env.Getenv(EnvKeyFile) != "":
		return k.FromFiles(env, EnvKeyFile, env.Getenv(EnvKeyFile))
	}
	if s := env.run.context.active.Server(server); s != nil {
		return k.fromContext(env, s)
	}
	c, err := env.Config()
	if c == nil || err != nil {
		return foundKeys{}, err
	}
	return k.FromConfig(env, c, env.Globals.Config.String())
}

// fromContext takes the key of a server: its key file, else the key of --config, else that of its own configuration.
func (k *KeyFlags) fromContext(env *Env, s *contexts.Server) (found foundKeys, err error) {
	id := s.Context + " " + k.Rule
	if found, known := env.run.context.keys[id]; known {
		return found, nil
	}
	rule := *k
	if rule.Rule == "" {
		rule.Rule = s.KeyRule
	}
	var config *modgearman.Config
	switch {
	case s.KeyFile != "":
		found, err = rule.FromFiles(env, "context "+s.Context+": key_file", s.KeyFile)
	case env.Globals.Config.OnLine:
		if config, err = env.Config(); config != nil {
			found, err = rule.FromConfig(env, config, env.Globals.Config.String())
		}
	case s.Config != "":
		if config, err = loadMemberConfig(s); err == nil {
			found, err = rule.FromConfig(env, config, "context "+s.Context+": config "+config.Path)
		}
	}
	if err != nil {
		return found, err
	}
	if env.run.context.keys == nil {
		env.run.context.keys = map[string]foundKeys{}
	}
	env.run.context.keys[id] = found
	return found, nil
}

// Dialect returns the rule by which key files are read.
func (k *KeyFlags) Dialect() (modgearman.Dialect, error) {
	switch k.Rule {
	case "", "c", "C":
		return modgearman.DialectC, nil
	case "go", "Go":
		return modgearman.DialectGo, nil
	}
	return 0, cmderr.Usagef("--key-rule %.60q: must be c or go", k.Rule)
}

func (k *KeyFlags) FromFiles(env *Env, source string, paths ...string) (foundKeys, error) {
	var found foundKeys
	d, _ := k.Dialect()
	for _, path := range paths {
		f, err := modgearman.ReadKeyFile(path)
		if err != nil {
			return found, KeyFileError(source, err)
		}
		key, err := f.Key(d)
		if err != nil {
			return found, cmderr.Usagef("%s: %v", source, err).Hint("the other programs do: %s; see --key-rule", f.Why)
		}
		if k.Rule == "" && f.Differ() {
			env.Warn("%s: C and Go programs read different keys, %v and %v: %s; using the former (choose with --key-rule)", f.Path, f.C, OrNone(f.Go), f.Why)
		}
		warnOfKey(env, path, key)
		WarnOfKeyFile(env, path, modgearman.Exposure(f.Mode))
		found.Keys = append(found.Keys, key)
	}
	return found, nil
}

// KeyFileError leaves out the name of a file that cannot be opened: it may be the key, given by mistake.
func KeyFileError(source string, err error) error {
	if errors.Is(err, modgearman.ErrNoKey) || errors.Is(err, fs.ErrPermission) {
		return cmderr.Usagef("%s: %v", source, err)
	}
	return cmderr.Usagef("%s: cannot read the key file: %s", source, cmderr.RootCause(err)).Hint("the value must be a file name, not the key")
}

// FromConfig takes the key of a configuration. That there is none, or that it cannot be read, matters only with encryption.
func (k *KeyFlags) FromConfig(env *Env, c *modgearman.Config, source string) (foundKeys, error) {
	d, _ := k.Dialect()
	found := foundKeys{off: !c.Settings(programOf(d)).Encryption}
	key, from, err := c.Key(d)
	switch {
	case errors.Is(err, modgearman.ErrNoKey) || err != nil && found.off:
		return found, nil
	case err != nil:
		return found, cmderr.Usagef("%s: %v", source, err)
	}
	if other, _, _ := c.Key(1 - d); k.Rule == "" && !found.off && !other.Equal(key) {
		env.Warn("%s: C and Go programs use different keys, %v and %v; using the former (choose with --key-rule)", c.Path, key, OrNone(other))
	}
	if !found.off {
		warnOfKey(env, from, key)
		WarnOfKeyFile(env, c.KeyPath(d), c.KeyExposure(d))
	}
	found.Keys = []modgearman.Key{key}
	return found, nil
}

// programOf returns a program of a dialect.
func programOf(d modgearman.Dialect) modgearman.Program {
	if d == modgearman.DialectGo {
		return modgearman.ProgramGoWorker
	}
	return modgearman.ProgramNEB
}

func warnOfKey(env *Env, from string, key modgearman.Key) {
	if w := key.Warning(); w != "" {
		env.Warn("%s: %s", from, w)
	}
}

// WarnOfKeyFile warns, once for each file, that everybody on the machine may read or write a key.
func WarnOfKeyFile(env *Env, path, may string) {
	if may == "" {
		return
	}
	if env.firstTime("key file " + path) {
		env.Warn("%s: key file is world-accessible (%s); fix: chmod o-rw %s", path, may, shell.QuotePrintable(path))
	}
}

// WarnOfPrivateKey is WarnOfKeyFile for the key of a certificate; "" is none.
func WarnOfPrivateKey(env *Env, path string) {
	if info, err := os.Stat(path); err == nil {
		WarnOfKeyFile(env, path, modgearman.Exposure(info.Mode()))
	}
}

// OrNone prints as the key's fingerprint, or as "none" for no key.
func OrNone(key modgearman.Key) fmt.Stringer {
	if key.IsZero() {
		return noKey{}
	}
	return key
}

type noKey struct{}

func (noKey) String() string { return "none" }
