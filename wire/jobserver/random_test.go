package jobserver_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// A random sequence of requests of three peers has the same answers from both servers, to each peer in the same
// order, and leaves the same queues and jobs behind. What gearmand is known to do wrong is left out.
func TestRandomConversationsAgree(t *testing.T) {
	addrs := []string{gearmandtest.Start(t, "--job-handle-prefix=H", "--job-retries=4"), ""}
	release := jobserver.ReleaseOf(gearmandtest.Version(t, addrs[0]))
	_, addrs[1] = start(t, jobserver.Options{Like: release, HandlePrefix: "H", JobRetries: 4})
	jobs, round := 0, 0 // both servers number the jobs alike, as they see the same requests
	rapid.Check(t, func(r *rapid.T) {
		round++
		own := fmt.Sprintf("r%d_", round)
		pair := agreement{first: jobs, last: jobs, functions: []string{own + "a", own + "b"}, declared: []string{own + "a", own + "b"}}
		if release == jobserver.Release20 {
			pair.declared = pair.declared[:1] // gearmand 2.0.0 can stand still when a connection has several functions
		}
		defer func() { jobs = pair.last }()
		for _, addr := range addrs {
			k := &talk{t: t, addr: addr, own: own, lines: map[peer]*line{}, known: map[string]string{}}
			defer k.end()
			pair.talks = append(pair.talks, k)
		}
		for range rapid.IntRange(1, 150).Draw(r, "requests") {
			typ, args := pair.draw(r)
			pair.send(r, rapid.SampledFrom([]peer{client, client2, worker, worker}).Draw(r, "peer"), typ, args)
		}
		pair.finish(r)
	})
}

// agreement holds the two talks that must be alike.
type agreement struct {
	talks       []*talk
	functions   []string
	declared    []string // those that workers declare
	first, last int      // the numbers of the jobs of this round lie above first, up to last
}

// draw returns a random request.
func (a *agreement) draw(r *rapid.T) (wire.Type, []string) {
	function := rapid.SampledFrom([]string{a.functions[0], a.functions[0], a.functions[1]}).Draw(r, "function")
	typ := rapid.SampledFrom([]wire.Type{
		wire.SubmitJob, wire.SubmitJobBG, wire.SubmitJobHigh, wire.SubmitJobHighBG, wire.SubmitJobLow, wire.SubmitJobLowBG,
		wire.SubmitJobEpoch, wire.SubmitReduceJob, wire.CanDo, wire.CanDo, wire.CantDo, wire.ResetAbilities, wire.PreSleep, wire.SubmitJobBG, wire.GrabJobUniq, wire.GrabJobUniq,
		wire.GrabJob, wire.GrabJobUniq, wire.GrabJobUniq, wire.GrabJobAll, wire.WorkStatus, wire.WorkData, wire.WorkComplete,
		wire.WorkFail, wire.WorkException, wire.OptionReq, wire.GetStatus, wire.GetStatusUnique,
	}).Draw(r, "type")
	if typ == wire.CanDo {
		function = rapid.SampledFrom(a.declared).Draw(r, "declared")
	}
	var args []string
	for _, name := range typ.ArgNames() {
		switch name {
		case "function":
			args = append(args, function)
		case "unique":
			args = append(args, rapid.SampledFrom([]string{"", "", "-", function + "k1", function + "k2"}).Draw(r, "unique"))
		case "handle":
			args = append(args, "H:"+strconv.Itoa(rapid.IntRange(a.first+1, a.last+1).Draw(r, "job")))
		case "epoch":
			args = append(args, rapid.SampledFrom([]string{"1", "99999999999"}).Draw(r, "epoch"))
		case "option":
			args = append(args, "exceptions")
		default:
			args = append(args, strconv.Itoa(rapid.IntRange(1, 3).Draw(r, name)))
		}
	}
	return typ, args
}

// send makes the request of both servers and compares what every peer gets.
func (a *agreement) send(r *rapid.T, p peer, typ wire.Type, args []string) {
	for _, k := range a.talks {
		k.done = append(k.done, trace(p, ">", typ, args))
		p.sends(typ, args...).run(k)
	}
	for _, q := range []peer{client, client2, worker} {
		var got [2][]string
		for i, k := range a.talks {
			k.line(q).sync()
			for _, m := range k.line(q).inbox {
				got[i] = append(got[i], m.String())
				a.count(m)
			}
			k.line(q).inbox = nil
		}
		if !slices.Equal(got[0], got[1]) {
			r.Fatalf("%s\n gearmand sent %s %q\n embedded sent   %q", a.talks[0].history(), q, got[0], got[1])
		}
	}
}

// count takes note of a new job's number.
func (a *agreement) count(m message) {
	var n int
	if _, err := fmt.Sscanf(m.body, "H:%d", &n); err == nil && m.typ == wire.JobCreated {
		a.last = max(a.last, n)
	}
}

// finish compares the lists of both servers, as far as they are of this round.
func (a *agreement) finish(r *rapid.T) {
	for _, command := range []string{"status", "prioritystatus", "show jobs", "show unique jobs"} {
		var got [2][]string
		for i, k := range a.talks {
			for n := a.first + 1; n <= a.last; n++ {
				k.known[fmt.Sprintf("$job%d", n)] = fmt.Sprintf("H:%d", n)
			}
			got[i] = k.list(admin, command)
		}
		if !slices.Equal(got[0], got[1]) {
			r.Fatalf("%s\n %s of gearmand %q\n of embedded  %q", a.talks[0].history(), command, got[0], got[1])
		}
	}
}
