package commands

func newPayload(env *Env) *Command {
	return &Command{
		Name: "payload", Group: GroupModGearman, Short: "what Mod-Gearman puts into jobs: read it, make it",
		Sub: []*Command{newPayloadDecode(env), newPayloadEncode(env), newPayloadUnique(env)},
	}
}
