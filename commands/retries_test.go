package commands_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// releasing are the command lines that may release jobs of the queue q, and so judge by RETRIES of show jobs whether the server
// would destroy them.
var releasing = []struct {
	line string
	// risks says that --accept-risk goes on
	risks bool
}{
	{"drain q --yes --to {}", true},
	{"drain q --yes --to {} --priorities lose", true},
	{"drain q --yes --match payload=0", false},
	{"drain q --yes --to {} --older-than 1h", false},
	{"drain q --yes --follow --for 5s --to {}", true},
	{"move q other --yes", true},
	{"move q other --yes --copy", false},
	{"move q other --yes --match payload=0", false},
	{"peek q", false},
	{"queue gc q --yes", false},
	{"job cancel {handle} --yes --sweep q", false},
	{proxyLine, true},
}

const proxyLine = "proxy --route {server}/q=" + servertest.DeadAddr + "/q --spool {}"

// TestAnUnreadableListOfJobsIsNotNoRetries: where show jobs does not say how often jobs were released, nothing is taken that might
// have to be released. The proxy waits until it does.
func TestAnUnreadableListOfJobsIsNotNoRetries(t *testing.T) {
	for name, list := range map[string]string{
		"no number":       "H:a:1\tx\t0\t1\n.\n",
		"negative":        "H:a:1\t-1\t0\t1\n.\n",
		"too few columns": "H:a:1\t0\t0\n.\n",
		"blanks for tabs": "H:a:1 0 0 1\n.\n",
		"over 63 bits":    "H:a:1\t9223372036854775808\t0\t1\n.\n",
		"a line of text":  "H:a:1\t0\t0\t1\nhello\n.\n",
		"an error":        "ERR busy try+later\n",
		"the last is bad": "H:a:1\t0\t0\t1\nH:a:2\t0\t0\t1\nH:a:3\t1.5\t0\t1\n.\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachReleasing(t, list, func(line string, requests *servertest.Requests, got commandtest.Run) {
				if got.Code != commandtest.ExitFailed || !strings.Contains(got.Stderr, "show jobs") {
					t.Errorf("%s: it is not known how often jobs were released: want exit code 1 and an error that names show jobs, got %+v", line, got)
				}
				wantUntaken(t, line, requests)
			}, "--accept-risk")
		})
	}
}

// TestTooManyRetriesAreNotNoRetries: a job that was released more often than can be checked is at risk, however large the number,
// and only --accept-risk goes on.
func TestTooManyRetriesAreNotNoRetries(t *testing.T) {
	for _, retries := range []int64{wire.MaxReleases, 1<<32 - 1, 1<<63 - 3, 1<<63 - 1} {
		t.Run(fmt.Sprint(retries), func(t *testing.T) {
			t.Parallel()
			list := fmt.Sprintf("H:a:1\t%d\t1\t1\nH:a:2\t0\t1\t1\nH:a:3\t0\t1\t1\n.\n", retries)
			eachReleasing(t, list, func(line string, requests *servertest.Requests, got commandtest.Run) {
				if got.Code != commandtest.ExitFailed || !strings.Contains(got.Stderr, "too often to check") {
					t.Errorf("%s: RETRIES %d must be refused with exit code 1, got %+v", line, retries, got)
				}
				wantUntaken(t, line, requests)
			})
		})
	}
	list := fmt.Sprintf("H:a:1\t%d\t0\t1\n.\n", int64(1)<<32)
	for _, c := range releasing {
		if !c.risks && !strings.HasPrefix(c.line, "drain ") || strings.Contains(c.line, "--follow") || c.line == proxyLine {
			continue
		}
		server := servertest.Embedded(t)
		addr := servertest.ServerListingJobs(t, server, list)
		got := runReleasing(t, addr, c.line, "--accept-risk")
		if !c.risks {
			if got.Code != commandtest.ExitFailed || !strings.Contains(got.Stderr, "would be lost") || servertest.Queue(t, server, "q").Total != 3 {
				t.Errorf("%s --accept-risk: it always releases jobs, so it must be refused and keep all 3, got %+v", c.line, got)
			}
			continue
		}
		if got.Code != 0 || !strings.Contains(got.Stderr, "at risk") {
			t.Errorf("%s --accept-risk: want exit code 0 and a warning, got %+v", c.line, got)
		}
	}
}

// patience is how long a command may take that is interrupted then, for want of an end of its own.
const patience = 8 * time.Second

// runReleasing runs a line with flags against addr; what it then waits for, as the proxy does, is interrupted.
func runReleasing(t *testing.T, addr, line string, flags ...string) commandtest.Run {
	t.Helper()
	handle := submitNumbers(t, addr, 3)[0]
	line = strings.NewReplacer("{}", t.TempDir()+"/jobs", "{handle}", handle, "{server}", addr).Replace(line)
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, commandtest.Interrupted)
	defer cancel()
	got := commandtest.GearctlContext(ctx, strings.NewReader(""), append(append([]string{"-s", addr}, strings.Fields(line)...), flags...)...)
	if got.Code == commandtest.ExitInterrupted {
		t.Fatalf("%s: waited %v for its end: %+v", line, patience, got)
	}
	return got
}

// eachReleasing runs every line of releasing against a server that answers show jobs with list, with the flags that a line has.
func eachReleasing(t *testing.T, list string, check func(line string, requests *servertest.Requests, got commandtest.Run), flags ...string) {
	t.Helper()
	for _, c := range releasing {
		if c.line == proxyLine && flags != nil {
			continue
		}
		addr, requests := servertest.RecordRequests(t, servertest.ServerListingJobs(t, servertest.Embedded(t), list))
		var more []string
		if c.risks {
			more = flags
		}
		check(c.line, requests, runReleasing(t, addr, c.line, more...))
	}
}

// wantUntaken reports an error if somebody registered for the queue q, without which no job can be taken.
func wantUntaken(t *testing.T, line string, requests *servertest.Requests) {
	t.Helper()
	if slices.Contains(requests.All(), wire.CanDo.String()+" q") {
		t.Errorf("%s: jobs were taken that the server may destroy when they are released", line)
	}
}
