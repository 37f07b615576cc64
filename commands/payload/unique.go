package payload

import (
	"context"
	"slices"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// uniqueRow is the unique key of a check as one generation of the module makes it.
type uniqueRow struct {
	Generation string `json:"generation" out:"keep"`
	Versions   string `json:"versions"`
	Unique     string `json:"unique" out:"name"`
}

func newUnique(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "unique", Group: cli.GroupModGearman, Args: "HOST [SERVICE]", Short: "show the unique keys of a check, for every module version",
		Examples: []cli.Example{
			{Line: "gearctl payload unique web1 disk", What: "the keys of a service check"},
			{Line: "gearctl payload unique web1 disk -o template='{{.unique}}'", What: "only the keys, newest module version first"},
		},
		Long:    `The module gives each check a unique key, the MD5 of HOST or HOST-SERVICE in upper case, so that a waiting check is not queued twice. Other versions use other keys; that of 5.0.0 to 5.2.1 and of nagios-mod-gearman depends on the key of the encryption, which is read from --config or the environment. Without SERVICE it is the key of the host check.`,
		Columns: cli.KeysOf[uniqueRow](),
		Min:     1, Max: 2,
		Run: func(_ context.Context, w cli.Words) error {
			if slices.Contains(w.Args, "") {
				return cmderr.Usagef("payload unique: HOST and SERVICE must not be empty")
			}
			key, err := cli.ModuleKey(env)
			if err != nil {
				return err
			}
			return cli.PrintRows(env, output.Options{}, uniqueRows(cli.Argument(w.Args, 0), cli.Argument(w.Args, 1), key))
		},
	}
}

func uniqueRows(host, service string, key modgearman.Key) []uniqueRow {
	var rows []uniqueRow
	for _, u := range modgearman.UniqueKeys(host, service, key) {
		rows = append(rows, uniqueRow{u.Name, u.Versions, u.Key})
	}
	return rows
}
