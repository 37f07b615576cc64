package proxy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// routeSpec is a route as configured by a flag or in a file. Empty fields are not set.
type routeSpec struct {
	From           string     `yaml:"from"`
	To             string     `yaml:"to"`
	Sync           *bool      `yaml:"sync"`
	Parallel       *int       `yaml:"parallel"`
	DecryptKeyFile stringList `yaml:"decrypt_key_file"`
	EncryptKeyFile string     `yaml:"encrypt_key_file"`
	NoEncryption   *bool      `yaml:"no_encryption"`
	KeyRule        string     `yaml:"key_rule"`
	ResultQueue    string     `yaml:"result_queue"`
	Priority       string     `yaml:"priority"`

	position func(key string) string // of a key, for errors
}

// route forwards the jobs of one queue to another.
type route struct {
	from, to servers.Endpoint
	sync     bool
	parallel int
	recoder  recoder
}

func (r *route) String() string { return r.from.String() + " -> " + r.to.String() }

// spoolName is the directory of a route in the spool: readable, and unique to the route.
func (r *route) spoolName() string {
	sum := sha256.Sum256([]byte(r.String()))
	name := strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			return c
		}
		return '_'
	}, r.from.Queue)
	return name[:min(len(name), 100)] + "-" + hex.EncodeToString(sum[:4])
}

// parseRoute parses the value of --route.
func parseRoute(s string) (routeSpec, error) {
	from, to, ok := strings.Cut(s, "=")
	if !ok || strings.Contains(to, "=") {
		return routeSpec{}, cmderr.Usagef("--route %.200q: must be [SERVER/]QUEUE=[SERVER/]QUEUE, with one =", s).
			Hint("a queue name that contains = needs a file: --routes FILE")
	}
	return routeSpec{From: from, To: to, position: func(key string) string {
		if key == "from" || key == "to" {
			return "--route " + s
		}
		return flagFor(key)
	}}, nil
}

// flagFor is the flag that sets the same as a key in a file.
func flagFor(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") }

// withDefaults sets from the flags what the route does not set.
func (s routeSpec) withDefaults(o *options) routeSpec {
	position := s.position
	var byFlag []string
	s.Sync = orFlag(s.Sync, o.sync)
	s.NoEncryption = orFlag(s.NoEncryption, o.clear && s.EncryptKeyFile == "")
	if s.Parallel == nil && o.parallel != 0 {
		s.Parallel, byFlag = &o.parallel, append(byFlag, "parallel")
	}
	if len(s.DecryptKeyFile) == 0 {
		s.DecryptKeyFile, byFlag = o.decrypt.Value(), append(byFlag, "decrypt_key_file")
	}
	for key, f := range map[string]struct {
		to   *string
		flag string
	}{
		"encrypt_key_file": {&s.EncryptKeyFile, o.encrypt}, "key_rule": {&s.KeyRule, o.keyRule},
		"result_queue": {&s.ResultQueue, o.resultQueue}, "priority": {&s.Priority, o.priority},
	} {
		if *f.to == "" && f.flag != "" {
			*f.to, byFlag = f.flag, append(byFlag, key)
		}
	}
	s.position = func(key string) string {
		if slices.Contains(byFlag, key) {
			return flagFor(key)
		}
		return position(key)
	}
	return s
}

// orFlag returns set, or the value of the flag when that is nil.
func orFlag(set *bool, flag bool) *bool {
	if set != nil {
		return set
	}
	return &flag
}

// build returns the route, or an error that names the flag or line at fault. def is the server of a queue that names
// none, empty when there are several.
func (s routeSpec) build(env *cli.Env, def string) (*route, error) {
	r := &route{sync: *s.Sync, parallel: 1}
	var err error
	if r.from, err = s.endpoint("from", s.From, def); err != nil {
		return nil, err
	}
	if err := wire.CheckFunction(r.from.Queue); err != nil {
		return nil, s.errorf("from", "queue name %.100q %v", r.from.Queue, err)
	}
	if r.to, err = s.endpoint("to", s.To, def); err != nil {
		return nil, err
	}
	if err := r.to.CheckTarget(); err != nil {
		return nil, s.errorf("to", "%v", err)
	}
	if s.Parallel != nil {
		r.parallel = *s.Parallel
	}
	switch {
	case r.from == r.to:
		return nil, s.errorf("to", "source and target are both %s", r.from)
	case r.parallel < 1:
		return nil, s.errorf("parallel", "must be at least 1")
	case s.Parallel != nil && *s.Parallel > 1 && !r.sync:
		return nil, s.errorf("parallel", "is for routes with sync")
	case *s.NoEncryption && s.EncryptKeyFile != "":
		return nil, s.errorf("encrypt_key_file", "contradicts no_encryption")
	case *s.NoEncryption && len(s.DecryptKeyFile) == 0:
		return nil, s.errorf("no_encryption", "needs decrypt_key_file: jobs that are not decrypted are forwarded unchanged")
	}
	r.recoder, err = s.recoder(env)
	return r, err
}

func (s routeSpec) errorf(key, format string, args ...any) *cmderr.UsageError {
	return cmderr.Usagef("%s: %s", s.position(key), cmderr.Usagef(format, args...).Text)
}

func (s routeSpec) endpoint(key, text, def string) (servers.Endpoint, error) {
	if text == "" {
		return servers.Endpoint{}, s.errorf(key, "the route has no %s", key)
	}
	e, err := servers.ParseEndpoint(text, def)
	if err != nil {
		return e, s.errorf(key, "%v", err)
	}
	if e.Server == "" {
		return e, s.errorf(key, "%.200q has no server, and --server names several", text)
	}
	return e, nil
}

func (s routeSpec) recoder(env *cli.Env) (c recoder, err error) {
	if s.Priority != "" {
		if c.priority, err = wire.ParsePriority(s.Priority); err != nil {
			return c, s.errorf("priority", "%v", err)
		}
	}
	if s.ResultQueue != "" {
		if err := wire.CheckFunction(s.ResultQueue); err != nil {
			return c, s.errorf("result_queue", "queue name %.100q %v", s.ResultQueue, err)
		}
		if strings.ContainsAny(s.ResultQueue, "\r\n") {
			return c, s.errorf("result_queue", "holds a line end, which Mod-Gearman's packets cannot carry")
		}
	}
	c.resultQueue, c.encode = s.ResultQueue, s.EncryptKeyFile != "" || *s.NoEncryption
	if c.decrypt, err = s.keys(env, "decrypt_key_file", s.DecryptKeyFile...); err != nil {
		return c, err
	}
	if s.EncryptKeyFile != "" {
		keys, err := s.keys(env, "encrypt_key_file", s.EncryptKeyFile)
		if err != nil {
			return c, err
		}
		c.encrypt = keys[0]
	}
	return c, nil
}

func (s routeSpec) keys(env *cli.Env, key string, files ...string) ([]modgearman.Key, error) {
	k := cli.KeyFlags{Rule: s.KeyRule}
	if _, err := k.Dialect(); err != nil {
		return nil, s.errorf("key_rule", "%.60q: must be c or go", s.KeyRule)
	}
	found, err := k.FromFiles(env, s.position(key), files...)
	return found.Keys, err
}
