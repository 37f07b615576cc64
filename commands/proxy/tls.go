package proxy

import (
	"crypto/tls"
	"maps"
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// serverSpec is what a file says of a server: how to speak TLS with it, in place of the flags. What is empty is not said.
type serverSpec struct {
	TLS        *bool  `yaml:"tls"`
	CA         string `yaml:"tls_ca"`
	Cert       string `yaml:"tls_cert"`
	Key        string `yaml:"tls_key"`
	ServerName string `yaml:"tls_server_name"`
	Insecure   bool   `yaml:"tls_insecure"`

	where func(key string) string // names the place of a key, for errors
}

// from makes relative names of files ones that are meant from dir.
func (s *serverSpec) from(dir string) {
	for _, name := range []*string{&s.CA, &s.Cert, &s.Key} {
		*name = fromDir(dir, *name)
	}
}

func (s *serverSpec) wrong(key, format string, args ...any) error {
	return cmderr.Usagef("%s: %s", s.where(key), cmderr.Usagef(format, args...).Text)
}

// config returns how to speak TLS, nil for plain text.
func (s *serverSpec) config() (*tls.Config, error) {
	files := wire.TLSFiles{CA: s.CA, Cert: s.Cert, Key: s.Key, ServerName: s.ServerName, Insecure: s.Insecure}
	switch {
	case s.TLS == nil && files == wire.TLSFiles{}:
		return nil, s.wrong("tls", "must be true or false")
	case s.TLS != nil && !*s.TLS && files != wire.TLSFiles{}:
		return nil, s.wrong("tls", "is false, but other TLS keys are set")
	case s.TLS != nil && !*s.TLS:
		return nil, nil
	}
	c, err := files.Config()
	if err != nil {
		return nil, s.wrong("tls", "%v", err)
	}
	return c, nil
}

// serverTLS reads what a file says of servers. Each must be one that the proxy connects to.
func serverTLS(specs map[string]*serverSpec, servers []string) (map[string]*tls.Config, error) {
	configs := map[string]*tls.Config{}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		s := specs[name]
		list, err := wire.ParseServers(name)
		switch {
		case err != nil:
			return nil, s.wrong("", "%v", err)
		case len(list) != 1:
			return nil, s.wrong("", "%.200q must be one server", name)
		case !slices.Contains(servers, list[0]):
			return nil, s.wrong("", "no route uses %s", list[0])
		}
		if _, twice := configs[list[0]]; twice {
			return nil, s.wrong("", "%s is given twice", list[0])
		}
		if configs[list[0]], err = s.config(); err != nil {
			return nil, err
		}
	}
	return configs, nil
}
