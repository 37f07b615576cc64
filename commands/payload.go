package commands

func newPayload(env *Env) *Command {
	return &Command{
		Name: "payload", Group: GroupModGearman, Short: "decode and create Mod-Gearman job payloads",
		Sub: []*Command{newPayloadDecode(env), newPayloadEncode(env), newPayloadUnique(env)},
	}
}
