package jobserver_test

import (
	"strings"

	"gearctl/wire"
)

func scheduled() []conversation {
	return []conversation{
		{name: "a job of the past is a normal background job", steps: steps(
			client.sends(wire.SubmitJobEpoch, "@", "key", "$past", "data"),
			client.gets(wire.JobCreated, "$job"),
			client.sends(wire.SubmitJobEpoch, "@", "", "no number", "at once"),
			client.gets(wire.JobCreated, "$_"),
			admin.lists("prioritystatus", "@\t0\t2\t0\t0"),
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.GrabJobUniq),
			worker.gets(wire.JobAssignUniq, "$job", "@", "key", "data"),
			takes("@", "at once"),
		)},
		{name: "a job of the future is not assigned, but wakes workers", steps: steps(
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.PreSleep),
			client.sends(wire.SubmitJobEpoch, "@", "", "$future", "later"),
			client.gets(wire.JobCreated, "$later"),
			worker.gets(wire.Noop),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			worker.sends(wire.PreSleep),
			worker.getsNothing(),
			client.sends(wire.GetStatus, "$later"),
			client.gets(wire.StatusRes, "$later", "1", "0", "0", "0"),
			admin.asks("cancel job $later\r\n", "OK\r\n"),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			admin.lists("show jobs", "$later\t0\t1\t0"),
		)},
		{name: "a job of the future hides the low ones (B.5.15)", steps: steps(
			client.sends(wire.SubmitJobEpoch, "@", "", "$future", "later"),
			client.gets(wire.JobCreated, "$_"),
			client.sends(wire.SubmitJobLowBG, "@", "", "low"),
			client.gets(wire.JobCreated, "$_"),
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			worker.sends(wire.PreSleep),
			worker.gets(wire.Noop),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			worker.sends(wire.PreSleep),
			worker.gets(wire.Noop),
			client.sends(wire.SubmitJobBG, "@", "", "normal"),
			client.gets(wire.JobCreated, "$_"),
			client.sends(wire.SubmitJobHighBG, "@", "", "high"),
			client.gets(wire.JobCreated, "$_"),
			takes("@", "high", "normal"),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			admin.lists("prioritystatus", "@\t0\t1\t1\t1"),
		)},
		{name: "a job is assigned when it is due, but nobody is woken for it", steps: steps(
			client.sends(wire.SubmitJobEpoch, "@", "", "$soon", "soon"),
			client.gets(wire.JobCreated, "$job"),
			client.sends(wire.SubmitJobLowBG, "@", "", "low"),
			client.gets(wire.JobCreated, "$_"),
			worker2.sends(wire.CanDo, "@2"),
			worker2.sends(wire.PreSleep),
			worker.sends(wire.CanDo, "@"),
			worker.grabs("$job", "@", "soon"),
			takes("@", "low"),
			worker2.getsNothing(),
		)},
	}
}

// The wire has an argument more than the protocol document says: between the reducer and the workload, unused.
func reducing() []conversation {
	return []conversation{
		{name: "only GRAB_JOB_ALL learns of a reducer", steps: steps(
			client.sends(wire.SubmitReduceJob, "@", "k1", "reducer", "unused", "da\x00ta"),
			client.gets(wire.JobCreated, "$a"),
			client.sends(wire.SubmitReduceJobBackground, "@", "k2", "reducer", "", "2"),
			client.gets(wire.JobCreated, "$b"),
			client.sends(wire.SubmitReduceJobBackground, "@", "k3", "", "", "3"),
			client.gets(wire.JobCreated, "$c"),
			client.sends(wire.SubmitReduceJobBackground, "@", "k4", "reducer", "", "4"),
			client.gets(wire.JobCreated, "$d"),
			admin.lists("show jobs", "$a\t0\t0\t0", "$b\t0\t0\t1", "$c\t0\t0\t1", "$d\t0\t0\t1"),
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.GrabJobAll),
			worker.gets(wire.JobAssignAll, "$a", "@", "k1", "reducer", "da\x00ta"),
			worker.sends(wire.GrabJobUniq),
			worker.gets(wire.JobAssignUniq, "$b", "@", "k2", "2"),
			worker.sends(wire.GrabJobAll),
			worker.gets(wire.JobAssignUniq, "$c", "@", "k3", "3"),
			worker.sends(wire.GrabJob),
			worker.gets(wire.JobAssign, "$d", "@", "4"),
			worker.sends(wire.WorkComplete, "$a", "reduced"),
			client.gets(wire.WorkComplete, "$a", "reduced"),
		)},
		{name: "a long reducer is refused as if it were the key", steps: steps(
			client.sends(wire.SubmitReduceJob, "@", "", strings.Repeat("r", 65), "", "data"),
			client.gets(wire.Error, "ARGUMENT_TOO_LARGE", "Unique value too large"),
		)},
	}
}
