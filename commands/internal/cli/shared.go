package cli

import (
	"errors"
	"io"
	"net"
	"os"

	urfave "github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"gearctl/wire/modgearman"
)

// Bare returns candidates without descriptions.
func Bare(values []string) []Candidate {
	list := make([]Candidate, len(values))
	for i, v := range values {
		list[i].Value = v
	}
	return list
}

// NebSettings returns what the NEB module makes of --config, or its defaults.
func (e *Env) NebSettings() (modgearman.Settings, error) {
	config, err := e.Config()
	if config == nil {
		config = new(modgearman.Config)
	}
	return config.Settings(modgearman.ProgramNEB), err
}

// WorkerSettings returns what the C worker makes of --config, or its defaults.
func (e *Env) WorkerSettings() (modgearman.Settings, error) {
	config, err := e.Config()
	if config == nil {
		config = new(modgearman.Config)
	}
	return config.Settings(modgearman.ProgramWorker), err
}

func MaxConnectionsFlag(to *int) urfave.Flag {
	return &urfave.IntFlag{Name: "max-connections", Destination: to, Value: defaultConnections, Usage: "use up to `N` connections to each server: one per queue, and more while there is work"}
}

// MaxWindow bounds what is in flight.
const MaxWindow = 1_000_000

// NullDevice reports whether w is /dev/null, and whether that was opened to read as well.
func NullDevice(w io.Writer) (null, read bool) {
	f, ok := w.(*os.File)
	if !ok {
		return false, false
	}
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != unix.Mkdev(1, 3) {
		return false, false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return true, err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

const FormatRaw = "raw"

// Argument returns the i-th of the arguments, empty when there are fewer.
func Argument(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

// ListenCause drops the address that the message names already.
func ListenCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
