package cli

import (
	"maps"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// Labels returns the labels of the servers of the context that the run uses, nil without a context.
func (e *Env) Labels() *output.Labels {
	a, err := e.ActiveContext()
	if a == nil || err != nil {
		return nil
	}
	of, names := map[string]map[string]string{}, map[string]bool{}
	for _, s := range a.Servers {
		of[s.Address] = s.Labels
		for name := range s.Labels {
			names[name] = true
		}
	}
	return &output.Labels{Names: slices.Sorted(maps.Keys(names)), Of: func(server string) map[string]string { return of[server] }}
}

// LabelNames returns the names of the labels of the servers, sorted.
func (e *Env) LabelNames() []string {
	if labels := e.Labels(); labels != nil {
		return labels.Names
	}
	return nil
}

// CheckLabel returns the usage error of a flag that takes the name of a label, for a name that no server has.
func (e *Env) CheckLabel(flag, name string) error {
	names := e.LabelNames()
	switch err := cmderr.Usagef("%s %.60q: no server has that label", flag, name); {
	case slices.Contains(names, name):
		return nil
	case cmderr.Closest(name, names) != "":
		return err.Hint("did you mean: %s", cmderr.Closest(name, names))
	case len(names) > 0:
		return err.Hint("the labels are %s", strings.Join(names, ", "))
	default:
		return err.Hint("servers have the labels that their contexts give them, see gearctl context list")
	}
}
