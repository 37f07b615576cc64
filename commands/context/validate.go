package context

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

func newValidate(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "validate", Group: cli.GroupLocal, Args: "[FILE…]", Short: "check files of contexts, and the files that they name", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl context validate", What: "the files in use"},
			{Line: "gearctl context validate contexts.yml", What: "one that is to be installed"},
		},
		Long: `Every problem is a line FILE:LINE: text on stderr, and the exit code is 1. Key files, certificates and Mod-Gearman
configurations are read as a command would read them. ` + filesText + `
With FILE, those alone are checked, as if they were the files in use.`,
		Max: cli.AnyNumber,
		Run: func(_ context.Context, w cli.Words) error { return runValidate(env, w.Args) },
	}
}

func runValidate(env *cli.Env, files []string) error {
	named := len(files) > 0
	if !named {
		files = env.ContextFiles()
	}
	for _, file := range files {
		if _, err := os.Stat(file); named && err != nil {
			return cmderr.Errorf("context validate: %w", err)
		} else if errors.Is(err, fs.ErrNotExist) {
			env.Info("%s: does not exist", file)
		}
	}
	set, err := contexts.Load(env.Home(), files...)
	if err != nil {
		return err
	}
	problems, servers := check(env, set)
	if err := errors.Join(problems...); err != nil {
		return err
	}
	env.Info("%s with %s: no problem found", output.Plural(int64(len(set.Names())), "context", "contexts"), output.Plural(int64(servers), "server", "servers"))
	return nil
}

// check returns what is wrong with the files that contexts name, and the number of servers.
func check(env *cli.Env, set *contexts.Set) (problems []error, servers int) {
	known := map[string]bool{}
	for _, c := range set.All() {
		if err := checkFiles(env, c); err != nil {
			problems = append(problems, err...)
			continue
		}
		list, err := set.Resolve(c.Name)
		if err != nil && c.Group == nil || err != nil && len(problems) == 0 {
			problems = append(problems, err)
		}
		for _, s := range list {
			known[s.Address] = true
		}
	}
	return problems, len(known)
}

func checkFiles(env *cli.Env, c *contexts.Context) (problems []error) {
	add := func(what string, err error) {
		if err != nil {
			problems = append(problems, cmderr.Errorf("%s: context %s: %s: %s", c.Where(), c.Name, what, cmderr.OneLine(err)))
		}
	}
	if c.KeyFile != "" {
		k := cli.KeyFlags{Rule: c.KeyRule}
		_, err := k.FromFiles(env, c.KeyFile, c.KeyFile)
		add("key_file", err)
	}
	if c.TLS != nil {
		_, err := c.TLS.Config()
		add("tls", err)
		cli.WarnOfPrivateKey(env, c.TLS.Key)
	}
	if c.Config != "" {
		config, err := modgearman.Load(c.Config)
		add("config", err)
		if err == nil && c.KeyFile == "" { // which is stronger
			_, err := new(cli.KeyFlags).FromConfig(env, config, c.Config)
			add("config", err)
		}
	}
	if c.Output.Format != "" {
		_, err := output.ParseFormat(c.Output.Format, "raw", "nagios", "prometheus", "text")
		add("output", err)
	}
	return problems
}
