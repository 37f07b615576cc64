package commands

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

// flagWord completes a word that begins with -: --name=VALUE, -nVALUE or the name of a flag.
func (c *completion) flagWord(ctx context.Context) reply {
	if name, value, ok := strings.Cut(c.word, "="); ok && strings.HasPrefix(name, "--") {
		return c.values(ctx, name[2:], value).withPrefix(name + "=")
	}
	if len(c.word) > 2 && c.word[1] != '-' && c.takesValue(c.word[1:2]) {
		value := strings.TrimPrefix(c.word[2:], "=")
		return c.values(ctx, c.word[1:2], value).withPrefix(strings.TrimSuffix(c.word, value))
	}
	return c.flagNames()
}

func (c *completion) takesValue(name string) bool {
	f, _ := c.find(name)
	return f != nil && takesValue(f)
}

// find returns the flag of that name and the command on the line that defines it, or nil.
func (c *completion) find(name string) (urfave.Flag, *cli.Command) {
	i := c.line.definedAt(name)
	if i < 0 {
		return nil, nil
	}
	return c.line.Path[i].Flag(name), c.line.Path[i]
}

// flagNames offers the flags of the commands on the line. The deepest command's come first and stay where two have
// the same name.
func (c *completion) flagNames() reply {
	given := map[urfave.Flag]bool{}
	for _, g := range c.given {
		if f, _ := c.find(g.name); f != nil && !repeatable(f) {
			given[f] = true
		}
	}
	var r reply
	for _, cmd := range slices.Backward(c.line.Path) {
		for _, f := range cmd.Flags {
			if owner, _ := c.find(f.Names()[0]); owner == f && !given[f] {
				r.candidates = append(r.candidates, flagCandidates(f)...)
			}
		}
	}
	if !c.line.help {
		r.candidates = append(r.candidates, cli.Candidate{Value: "--help", Description: "show help and examples"}, cli.Candidate{Value: "-h", Description: "as --help"})
	}
	return r
}

// flagCandidates returns a candidate for each name of f.
func flagCandidates(f urfave.Flag) []cli.Candidate {
	if v, ok := f.(urfave.VisibleFlag); ok && !v.IsVisible() {
		return nil
	}
	_, usage := flagUsage(f)
	var list []cli.Candidate
	for _, name := range f.Names() {
		list = append(list, cli.Candidate{Value: dashed(name), Description: usage})
	}
	return list
}

// flagUsage returns the name of the flag's value and what it does.
func flagUsage(f urfave.Flag) (value, usage string) {
	d, ok := f.(urfave.DocGenerationFlag)
	if !ok {
		return "", ""
	}
	return unquoteUsage(d.GetUsage())
}

func repeatable(f urfave.Flag) bool {
	s, ok := f.(urfave.DocGenerationSliceFlag)
	return ok && s.IsSliceFlag()
}

// takesFile reports whether a value or an argument of that name in the help is the name of a file or directory.
func takesFile(name string) bool {
	name = strings.TrimPrefix(name, "[")
	return strings.HasPrefix(name, "FILE") || strings.HasPrefix(name, "DIR")
}

// values completes the value of the flag of that name: by its Choices, by what follows from the command, from the files of
// contexts, or as a file's name.
func (c *completion) values(ctx context.Context, name, word string) reply {
	f, owner := c.find(name)
	if f == nil || !takesValue(f) {
		return reply{}
	}
	first := f.Names()[0]
	if valueName, _ := flagUsage(f); takesFile(valueName) {
		return reply{files: true}
	}
	if choices := owner.Choices[first]; choices != nil {
		return reply{candidates: cli.Candidates(choices)}
	}
	if complete := owner.FlagValues[first]; complete != nil && c.setGlobals(ctx) == nil {
		return reply{candidates: complete(ctx, c.line.Words.Args, word)}
	}
	switch {
	case owner != c.top:
	case first == "context":
		return reply{candidates: c.env.CompleteContexts(ctx, nil, word)}
	case first == "server":
		return reply{candidates: listValues(c.env.ContextServers(), word)}
	}
	switch first {
	case "output":
		formats := output.Formats(c.line.Command().Formats...)
		for i := range formats {
			formats[i] = strings.TrimSuffix(formats[i], "…")
		}
		return reply{candidates: cli.Candidates(formats)}
	case "columns", "sort":
		return reply{candidates: c.rowKeys(ctx, first, word)}
	}
	return reply{}
}

// rowKeys offers the keys of the command's rows and the labels of servers, as --columns or --sort takes them.
func (c *completion) rowKeys(ctx context.Context, flag, word string) []cli.Candidate {
	keys := c.line.Command().RowKeys()
	if slices.Contains(keys, "server") && c.setGlobals(ctx) == nil {
		if names := c.env.LabelNames(); len(names) > 0 {
			keys = append(append(keys, "labels"), names...)
		}
	}
	if flag == "sort" {
		for _, k := range slices.Clone(keys) {
			keys = append(keys, "-"+k)
		}
	}
	return listValues(keys, word)
}

// listValues offers each of values as the next of the comma separated list in word, which keeps what it has. A value
// that is in the list, with or without -, is not offered again.
func listValues(values []string, word string) []cli.Candidate {
	list := word[:strings.LastIndexByte(word, ',')+1]
	used := map[string]bool{}
	for _, item := range servers.SplitList(list) {
		used[strings.TrimPrefix(item, "-")] = true
	}
	var candidates []cli.Candidate
	for _, v := range values {
		if !used[strings.TrimPrefix(v, "-")] {
			candidates = append(candidates, cli.Candidate{Value: list + v})
		}
	}
	return candidates
}
