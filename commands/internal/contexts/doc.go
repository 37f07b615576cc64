// Package contexts reads the files in which users name their servers once: a context has servers with labels, a key, TLS and
// defaults, or it is a group of other contexts. [Load] merges the system's file and the user's, [Set.Resolve] returns the
// servers of a context, each with the settings of the member that names it. A [Selection] keeps which context a user chose.
//
// The files hold no secret: keys are named by path. A file that others may write is refused, since they could lead a user
// to another server.
package contexts

import (
	"time"

	"gearctl/wire"
)

// Context is an entry of a file.
type Context struct {
	Name string
	File string // that defines it
	Line int    // in File
	Settings
	Group []string // names of its members; nil: it has settings of its own
}

// Settings are what a context says of its servers. Of a group only Labels, Timeout, Output and ReadOnly may be set: they
// apply to all members.
type Settings struct {
	Servers  []string          // as wire.ParseServers returns them; empty: those of Config
	Labels   map[string]string // nil: none
	KeyFile  string            // of Mod-Gearman; empty: the key of Config
	KeyRule  string            // "c" or "go", how KeyFile is read; empty: not said
	Config   string            // of the NEB module or a worker; empty: none
	TLS      *wire.TLSFiles    // nil: plain TCP
	Timeout  time.Duration     // 0: not said
	Output   Output
	ReadOnly bool
}

// Output are defaults of flags. Empty: not said.
type Output struct {
	Format, Color string
	Pager         bool
}

// Server is a server of a context.
type Server struct {
	Address string // host:port
	Context string // the member that names it
	Settings
}
