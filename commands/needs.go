package commands

import (
	"context"
	"errors"
	"strings"

	"gearctl/wire"
)

// releaseOf asks a server for its version.
func releaseOf(ctx context.Context, c *wire.Conn) (release, error) {
	version, err := c.Version(ctx)
	return readRelease(version), err
}

// needsVersion names what a server cannot do, where err says that it does not know an admin command: old gearmand and
// the Perl server lack some. since is the gearmand that brought it.
func needsVersion(ctx context.Context, c *wire.Conn, err error, command, since string) error {
	if !lacksCommand(err) {
		return err
	}
	r, verr := releaseOf(ctx, c)
	if verr != nil {
		return err
	}
	named := r.lacks(c.Server(), "`"+command+"`", since)
	if r.perl && strings.HasPrefix(command, "show ") {
		return withHint(named, "its own list of queue, unique key, worker and waiting clients: %s", try("raw", "jobs").on(c.Server()))
	}
	return named
}

// lacks says that the server has no such thing; since is the gearmand that brought it, empty when nobody knows.
func (r release) lacks(server, what, since string) error {
	switch {
	case since == "":
		return errorf("%s: %s has no %s", server, r, what)
	case r.perl:
		return errorf("%s: %s has no %s: only gearmand has it, since %s", server, r, what, since)
	}
	return errorf("%s: %s has no %s: gearmand has it since %s", server, r, what, since)
}

// lacksCommand reports whether a server answered that it does not know an admin command. gearmand up to 0.14 and the
// Perl server say it in small letters.
func lacksCommand(err error) bool {
	var refused *wire.ServerError
	return errors.As(err, &refused) &&
		(strings.EqualFold(refused.Code, "UNKNOWN_COMMAND") || strings.EqualFold(refused.Code, "UNKNOWN_SHOW_ARGUMENTS"))
}

// lacksPacket reports whether a server answered that it does not know a binary request: the Perl server calls a
// method that is not there, gearmand says bad_command or, later, GEARMAN_INVALID_COMMAND.
func lacksPacket(err error) bool {
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
	wire.SubmitJobEpoch:  "jobs for a later time",
}

// needsSubmission names the kind of job that a server does not know, where err says that it does not.
func needsSubmission(ctx context.Context, c *wire.Conn, err error, t wire.Type) error {
	kind, ok := submissionKinds[t]
	if !ok || !lacksPacket(err) {
		return err
	}
	r, verr := releaseOf(ctx, c)
	if verr != nil {
		return err
	}
	named := r.lacks(c.Server(), kind+" ("+t.String()+")", "")
	if t != wire.SubmitJobEpoch {
		return withHint(named, "without --priority the server takes them")
	}
	return named
}

// needsUniqueStatus refuses to look up a unique key on a server that cannot: gearmand before 1.1.0 closes the
// connection when it is asked.
func needsUniqueStatus(ctx context.Context, c *wire.Conn) error {
	const since = "1.1.0"
	r, err := releaseOf(ctx, c)
	if err == nil && (r.perl || r.before(since)) {
		err = r.lacks(c.Server(), "status by unique key (GET_STATUS_UNIQUE)", since)
	}
	return err
}
