// Package commands holds the commands of gearctl, one file each: what it is called and takes, the run function, the
// row type of its output. A run function gets an Env, returns an error and leaves the rest to the frame: command.go
// (a command as data), words.go (the command line), app.go (urfave/cli), help.go, failure.go (exit codes).
package commands
