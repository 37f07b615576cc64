package jobserver_test

import (
	"gearctl/wire"
	"gearctl/wire/jobserver"
)

// waiting has four background jobs a b c d, captured as $a … $d.
func waiting() []step {
	return steps(
		client.sends(wire.SubmitJobBG, "@", "", "a"), client.gets(wire.JobCreated, "$a"),
		client.sends(wire.SubmitJobBG, "@", "", "b"), client.gets(wire.JobCreated, "$b"),
		client.sends(wire.SubmitJobBG, "@", "", "c"), client.gets(wire.JobCreated, "$c"),
		client.sends(wire.SubmitJobBG, "@", "", "d"), client.gets(wire.JobCreated, "$d"),
		worker.sends(wire.CanDo, "@"),
	)
}

func releasing() []conversation {
	back := steps(
		admin.lists("show jobs", "$a\t1\t0\t1", "$b\t1\t0\t1", "$c\t1\t0\t1", "$d\t0\t0\t1"),
		worker2.sends(wire.CanDo, "@"),
		worker2.sends(wire.GrabJob), worker2.gets(wire.JobAssign, "$d", "@", "d"),
		worker2.sends(wire.GrabJob), worker2.gets(wire.JobAssign, "$c", "@", "c"),
		worker2.sends(wire.GrabJob), worker2.gets(wire.JobAssign, "$b", "@", "b"),
		worker2.sends(wire.GrabJob), worker2.gets(wire.JobAssign, "$a", "@", "a"),
	)
	return []conversation{
		{name: "CANT_DO sends held jobs to the tail in reverse (B.5.6)", steps: steps(
			waiting(), takes("@", "a", "b", "c"),
			worker.sends(wire.CantDo, "@"),
			admin.lists("status", "@\t4\t0\t0"),
			back,
		)},
		{name: "RESET_ABILITIES sends held jobs to the tail in reverse (B.5.6)", steps: steps(
			waiting(), takes("@", "a", "b", "c"),
			worker.sends(wire.ResetAbilities),
			admin.lists("status", "@\t4\t0\t0"),
			back,
		)},
		{name: "a worker that leaves sends held jobs to the tail in reverse (B.5.6)", steps: steps(
			waiting(), takes("@", "a", "b", "c"),
			worker.leaves(),
			admin.sees("status", "@\t4\t0\t0"),
			back,
		)},
		{name: "holding and releasing all twice restores the order (B.5.12)", steps: steps(
			waiting(), takes("@", "a", "b", "c", "d"),
			worker.sends(wire.CantDo, "@"), worker.sends(wire.CanDo, "@"),
			takes("@", "d", "c", "b", "a"),
			worker.sends(wire.CantDo, "@"), worker.sends(wire.CanDo, "@"),
			admin.lists("show jobs", "$a\t2\t0\t1", "$b\t2\t0\t1", "$c\t2\t0\t1", "$d\t2\t0\t1"),
			takes("@", "a", "b", "c", "d"),
		)},
		{name: "the status of a released job is reset", steps: steps(
			given(),
			worker.sends(wire.WorkStatus, "$job", "1", "2"),
			client.gets(wire.WorkStatus, "$job", "1", "2"),
			worker.sends(wire.CantDo, "@"),
			client.sends(wire.GetStatus, "$job"),
			client.gets(wire.StatusRes, "$job", "1", "0", "0", "0"),
		)},
		{
			name: "with --job-retries=1 a released job is destroyed", gearmand: []string{"--job-retries=1"},
			embedded: jobserver.Options{JobRetries: 1},
			steps: steps(
				given(),
				worker.sends(wire.CantDo, "@"),
				client.gets(wire.WorkFail, "$job"),
				admin.lists("show jobs"),
				admin.lists("status", "@\t0\t0\t0"),
			),
		},
		{
			name: "with --job-retries=3 a job released for the third time is destroyed", gearmand: []string{"--job-retries=3"},
			embedded: jobserver.Options{JobRetries: 3},
			steps: steps(
				given(),
				worker.sends(wire.CantDo, "@"),
				admin.lists("show jobs", "$job\t1\t0\t0"),
				worker.sends(wire.CanDo, "@"), takes("@", "work"),
				worker.sends(wire.ResetAbilities),
				admin.lists("show jobs", "$job\t2\t0\t0"),
				worker.sends(wire.CanDo, "@"), takes("@", "work"),
				worker.leaves(),
				admin.sees("show jobs"),
				client.gets(wire.WorkFail, "$job"),
				admin.lists("status", "@\t0\t0\t0"),
			),
		},
	}
}

func abandoning() []conversation {
	return []conversation{
		{name: "an abandoned job counts until it is swept by a grab (B.5.5)", steps: steps(
			client.sends(wire.SubmitJob, "@", "", "1"),
			client.gets(wire.JobCreated, "$job"),
			client.leaves(),
			admin.sees("show jobs", "$job\t0\t1\t0"),
			admin.lists("status", "@\t1\t0\t0"),
			admin.lists("prioritystatus", "@\t0\t1\t0\t0"),
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			admin.lists("status", "@\t0\t0\t1"),
		)},
		{name: "an abandoned job is swept by PRE_SLEEP", steps: steps(
			client.sends(wire.SubmitJob, "@", "", "1"),
			client.gets(wire.JobCreated, "$job"),
			client.leaves(),
			admin.sees("show jobs", "$job\t0\t1\t0"),
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.PreSleep),
			worker.getsNothing(),
			admin.lists("status", "@\t0\t0\t1"),
		)},
		{name: "a job is abandoned by its last client", steps: steps(
			client.sends(wire.SubmitJob, "@", "key", "1"),
			client.gets(wire.JobCreated, "$job"),
			client2.sends(wire.SubmitJob, "@", "key", "1"),
			client2.gets(wire.JobCreated, "$job"),
			client.sends(wire.SetClientID, "@"),
			client.leaves(),
			admin.sees("workers"),
			admin.lists("show jobs", "$job\t0\t0\t0"),
			client2.leaves(),
			admin.sees("show jobs", "$job\t0\t1\t0"),
		)},
		{name: "a background job that a client joined is abandoned with it", steps: steps(
			client.sends(wire.SubmitJobBG, "@", "key", "1"),
			client.gets(wire.JobCreated, "$job"),
			client2.sends(wire.SubmitJob, "@", "key", "1"),
			client2.gets(wire.JobCreated, "$job"),
			admin.lists("show jobs", "$job\t0\t0\t1"),
			client2.leaves(),
			admin.sees("show jobs", "$job\t0\t1\t0"),
		)},
		{name: "who joins an abandoned job waits for nothing (B.5.3)", steps: steps(
			client.sends(wire.SubmitJob, "@", "key", "1"),
			client.gets(wire.JobCreated, "$job"),
			client.leaves(),
			admin.sees("show jobs", "$job\t0\t1\t0"),
			client2.sends(wire.SubmitJob, "@", "key", "2"),
			client2.gets(wire.JobCreated, "$job"),
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			client2.getsNothing(),
			admin.lists("show jobs"),
		)},
		{name: "a cancelled job fails and counts until it is swept (B.5.4)", steps: steps(
			client.sends(wire.SubmitJob, "@", "", "1"),
			client.gets(wire.JobCreated, "$job"),
			client.sends(wire.SubmitJobBG, "@", "", "2"),
			client.gets(wire.JobCreated, "$second"),
			admin.asks("cancel job $job\r\n", "OK\r\n"),
			client.gets(wire.WorkFail, "$job"),
			admin.lists("show jobs", "$job\t0\t1\t0", "$second\t0\t0\t1"),
			admin.asks("cancel job $job\r\n", "OK\r\n"),
			client.gets(wire.WorkFail, "$job"),
			client.sends(wire.GetStatus, "$job"),
			client.gets(wire.StatusRes, "$job", "1", "0", "0", "0"),
			admin.lists("status", "@\t2\t0\t0"),
			worker.sends(wire.CanDo, "@"),
			takes("@", "2"),
			admin.lists("status", "@\t1\t1\t1"),
			admin.asks("cancel job $job\r\n", "ERR UNKNOWN_JOB\r\n"),
		)},
		{name: "a job that is cancelled while it runs carries on", steps: steps(
			given(),
			admin.asks("cancel job $job\r\n", "OK\r\n"),
			client.gets(wire.WorkFail, "$job"),
			admin.lists("show jobs", "$job\t0\t1\t0"),
			worker.sends(wire.WorkComplete, "$job", "done all the same"),
			client.gets(wire.WorkComplete, "$job", "done all the same"),
		)},
		{name: "a job that was cancelled while it ran is not run again", steps: steps(
			client.sends(wire.SubmitJobBG, "@", "", "1"),
			client.gets(wire.JobCreated, "$job"),
			worker.sends(wire.CanDo, "@"),
			takes("@", "1"),
			admin.asks("cancel job $job\r\n", "OK\r\n"),
			worker.sends(wire.CantDo, "@"),
			admin.lists("show jobs", "$job\t1\t1\t0"),
			worker.sends(wire.CanDo, "@"),
			worker.sends(wire.GrabJob),
			worker.gets(wire.NoJob),
			admin.lists("show jobs"),
		)},
	}
}

func timingOut() []conversation {
	return []conversation{
		{name: "a job that times out is released after a second at least", gearmand: alone, steps: steps(
			client.sends(wire.SubmitJob, "@", "", "1"),
			client.gets(wire.JobCreated, "$job"),
			worker.sends(wire.CanDoTimeout, "@", "100"),
			takes("@", "1"),
			worker2.sends(wire.CanDo, "@"),
			worker2.sends(wire.PreSleep),
			worker2.getsNothing(),
			worker2.gets(wire.Noop),
			admin.lists("show jobs", "$job\t1\t0\t0"),
			admin.lists("status", "@\t1\t0\t2"),
			worker2.sends(wire.GrabJob),
			worker2.gets(wire.JobAssign, "$job", "@", "1"),
			worker.sends(wire.WorkComplete, "$job", "late"),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "Job given in work result not found"),
			worker2.sends(wire.WorkComplete, "$job", "in time"),
			client.gets(wire.WorkComplete, "$job", "in time"),
		)},
		{name: "of two jobs held one is watched", gearmand: alone, steps: steps(
			client.sends(wire.SubmitJobBG, "@", "", "1"),
			client.gets(wire.JobCreated, "$first"),
			client.sends(wire.SubmitJobBG, "@", "", "2"),
			client.gets(wire.JobCreated, "$last"),
			worker.sends(wire.CanDoTimeout, "@", "1000"),
			takes("@", "1", "2"),
			worker2.sends(wire.CanDo, "@"),
			worker2.sends(wire.PreSleep),
			worker2.gets(wire.Noop),
			in(jobserver.Release11, onGearmand("its timer keeps pointing to the first job, even one that is done: its memory is then queued again",
				admin.lists("show jobs", "$first\t1\t0\t1", "$last\t0\t0\t1"))...),
			in(jobserver.Release11, onEmbedded("the timer is set anew for each job, as in later releases",
				admin.lists("show jobs", "$first\t0\t0\t1", "$last\t1\t0\t1"))...),
			in(jobserver.Release20, admin.lists("show jobs", "$first\t0\t0\t1", "$last\t1\t0\t1")),
		)},
		{name: "timeouts of 0, below and no number are none", gearmand: alone, steps: steps(
			worker.sends(wire.CanDoTimeout, "@a", "0"),
			worker.sends(wire.CanDoTimeout, "@b", "-1"),
			worker.sends(wire.CanDoTimeout, "@c", "soon"),
			admin.lists("status", "@a\t0\t0\t1", "@b\t0\t0\t1", "@c\t0\t0\t1"),
		)},
	}
}
