// Package commands is the frame of gearctl: Main parses a command line, runs the command that it names and returns the
// exit code. The commands themselves are packages below, one for each family, that export New functions only.
//
//	root.go                  the tree of commands
//	argv.go, parser.go       a command line to flags and arguments
//	app.go                   Main: parse, check, run
//	exit.go                  errors to exit codes, and to the output of monitoring plugins
//	help.go, help_wrap.go    the help, made from the tree
//	complete*.go             what the shells' completion scripts ask for
//	pager.go, gc.go          $PAGER, and how often Go's collector runs
//	FAMILY/                  the commands: flags, run functions, rows, and engines that only one family needs
//	internal/cli             what a family imports: Command, Env, flags that several commands have, printers
//	internal/ENGINE          engines that several families share; they know neither flags nor urfave/cli
//
// Imports point downwards only: frame, families, internal/cli, engines. layers_test.go checks that.
package commands
