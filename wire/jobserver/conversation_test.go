package jobserver_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gearctl/wire"
	"gearctl/wire/jobserver"
)

// conversation is what peers say to a job server and what must come back, step by step. It runs against the embedded
// server and against real gearmand.
//
// @ stands for letters that no other conversation uses: functions are called @, @2, @a. $past, $soon and $future are
// times, $_ is anything, and any other $name is whatever stood there first: a captured handle, a process number.
type conversation struct {
	name     string
	release  jobserver.Release // only of these releases; empty: of all
	gearmand []string          // options of a gearmand of its own; nil: a shared one
	embedded jobserver.Options // the same settings of the embedded server
	steps    []step
}

// column is a kind of server that holds the conversations.
type column struct {
	who     string // "gearmand" or "embedded"
	release jobserver.Release
}

// alone are the options of a gearmand of its own, for what may harm other conversations.
var alone = []string{"--worker-wakeup=0"}

// step is one line of a conversation. Its text is its trace.
type step struct {
	text    string
	run     func(*talk)
	only    string            // "gearmand" or "embedded", where the two differ
	release jobserver.Release // where releases differ
	number  string            // why they differ
}

// heldBy reports whether the servers of a column take the step.
func (s step) heldBy(c column) bool {
	return (s.only == "" || s.only == c.who) && (s.release == "" || s.release == c.release)
}

// peer is a named connection, opened when it is first used.
type peer string

// The usual peers.
const (
	client  peer = "client"
	client2 peer = "client2"
	worker  peer = "worker"
	worker2 peer = "worker2"
	admin   peer = "admin"
)

// sends is a request. The runner waits until the server has worked it off, by an ECHO behind it.
func (p peer) sends(t wire.Type, args ...string) step {
	return step{text: trace(p, ">", t, args), run: func(k *talk) {
		k.line(p).send(t, k.expand(args))
		k.line(p).sync()
	}}
}

// gets is the next packet that arrives, byte for byte.
func (p peer) gets(t wire.Type, args ...string) step {
	return step{text: trace(p, "<", t, args), run: func(k *talk) {
		got := k.line(p).next()
		k.match(got.String(), fmt.Sprintf("%v %s", t, visible(strings.Join(args, "\x00"))))
	}}
}

// getsNothing says that no packet has come that was not named by a step before.
func (p peer) getsNothing() step {
	return step{text: string(p) + " < nothing", run: func(k *talk) { k.line(p).mustBeEmpty() }}
}

// says is an admin line with its line end.
func (p peer) says(line string) step {
	return step{text: fmt.Sprintf("%s > %q", p, line), run: func(k *talk) {
		k.line(p).write([]byte(k.expand([]string{line})[0]))
		k.line(p).sync()
	}}
}

// hears is the next admin line that arrives, with its line end.
func (p peer) hears(line string) step {
	return step{text: fmt.Sprintf("%s < %q", p, line), run: func(k *talk) {
		k.match(k.line(p).next().String(), visible(line))
	}}
}

// asks is an admin line and its answer of one line.
func (p peer) asks(line, answer string) step {
	return step{text: fmt.Sprintf("%s > %q < %q", p, line, answer), run: func(k *talk) {
		p.says(line).run(k)
		p.hears(answer).run(k)
	}}
}

// lists is an admin command whose answer is a list. Of its lines, those that belong to this conversation (they begin
// with a captured value or have @ in them) must be the given ones, in any order.
func (p peer) lists(command string, lines ...string) step {
	return step{text: fmt.Sprintf("%s > %q < %q", p, command, lines), run: func(k *talk) {
		if got := k.list(p, command); !k.sameLines(got, lines) {
			k.t.Fatalf("%s\n got  %q\n want %q", k.history(), got, k.show(lines))
		}
	}}
}

// sees is lists, asked again until it is so: for what the server does when a connection ends, which nothing answers.
func (p peer) sees(command string, lines ...string) step {
	return step{text: fmt.Sprintf("%s > %q … %q", p, command, lines), run: func(k *talk) {
		k.until(func() (string, bool) {
			got := k.list(p, command)
			return strings.Join(got, "\n"), k.sameLines(got, lines)
		}, strings.Join(k.show(lines), "\n"))
	}}
}

// grabs is a GRAB_JOB sent again until a job comes: nobody is woken when the time of an EPOCH job comes.
func (p peer) grabs(args ...string) step {
	want := fmt.Sprintf("%v %s", wire.JobAssign, visible(strings.Join(args, "\x00")))
	return step{text: trace(p, "> GRAB_JOB …", wire.JobAssign, args), run: func(k *talk) {
		k.until(func() (string, bool) {
			p.sends(wire.GrabJob).run(k)
			got := k.line(p).next().String()
			return got, got != "NO_JOB " && k.matches(got, want)
		}, want)
	}}
}

// leaves closes the connection.
func (p peer) leaves() step {
	return step{text: string(p) + " leaves", run: func(k *talk) { k.leave(p) }}
}

// breaks sends bytes as they are, with nothing behind them.
func (p peer) breaks(raw string) step {
	return step{text: fmt.Sprintf("%s > %q", p, raw), run: func(k *talk) { k.line(p).write([]byte(raw)) }}
}

// isCutOff says that the server closes the connection, after what else it sent.
func (p peer) isCutOff() step {
	return step{text: string(p) + " is cut off", run: func(k *talk) {
		k.line(p).mustEnd()
		k.forget(p)
	}}
}

// onGearmand marks steps for real gearmand alone; number is the fact of the spec, or the reason.
func onGearmand(number string, steps ...step) []step { return only("gearmand", number, steps) }

// onEmbedded marks steps for the embedded server alone.
func onEmbedded(number string, steps ...step) []step { return only("embedded", number, steps) }

// in marks steps for servers of one release.
func in(release jobserver.Release, steps ...step) []step {
	for i := range steps {
		steps[i].release = release
	}
	return steps
}

func only(who, number string, steps []step) []step {
	for i := range steps {
		steps[i].only, steps[i].number = who, number
	}
	return steps
}

// trace returns a step's line, for example "worker > GRAB_JOB".
func trace(p peer, arrow string, t wire.Type, args []string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %v %s", p, arrow, t, visible(strings.Join(args, "\x00"))))
}

// visible makes NUL bytes and line ends visible, and is how packets and lines are compared.
func visible(s string) string {
	return strings.NewReplacer("\x00", "·", "\r", "␍", "\n", "␊").Replace(s)
}

var placeholder = regexp.MustCompile(`\$(?:_|[a-z][a-z0-9]*)`)

// named puts the conversation's own letters in.
func (k *talk) named(s string) string { return strings.ReplaceAll(s, "@", k.own) }

// expand replaces what is known in the words.
func (k *talk) expand(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = placeholder.ReplaceAllStringFunc(k.named(w), func(name string) string {
			v, ok := k.known[name]
			if !ok {
				k.t.Fatalf("%s in %q is not known yet", name, w)
			}
			return v
		})
	}
	return out
}

// show replaces what is known and leaves the rest, for messages.
func (k *talk) show(patterns []string) []string {
	out := make([]string, len(patterns))
	for i, w := range patterns {
		out[i] = placeholder.ReplaceAllStringFunc(k.named(w), func(name string) string {
			if v, ok := k.known[name]; ok {
				return v
			}
			return name
		})
	}
	return out
}

// sameLines reports whether every line is what one of the patterns says, and the other way round.
func (k *talk) sameLines(got, patterns []string) bool {
	rest := slices.Clone(got)
	for _, p := range patterns {
		i := slices.IndexFunc(rest, func(line string) bool { return k.matches(line, p) })
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return len(rest) == 0
}

// match fails the test unless got is what the pattern says, and captures what was not known.
func (k *talk) match(got, pattern string) {
	k.t.Helper()
	if !k.matches(got, pattern) {
		k.t.Fatalf("%s\n got  %q\n want %q", k.history(), got, k.show([]string{pattern})[0])
	}
}

func (k *talk) matches(got, pattern string) bool {
	if !placeholder.MatchString(pattern) {
		return got == k.named(pattern)
	}
	var names []string
	expr := "(?s)^"
	rest := k.named(pattern)
	for {
		at := placeholder.FindStringIndex(rest)
		if at == nil {
			break
		}
		name := rest[at[0]:at[1]]
		expr += regexp.QuoteMeta(rest[:at[0]])
		if v, ok := k.known[name]; ok {
			expr += regexp.QuoteMeta(visible(v))
		} else {
			expr += `([^·␍␊\n\t]*?)`
			names = append(names, name)
		}
		rest = rest[at[1]:]
	}
	found := regexp.MustCompile(expr + regexp.QuoteMeta(rest) + "$").FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, name := range names {
		if name != "$_" {
			k.known[name] = found[i+1]
		}
	}
	return true
}

// steps joins single steps and groups of steps.
func steps(parts ...any) []step {
	var all []step
	for _, p := range parts {
		switch p := p.(type) {
		case step:
			all = append(all, p)
		case []step:
			all = append(all, p...)
		}
	}
	return all
}
