package jobserver_test

import (
	"strings"

	"gearctl/wire"
)

const (
	unknownCommand = "ERR UNKNOWN_COMMAND Unknown+server+command"
	incomplete     = "ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+"
	functionUsed   = "ERR there are still connected workers or executing clients\r\n"
)

func listing() []conversation {
	return []conversation{
		{name: "version, verbose and getpid", steps: steps(
			admin.asks("version\r\n", "OK $version\n"),
			admin.asks("VERSION\n", "OK $version\n"),
			admin.asks("verbose\r\n", "OK $level\n"),
			admin.asks("getpid\r\n", "OK $pid\n"),
			admin.asks("getpid with words behind\r\n", "OK $pid\n"),
		)},
		{name: "status, prioritystatus and workers", steps: steps(
			worker.sends(wire.SetClientID, "@"),
			worker.sends(wire.CanDo, "@a"),
			client.sends(wire.SubmitJobLowBG, "@a", "", ""),
			client.gets(wire.JobCreated, "$_"),
			client.sends(wire.SubmitJobLowBG, "@b", "", ""),
			client.gets(wire.JobCreated, "$_"),
			client.sends(wire.SubmitJobHighBG, "@b", "", ""),
			client.gets(wire.JobCreated, "$_"),
			takes("@a", ""),
			admin.lists("status", "@a\t1\t1\t1", "@b\t2\t0\t0"),
			admin.lists("Status with words behind", "@a\t1\t1\t1", "@b\t2\t0\t0"),
			admin.lists("prioritystatus", "@a\t0\t0\t0\t1", "@b\t1\t0\t1\t0"),
			admin.lists("workers", "$_ 127.0.0.1 @ : @a"),
			client.sends(wire.SetClientID, "@client"),
			admin.lists("workers", "$_ 127.0.0.1 @ : @a", "$_ 127.0.0.1 @client :"),
		)},
		{name: "show unique jobs", steps: steps(
			client.sends(wire.SubmitJobBG, "@", "@key", ""),
			client.gets(wire.JobCreated, "$job"),
			admin.lists("show unique jobs", "@key"),
			admin.lists("Show UNIQUE  jobs", "@key"),
			admin.lists("SHOW jobs", "$job\t0\t0\t1"),
		)},
		{name: "show what", steps: steps(
			admin.asks("show\r\n", unknownCommand+"show\r\n"),
			admin.asks("show x\r\n", "ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
			admin.asks("show jobs x\r\n", "ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
			admin.asks("show jobs \r\n", "ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
			admin.asks("show unique\r\n", "ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
		)},
		{name: "unknown commands", steps: steps(
			admin.asks("foo\r\n", unknownCommand+"foo\r\n"),
			admin.asks("Foo bar\n", unknownCommand+"Foo\r\n"),
			admin.asks("shutdown\r\n", unknownCommand+"shutdown\r\n"),
			admin.asks("\n", unknownCommand+"\r\n"),
			admin.asks("\r\n", unknownCommand+"\r\n"),
			admin.asks(" status\r\n", unknownCommand+"\r\n"),
			admin.asks("cancel job\r\n", unknownCommand+"cancel\r\n"),
		)},
		{name: "a line of six words ends the connection", steps: steps(
			admin.breaks("version a b c d e\r\n"), admin.isCutOff(),
			client.breaks("version a b c d \r\n"), client.isCutOff(),
		)},
	}
}

func managing() []conversation {
	return []conversation{
		{name: "create function", steps: steps(
			admin.asks("create function @\r\n", "OK\r\n"),
			admin.asks("create function @\r\n", "OK\r\n"),
			admin.lists("status", "@\t0\t0\t0"),
			admin.asks("create\r\n", incomplete+"create\r\n"),
			admin.asks("Create function\r\n", incomplete+"Create\r\n"),
			admin.asks("create function a b\r\n", incomplete+"create\r\n"),
			admin.asks("create function x \r\n", incomplete+"create\r\n"),
			admin.asks("create queue x\r\n", incomplete+"create\r\n"),
		)},
		{name: "create function with LF alone", steps: steps(
			admin.asks("create function @abc\n", "OK\r\n"),
			onGearmand("B.5.1", admin.lists("status", "@ab\t0\t0\t0")),
			onEmbedded("B.5.1", admin.lists("status", "@abc\t0\t0\t0")),
		)},
		{name: "drop function", steps: steps(
			admin.asks("drop function @\r\n", "ERR function not found\r\n"),
			admin.asks("drop\r\n", incomplete+"drop\r\n"),
			admin.asks("drop function\r\n", incomplete+"drop\r\n"),
			admin.asks("drop queue x\r\n", incomplete+"drop\r\n"),
			admin.asks("create function @\r\n", "OK\r\n"),
			admin.asks("drop function @\r\n", "OK\r\n"),
			admin.lists("status"),
			worker.sends(wire.CanDo, "@"),
			admin.asks("drop function @\r\n", functionUsed),
			worker.sends(wire.CantDo, "@"),
			admin.asks("drop function @\r\n", "OK\r\n"),
		)},
		{name: "drop function knows no case (B.5.2)", steps: steps(
			admin.asks("create function @Foo\r\n", "OK\r\n"),
			admin.asks("create function @foo\r\n", "OK\r\n"),
			admin.says("drop function @FOO\r\n"),
			admin.hears("OK\r\n"),
			admin.hears("OK\r\n"),
			admin.lists("status"),
		)},
		{name: "drop function with waiting jobs", gearmand: []string{"--threads=2"}, steps: steps(
			client.sends(wire.SubmitJobBG, "@", "@key", "1"),
			client.gets(wire.JobCreated, "$job"),
			onEmbedded("B.5.3",
				admin.asks("drop function @\r\n", functionUsed),
				admin.lists("status", "@\t1\t0\t0"),
			),
			onGearmand("B.5.3",
				admin.asks("drop function @\r\n", "OK\r\n"),
				admin.lists("status"),
				admin.lists("show jobs", "$job\t0\t0\t1"),
				admin.lists("show unique jobs", "@key"),
			),
		)},
		{name: "cancel job", steps: steps(
			admin.asks("cancel job H:nowhere:1\r\n", "ERR UNKNOWN_JOB\r\n"),
			admin.asks("cancel A B\r\n", "ERR UNKNOWN_ERROR\r\n"),
			admin.asks("cancel job a b\r\n", "ERR UNKNOWN_ERROR\r\n"),
			client.sends(wire.SubmitJobBG, "@", "", ""),
			client.gets(wire.JobCreated, "$job"),
			admin.asks("CANCEL Job $job\n", "OK\r\n"),
			admin.lists("show jobs", "$job\t0\t1\t0"),
		)},
		{name: "maxqueue", steps: steps(
			admin.asks("maxqueue\r\n", incomplete+"maxqueue\r\n"),
			admin.asks("maxqueue @ 1\r\n", "OK\r\n"),
			admin.asks("maxqueue @ 1 2 3\r\n", "OK\r\n"),
			admin.lists("status"),
			admin.breaks("maxqueue "+strings.Repeat("1 ", 5)+"\r\n"), admin.isCutOff(),
		)},
	}
}
