package jobserver_test

import (
	"strings"

	"gearctl/wire"
)

// given has a foreground job of client's with worker, both ready to go on.
func given() []step {
	return steps(
		client.sends(wire.SubmitJob, "@", "key@", "work"),
		client.gets(wire.JobCreated, "$job"),
		worker.sends(wire.CanDo, "@"),
		worker.sends(wire.GrabJob),
		worker.gets(wire.JobAssign, "$job", "@", "work"),
	)
}

func results() []conversation {
	return []conversation{
		{name: "data, warnings and status reach the client as they are", steps: steps(
			given(),
			worker.sends(wire.WorkData, "$job", "da\x00ta"),
			client.gets(wire.WorkData, "$job", "da\x00ta"),
			worker.sends(wire.WorkWarning, "$job", "careful"),
			client.gets(wire.WorkWarning, "$job", "careful"),
			worker.sends(wire.WorkStatus, "$job", "3", "10"),
			client.gets(wire.WorkStatus, "$job", "3", "10"),
			worker.sends(wire.WorkStatus, "$job", "4x", "10abc"),
			client.gets(wire.WorkStatus, "$job", "4x", "10abc"),
			client.sends(wire.GetStatus, "$job"),
			client.gets(wire.StatusRes, "$job", "1", "1", "4", "10"),
			worker.sends(wire.WorkComplete, "$job", ""),
			client.gets(wire.WorkComplete, "$job", ""),
		)},
		{name: "a failure reaches the client", steps: steps(
			given(),
			worker.sends(wire.WorkFail, "$job"),
			client.gets(wire.WorkFail, "$job"),
			admin.lists("status", "@\t0\t0\t1"),
		)},
		{name: "an exception ends the job, for clients without the option as a failure with a NUL byte", steps: steps(
			given(),
			client2.sends(wire.OptionReq, "exceptions"),
			client2.gets(wire.OptionRes, "exceptions"),
			client2.sends(wire.SubmitJob, "@", "key@", ""),
			client2.gets(wire.JobCreated, "$job"),
			worker.sends(wire.WorkException, "$job", "bo\x00om"),
			client.gets(wire.WorkFail, "$job\x00"),
			client2.gets(wire.WorkException, "$job", "bo\x00om"),
			worker.sends(wire.WorkFail, "$job"),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "Job given in work result not found"),
			admin.lists("status", "@\t0\t0\t1"),
		)},
		{name: "only the worker that holds a job may answer it", steps: steps(
			given(),
			worker2.sends(wire.CanDo, "@"),
			worker2.sends(wire.WorkComplete, "$job", "stolen"),
			worker2.gets(wire.Error, "JOB_NOT_FOUND", "Job given in work result not found"),
			client.getsNothing(),
			worker.sends(wire.WorkComplete, "$job", "mine"),
			client.gets(wire.WorkComplete, "$job", "mine"),
		)},
		{name: "an answer to no job is an error", steps: steps(
			worker.sends(wire.WorkData, "H:nowhere:1", ""),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "Job does not exist on server"),
			worker.sends(wire.WorkWarning, "H:nowhere:1", ""),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "Job does not exist on server"),
			worker.sends(wire.WorkStatus, "H:nowhere:1", "1", "2"),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "Job given in work result not found"),
			worker.sends(wire.WorkComplete, "H:nowhere:1", ""),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "Job given in work result not found"),
			worker.sends(wire.WorkFail, "H:nowhere:1"),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "Job given in work result not found"),
			worker.sends(wire.WorkException, "H:nowhere:1", ""),
			worker.gets(wire.Error, "JOB_NOT_FOUND", "An exception was received for a job that does not exist"),
			worker.sends(wire.WorkFail, strings.Repeat("h", 64)),
			worker.gets(wire.Error, "ARGUMENT_TOO_LARGE",
				"Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf"),
		)},
		{name: "a client that is gone does not hinder the worker", steps: steps(
			given(),
			client.leaves(),
			admin.sees("show jobs", "$job\t0\t1\t0"),
			worker.sends(wire.WorkData, "$job", "to nobody"),
			worker.sends(wire.WorkComplete, "$job", "to nobody"),
			admin.lists("status", "@\t0\t0\t1"),
		)},
	}
}
