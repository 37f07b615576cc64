package servers

import (
	"context"
	"errors"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// AskVersion asks a server for its version.
func AskVersion(ctx context.Context, c *wire.Conn) (Version, error) {
	version, err := c.Version(ctx)
	return ParseVersion(version), err
}

// ExplainUnsupported returns err, or if it means that the server does not know an admin command, an error that names the
// server's version. since is the first gearmand that has the command. It may ask c for the version.
func ExplainUnsupported(ctx context.Context, c *wire.Conn, err error, command, since string) error {
	if !IsUnknownCommand(err) {
		return err
	}
	v, verr := AskVersion(ctx, c)
	if verr != nil {
		return err
	}
	named := v.Unsupported(c.Server(), "`"+command+"`", since)
	if v.Perl && strings.HasPrefix(command, "show ") {
		return cmderr.WithHint(named, "its own list of queue, unique key, worker and waiting clients: %s", cmderr.Try("raw", "jobs").On(c.Server()))
	}
	return named
}

// Unsupported is the error that the server does not have what. since is the first gearmand that has it, "" if unknown.
func (v Version) Unsupported(server, what, since string) error {
	if since == "" {
		return cmderr.Errorf("%s: %s has no %s", server, v, what)
	}
	return cmderr.Errorf("%s: %s has no %s (needs gearmand %s or later)", server, v, what, since)
}

// IsRefusal reports whether the server answered with an error.
func IsRefusal(err error) bool {
	var refused *wire.ServerError
	return errors.As(err, &refused)
}

// IsUnknownCommand reports whether a server answered that it does not know an admin command. gearmand up to 0.14 and
// the Perl server answer in lower case.
func IsUnknownCommand(err error) bool {
	var refused *wire.ServerError
	return errors.As(err, &refused) &&
		(strings.EqualFold(refused.Code, "UNKNOWN_COMMAND") || strings.EqualFold(refused.Code, "UNKNOWN_SHOW_ARGUMENTS"))
}

// IsUnknownPacket reports whether a server answered that it does not know a binary request: the Perl server calls a
// method that is not there, gearmand says bad_command or, later, GEARMAN_INVALID_COMMAND.
func IsUnknownPacket(err error) bool {
	var refused *wire.ServerError
	if !errors.As(err, &refused) {
		return false
	}
	code := strings.TrimPrefix(strings.ToUpper(refused.Code), "GEARMAN_")
	return code == "BAD_COMMAND" || code == "INVALID_COMMAND" ||
		code == "SERVER_ERROR" && strings.HasPrefix(refused.Text, "Can't locate object method")
}

// submissionKinds names the submissions that some servers do not accept.
var submissionKinds = map[wire.Type]string{
	wire.SubmitJobLow:    "jobs of low priority",
	wire.SubmitJobLowBG:  "background jobs of low priority",
	wire.SubmitJobHighBG: "background jobs of high priority",
	wire.SubmitJobEpoch:  "job scheduling",
}

// ExplainSubmission adds to the refusal of a job what it means: the server does not know this kind of job, which is named
// with the server's version, or its store has failed. It returns other errors as they are. It may ask c for the version.
func ExplainSubmission(ctx context.Context, c *wire.Conn, err error, t wire.Type) error {
	if isStoreFailure(err) {
		return explainStoreFailure(c.Server(), err, t)
	}
	kind, ok := submissionKinds[t]
	if !ok || !IsUnknownPacket(err) {
		return err
	}
	v, verr := AskVersion(ctx, c)
	if verr != nil {
		return err
	}
	named := v.Unsupported(c.Server(), kind+" ("+t.String()+")", "")
	if t != wire.SubmitJobEpoch {
		return cmderr.WithHint(named, "without --priority the server takes them")
	}
	return named
}

// isStoreFailure reports whether a server refused a job with the bare QUEUE_ERROR by which gearmand passes on a failure of
// its store. A full queue has a text of its own.
func isStoreFailure(err error) bool {
	var refused *wire.ServerError
	return errors.As(err, &refused) && refused.Code == "QUEUE_ERROR" && (refused.Text == "" || refused.Text == refused.Code)
}

func explainStoreFailure(server string, err error, t wire.Type) error {
	doctor := cmderr.Try("doctor").On(server)
	if t == wire.SubmitJobEpoch {
		return cmderr.WithHint(err, "the stores redis and libmemcached keep no time, so that gearmand refuses --at; any store may have failed: %s", doctor)
	}
	return cmderr.WithHint(err, "the server's store (gearmand --queue-type) does not take the job, or has failed; its log says why: %s", doctor)
}

// CheckUniqueStatus refuses to look up a unique key on a server that cannot: gearmand before 1.1.0 closes the
// connection.
func CheckUniqueStatus(ctx context.Context, c *wire.Conn) error {
	const since = "1.1.0"
	v, err := AskVersion(ctx, c)
	if err == nil && (v.Perl || v.Before(since)) {
		err = v.Unsupported(c.Server(), "status by unique key (GET_STATUS_UNIQUE)", since)
	}
	return err
}

// PriorityCountsSince is the first gearmand whose prioritystatus counts correctly.
const PriorityCountsSince = "1.1.20"

// CountsPriorities reports whether the server is known to have a prioritystatus that counts correctly.
func (v Version) CountsPriorities() bool { return v.IsGearmand() && !v.Before(PriorityCountsSince) }

// SharingFaultSince is the first gearmand on which connections of several queues do harm.
const SharingFaultSince = "2.0.0"

// AllowsSharing reports whether a worker may serve several queues on one connection. From gearmand 2.0.0 the server can
// stop answering then, or leave a job of one of the queues waiting; an unknown server may, too.
func (v Version) AllowsSharing() bool { return v.Before(SharingFaultSince) && !v.development() }

// FutureHidesLow reports whether the server is known to hand out no low jobs of a queue while jobs for later wait in it, so
// that those handed out are first all high ones, then all normal ones, then the low ones. From gearmand 2.0.0 jobs for
// later, which count as normal, hold up nothing.
func (v Version) FutureHidesLow() bool { return v.Before("2.0.0") && !v.development() }

// NoteCancelLater reports how a job for later is cancelled, and what that may do to the server: in 7 of about 30 runs a
// gearmand 2.0.0 with a sleeping worker used all of a processor and answered nobody from that time on.
func (v Version) NoteCancelLater(log cmderr.Log, server, handle string) {
	log.Info("to cancel it: %s", cmderr.Try("job", "cancel").Of(handle).On(server))
	if v.IsGearmand() && !v.Before("2.0.0") {
		log.Info("but %s can stop answering at the time for which a cancelled job was scheduled", v)
	}
}

// EmptyJobsRisk is what background jobs without data may do to a server that keeps its jobs.
const EmptyJobsRisk = "a gearmand with an SQLite store (--queue-type=libsqlite3) cannot restart while it holds such a job; " +
	"gearctl doctor on its host shows the repair"

// NoteEmpty reports that a server got n background jobs without data, and what they may do.
func NoteEmpty(log cmderr.Log, server string, n int64) {
	if n > 0 {
		log.Info("%s: %s no data: %s", server, output.Plural(n, "job has", "jobs have"), EmptyJobsRisk)
	}
}
