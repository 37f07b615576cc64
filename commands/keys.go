package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"gearctl/wire/modgearman"
)

// The environment's ways to give a Mod-Gearman key.
const (
	envKey     = "GEARCTL_KEY"
	envKeyFile = "GEARCTL_KEY_FILE"
)

// keyRules are what --key-rule takes.
var keyRules = []string{"c", "go"}

// keyOptions are the flags of every command that reads or writes what Mod-Gearman encrypts. A key comes from
// --key-file, else from GEARCTL_KEY, else from GEARCTL_KEY_FILE, else from the file of --config; the first that is
// there counts, and the others are not looked at. No message holds a key.
type keyOptions struct {
	files cli.StringSlice
	rule  string
	clear bool
}

// flags returns the flags. several says that the command tries one key after the other.
func (k *keyOptions) flags(several bool) []cli.Flag {
	usage := "read the Mod-Gearman key from the first line of `FILE`"
	if several {
		usage += "; repeatable, all are tried"
	}
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "key-file", Destination: &k.files, Usage: usage + " (else GEARCTL_KEY, the key itself, GEARCTL_KEY_FILE, or --config)"},
		&cli.StringFlag{Name: "key-rule", Destination: &k.rule, Usage: "read key files by `RULE`: c (first line) or go (whole file) (default: c)"},
		&cli.BoolFlag{Name: "no-encryption", Destination: &k.clear, Usage: "base64 only, no key"},
	}
}

// encoding returns the key to encrypt with. It is the zero Key, which encodes in clear, only with --no-encryption, or
// when --config says encryption=no and neither flag nor environment gives a key. No key at all is a usage error.
func (k *keyOptions) encoding(env *Env) (modgearman.Key, error) {
	found, err := k.find(env)
	switch {
	case err != nil:
		return modgearman.Key{}, err
	case len(found.keys) > 1:
		return modgearman.Key{}, usagef("--key-file: %d files given, but encryption takes one key", len(found.keys))
	case len(found.keys) == 1 && !found.off:
		return found.keys[0], nil
	case k.clear || found.off:
		return modgearman.Key{}, nil
	}
	return modgearman.Key{}, errMissingKey()
}

// named reports whether flags or environment say anything about encryption.
func (k *keyOptions) named(env *Env) bool {
	return k.clear || k.rule != "" || len(k.files.Value()) > 0 || env.Getenv(envKey) != "" || env.Getenv(envKeyFile) != ""
}

// decoding returns the keys to try, in their order; none means that only clear payloads can be read.
func (k *keyOptions) decoding(env *Env) ([]modgearman.Key, error) {
	found, err := k.find(env)
	return found.keys, err
}

func errMissingKey() error {
	return usagef("no Mod-Gearman key").
		hint("set it with --key-file FILE, in the environment (%s=KEY or %s=FILE), or with --config FILE; or use --no-encryption", envKey, envKeyFile)
}

// foundKeys is what the first source that has a key gave.
type foundKeys struct {
	keys []modgearman.Key
	off  bool // the configuration turns encryption off
}

// find looks at the sources in their order, and warns of what is odd about the keys.
func (k *keyOptions) find(env *Env) (foundKeys, error) {
	if _, err := k.dialect(); err != nil {
		return foundKeys{}, err
	}
	files, secret := k.files.Value(), env.Getenv(envKey)
	switch {
	case k.clear && len(files) > 0:
		return foundKeys{}, usagef("--no-encryption and --key-file contradict each other")
	case k.clear:
		return foundKeys{}, nil
	case len(files) > 0:
		return k.fromFiles(env, "--key-file", files...)
	case secret != "":
		key, err := modgearman.NewKey([]byte(secret))
		if err != nil {
			return foundKeys{}, usagef("%s: %v", envKey, err)
		}
		warnOfKey(env, envKey, key)
		return foundKeys{keys: []modgearman.Key{key}}, nil
	case env.Getenv(envKeyFile) != "":
		return k.fromFiles(env, envKeyFile, env.Getenv(envKeyFile))
	}
	return k.fromConfig(env)
}

// dialect returns the rule by which key files are read.
func (k *keyOptions) dialect() (modgearman.Dialect, error) {
	switch k.rule {
	case "", "c", "C":
		return modgearman.DialectC, nil
	case "go", "Go":
		return modgearman.DialectGo, nil
	}
	return 0, usagef("--key-rule %.60q: must be c or go", k.rule)
}

func (k *keyOptions) fromFiles(env *Env, source string, paths ...string) (foundKeys, error) {
	var found foundKeys
	d, _ := k.dialect()
	for _, path := range paths {
		f, err := modgearman.ReadKeyFile(path)
		if err != nil {
			return found, keyFileError(source, err)
		}
		key, err := f.Key(d)
		if err != nil {
			return found, usagef("%s: %v", source, err).hint("the other programs do: %s; see --key-rule", f.Why)
		}
		if k.rule == "" && f.Differ() {
			env.Warn("%s: C and Go programs read different keys, %v and %v: %s; using the former (choose with --key-rule)", f.Path, f.C, orNone(f.Go), f.Why)
		}
		warnOfKey(env, path, key)
		warnOfKeyFile(env, path, modgearman.Exposure(f.Mode))
		found.keys = append(found.keys, key)
	}
	return found, nil
}

// keyFileError leaves out the name of a file that cannot be opened: it may be the key, given by mistake.
func keyFileError(source string, err error) error {
	if errors.Is(err, modgearman.ErrNoKey) || errors.Is(err, fs.ErrPermission) {
		return usagef("%s: %v", source, err)
	}
	return usagef("%s: cannot read the key file: %s", source, rootCause(err)).hint("the value must be a file name, not the key")
}

// fromConfig takes the key of --config. That there is none, or that it cannot be read, matters only with encryption.
func (k *keyOptions) fromConfig(env *Env) (foundKeys, error) {
	c, err := env.config()
	if c == nil || err != nil {
		return foundKeys{}, err
	}
	d, _ := k.dialect()
	found := foundKeys{off: !c.Settings(programOf(d)).Encryption}
	key, from, err := c.Key(d)
	switch {
	case errors.Is(err, modgearman.ErrNoKey) || err != nil && found.off:
		return found, nil
	case err != nil:
		return found, usagef("--config %s: %v", c.Path, err)
	}
	if other, _, _ := c.Key(1 - d); k.rule == "" && !found.off && !other.Equal(key) {
		env.Warn("%s: C and Go programs use different keys, %v and %v; using the former (choose with --key-rule)", c.Path, key, orNone(other))
	}
	if !found.off {
		warnOfKey(env, from, key)
		warnOfKeyFile(env, c.KeyPath(d), c.KeyExposure(d))
	}
	found.keys = []modgearman.Key{key}
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

// warnOfKeyFile warns, once for each file, that everybody on the machine may read or write a key.
func warnOfKeyFile(env *Env, path, may string) {
	if may == "" {
		return
	}
	if _, again := env.exposed.LoadOrStore(path, true); !again {
		env.Warn("%s: key file is world-accessible (%s); fix: chmod o-rw %s", path, may, shellWord(path))
	}
}

// warnOfPrivateKey is warnOfKeyFile for the key of a certificate; "" is none.
func warnOfPrivateKey(env *Env, path string) {
	if info, err := os.Stat(path); err == nil {
		warnOfKeyFile(env, path, modgearman.Exposure(info.Mode()))
	}
}

// orNone is the key's fingerprint, or what stands for no key.
func orNone(key modgearman.Key) fmt.Stringer {
	if key.IsZero() {
		return noKey{}
	}
	return key
}

type noKey struct{}

func (noKey) String() string { return "none" }
