package jobserver_test

import (
	"strings"

	"gearctl/wire"
)

func statusRequests() []conversation {
	return []conversation{
		{name: "ECHO", steps: steps(
			client.sends(wire.EchoReq, "a\x00b"),
			client.gets(wire.EchoRes, "a\x00b"),
			client.sends(wire.EchoReq, ""),
			client.gets(wire.EchoRes, ""),
			client.sends(wire.EchoReq, strings.Repeat("x", 1<<20)),
			client.gets(wire.EchoRes, strings.Repeat("x", 1<<20)),
		)},
		{name: "options", steps: steps(
			client.sends(wire.OptionReq, "exceptions"),
			client.gets(wire.OptionRes, "exceptions"),
			client.sends(wire.OptionReq, "Exceptions"),
			client.gets(wire.OptionRes, "Exceptions"),
			client.sends(wire.OptionReq, "foo"),
			client.gets(wire.Error, "UNKNOWN_OPTION", "Server does not recognize given option"),
			client.sends(wire.OptionReq, strings.Repeat("o", 70)),
			client.gets(wire.Error, "UNKNOWN_OPTION", "Server does not recognize given option"),
		)},
		{name: "status by handle", steps: steps(
			client.sends(wire.GetStatus, "H:nowhere:1"),
			client.gets(wire.StatusRes, "H:nowhere:1", "0", "0", "0", "0"),
			client.sends(wire.SubmitJobBG, "@", "", ""),
			client.gets(wire.JobCreated, "$job"),
			client.sends(wire.GetStatus, "$job"),
			client.gets(wire.StatusRes, "$job", "1", "0", "0", "0"),
			client.sends(wire.GetStatus, "$job\x00"),
			client.gets(wire.StatusRes, "$job", "1", "0", "0", "0"),
			worker.sends(wire.CanDo, "@"),
			takes("@", ""),
			worker.sends(wire.WorkStatus, "$job", "7", "9"),
			client.sends(wire.GetStatus, "$job"),
			client.gets(wire.StatusRes, "$job", "1", "1", "7", "9"),
			worker.sends(wire.WorkComplete, "$job", ""),
			client.sends(wire.GetStatus, "$job"),
			client.gets(wire.StatusRes, "$job", "0", "0", "0", "0"),
		)},
		{name: "status by unique key, over all functions, the newest job's", steps: steps(
			client.sends(wire.GetStatusUnique, "key@"),
			client.gets(wire.StatusResUnique, "key@", "0", "0", "0", "0", "0"),
			client.sends(wire.SubmitJob, "@", "key@", ""),
			client.gets(wire.JobCreated, "$job"),
			client2.sends(wire.SubmitJob, "@", "key@", ""),
			client2.gets(wire.JobCreated, "$job"),
			client.sends(wire.GetStatusUnique, "key@"),
			client.gets(wire.StatusResUnique, "key@", "1", "0", "0", "0", "2"),
			worker.sends(wire.CanDo, "@"),
			takes("@", ""),
			worker.sends(wire.WorkStatus, "$job", "7", "9"),
			client.gets(wire.WorkStatus, "$job", "7", "9"),
			client2.gets(wire.WorkStatus, "$job", "7", "9"),
			client.sends(wire.GetStatusUnique, "key@"),
			client.gets(wire.StatusResUnique, "key@", "1", "1", "7", "9", "2"),
			client.sends(wire.SubmitJobBG, "@2", "key@", ""),
			client.gets(wire.JobCreated, "$newer"),
			client.sends(wire.GetStatusUnique, "key@"),
			client.gets(wire.StatusResUnique, "key@", "1", "0", "0", "0", "0"),
		)},
		{name: "the keys - and empty are found by nothing", steps: steps(
			client.sends(wire.SubmitJobBG, "@", "-", "load@"),
			client.gets(wire.JobCreated, "$_"),
			client.sends(wire.SubmitJobBG, "@", "", "load@"),
			client.gets(wire.JobCreated, "$_"),
			client.sends(wire.GetStatusUnique, "-"),
			client.gets(wire.StatusResUnique, "-", "0", "0", "0", "0", "0"),
			client.sends(wire.GetStatusUnique, ""),
			client.gets(wire.StatusResUnique, "", "0", "0", "0", "0", "0"),
			client.sends(wire.GetStatusUnique, "load@"),
			client.gets(wire.StatusResUnique, "load@", "0", "0", "0", "0", "0"),
		)},
		{name: "a handle and a key of 64 bytes", steps: steps(
			client.sends(wire.GetStatus, strings.Repeat("h", 63)),
			client.gets(wire.StatusRes, strings.Repeat("h", 63), "0", "0", "0", "0"),
			onEmbedded("gearmand does not answer, and may close the connection",
				client.sends(wire.GetStatus, strings.Repeat("h", 64)),
				client.sends(wire.GetStatusUnique, strings.Repeat("u", 64)),
				client.gets(wire.StatusRes, strings.Repeat("h", 64), "0", "0", "0", "0"),
				client.gets(wire.StatusResUnique, strings.Repeat("u", 64), "0", "0", "0", "0", "0"),
			),
		)},
		{name: "SET_CLIENT_ID", steps: steps(
			worker.sends(wire.SetClientID, "@"),
			admin.lists("workers", "$_ 127.0.0.1 @ :"),
			worker.sends(wire.SetClientID, "@ with blanks"),
			worker.sends(wire.CanDo, "@f"),
			admin.lists("workers", "$_ 127.0.0.1 @ with blanks : @f"),
			worker.sends(wire.SetClientID, strings.Repeat("x", 200)),
			admin.lists("workers", "$_ 127.0.0.1 "+strings.Repeat("x", 127)+" : @f"),
		)},
	}
}

func refusing() []conversation {
	return []conversation{
		{name: "ALL_YOURS and SUBMIT_JOB_SCHED are not expected", steps: steps(
			client.sends(wire.AllYours),
			client.gets(wire.Error, "INVALID_COMMAND", "Command not expected"),
			client.sends(wire.SubmitJobSched, "@", "", "*", "*", "*", "*", "*", "data"),
			client.gets(wire.Error, "INVALID_COMMAND", "Command not expected"),
		)},
		{name: "a response is not a request", steps: steps(
			client.breaks("\x00RES\x00\x00\x00\x0e\x00\x00\x00\x01h"),
			client.gets(wire.Error, "INVALID_MAGIC", "Request magic expected"),
		)},
		{name: "a type that only servers send", steps: steps(
			client.breaks("\x00REQ\x00\x00\x00\x06\x00\x00\x00\x00"),
			onGearmand("the reader of the embedded server refuses the header",
				client.gets(wire.Error, "INVALID_COMMAND", "Command not expected")),
			onEmbedded("the reader of the embedded server refuses the header", client.isCutOff()),
		)},
		{name: "a result without its data ends the connection, and its job is queued again", steps: steps(
			given(),
			worker.breaks("\x00REQ\x00\x00\x00\x0d\x00\x00\x00\x03H:1\x00REQ\x00\x00\x00\x10\x00\x00\x00\x00"), worker.isCutOff(),
			admin.sees("show jobs", "$job\t1\t0\t0"),
			admin.sees("status", "@\t1\t0\t0"),
		)},
		{name: "a submission without its workload ends the connection", steps: steps(
			client.breaks("\x00REQ\x00\x00\x00\x12\x00\x00\x00\x05q\x00key\x00REQ\x00\x00\x00\x10\x00\x00\x00\x00"), client.isCutOff(),
		)},
		{name: "an unknown type ends the connection", steps: steps(
			client.breaks("\x00REQ\x00\x00\x00\x2b\x00\x00\x00\x00"), client.isCutOff(),
		)},
		{name: "an unknown magic ends the connection", steps: steps(
			client.breaks("\x00XYZ\x00\x00\x00\x10\x00\x00\x00\x00"), client.isCutOff(),
		)},
	}
}

func framing() []conversation {
	return []conversation{
		{name: "packets and lines in pieces and mixed", steps: steps(
			client.breaks("\x00RE"),
			client.breaks("Q\x00\x00\x00\x10\x00\x00\x00\x03a"),
			client.breaks("bcvers"),
			client.breaks("ion\r"),
			client.breaks("\n"),
			client.gets(wire.EchoRes, "abc"),
			client.hears("OK $_\n"),
			client.sends(wire.EchoReq, "again"),
			client.gets(wire.EchoRes, "again"),
		)},
		{name: "many requests in one write", steps: steps(
			worker.sends(wire.CanDo, "@"),
			worker.breaks(strings.Repeat("\x00REQ\x00\x00\x00\x09\x00\x00\x00\x00", 3)),
			worker.gets(wire.NoJob), worker.gets(wire.NoJob), worker.gets(wire.NoJob),
		)},
	}
}
