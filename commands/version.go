package commands

import (
	"context"

	"gearctl/output"
)

// versionRow is a server and its version.
type versionRow struct {
	Server  string `json:"server"`
	Version string `json:"version"`
}

func newVersion(env *Env) *Command {
	return &Command{
		Name: "version", Group: GroupLook, Short: "show the version of each server",
		Examples: []Example{
			{"gearctl version", "of the local server"},
			{"gearctl version -s gm1,gm2", "several servers; exits with 4 if one does not answer"},
		},
		Long:    "The version as reported by each server. gearctl --version prints gearctl's own.",
		Columns: keysOf[versionRow](),
		Run:     func(ctx context.Context, _ Words) error { return runVersion(ctx, env) },
	}
}

func runVersion(ctx context.Context, env *Env) error {
	var rows []versionRow
	err := collect(ctx, env, askVersion, func(server string, v serverVersion) {
		rows = append(rows, versionRow{server, v.reported()})
	})
	if len(rows) == 0 && err != nil {
		return err
	}
	return mergeErrors(printRows(env, output.Options{}, rows), err)
}
