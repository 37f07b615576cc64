package status

import (
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// versionRow is a server and its version.
type versionRow struct {
	Server  string  `json:"server" out:"name"`
	Version *string `json:"version" out:"keep"` // nil: it reports none
}

func NewVersion(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "version", Group: cli.GroupInspect, OnlyReads: true, Short: "show the version of each server",
		Examples: []cli.Example{
			{Line: "gearctl version", What: "of the local server"},
			{Line: "gearctl version -s gm1,gm2", What: "several servers; exits with 4 if one does not answer"},
		},
		Long:    "The version as reported by each server, - for a gearmand that reports none. gearctl --version prints gearctl's own.",
		Columns: cli.KeysOf[versionRow](),
		Run:     func(ctx context.Context, _ cli.Words) error { return runVersion(ctx, env) },
	}
}

func runVersion(ctx context.Context, env *cli.Env) error {
	var rows []versionRow
	err := cli.Collect(ctx, env, servers.AskVersion, func(server string, v servers.Version) {
		row := versionRow{Server: server}
		if reported := v.Reported(); reported != "" {
			row.Version = &reported
		}
		rows = append(rows, row)
	})
	if len(rows) == 0 && err != nil {
		return err
	}
	return cmderr.MergeErrors(cli.PrintRows(env, output.Options{}, rows), err)
}
