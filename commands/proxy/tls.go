package proxy

import (
	"crypto/tls"
	"maps"
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// serverSpec is the TLS configuration of a server in a file, used instead of the flags. Empty fields are not set.
type serverSpec struct {
	TLS        *bool  `yaml:"tls"`
	CA         string `yaml:"tls_ca"`
	Cert       string `yaml:"tls_cert"`
	Key        string `yaml:"tls_key"`
	ServerName string `yaml:"tls_server_name"`
	Insecure   bool   `yaml:"tls_insecure"`

	position func(key string) string // of a key, for errors
}

// resolvePaths makes paths relative to dir.
func (s *serverSpec) resolvePaths(dir string) {
	for _, name := range []*string{&s.CA, &s.Cert, &s.Key} {
		*name = resolvePath(dir, *name)
	}
}

func (s *serverSpec) errorf(key, format string, args ...any) error {
	return cmderr.Usagef("%s: %s", s.position(key), cmderr.Usagef(format, args...).Text)
}

// config returns the TLS configuration; nil: no TLS.
func (s *serverSpec) config() (*tls.Config, error) {
	files := wire.TLSFiles{CA: s.CA, Cert: s.Cert, Key: s.Key, ServerName: s.ServerName, Insecure: s.Insecure}
	switch {
	case s.TLS == nil && files == wire.TLSFiles{}:
		return nil, s.errorf("tls", "must be true or false")
	case s.TLS != nil && !*s.TLS && files != wire.TLSFiles{}:
		return nil, s.errorf("tls", "is false, but other TLS keys are set")
	case s.TLS != nil && !*s.TLS:
		return nil, nil
	}
	c, err := files.Config()
	if err != nil {
		return nil, s.errorf("tls", "%v", err)
	}
	return c, nil
}

// serverTLS returns the TLS configurations by server. Each must be one that the proxy connects to.
func serverTLS(specs map[string]*serverSpec, servers []string) (map[string]*tls.Config, error) {
	configs := map[string]*tls.Config{}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		s := specs[name]
		list, err := wire.ParseServers(name)
		switch {
		case err != nil:
			return nil, s.errorf("", "%v", err)
		case len(list) != 1:
			return nil, s.errorf("", "%.200q must be one server", name)
		case !slices.Contains(servers, list[0]):
			return nil, s.errorf("", "no route uses %s", list[0])
		}
		if _, twice := configs[list[0]]; twice {
			return nil, s.errorf("", "%s is given twice", list[0])
		}
		if configs[list[0]], err = s.config(); err != nil {
			return nil, err
		}
	}
	return configs, nil
}
