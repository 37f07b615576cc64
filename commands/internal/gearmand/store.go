package gearmand

import (
	"cmp"
	"context"
	"net"
	"net/url"
	"path"
	"strings"
	"time"

	"gearctl/commands/internal/host"
)

// Store is where a gearmand keeps background jobs.
type Store struct {
	Kind    string // as in --queue-type
	Name    string // of the database, for people
	Network string // tcp or unix; empty for a file
	Addr    string // host:port, the path of a socket, or the file
	Table   string // empty: none
	option  string // that names the table
}

// The stores.
const (
	SQLite    = "libsqlite3"
	Postgres  = "Postgres"
	MySQL     = "MySQL"
	Redis     = "redis"
	Memcached = "libmemcached"
)

// Store returns the store that the options name, nil if jobs are kept in memory alone or in a store that is not known.
func (o Options) Store() *Store {
	kind := o.Value("queue-type", "builtin")
	switch {
	case strings.EqualFold(kind, SQLite):
		if file := o.Value("libsqlite3-db", ""); file != "" {
			return &Store{Kind: SQLite, Name: "SQLite", Addr: path.Clean(file), Table: o.Value("libsqlite3-table", "gearman_queue"), option: "libsqlite3-table"}
		}
	case strings.EqualFold(kind, Postgres):
		return o.postgres()
	case strings.EqualFold(kind, MySQL):
		s := &Store{Kind: MySQL, Name: "MySQL", Network: "tcp", Table: o.Value("mysql-db", "") + "." + o.Value("mysql-table", "gearman_queue"), option: "mysql-table"}
		if name := o.Value("mysql-host", "localhost"); name == "localhost" || name == "" {
			s.Network, s.Addr = "unix", "/var/run/mysqld/mysqld.sock"
		} else {
			s.Addr = net.JoinHostPort(name, o.Value("mysql-port", "3306"))
		}
		return s
	case strings.EqualFold(kind, Redis):
		addr := net.JoinHostPort(o.Value("redis-server", "127.0.0.1"), o.Value("redis-port", "6379"))
		return &Store{Kind: Redis, Name: "redis", Network: "tcp", Addr: addr, Table: o.Value("redis-prefix", "_gear_"), option: "redis-prefix"}
	case strings.EqualFold(kind, Memcached):
		first, _, _ := strings.Cut(strings.TrimPrefix(o.Value("libmemcached-servers", "127.0.0.1"), "--SERVER="), ",")
		return &Store{Kind: Memcached, Name: "memcached", Network: "tcp", Addr: withPort(first, "11211"), Table: o.Value("libmemcached-prefix", "gear_"), option: "libmemcached-prefix"}
	}
	return nil
}

// postgres reads --libpq-conninfo, a URL or words KEY=VALUE.
func (o Options) postgres() *Store {
	s := &Store{Kind: Postgres, Name: "Postgres", Network: "tcp", Table: o.Value("libpq-table", "queue"), option: "libpq-table"}
	info := o.Value("libpq-conninfo", "")
	set := map[string]string{}
	if u, err := url.Parse(info); err == nil && strings.HasPrefix(u.Scheme, "postgres") {
		set["host"], set["port"], set["dbname"] = u.Hostname(), u.Port(), strings.TrimPrefix(u.Path, "/")
		for key := range u.Query() {
			set[key] = u.Query().Get(key)
		}
	} else {
		for word := range strings.FieldsSeq(info) {
			key, value, _ := strings.Cut(word, "=")
			set[key] = strings.Trim(value, "'")
		}
	}
	name, _, _ := strings.Cut(cmp.Or(set["hostaddr"], set["host"], "/var/run/postgresql"), ",")
	port, _, _ := strings.Cut(cmp.Or(set["port"], "5432"), ",")
	if strings.HasPrefix(name, "/") {
		s.Network, s.Addr = "unix", path.Join(name, ".s.PGSQL."+port)
	} else {
		s.Addr = net.JoinHostPort(name, port)
	}
	s.Table = cmp.Or(set["dbname"], set["user"], "its default database") + "." + s.Table
	return s
}

func withPort(addr, port string) string {
	if _, _, err := net.SplitHostPort(addr); err == nil {
		return addr
	}
	return net.JoinHostPort(strings.Trim(addr, "[]"), port)
}

// String names the store, with its address.
func (s *Store) String() string { return s.Name + " at " + s.Addr }

// Reconnects reports whether a gearmand uses the store again when it was away, without a restart. fixed says that it is
// gearmand 2.0.0 or later.
func (s *Store) Reconnects(fixed bool) bool {
	return s.Kind == MySQL || s.Kind == Memcached || s.Kind == Postgres && fixed
}

// NeededAtStart reports whether gearmand does not start without the store.
func (s *Store) NeededAtStart() bool {
	return s.Kind == Postgres || s.Kind == MySQL || s.Kind == Redis
}

// dialTimeout bounds the attempt to connect to a store.
const dialTimeout = 3 * time.Second

// Dial connects to the store's server and closes the connection. It sends nothing. A store in a file has no server.
func (s *Store) Dial(ctx context.Context) error {
	if s.Network == "" {
		return nil
	}
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, s.Network, s.Addr)
	if err != nil {
		return err
	}
	return c.Close()
}

// Host returns the host of the store's server, empty if it is this one: it is reached by a socket, or is a file.
func (s *Store) Host() string {
	name, _, err := net.SplitHostPort(s.Addr)
	if s.Network != "tcp" || err != nil {
		return ""
	}
	return name
}

// Units are the names that distributions give to the service of the store's server.
func (s *Store) Units() []string {
	return map[string][]string{
		Postgres: {"postgresql"}, MySQL: {"mariadb", "mysql", "mysqld"}, Redis: {"redis-server", "redis"}, Memcached: {"memcached"},
	}[s.Kind]
}

// place identifies where the jobs are kept, so that two gearmands with the same place share them. network is the network
// namespace of the gearmand: an address of the host itself means nothing outside it.
func (s *Store) place(t host.Root, network string) string {
	addr := s.Addr
	name, port, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(name)
	switch {
	case s.Network == "":
		addr = network + t.Resolve(addr)
	case s.Network == "unix":
		addr = network + t.Resolve(path.Dir(addr)) + "/" + path.Base(addr)
	case name == "localhost" || ip != nil && ip.IsLoopback():
		addr = network + ":" + port
	}
	return s.Kind + " " + addr + " " + s.Table
}

// Separate returns the option, and a value for it, by which the gearmand on a port gets a table or prefix of its own.
func (s *Store) Separate(port string) (name, value string) {
	return s.option, "gearman_" + port
}
