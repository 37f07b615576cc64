package commands_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// proxy runs a proxy from the source's queue to the target's until stop is called.
func (l *halfLab) proxy(flags ...string) (stop func() commandtest.Run) {
	return l.proxyFrom("source", flags...)
}

// proxyFrom is proxy with another source.
func (l *halfLab) proxyFrom(source string, flags ...string) (stop func() commandtest.Run) {
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan commandtest.Run, 1)
	argv := append([]string{"proxy", "--route", source + "/q=target/q", "--spool", "/spool"}, flags...)
	go func() { done <- l.main(ctx, "", argv...) }()
	return func() commandtest.Run {
		time.Sleep(time.Second) // of fake time: what is done is recorded
		cancel(commandtest.Interrupted)
		return <-done
	}
}

// until waits up to ten minutes of fake time.
func (l *halfLab) until(what string, holds func() bool) {
	l.t.Helper()
	for end := time.Now().Add(10 * time.Minute); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			l.errorf("%s: not within ten minutes", what)
			return
		}
	}
}

// allAccepted reports whether the target has accepted every job.
func (l *halfLab) allAccepted() bool {
	n, _ := accepted(l.target)
	return n >= halfJobs
}

// TestProxyRepeatsOnlyWhatWasNotAnswered closes the target's connection at every packet: the proxy carries every job, and
// again only those whose submission had no answer.
func TestProxyRepeatsOnlyWhatWasNotAnswered(t *testing.T) {
	t.Parallel()
	cutEverywhere(t, func(l *halfLab) {
		l.fillSource()
		stop := l.proxy()
		l.until("the target has every job", l.allAccepted)
		if r := stop(); r.Code != commandtest.ExitOK || !strings.HasSuffix(r.Stderr, "proxy stopped: 3 jobs carried\n") {
			l.errorf("exit code %d, stderr %q", r.Code, r.Stderr)
		}
		l.checkOnce("q")
	})
}

// TestSynchronousProxyRepeatsNothingThatWasPassedOn closes the target's connection at every packet while clients wait at
// the source: a job whose data or warnings a client has is not submitted again but failed, every other is done once.
func TestSynchronousProxyRepeatsNothingThatWasPassedOn(t *testing.T) {
	for _, parts := range []string{"data warning status", "warning"} {
		t.Run(parts, func(t *testing.T) {
			t.Parallel()
			cutEverywhere(t, func(l *halfLab) { repeatsNothingPassedOn(l, parts) })
		})
	}
}

func repeatsNothingPassedOn(l *halfLab, parts string) {
	l.target.Parts = parts
	stop := l.proxy("--sync")
	client := l.run("a\nb\nc\n", "-s", "source", "submit", "--lines", "q", "--wait", "10m")
	if r := stop(); r.Code != commandtest.ExitOK {
		l.errorf("exit code %d, stderr %q", r.Code, r.Stderr)
	}
	done, out := 0, ""
	for _, payload := range []string{"a", "b", "c"} {
		var tries []servertest.Submission
		for _, j := range l.target.Submissions() {
			if j.Workload == payload {
				tries = append(tries, j)
			}
		}
		passedOn := slices.IndexFunc(tries, func(j servertest.Submission) bool { return j.Parts > 0 })
		if passedOn < 0 {
			l.errorf("job %s was not done", payload)
			continue
		}
		if again := len(tries) - 1 - passedOn; again > 0 {
			l.errorf("job %s was submitted %d times after its client had got a part of the result", payload, again)
		}
		if strings.Contains(parts, "data") {
			out += "part of " + payload + "\n"
		}
		if tries[passedOn].Done {
			done++
			out += strings.ToUpper(payload) + "\n"
		}
	}
	code, stderr := commandtest.ExitOK, ""
	if done < halfJobs {
		code, stderr = commandtest.ExitPartial, "gearctl: lost the connection to the target while receiving the result"
	}
	if client.Code != code || client.Stdout != out || !strings.Contains(client.Stderr, stderr) || stderr == "" && strings.Contains(client.Stderr, "lost") {
		l.errorf("the client got exit code %d, want %d; stdout %q, want %q; stderr %q", client.Code, code, client.Stdout, out, client.Stderr)
	}
}
