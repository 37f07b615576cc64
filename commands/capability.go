package commands

import (
	"context"
	"errors"
	"strings"

	"gearctl/wire"
)

// askVersion asks a server for its version.
func askVersion(ctx context.Context, c *wire.Conn) (serverVersion, error) {
	version, err := c.Version(ctx)
	return parseServerVersion(version), err
}

// explainUnsupported replaces err, where it means that the server does not know an admin command, by one that names the
// server's version. since is the first gearmand that has the command.
func explainUnsupported(ctx context.Context, c *wire.Conn, err error, command, since string) error {
	if !isUnknownCommand(err) {
		return err
	}
	v, verr := askVersion(ctx, c)
	if verr != nil {
		return err
	}
	named := v.unsupported(c.Server(), "`"+command+"`", since)
	if v.perl && strings.HasPrefix(command, "show ") {
		return withHint(named, "its own list of queue, unique key, worker and waiting clients: %s", try("raw", "jobs").on(c.Server()))
	}
	return named
}

// unsupported is the error that the server does not have what. since is the first gearmand that has it, empty when unknown.
func (v serverVersion) unsupported(server, what, since string) error {
	switch {
	case since == "":
		return errorf("%s: %s has no %s", server, v, what)
	case v.perl:
		return errorf("%s: %s has no %s (needs gearmand %s or later)", server, v, what, since)
	}
	return errorf("%s: %s has no %s (needs gearmand %s or later)", server, v, what, since)
}

// isRefusal reports whether the server answered with an error.
func isRefusal(err error) bool {
	var refused *wire.ServerError
	return errors.As(err, &refused)
}

// isUnknownCommand reports whether a server answered that it does not know an admin command. gearmand up to 0.14 and
// the Perl server answer in lower case.
func isUnknownCommand(err error) bool {
	var refused *wire.ServerError
	return errors.As(err, &refused) &&
		(strings.EqualFold(refused.Code, "UNKNOWN_COMMAND") || strings.EqualFold(refused.Code, "UNKNOWN_SHOW_ARGUMENTS"))
}

// isUnknownPacket reports whether a server answered that it does not know a binary request: the Perl server calls a
// method that is not there, gearmand says bad_command or, later, GEARMAN_INVALID_COMMAND.
func isUnknownPacket(err error) bool {
	var refused *wire.ServerError
	if !errors.As(err, &refused) {
		return false
	}
	code := strings.TrimPrefix(strings.ToUpper(refused.Code), "GEARMAN_")
	return code == "BAD_COMMAND" || code == "INVALID_COMMAND" ||
		code == "SERVER_ERROR" && strings.HasPrefix(refused.Text, "Can't locate object method")
}

// submissionKinds are the submissions that some servers do not take, in words.
var submissionKinds = map[wire.Type]string{
	wire.SubmitJobLow:    "jobs of low priority",
	wire.SubmitJobLowBG:  "background jobs of low priority",
	wire.SubmitJobHighBG: "background jobs of high priority",
	wire.SubmitJobEpoch:  "job scheduling",
}

// explainSubmission replaces err, where it means that the server does not know a kind of job, by one that names both.
func explainSubmission(ctx context.Context, c *wire.Conn, err error, t wire.Type) error {
	kind, ok := submissionKinds[t]
	if !ok || !isUnknownPacket(err) {
		return err
	}
	v, verr := askVersion(ctx, c)
	if verr != nil {
		return err
	}
	named := v.unsupported(c.Server(), kind+" ("+t.String()+")", "")
	if t != wire.SubmitJobEpoch {
		return withHint(named, "without --priority the server takes them")
	}
	return named
}

// checkUniqueStatus refuses to look up a unique key on a server that cannot: gearmand before 1.1.0 closes the
// connection when it is asked.
func checkUniqueStatus(ctx context.Context, c *wire.Conn) error {
	const since = "1.1.0"
	v, err := askVersion(ctx, c)
	if err == nil && (v.perl || v.before(since)) {
		err = v.unsupported(c.Server(), "status by unique key (GET_STATUS_UNIQUE)", since)
	}
	return err
}

// countsRight is the first gearmand whose prioritystatus counts correctly.
const countsRight = "1.1.20"

// countsPriorities reports whether the server is known to have a prioritystatus that counts correctly.
func (v serverVersion) countsPriorities() bool { return v.isGearmand() && !v.before(countsRight) }

// sharingFaultSince is the first gearmand on which connections of several queues do harm.
const sharingFaultSince = "2.0.0"

// allowsSharing reports whether a worker may serve several queues on one connection. From gearmand 2.0.0 the server can
// stop answering then, or leave a job of one of the queues waiting; an unknown server may, too.
func (v serverVersion) allowsSharing() bool { return v.before(sharingFaultSince) }
